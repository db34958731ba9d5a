"""The quick reader says the same as the exact one, or stands back."""

from __future__ import annotations

import random

import pytest

from ingest import opening
from tests.support.warehouses import KPI_HEAD, Room

pytestmark = pytest.mark.usefixtures("long_way")
GOOD = [f"C{i},2026-03-01 {i % 24:02}:00,60,{i % 7},{i}\n" for i in range(200)]


@pytest.fixture
def long_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """These readers serve the long way alone."""
    monkeypatch.setattr("ingest.delivering.is_for_short_way", lambda *_: False)


def outcome(room: Room, text: str | bytes, **how) -> tuple:
    """All that a load leaves: counts, rejected rows, KPI rows."""
    for table in ("kpis", "deliveries", "rejected_rows"):
        room.connection.execute(f"DELETE FROM {table}")
    result = room.take("kpis.csv", text, **how)
    return (
        result,
        room.rows("SELECT row_number, column_name, value, reason FROM rejected_rows ORDER BY 1"),
        room.rows("SELECT cell_id, ts, drop_rate_pct, latency_ms FROM kpis ORDER BY ALL"),
    )


def both(room: Room, monkeypatch: pytest.MonkeyPatch, text: str | bytes) -> tuple[tuple, bool]:
    """The outcome, which is the same by both readers; and whether the quick one took the file."""
    taken = []
    original = opening.stage_fast_csv

    def spy(*args):
        staged = original(*args)
        taken.append(staged is not None)
        return staged

    monkeypatch.setattr(opening, "stage_fast_csv", spy)
    quick = outcome(room, text)
    monkeypatch.setattr(opening, "stage_fast_csv", lambda *_: None)
    assert outcome(room, text) == quick
    monkeypatch.setattr(opening, "stage_fast_csv", original)
    return quick, taken == [True]


CASES = {
    "sound": ("".join(GOOD), True),
    "crlf": ("".join(GOOD), True),
    "blank lines": ("\n" + "\n".join(GOOD) + "\n\n", True),
    "ragged": ("".join([*GOOD[:50], "a,b\n", "a,b,c,d,e,f,g\n", *GOOD[50:], "x\n"]), True),
    "ragged and blank": ("".join([*GOOD[:50], "a,b\n", "\n", *GOOD[50:]]), False),
    "quoted": ("".join(f'"{line[:2]}"{line[2:]}' for line in GOOD[:10]), True),
    "quoted and ragged": ("".join([*GOOD, '"a,b",c\n']), False),
    "break in quotes": ("".join([*GOOD, '"a\nb",2026-03-01,60,1,1\n']), False),
    "quote out of place": ("".join([*GOOD, '"a"b,2026-03-01,60,1,1\n']), False),
    "bad values": ("".join([*GOOD, "a,b,c,d,e\n", "A,2026-03-01,60,NaN,\n", *GOOD[:3]]), True),
    "nothing": ("", True),
}


@pytest.mark.parametrize("name", CASES)
def test_same_as_the_exact_reader(room: Room, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    text, quick = CASES[name]
    text = KPI_HEAD + text
    if name == "crlf":
        text = text.replace("\n", "\r\n")
    _, taken = both(room, monkeypatch, text)
    assert taken is quick


def test_ragged_rows_shift_no_row_numbers(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows that are left out at random places, neighbours among them; bad values between."""
    chance = random.Random(3)
    for _ in range(10):
        lines = [chance.choice(["a,b\n", "A,2026-03-01,60,-1,1\n", *GOOD[:4]]) for _ in range(60)]
        (_, rejected, _), taken = both(room, monkeypatch, KPI_HEAD + "".join(lines))
        assert taken
        expected = {i for i, line in enumerate(lines, 1) if line[0] in "aA"}
        assert {row[0] for row in rejected} == expected


def test_a_file_in_gbk_is_read_as_quickly(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (KPI_HEAD + "".join(GOOD).replace("C1,", "东城一,")).encode("gbk")
    (result, _, rows), taken = both(room, monkeypatch, text)
    assert taken
    assert result.rows_loaded == 200
    assert ("东城一", "2026-02-28T17:00:00Z", 1.0, 1.0) in rows


@pytest.mark.parametrize("name", ["kpis[1].csv", "kpis*.csv", "kpis?.csv", "kpis'x.csv"])
def test_signs_in_a_name_mean_themselves(room: Room, name: str) -> None:
    room.put("kpis1.csv", KPI_HEAD + GOOD[0])
    assert room.take(name, KPI_HEAD + "".join(GOOD)).rows_loaded == 200


def test_two_header_lines_and_units_keep_row_numbers(room: Room) -> None:
    columns = "".join(f'{name} = {{ source = "{name}" }}\n' for name in KPI_HEAD.strip().split(","))
    profile = room.put(
        "head.toml",
        'description = "x"\n[[tables]]\nfeed = "kpis"\nheader_row = 2\nunit_rows = 1\n'
        "[tables.columns]\n" + columns,
    )
    text = "export of today,,,,\n" + KPI_HEAD + ",,min,%,ms\n" + GOOD[0] + "a,b\n" + GOOD[1]
    result = room.take("kpis.csv", text, profile=str(profile))
    assert (result.rows_read, result.rows_loaded) == (3, 2)
    assert room.rows("SELECT row_number, reason, value FROM rejected_rows") == [
        (2, "wrong_field_count", "2 fields instead of 5")
    ]
