"""What is missing, against what each cell usually delivers."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from ingest.quality import Quality, assess
from ingest.settings import IngestSettings
from tests.support.warehouses import Room

START = datetime(2026, 2, 1, 16, tzinfo=UTC)  # Monday 2 February, midnight in Beijing
HEAD = "cell_id,ts,period_min,drop_rate_pct\n"
NOW = START + timedelta(days=10, hours=16)  # Thursday 12 February, 16:00


def rows(cell: str, until: datetime, *, since: datetime = START, period: int = 60) -> str:
    """Intervals of a cell, one after the other."""
    count = (until - since) // timedelta(minutes=period)
    starts = [since + timedelta(minutes=period * n) for n in range(count)]
    return "".join(f"{cell},{start.isoformat()},{period},1\n" for start in starts)


def said(room: Room, as_of: datetime = NOW) -> Quality:
    return assess(room.connection, as_of, room.settings)


def codes(quality: Quality) -> list[str]:
    return [flaw.code for flaw in quality.flaws]


def test_all_is_there(room: Room) -> None:
    room.take("k.csv", HEAD + rows("A", NOW) + rows("B", NOW, period=15))
    quality = said(room)
    hour = quality.hours[quality.hours["hour"] == START + timedelta(days=5)].iloc[0]
    assert (hour["source"], hour["cells_expected"], hour["cells_present"]) == ("ingest", 2, 2)
    assert (hour["intervals_expected"], hour["intervals_present"]) == (5, 5)  # 1 + 4
    assert quality.cells.empty
    assert "missing" not in codes(quality)
    # the first day is not judged, and the hour of 14:00 has its grace
    assert len(quality.hours) == 9 * 24 + 14


def test_the_newest_hours_have_their_grace(room: Room) -> None:
    """Delivery takes 15 minutes, grace is 60: the hour of 13:00 is due at 15:15."""
    room.take("k.csv", HEAD + rows("A", START + timedelta(days=10, hours=13)))
    day = START + timedelta(days=10)
    before = said(room, day + timedelta(hours=15, minutes=14))
    assert before.hours["hour"].max() == day + timedelta(hours=12)
    assert codes(before) == ["not_in_inventory"]
    after = said(room, day + timedelta(hours=15, minutes=15))
    assert after.hours["hour"].max() == day + timedelta(hours=13)
    [flaw] = [flaw for flaw in after.flaws if flaw.code == "silent"]
    assert flaw.about["source"] == "ingest"
    assert flaw.about["since"] == day + timedelta(hours=13)


def test_missing_intervals_are_told_per_source_hour_and_cell(room: Room) -> None:
    cells = [f"C{n:02}" for n in range(50)]
    fine = START + timedelta(days=10, hours=10)
    lines = "".join(rows(cell, NOW if cell not in ("C03", "C07") else fine) for cell in cells)
    room.take("k.csv", HEAD + lines)
    quality = said(room)
    assert quality.cells.to_dict("list") == {
        "cell_id": ["C03", "C07"],
        "source": ["ingest"] * 2,
        "day": [date(2026, 2, 12)] * 2,
        "expected": [14, 14],
        "present": [10, 10],
    }
    [flaw] = [flaw for flaw in quality.flaws if flaw.code == "missing"]
    assert flaw.about == {"source": "ingest", "share": 0.04, "intervals": 8, "since": fine}


def test_a_gap_that_is_over_counts_within_a_day(room: Room) -> None:
    lines = rows("A", NOW).splitlines(keepends=True)
    del lines[-6:-4]  # 10:00 and 11:00
    room.take("k.csv", HEAD + "".join(lines))
    [flaw] = [flaw for flaw in said(room).flaws if flaw.code == "gaps"]
    assert (flaw.about["intervals"], flaw.about["share"]) == (2, 2 / 24)


def test_hours_in_which_a_cell_never_delivers_are_not_expected(room: Room) -> None:
    """A cell that sleeps at night, and one that delivers once a day."""
    days = [START + timedelta(days=n) for n in range(10)]
    asleep = "".join(
        rows("A", day + timedelta(hours=23), since=day + timedelta(hours=6)) for day in days
    )
    room.take("k.csv", HEAD + asleep + rows("D", START + timedelta(days=10), period=1440))
    quality = said(room, START + timedelta(days=10, hours=5))
    assert quality.cells.empty
    by_hour = quality.hours.groupby(quality.hours["hour"].dt.tz_convert("Asia/Shanghai").dt.hour)
    assert by_hour["intervals_expected"].max()[[0, 6]].tolist() == [1, 1]  # D at 0, A at 6
    assert set(by_hour.groups) == {0, *range(6, 23)}


def test_a_day_is_missing_only_after_it_is_over(room: Room) -> None:
    room.take("k.csv", HEAD + rows("D", START + timedelta(days=10), period=1440))
    assert said(room, START + timedelta(days=11, minutes=60)).cells.empty
    late = said(room, START + timedelta(days=11, minutes=75))
    assert late.cells["day"].astype(str).tolist() == ["2026-02-12"]


def test_new_cells_are_said_and_not_missed(room: Room) -> None:
    room.take("k.csv", HEAD + rows("A", NOW) + rows("N", NOW, since=NOW - timedelta(hours=6)))
    quality = said(room)
    assert quality.inventory.query("kind == 'new'")["cell_id"].tolist() == ["N"]
    assert quality.cells.empty


def test_a_cell_that_was_taken_down_is_forgotten_after_a_week(room: Room) -> None:
    gone = START + timedelta(days=2)
    room.take("k.csv", HEAD + rows("A", NOW) + rows("G", gone))
    # two of ten days: no more than half, so that it is not expected at all
    assert said(room).cells.empty
    # on the third day it was: two of two days
    early = said(room, gone + timedelta(hours=12))
    assert early.cells["cell_id"].tolist() == ["G"]


def test_kpis_and_inventory_differ(room: Room) -> None:
    room.take("cells.csv", "cell_id,vendor\nA,x\nQUIET,x\n")
    room.take("k.csv", HEAD + rows("A", NOW) + rows("ROGUE", NOW))
    kinds = said(room).inventory[["cell_id", "kind"]].to_numpy().tolist()
    assert kinds == [["QUIET", "no_kpis"], ["ROGUE", "not_in_inventory"]]


@pytest.fixture
def two_sources(room: Room) -> Room:
    stop = START + timedelta(days=10, hours=12)
    room.take("e.csv", HEAD + rows("E1", NOW) + rows("E2", NOW), source="ericsson")
    room.take("h.csv", HEAD + rows("H1", stop) + rows("H2", stop), source="huawei")
    return room


def test_sources_are_judged_apart(two_sources: Room) -> None:
    quality = said(two_sources)
    [flaw] = [flaw for flaw in quality.flaws if flaw.code == "silent"]
    assert flaw.about["source"] == "huawei"
    assert flaw.about["since"] == START + timedelta(days=10, hours=12)
    sources = quality.sources.set_index(["source", "feed"])
    assert sources.loc[("huawei", "kpis"), "age_min"] == 4 * 60
    # the hour of 15:00 becomes known at 16:15 only
    assert sources.loc[("ericsson", "kpis"), "age_min"] == 60


def test_rejections_are_counted_with_their_reasons(room: Room) -> None:
    bad = "A,2026-02-12T10:00:00+08:00,60,oops\nA,2026-02-12T11:00:00+08:00,60,-1\n"
    room.take("k.csv", HEAD + rows("A", NOW - timedelta(hours=1)) + bad)
    later = datetime(2026, 3, 2, 5, tzinfo=UTC)  # the room loads at 04:00
    quality = said(room, later)
    [row] = quality.rejected.to_dict("records")
    assert (row["source"], row["feed"], row["rows_rejected"]) == ("ingest", "kpis", 2)
    assert sum(json.loads(row["reasons"]).values()) == 2
    room.take("broken.csv", "no,such,feed\n1,2,3\n")
    again = said(room, later)
    assert "refused" in codes(again)
    assert again.sources["files_refused"].sum() == 1


def test_a_share_of_rejected_rows_warns(room: Room) -> None:
    room.take("k.csv", HEAD + rows("A", START + timedelta(hours=9)) + "A,when,60,1\n")
    [flaw] = [
        f for f in said(room, datetime(2026, 3, 2, 5, tzinfo=UTC)).flaws if f.code == "rejected"
    ]
    assert (flaw.about["share"], flaw.about["rows"]) == (0.1, 1)


def test_tickets_by_what_tells_their_place(room: Room) -> None:
    room.take("cells.csv", "cell_id,longitude,latitude\nA,116.3,39.9\n")
    room.take(
        "tickets.csv",
        "ticket_id,created_at,cell_id,longitude,latitude,region_id\n"
        "1,2026-02-12T10:00:00+08:00,A,,,\n"
        "2,2026-02-12T10:00:00+08:00,GONE,116.3,39.9,\n"
        "3,2026-02-12T10:00:00+08:00,,,,R\n"
        "4,2026-02-12T10:00:00+08:00,,,,\n"
        "5,2026-01-12T10:00:00+08:00,A,,,\n"  # too long ago
        "6,2026-02-12T17:00:00+08:00,A,,,\n",  # not yet
    )
    found = said(room).attribution
    assert found.set_index("attribution")["tickets"].to_dict() == {
        "cell": 1,
        "position": 1,
        "region": 1,
        "none": 1,
    }
    assert found["unknown_cell"].sum() == 1


def test_nothing_at_all_is_no_error(room: Room) -> None:
    quality = said(room)
    assert quality.flaws == ()
    assert quality.hours.empty


@pytest.mark.parametrize("later", ["late", "revised", "other"])
def test_nothing_that_came_later_shows(room: Room, later: str) -> None:
    """As of Thursday 16:00 it is the same whether Friday's deliveries are there or not."""
    room.take("k.csv", HEAD + rows("A", NOW) + rows("B", NOW - timedelta(hours=6)))
    moment = NOW + timedelta(minutes=30)
    before = said(room, moment)
    friday = NOW + timedelta(days=1)
    what: dict[str, Callable[[], str]] = {
        "late": lambda: rows("B", NOW, since=NOW - timedelta(hours=6)),
        "revised": lambda: rows("A", NOW, since=NOW - timedelta(days=3)).replace(",1\n", ",9\n"),
        "other": lambda: rows("C", NOW),
    }
    room.take("later.csv", HEAD + what[later](), live_at=friday)
    after = said(room, moment)
    for name in ("hours", "cells", "kpis", "shifts", "inventory", "attribution"):
        assert getattr(after, name).equals(getattr(before, name)), name
    assert after.flaws == before.flaws
    assert len(said(room, friday).hours) > len(after.hours)


def test_summer_time_has_no_hour_to_miss(tmp_path) -> None:
    room = Room(tmp_path / "data", IngestSettings(time_zone="Europe/Berlin"))
    try:
        start = datetime(2026, 3, 20, 23, tzinfo=UTC)
        end = datetime(2026, 3, 30, 10, tzinfo=UTC)  # clocks went forward on the 29th
        room.take("k.csv", HEAD + rows("A", end, since=start))
        quality = assess(room.connection, end, room.settings)
        assert quality.cells.empty
        assert len(
            quality.hours[quality.hours["hour"] >= datetime(2026, 3, 28, 23, tzinfo=UTC)]
        ) == (
            23 + 10  # Sunday, and Monday until its tenth hour
        )
    finally:
        room.close()
