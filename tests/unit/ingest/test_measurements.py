from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.errors import FileRefusedError
from ingest.profiles.model import Table
from ingest.readers.measurements import reader as reading
from ingest.readers.measurements.interval import duration_s
from ingest.settings import IngestSettings
from tests.support.pm_xml import PERIOD, TYPES, document, info, rows_of, value

TWICE = '<measValue measObjLdn="X=1"><r p="1">1</r><r p="1">2</r></measValue>'
END = 'endTime="2026-03-01T00:15:00Z"'
LIST = "<measTypes>a b</measTypes>"
START = datetime(2026, 2, 28, 16, 0, tzinfo=UTC)


def listed(text: str, name: str = "EUtranCellFDD=1", tail: str = "") -> str:
    return f'<measValue measObjLdn="{name}"><measResults>{text}</measResults>{tail}</measValue>'


def values(tmp_path: Path, content: str, wanted: set[str] | None = None, **how) -> list[dict]:
    """Per measured object its values, in order of their numbers."""
    rows, _ = take(tmp_path, content, wanted, **how)
    found: dict[int, dict] = {}
    for row in rows:
        found.setdefault(row["row_number"], {})[row["counter"]] = row["value"]
    return [found[number] for number in sorted(found)]


def take(tmp_path: Path, content: str, wanted: set[str] | None = None, **how):
    path = tmp_path / "a.xml"
    path.write_text(content, "utf-8")
    return rows_of(path, wanted, **how)


@pytest.mark.parametrize("wanted", [None, {"a", "b"}, {"a"}, {"b"}])
@pytest.mark.parametrize(
    "body",
    [
        info(value(1, 2), value(3, 4, suspect="false")),
        info(listed("1 2"), listed("  3\n4 "), types=LIST),
        info(value(1, 2), value(3, 4), types=LIST),
        info(listed("1 2"), listed("3 4")),
        info(value(1, 2)) + info(value(3, 4)),
        info(
            '<measValue measObjLdn="X=1"><r p="2">2</r><r p="1">1</r></measValue>',
            '<measValue measObjLdn="X=1"><suspect/><r p="01">3</r><r p="2">4</r></measValue>',
        ),
        info(value(1, 2), "<!-- what --><vendor>x</vendor>", value("3<!-- -->", "<![CDATA[4]]>")),
        info(value("+1", "2.0"), value("3e0", " 4 ")),
        info(value(1, 2), value(3, 4)).replace("<", "<n:").replace("<n:/", "</n:"),
    ],
    ids=[
        "single", "lists", "single after list", "list after single", "two blocks", "any order",
        "extensions", "notations", "prefix",
    ],
)  # fmt: skip
def test_ways_to_write_the_same(tmp_path: Path, body: str, wanted: set[str] | None) -> None:
    content = document(body)
    if "<n:" in body:
        content = content.replace("xmlns=", "xmlns:n=").replace("<", "<n:").replace("<n:/", "</n:")
        content = content.replace("<n:n:", "<n:").replace("</n:n:", "</n:")
    expected = [{"a": 1, "b": 2}, {"a": 3, "b": 4}]
    if wanted is not None:
        expected = [{name: row[name] for name in wanted} for row in expected]
    assert values(tmp_path, content, wanted) == expected


@pytest.mark.parametrize("namespace", ["", ' xmlns="http://www.3gpp.org/a/28.550#v17"'])
def test_any_namespace_and_none(tmp_path: Path, namespace: str) -> None:
    content = document(info(value(1, 2)))
    start, end = content.index(" xmlns="), content.index(">", content.index(" xmlns="))
    assert values(tmp_path, content[:start] + namespace + content[end:]) == [{"a": 1, "b": 2}]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("7", 7), ("-1.5", -1.5), (".5", 0.5), ("1e3", 1000), ("1.", 1),
        ("", None), ("NIL", None), ("nil", None), ("NaN", None), ("inf", None), ("1e999", None),
        ("1_0", None), ("１", None), ("0x10", None), ("12 Mbit", None), ("true", None),
    ],
)  # fmt: skip
@pytest.mark.parametrize("wanted", [{"a", "b"}, {"a"}])
def test_what_is_no_finite_number_is_unknown(
    tmp_path: Path, text: str, number: float | None, wanted: set[str]
) -> None:
    [row] = values(tmp_path, document(info(value(text, 2))), wanted)
    assert row["a"] == number


def test_vectors_by_element_and_sum(tmp_path: Path) -> None:
    asked = {"a[0]", "a[2]", "a[9]", "sum(a)", "b", "sum(b)", "b[0]"}
    content = document(
        info(value("1,2,4", 5), value("1,,4", "6,7"), value("NIL", ""), value("8", 9))
    )
    assert values(tmp_path, content, asked) == [
        {"a[0]": 1, "a[2]": 4, "a[9]": None, "sum(a)": 7, "b": 5, "sum(b)": 5, "b[0]": 5},
        {"a[0]": 1, "a[2]": 4, "a[9]": None, "sum(a)": None, "b": None, "sum(b)": 13, "b[0]": 6},
        dict.fromkeys(asked),
        {"a[0]": 8, "a[2]": None, "a[9]": None, "sum(a)": 8, "b": 9, "sum(b)": 9, "b[0]": 9},
    ]


