from __future__ import annotations

from datetime import UTC, datetime
from itertools import permutations

import pytest

from tests.support.warehouses import Room
from tests.support.workbooks import workbook

HEAD = "alarm_id,cell_id,raised_at,acknowledged_at,cleared_at,changed_at,severity,state\n"
RAISED = "A,C1,2026-03-01T08:00:00Z,,,,major,active\n"
WORSE = "A,C1,2026-03-01T08:00:00Z,,,2026-03-01T09:00:00Z,critical,active\n"
CLEARED = (
    "A,C1,2026-03-01T08:00:00Z,2026-03-01T08:10:00Z,2026-03-01T10:00:00Z,2026-03-01T10:00:00Z,"
    "cleared,closed\n"
)


def as_of(room: Room, utc: str) -> list[tuple]:
    return room.rows(
        "SELECT severity, state, acknowledged_at, cleared_at "
        f"FROM alarms_as_of('2026-03-01T{utc}:00Z'::TIMESTAMPTZ)"
    )


@pytest.mark.parametrize("order", list(permutations([RAISED, WORSE, CLEARED])))
def test_states_in_any_order_show_what_was_known(room: Room, order: tuple[str, ...]) -> None:
    for number, row in enumerate(order):
        room.take(f"alarms_{number}.csv", HEAD + row)
    assert as_of(room, "07:59") == []
    assert as_of(room, "08:00") == [("major", "active", None, None)]
    assert as_of(room, "08:30") == [("major", "active", None, None)]
    assert as_of(room, "09:00") == [("critical", "active", None, None)]
    assert as_of(room, "10:00") == [
        ("cleared", "closed", "2026-03-01T08:10:00Z", "2026-03-01T10:00:00Z")
    ]
    assert room.one("SELECT severity FROM alarms") == ("cleared",)
    assert room.one("SELECT count(*) FROM alarm_states") == (3,)


def test_a_lone_last_state_gives_away_nothing_before_its_time(room: Room) -> None:
    room.take("alarms.csv", HEAD + CLEARED)
    assert as_of(room, "08:30") == [(None, None, "2026-03-01T08:10:00Z", None)]
    kept = CLEARED.replace(",cleared,", ",major,").replace("A,C1", "B,C1")
    room.take("alarms_kept.csv", HEAD + kept)  # a log that keeps the severity it was raised with
    assert ("major", None, "2026-03-01T08:10:00Z", None) in as_of(room, "08:30")
    room.take("alarms_worse.csv", HEAD + WORSE.replace("A,C1", "D,C1"))
    assert (None, None, None, None) in as_of(room, "08:30")  # it was not critical yet


def test_live_alarms_are_known_when_loaded(room: Room) -> None:
    loaded = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    room.take("alarms.csv", HEAD + CLEARED, live_at=loaded)
    assert as_of(room, "11:59") == []
    assert [row[0] for row in as_of(room, "12:00")] == ["cleared"]
    late = room.take("alarms_2.csv", HEAD + RAISED.replace("03-01T08", "03-01T14"), live_at=loaded)
    assert late.reasons == {"in_future:raised_at": 1}


def test_rows_are_checked_and_texts_masked(room: Room) -> None:
    result = room.take(
        "alarms.csv",
        "alarm_id,raised_at,severity,specific_problem,description\n"
        "A,2026-03-01T08:00:00Z,Major,call 13812345678,mail a@b.cn\n"
        "B,2026-03-01T08:00:00Z,dreadful,,\n"
        "C,,minor,,\n"
        ",2026-03-01T08:00:00Z,minor,,\n",
    )
    assert (result.rows_loaded, result.rows_rejected) == (1, 3)
    assert result.reasons == {
        "unknown_value:severity": 1, "missing_value:raised_at": 1, "missing_value:alarm_id": 1,
    }  # fmt: skip
    assert room.one("SELECT severity, specific_problem, description FROM alarms") == (
        "major", "call ***TEL***", "mail ***@***",
    )  # fmt: skip


def test_a_workbook_of_alarms_is_told_by_its_columns(room: Room) -> None:
    sheet = [["alarm_id", "raised_at"], ["A", "2026-03-01 08:00:00"]]
    path = room.put("export.xlsx", workbook({"s": sheet}))
    [result] = room.load(path)
    assert (result.feed, result.rows_loaded) == ("alarms", 1)
    assert room.one("SELECT raised_at FROM alarms") == ("2026-03-01T00:00:00Z",)
