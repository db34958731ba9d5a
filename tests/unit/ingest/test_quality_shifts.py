"""Sudden shifts of a KPI, per source, vendor and technology; and the words' figures."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from ingest.catalogue import load_catalogue
from ingest.quality import Flaw, Quality, assess
from ingest.quality.flaws import find_flaws, unit_factor
from ingest.quality.shifts import scale_of
from ingest.settings import QualitySettings
from tests.support.warehouses import Room

CATALOGUE = load_catalogue()
START = datetime(2026, 1, 4, 16, tzinfo=UTC)  # Monday 5 January, midnight in Beijing
DAYS = 30
NOW = START + timedelta(days=DAYS, hours=12)
SHIFT = NOW - timedelta(hours=6)
CELLS = [f"{vendor}{n}" for vendor in "xy" for n in range(6)]
Value = Callable[[str, datetime], str]


def speed(cell: str, moment: datetime) -> float:
    """A rhythm of the day, slower at weekends, with a little of each cell's own."""
    local = moment + timedelta(hours=8)
    busy = 1 + 0.5 * abs(local.hour - 12) / 12
    weekend = 0.6 if local.weekday() >= 5 else 1.0
    noise = ((hash_of(cell) + local.toordinal() * 7 + local.hour * 3) % 11) / 100
    return 30 * busy * weekend * (1 + noise)


def hash_of(cell: str) -> int:
    return sum(map(ord, cell))


def usual(cell: str, moment: datetime) -> str:
    return f"{speed(cell, moment):.4f},{99.5 - hash_of(cell) % 3 / 10:.1f}"


def load(room: Room, value: Value) -> Quality:
    cells = "".join(f"{cell},{cell[0]},NR\n" for cell in CELLS)
    room.take("cells.csv", "cell_id,vendor,technology\n" + cells)
    hours = [START + timedelta(hours=n) for n in range(DAYS * 24 + 12)]
    lines = [f"{c},{hour.isoformat()},60,{value(c, hour)}\n" for hour in hours for c in CELLS]
    head = "cell_id,ts,period_min,throughput_dl_mbps,accessibility_pct\n"
    result = room.take("k.csv", head + "".join(lines))
    assert (result.refused, result.rows_rejected) == (None, 0)
    return assess(room.connection, NOW + timedelta(minutes=15), room.settings)


def shifted(quality: Quality) -> list[tuple]:
    columns = ["kind", "kpi", "source", "vendor", "technology", "since", "lasting"]
    return [tuple(row) for row in quality.shifts[columns].itertuples(index=False)]


def test_the_rhythm_of_days_and_weeks_is_no_shift(room: Room) -> None:
    quality = load(room, usual)
    assert shifted(quality) == []
    newest = quality.kpis.query("kpi == 'throughput_dl_mbps' and vendor == 'x'").iloc[0]
    assert (newest["rows"], newest["nulls"], newest["hours_flagged"]) == (12 * 6, 0, 0)
    assert newest["median"] == pytest.approx(newest["usual"], rel=0.1)


def test_a_change_of_unit_of_one_vendor_is_seen(room: Room) -> None:
    def value(cell: str, moment: datetime) -> str:
        wrong = cell.startswith("x") and moment >= SHIFT
        return f"{speed(cell, moment) / (1000 if wrong else 1):.6f},99.5"

    quality = load(room, value)
    assert shifted(quality) == [("level", "throughput_dl_mbps", "ingest", "x", "NR", SHIFT, True)]
    [flaw] = quality.flaws
    assert flaw.code == "unit"
    assert flaw.about["factor"] == 1 / 1000
    assert (flaw.about["vendor"], flaw.about["since"]) == ("x", SHIFT)


def test_a_live_source_whose_unit_differs_from_the_history(room: Room) -> None:
    """History was loaded by hand; the inbox then brings kbit/s under the name of its source."""
    load(room, lambda cell, moment: usual(cell, moment) if moment < SHIFT else "30,")
    hours = [SHIFT + timedelta(hours=n) for n in range(6)]
    lines = [
        f"{c},{h.isoformat()},60,{1000 * speed(c, h):.1f},99.5\n" for h in hours for c in CELLS
    ]
    head = "cell_id,ts,period_min,throughput_dl_mbps,accessibility_pct\n"
    room.take("live.csv", head + "".join(lines), source="huawei")
    quality = assess(room.connection, NOW + timedelta(minutes=15), room.settings)
    [flaw] = [flaw for flaw in quality.flaws if flaw.code == "unit"]
    assert (flaw.about["source"], flaw.about["factor"]) == ("huawei", 1000.0)


def test_per_cent_that_became_a_share(room: Room) -> None:
    def value(cell: str, moment: datetime) -> str:
        return f"30,{0.995 if moment >= SHIFT else 99.5}"

    quality = load(room, value)
    [flaw] = quality.flaws  # of both vendors, in one line
    assert (flaw.code, flaw.about["kpi"]) == ("unit", "accessibility_pct")
    assert (flaw.about["factor"], flaw.about["vendor"]) == (1 / 100, "x, y")