@pytest.mark.parametrize(
    ("text", "suspect"),
    [("true", True), ("1", True), (" TRUE ", True), ("so", True), ("false", False), ("", False)],
)  # fmt: skip
@pytest.mark.parametrize("wanted", [None, {"a", "b"}, {"a"}])
def test_suspect(tmp_path: Path, text: str, suspect: bool, wanted: set[str] | None) -> None:
    content = document(info(value(1, 2), value(3, 4, suspect=text), value(5, suspect=text)))
    rows, _ = take(tmp_path, content, wanted)
    assert {(row["row_number"], row["suspect"]) for row in rows} == {
        (1, False),
        (2, suspect),
        (3, suspect),
    }


def test_a_counter_without_result_is_unknown(tmp_path: Path) -> None:
    types = '<measType p="10">a</measType><measType p="30">b</measType>'
    one = '<measValue measObjLdn="X=1"><r p="30">3</r></measValue>'
    assert values(tmp_path, document(info(one, types=types))) == [{"a": None, "b": 3}]


@pytest.mark.parametrize(
    ("one", "types", "reason"),
    [
        (listed("1"), LIST, "wrong_number_of_results"),
        (listed("1 2 3"), LIST, "wrong_number_of_results"),
        ('<measValue measObjLdn="X=1"/>', TYPES, "wrong_number_of_results"),
        (value(1, 2, 3), TYPES, "unknown_position"),
        ('<measValue measObjLdn="X=1"><r>1</r></measValue>', TYPES, "unknown_position"),
        (TWICE, TYPES, "repeated_position"),
        (value(1, 2).replace("measObjLdn", "x"), TYPES, "no_object"),
    ],
)  # fmt: skip
def test_objects_that_cannot_be_taken_apart_are_set_aside_alone(
    tmp_path: Path, one: str, types: str, reason: str
) -> None:
    good = value(8, 9)
    rows, measured = take(tmp_path, document(info(good, one, good, types=types)), {"a", "b"})
    assert {row["row_number"] for row in rows} == {1, 3}
    assert measured.rows_read == 3
    assert [(row.number, row.reason) for row in measured.bad] == [(2, reason)]


@pytest.mark.parametrize(
    ("period", "types", "reason"),
    [
        (f'<granPeriod duration="some" {END}/>', TYPES, "bad_duration:granPeriod"),
        (f"<granPeriod {END}/>", TYPES, "bad_duration:granPeriod"),
        ("", TYPES, "bad_duration:granPeriod"),
        ('<granPeriod duration="PT15M"/>', TYPES, "bad_time:endTime"),
        ('<granPeriod duration="PT15M" endTime="soon"/>', TYPES, "bad_time:endTime"),
        (PERIOD, TYPES.replace('"2"', '"1"'), "repeated_position"),
        (PERIOD, TYPES.replace(">b<", ">a<"), "repeated_counter"),
    ],
)  # fmt: skip
def test_blocks_that_cannot_be_read_are_set_aside(
    tmp_path: Path, period: str, types: str, reason: str
) -> None:
    content = document(info(value(1, 2), period=period, types=types), info(value(3, 4)))
    rows, measured = take(tmp_path, content, {"a", "b"})
    assert {row["row_number"] for row in rows} == {2}
    assert [(row.number, row.reason) for row in measured.bad] == [(1, reason)]


def test_intervals_start_at_the_end_less_the_duration(tmp_path: Path) -> None:
    [row, _], _ = take(tmp_path, document(info(value(1, 2))))
    assert (row["start"], row["period_s"]) == (START, 900)
    naive = PERIOD.replace("+08:00", "")
    [row, _], _ = take(tmp_path, document(info(value(1, 2), period=naive)))
    assert row["start"] == START  # the settings' zone is Beijing's
    table = Table(feed="kpis", time_zone="Europe/Dublin")
    [row, _], _ = take(tmp_path, document(info(value(1, 2), period=naive)), table=table)
    assert row["start"] == datetime(2026, 3, 1, 0, 0, tzinfo=UTC)
    late = naive.replace("2026-03-01T00:15:00", "2026-02-28T24:00:00")
    [row, _], _ = take(tmp_path, document(info(value(1, 2), period=late)))
    assert row["start"] == datetime(2026, 2, 28, 15, 45, tzinfo=UTC)


