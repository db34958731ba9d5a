"""What is known of days: events and works by region, as announced until the origin."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from forecasting.calendar import KINDS, Calendar, load_calendar
from forecasting.cells.inventory import InventoryCache
from forecasting.regions.known import DayFacts, day_facts
from tests.support.warehouses import Room

ZONE = "Asia/Shanghai"
ORIGIN = datetime(2026, 3, 10, tzinfo=ZoneInfo(ZONE))
DAYS = pd.date_range("2026-03-08", "2026-03-14")

EVENTS = """event_id,name,kind,starts_at,ends_at,announced_at,region_id,longitude,latitude,radius_m
E1,演唱会,gathering,2026-03-11T19:00:00+08:00,2026-03-11T23:00:00+08:00,2026-03-01T10:00:00+08:00,,116.5,39.5,800
E2,展览,gathering,2026-03-12T09:00:00+08:00,2026-03-13T00:00:00+08:00,2026-03-01T10:00:00+08:00,R1,,,
E3,马拉松,gathering,2026-03-09T09:00:00+08:00,,2026-03-01T10:00:00+08:00,,,,
E4,未公布,gathering,2026-03-12T09:00:00+08:00,,2026-03-11T10:00:00+08:00,R0,,,
"""
WORKS = """work_id,site_id,cell_id,region_id,starts_at,ends_at,announced_at,kind,description
W1,S0,,,2026-03-12T01:00:00+08:00,2026-03-12T04:00:00+08:00,2026-03-01T10:00:00+08:00,cutover,割接
W2,,C3,,2026-03-13T23:00:00+08:00,2026-03-14T02:00:00+08:00,2026-03-01T10:00:00+08:00,cutover,割接
W3,,C3,,2026-03-13T23:00:00+08:00,2026-03-14T02:00:00+08:00,2026-03-12T10:00:00+08:00,cutover,未公布
"""


def square(name: str, west: float) -> dict[str, object]:
    ring = [[west, 39.0], [west + 1, 39.0], [west + 1, 40.0], [west, 40.0], [west, 39.0]]
    return {
        "type": "Feature",
        "properties": {"region_id": name, "name": name},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DayFacts]:
    folder: Path = tmp_path_factory.mktemp("facts")
    room = Room(folder / "data")
    # 100 cells in R0 (two on site S0) and 50 in R1.
    cells = [f"C{i},S{i // 2},{116.5 if i < 100 else 117.5},39.5" for i in range(150)]
    regions = {"type": "FeatureCollection", "features": [square("R0", 116), square("R1", 117)]}
    paths = [
        room.put("regions.geojson", json.dumps(regions)),
        room.put("cells.csv", "cell_id,site_id,longitude,latitude\n" + "\n".join(cells) + "\n"),
        room.put("events.csv", EVENTS),
        room.put("works.csv", WORKS),
    ]
    assert [result.refused for result in room.load(*paths)] == [None] * 4
    inventory = InventoryCache().as_of(room.connection, ORIGIN)
    yield day_facts(
        room.connection,
        ORIGIN,
        inventory,
        date(2026, 3, 8),
        date(2026, 3, 14),
        calendar=Calendar(None),
        zone=ZONE,
    )
    room.close()


def test_events_count_on_their_days_in_their_region(facts: DayFacts) -> None:
    assert facts.events is not None
    by_day = facts.events.set_axis([day.day for day in facts.events.index])
    assert by_day.loc[11, "R0"] == 1  # by its place
    assert by_day.loc[11, "R1"] == 0
    assert by_day.loc[12, "R1"] == 1
    assert by_day.loc[13, "R1"] == 0  # it ended at midnight
    assert by_day.loc[9].tolist() == [1, 1, 1]  # without a place: the whole city
    assert by_day.loc[12, "R0"] == 0  # announced after the origin
    assert by_day.loc[12, ""] == 1


def test_works_count_cells_per_hundred(facts: DayFacts) -> None:
    assert facts.works is not None
    by_day = facts.works.set_axis([day.day for day in facts.works.index])
    assert by_day.loc[12, "R0"] == pytest.approx(2.0)  # both cells of the site, of 100
    assert by_day.loc[12, ""] == pytest.approx(2 / 1.5)
    assert by_day.loc[13, "R0"] == by_day.loc[14, "R0"] == pytest.approx(1.0)  # over midnight
    assert (by_day["R1"] == 0).all()


def test_design_has_weekday_kind_events_and_works(facts: DayFacts) -> None:
    design = facts.design(("R0", "voice"), DAYS)
    assert design.shape == (7, 7 + len(KINDS) + 2)
    assert design[0, :7].tolist() == [0, 0, 0, 0, 0, 0, 1]  # 8 March 2026 is a Sunday
    assert design[4, -2:].tolist() == [0.0, 2.0]
    assert list(facts.happenings(("R1", ""), DAYS)) == ["events"]
    holiday = DayFacts(load_calendar("CN")).design(("", ""), pd.DatetimeIndex(["2026-06-19"]))
    assert holiday[0, 7 + KINDS.index("holiday")] == 1


def test_equal_facts_have_equal_fingerprints(facts: DayFacts) -> None:
    assert facts.works is not None
    again = DayFacts(facts.calendar, facts.events, facts.works)
    other = DayFacts(facts.calendar, facts.events, facts.works * 2)
    assert facts.fingerprint() == again.fingerprint()
    assert facts.fingerprint() != other.fingerprint()
    assert np.isfinite(facts.works.to_numpy(float)).all()
