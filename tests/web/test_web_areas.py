"""``/api/v1/areas``: filters, what stale means, errors in the one shape."""

from __future__ import annotations

import json
from datetime import timedelta

import pandas as pd
import pytest

from dashboard.snapshot import OPTIONAL
from tests.support.snapshots import AS_OF, tiny

AREAS = [
    ("city", "city", 0, None, "red", 1.6),
    ("region", "R0", 1, "city", "red", 1.2),
    ("region", "R1", 1, "city", "yellow", 0.3),
    ("hexagon", "87x0", 7, "R0", "red", 0.9),
    ("hexagon", "87x1", 7, "R0", "green", 0.2),
    ("hexagon", "87x2", 7, "R1", "green", 0.3),
    ("hexagon", "87x3", 7, None, "unknown", None),
    ("outside", "region:1", 1, "city", "unknown", 0.1),
    ("outside", "hexagon:7", 7, "city", "unknown", 0.2),
]


def areas() -> pd.DataFrame:
    names = ["kind", "area_id", "level", "parent_id", "status", "expected_low_complaints"]
    table = pd.DataFrame(AREAS, columns=names)
    empty = {name: None for name in OPTIONAL["areas"].names if name not in names}
    kpis = json.dumps({"drop_rate_pct": {"newest": 0.5, "day": 0.25}})
    return table.assign(**empty | {"red_cells": 1.0, "rate_shrunk": 0.5, "kpis": kpis})


@pytest.fixture
def site(tiny_site):
    tiny_site.publish(tiny(as_of=AS_OF + timedelta(minutes=1), more={"areas": areas()}))
    return tiny_site


def ids(site, query: str) -> list[str]:
    response = site.get(f"/api/v1/areas?{query}")
    assert response.status_code == 200
    return [row["area_id"] for row in response.get_json()]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        # The worst first, then the most expected.
        ("", ["city", "R0", "87x0", "R1", "87x2", "87x1", "hexagon:7", "region:1", "87x3"]),
        ("kind=hexagon", ["87x0", "87x2", "87x1", "87x3"]),
        ("kind=hexagon&status=green&limit=1", ["87x2"]),
        ("kind=hexagon&region_id=R0", ["87x0", "87x1"]),
        ("region_id=R1", ["R1", "87x2"]),
        ("level=7&kind=outside", ["hexagon:7"]),
        ("kind=region&level=2", []),
        ("kind=city&lang=zh", ["city"]),
        ("region_id=R1' OR '1'='1", []),
    ],
)
def test_filters(site, query, expected):
    assert ids(site, query) == expected


def test_an_area(site):
    [row] = site.get("/api/v1/areas?kind=city").get_json()
    assert set(row) == {*OPTIONAL["areas"].names, "parent_name", "as_of", "fresh"}
    assert (row["status"], row["red_cells"], row["fresh"]) == ("red", 1.0, True)
    assert row["kpis"] == {"drop_rate_pct": {"newest": 0.5, "day": 0.25}}
    assert row["as_of"] == "2026-11-21T07:01:00+00:00"
    [hexagon] = site.get("/api/v1/areas?kind=hexagon&limit=1").get_json()
    assert (hexagon["parent_id"], hexagon["parent_name"]) == ("R0", "片区0")


def test_stale_areas_are_unknown(site):
    site.clock.at = AS_OF + timedelta(days=2)
    assert ids(site, "status=red") == []
    rows = site.get("/api/v1/areas?kind=region&status=unknown").get_json()
    assert [row["status"] for row in rows] == ["unknown", "unknown"]
    assert {row["red_cells"] for row in rows} == {None}


def test_an_older_snapshot_has_none(site):
    assert ids(site, "at=2026-11-21T15:00:30%2B08:00") == []


@pytest.mark.parametrize(
    "query",
    ["kind=town", "kind=", "level=x", "level=-1", "level=1000", "status=purple", "limit=0", "by=1"],
)
def test_bad_parameters(site, query):
    response = site.get(f"/api/v1/areas?{query}")
    assert response.status_code == 400
    error = response.get_json()["error"]
    assert set(error) == {"code", "message", "hint"}
    assert all(error.values())