def test_a_declared_length_stands_in_for_one_that_cannot_be_read(tmp_path: Path) -> None:
    table = Table(feed="kpis", granularity_s=3600)
    broken = PERIOD.replace("PT900S", "quarter")
    content = document(info(value(1, 2), period=broken), info(value(1, 2)))
    rows, measured = take(tmp_path, content, {"a"}, table=table)
    assert [row["period_s"] for row in rows] == [3600, 900]
    assert measured.bad == []


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("PT900S", 900), ("PT15M", 900), ("PT1H", 3600), ("P1D", 86400), ("P1W", 604800),
        ("P1DT1H", 90000), ("PT1H30M", 5400), ("PT900.0S", 900), (" PT5M ", 300),
        ("PT0S", None), ("P1M", None), ("P1Y", None), ("PT", None), ("P", None), ("P1DT", None),
        ("900", None), ("PT0.5S", None), ("-PT900S", None), ("P32D", None), ("", None),
    ],
)  # fmt: skip
def test_durations(text: str, seconds: int | None) -> None:
    assert duration_s(text) == seconds


def test_several_elements_and_blocks_keep_their_own(tmp_path: Path) -> None:
    content = document(info(value(1, 2)), element="ManagedElement=E")
    second = (
        '<measData><measEntity localDn="ManagedElement=F"/>'
        + info(value(3), types='<measType p="1">c</measType>')
        + "</measData><measData>"
        + info(value(4, 5, name="ManagedElement=S,X=1"))
        + "</measData>"
    )
    content = content.replace("<fileFooter/>", second + "<fileFooter/>")
    rows, measured = take(tmp_path, content, {"a", "c", "d"})
    assert [(row["object"], row["counter"], row["value"]) for row in rows] == [
        ("ManagedElement=E,EUtranCellFDD=1", "a", 1),
        ("S,ManagedElement=S,X=1", "a", 4),
        ("ManagedElement=F,EUtranCellFDD=1", "c", 3),
    ]
    assert measured.rows_read == 3
    assert measured.counters_seen == {"a", "b", "c"}
    assert measured.ignored == ("b",)


def test_objects_without_a_wanted_counter_count(tmp_path: Path) -> None:
    content = document(info(value(1, 2), value(3, 4)), info(value(5, 6)))
    rows, measured = take(tmp_path, content, {"z"})
    assert (rows, measured.rows_read, measured.ignored) == ([], 3, ("a", "b"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("packed", [False, True])
def test_encodings_and_gzip(tmp_path: Path, encoding: str, packed: bool) -> None:
    head = '<?xml version="1.0" encoding="gb18030"?>' if encoding == "gb18030" else ""
    raw = document(info(value(1, 2, name="小区=一")), head=head).encode(encoding)
    path = tmp_path / ("a.xml.gz" if packed else "a.xml")
    path.write_bytes(gzip.compress(raw, mtime=0) if packed else raw)
    rows, _ = rows_of(path)
    assert rows[0]["object"] == "ManagedElement=E,小区=一"


@pytest.mark.parametrize("size", [1, 7, 64, 4096])
@pytest.mark.parametrize("wanted", [None, {"a", "b"}, {"b"}])
def test_any_split_of_the_bytes_reads_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, wanted: set[str] | None
) -> None:
    infos = [
        info(
            *(value(n, n + 1, name=f"X={n}", suspect="true" if n % 3 else None) for n in range(9))
        ),
        info(*(listed(f"{n} {n}", name=f"Y={n}") for n in range(9)), types=LIST),
    ]
    content = document(*infos).replace("><", ">\n  <")
    whole, measured = take(tmp_path, content, wanted)
    monkeypatch.setattr("ingest.readers.measurements.source.BLOCK", size)
    split, again = take(tmp_path, content, wanted)
    assert sorted(split, key=repr) == sorted(whole, key=repr)
    assert (again.rows_read, again.counters_seen) == (18, measured.counters_seen)


def test_batches_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.readers.measurements.long_rows.BATCH", 10)
    monkeypatch.setattr("ingest.readers.measurements.source.BLOCK", 512)
    path = tmp_path / "a.xml"
    path.write_text(document(info(*(value(n, n, name=f"X={n}") for n in range(200)))))
    measured = reading.Reader(path, None, IngestSettings(), reading.Wanted()).start()
    sizes = [len(batch) for batch in measured.rows]
    assert sum(sizes) == 400
    assert max(sizes) < 60


def test_too_many_bad_objects_refuse_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MAX_BAD", 3)
    content = document(info(*[value(1, 2, 3)] * 4))
    with pytest.raises(FileRefusedError, match=r"more than 3 measured objects .* line 1: 3"):
        take(tmp_path, content, {"a"})


def test_more_counters_than_columns_are_refused(tmp_path: Path) -> None:
    settings = IngestSettings(max_columns=1)
    with pytest.raises(FileRefusedError, match="2 counters in one measInfo, more than max_columns"):
        take(tmp_path, document(info(value(1, 2))), settings=settings)
