"""Tables of counters: columns are found, numbers and times read, bad rows named."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ingest.catalogue import load_catalogue
from ingest.counters.cells import CellNames
from ingest.counters.names import counter_names
from ingest.errors import FileRefusedError, ProfileError
from ingest.formulas.catalogue import load_formulas
from ingest.profiles import load_profile
from ingest.profiles.counters import CounterTable
from ingest.profiles.model import Table
from ingest.readers.counter_csv import read_counter_rows
from ingest.readers.rows import Rows
from ingest.times import TimeReader

FORMULAS = """
built_in = false
[[formula.latency_ms]]
name = "test"
standard = "test"
unit = "ms"
expression = "sum({Delay}) / {Packets (all)} + {Bins}[2]"
[aliases]
"Delay" = ["77", "时延总和"]
"""
EIGHT = datetime(2026, 3, 1, 0, 0, tzinfo=UTC)


@pytest.fixture
def read(tmp_path):
    (tmp_path / "f.toml").write_text(FORMULAS, "utf-8")
    formulas = load_formulas(tmp_path / "f.toml", load_catalogue())

    def run(head: str, *lines: str, table: dict | None = None, **layout: object):
        fields = {"object": "cell", "start": "time", "period_min": 60} | layout
        counters = CounterTable.model_validate(fields)
        whole = Table(feed="kpis", counters=counters, **(table or {}))
        rows = Rows(
            tuple(head.split("|")), iter([(i, line.split("|")) for i, line in enumerate(lines, 1)])
        )
        names = counter_names(formulas, counters)
        times = TimeReader(whole.time_formats, "Asia/Shanghai")
        measured = read_counter_rows(rows, whole, names, times)
        found = [row for batch in measured.rows for row in batch.to_pylist()]
        return found, measured

    return run


def values(found: list[dict]) -> dict[tuple, float | None]:
    return {(row["row_number"], row["counter"]): row["value"] for row in found}


@pytest.mark.parametrize(
    "name", ["Delay", "delay", "77", "时延总和", "时延总和 (毫秒)", "Delay（ms）", "DELAY (ms)"]
)
def test_a_counter_by_its_name_id_or_description(read, name: str) -> None:
    found, measured = read(f"cell|time|{name}|Packets (all)|x", "A|2026-03-01 08:00|5|2|9")
    assert values(found) == {(1, "sum(Delay)"): 5.0, (1, "Packets (all)"): 2.0}
    assert measured.ignored == ("x",)
    assert measured.rows_read == 1


def test_elements_of_vectors_have_columns_of_their_own(read) -> None:
    found, _ = read("cell|time|Bins[1]|Bins[2]", "A|2026-03-01 08:00|5|7")
    assert values(found) == {(1, "Bins[2]"): 7.0}


def test_rows(read) -> None:
    found, measured = read(
        "cell|time|Delay|minutes",
        "||ms|",  # units
        "A|2026-03-01 08:00|5|15",
        "B|2026-03-01 09:00|nil|60",
        period="minutes",
        period_min=None,
    )
    assert [(r["row_number"], r["object"], r["start"], r["period_s"]) for r in found] == [
        (1, "A", EIGHT, 900),
        (2, "B", EIGHT.replace(hour=1), 3600),
    ]
    assert [r["value"] for r in found] == [5.0, None]
    assert not any(r["suspect"] for r in found)
    assert measured.rows_read == 2


def test_times_of_the_end_and_other_units(read) -> None:
    found, _ = read(
        "cell|time|Delay|h", "A|2026-03-01 09:30|5|1.5", time_is="end", period="h",
        period_unit="hours",
    )  # fmt: skip
    assert (found[0]["start"], found[0]["period_s"]) == (EIGHT, 5400)


def test_numbers_as_they_are_declared(read) -> None:
    table = {"decimal_comma": True, "full_width": True, "missing": ("k.A.",)}
    found, measured = read(
        "cell|time|Delay",
        *(f"A|2026-03-01 08:00|{text}" for text in ("1.234,5", "１２", "k.a.", "-0,5", "1,2,3")),
        table=table,
    )
    assert [r["value"] for r in found] == [1234.5, 12.0, None, -0.5]
    assert [(b.number, b.reason, b.value) for b in measured.bad] == [
        (5, "not_a_number", "Delay: 1,2,3")
    ]


@pytest.mark.parametrize(
    "text", ["1,5", "NaN", "inf", "1e999", "#DIV/0!", "1_000", "0x10", "5 ms", "１２", "1.2.3"]
)
def test_no_numbers(read, text: str) -> None:
    found, measured = read("cell|time|Delay", f"A|2026-03-01 08:00|{text}")
    assert (found, measured.rows_read) == ([], 1)
    assert [b.reason for b in measured.bad] == ["not_a_number"]


def test_bad_rows(read) -> None:
    _, measured = read(
        "cell|time|Delay|s",
        "A|03/04/2026 08:00|5|900",
        "A|yesterday|5|900",
        "A||5|900",
        "A|2026-03-01 08:00|5|-900",
        "A|2026-03-01 08:00|5|",
        "|2026-03-01 08:00|5|900",
        period="s",
        period_unit="seconds",
    )
    assert [(b.number, b.reason) for b in measured.bad] == [
        (1, "ambiguous_time"),
        (2, "bad_time"),
        (3, "missing_value"),
        (4, "bad_period"),
        (5, "bad_period"),
        (6, "missing_value"),
    ]
    assert measured.rows_read == 6


def test_reliability(read) -> None:
    found, _ = read(
        "cell|time|Delay|可靠性",
        *(f"A|2026-03-01 08:00|5|{word}" for word in ("可靠", "RELIABLE", "不可靠", "")),
        reliability=["Reliability", "可靠性"],
    )
    assert [r["suspect"] for r in found] == [False, False, True, True]


@pytest.mark.parametrize(
    ("head", "layout", "words"),
    [
        ("cell|Delay", {}, "lacks the column time; it has cell, Delay"),
        ("time|Delay", {"object": ["cell", "小区"]}, "lacks the column cell or 小区"),
        ("cell|time|Delay", {"period": "min"}, "lacks the column min"),
        ("cell|time|Delay", {"period_min": None}, "period or period_min in [tables.counters]"),
        ("cell|time|Delay", {"reliability": "ok"}, "lacks the column ok"),
        ("cell|time|Delay|77", {}, "two columns of the counter sum(Delay): Delay and 77"),
    ],
)
def test_refused_with_what_is_there(read, head: str, layout: dict, words: str) -> None:
    with pytest.raises(FileRefusedError) as caught:
        read(head, **layout)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("WJ/Cell:eNodeB Function Name=WJ, Local Cell ID=1, Cell Name=WJ-1, eNodeB ID=7", "WJ-1"),
        ("望京/小区:eNodeB名称 = 望京, 本地小区标识=2, 小区名称=望京_2, eNodeB标识=7", "望京_2"),
        ("SR-X-eNodeB Function Name=A, Local Cell ID=12, CELL NAME=A-18, eNodeB ID=2", "A-18"),
        ("WJ/Cell:eNodeB Function Name=WJ, Local Cell ID=1, Cell Name=, eNodeB ID=7", "7-1"),
        ("WJ/S1:eNodeB Function Name=WJ, S1 Interface ID=0", None),
        ("460-00-7-3", None),  # a group that is empty is no cell
        ("", None),
    ],
)
def test_cells(name: str, cell: str | None) -> None:
    table = CounterTable(
        cell=("{Cell Name}", "{小区名称}", "{eNodeB ID}-{Local Cell ID}"),
        patterns=(r"^460-00-\d+-\d+$(?P<cell>)", r"(?P<cell>^$)"),
    )
    assert CellNames(table).find(name) == cell


def test_values_with_braces_are_no_templates() -> None:
    names = CellNames(CounterTable(cell=("{a}{b}",)))
    assert names.find("a={b}, b=1") == "{b}1"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('patterns = ["(x"]', "patterns: '(x'"),
        ('patterns = ["x"]', "no group named cell"),
        ('cell = "x"', "names no key or column"),
        ('cell = "{a"', "tables.0.counters"),
        ('cell = "{a!r}"', "braces hold a name"),
        ("period_min = 3", "period_min"),
        ("colour = 1", "colour: Extra inputs"),
    ],
)
def test_profiles_are_checked(tmp_path, text: str, words: str) -> None:
    path = tmp_path / "p.toml"
    path.write_text(f'description = "x"\n[[tables]]\nfeed = "kpis"\n[tables.counters]\n{text}\n')
    from ingest.contracts import feeds

    with pytest.raises(ProfileError) as caught:
        load_profile(str(path), feeds(load_catalogue()))
    assert words in str(caught.value)
    assert "p.toml" in str(caught.value)


def test_counters_instead_of_columns() -> None:
    with pytest.raises(ValueError, match="without `columns` and `merge`"):
        Table(feed="kpis", counters=CounterTable(), merge={"default": "mean"})
    with pytest.raises(ValueError, match="is of feed kpis"):
        Table(feed="tickets", counters=CounterTable())