def test_a_jump_that_is_no_unit_and_one_that_is_over(room: Room) -> None:
    gone_by = SHIFT - timedelta(days=2)

    def value(cell: str, moment: datetime) -> str:
        factor = 3 if moment >= SHIFT else 1
        worse = 60 if gone_by <= moment < gone_by + timedelta(hours=4) else 99.5
        return f"{speed(cell, moment) * factor:.3f},{worse}"

    quality = load(room, value)
    assert [flaw.code for flaw in quality.flaws] == ["shift"]
    over = quality.shifts.query("not lasting")
    assert set(over["kpi"]) == {"accessibility_pct"}
    assert set(over["since"]) == {gone_by}
    assert set(over["until"]) == {gone_by + timedelta(hours=3)}
    assert set(over["value"].round(3)) == {60.0}


def test_two_hours_are_no_shift(room: Room) -> None:
    def value(cell: str, moment: datetime) -> str:
        off = moment >= NOW - timedelta(hours=2)
        return f"{speed(cell, moment) * (9 if off else 1):.3f},99.5"

    quality = load(room, value)
    assert shifted(quality) == []
    assert quality.kpis["hours_flagged"].max() == 2


def test_a_kpi_that_is_delivered_no_more(room: Room) -> None:
    def value(cell: str, moment: datetime) -> str:
        return f"{speed(cell, moment):.3f},{'' if moment >= SHIFT else 99.5}"

    quality = load(room, value)
    assert {row[0] for row in shifted(quality)} == {"nulls"}
    [flaw] = quality.flaws
    assert (flaw.code, flaw.about["kpi"]) == ("kpi_gone", "accessibility_pct")


@pytest.mark.parametrize(
    ("value", "usual_", "factor"),
    [
        (0.03, 30.0, 1 / 1000),
        (31_000.0, 30.0, 1000.0),
        (0.99, 99.0, 1 / 100),
        (240.0, 30.0, 8.0),
        (60.0, 30.0, None),
        (0.0, 30.0, None),
        (-90.0, -95.0, None),
        (float("nan"), 30.0, None),
    ],
)
def test_factors_of_units(value: float, usual_: float, factor: float | None) -> None:
    assert unit_factor(value, usual_) == factor


def test_scales_follow_the_catalogue() -> None:
    assert scale_of(CATALOGUE["throughput_dl_mbps"]) == (0.05, 0.1)  # logarithms; limit 5
    assert scale_of(CATALOGUE["prb_util_dl_pct"]) == (0.85, 0.1)
    assert scale_of(CATALOGUE["accessibility_pct"]) == (None, 1.0)  # 1 % of 0 … 100
    assert scale_of(CATALOGUE["rsrp_dbm"]) == (None, pytest.approx(1.4))


def frames(**given: pd.DataFrame) -> dict[str, pd.DataFrame]:
    columns = {
        "hours": ["source", "hour", "intervals_expected", "intervals_present"],
        "sources": ["source", "feed", "data_time", "files_refused"],
        "rejected": ["source", "feed", "rows_read", "rows_rejected", "reasons"],
        "shifts": [
            "kind",
            "kpi",
            "source",
            "vendor",
            "since",
            "lasting",
            "cells",
            "value",
            "usual",
            "z",
        ],
        "inventory": ["cell_id", "kind"],
        "attribution": ["day", "attribution", "tickets", "unknown_cell"],
    }
    return {name: given.get(name, pd.DataFrame(columns=c)) for name, c in columns.items()}


def flaws(**given: pd.DataFrame) -> tuple[Flaw, ...]:
    return find_flaws(frames(**given), NOW, QualitySettings())


def test_tickets_that_stop() -> None:
    days = pd.date_range("2026-01-20", periods=14).date
    many = pd.DataFrame({"day": days, "attribution": "cell", "tickets": 12, "unknown_cell": 0})
    sources = pd.DataFrame(
        {
            "source": ["crm"],
            "feed": ["tickets"],
            "data_time": [NOW - timedelta(hours=25)],
            "files_refused": [0],
        }
    )
    [flaw] = flaws(attribution=many, sources=sources)
    assert (flaw.code, flaw.about["since"]) == ("no_tickets", NOW - timedelta(hours=25))
    assert flaws(attribution=many.assign(tickets=9), sources=sources) == ()


def test_tickets_without_a_place() -> None:
    rows = pd.DataFrame(
        {
            "day": [1, 1],
            "attribution": ["cell", "none"],
            "tickets": [6, 4],
            "unknown_cell": [0, 3],
        }
    )
    assert [(flaw.code, flaw.about["share"]) for flaw in flaws(attribution=rows)] == [
        ("unknown_cells", 0.3),
        ("unplaced", 0.4),
    ]


def test_the_worst_comes_first() -> None:
    cells = pd.DataFrame(
        {"cell_id": ["b", "a", "c"], "kind": ["new", "no_kpis", "not_in_inventory"]}
    )
    found = flaws(inventory=cells)
    assert [flaw.code for flaw in found] == ["not_in_inventory", "no_kpis", "new"]
    assert found[1].about == {"cells": 1, "example": "a"}
