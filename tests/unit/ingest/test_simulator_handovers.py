"""Hand-overs of the simulated city: between near cells, as many as its users, its own chance."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ingest.simulator import handovers
from ingest.simulator.live import LiveCity
from ingest.simulator.run import ZONE, simulate
from tests.support.warehouses import Room

END = datetime(2026, 3, 9, tzinfo=ZONE)
DAYS, CELLS = 9, 60


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("handovers") / "city"
    simulate(out, cells=CELLS, days=DAYS, seed=5, end=END)
    return out


def read(folder: Path) -> pd.DataFrame:
    return pd.concat(pd.read_parquet(path) for path in sorted(folder.glob("handovers_*")))


def test_each_day_of_each_cell_with_plausible_counts(city: Path) -> None:
    rows = read(city / "handovers")
    assert not rows.duplicated(["cell_id", "neighbour_id", "ts"]).any()
    assert (rows["cell_id"] != rows["neighbour_id"]).all()
    assert rows["successes"].between(0, rows["attempts"]).all()
    assert 0.9 < rows["successes"].sum() / rows["attempts"].sum() < 1.0
    days = rows["ts"].dt.tz_convert(ZONE)
    assert (days == days.dt.normalize()).all()
    assert days.nunique() == DAYS
    assert rows.groupby("ts")["cell_id"].nunique().min() == CELLS
    assert rows.groupby(["cell_id", "ts"]).size().max() == 10


def test_users_go_to_cells_around(city: Path) -> None:
    cells = pd.read_csv(city / "cells.csv").set_index("cell_id")[["longitude", "latitude"]]
    rows = read(city / "handovers")
    apart = cells.loc[rows["cell_id"]].to_numpy() - cells.loc[rows["neighbour_id"]].to_numpy()
    away = np.average(np.hypot(*apart.T), weights=rows["attempts"])
    anywhere = cells.to_numpy()[:, None] - cells.to_numpy()[None]
    assert away < 0.5 * np.hypot(anywhere[..., 0], anywhere[..., 1]).mean()


def test_nothing_else_depends_on_them(
    city: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handovers, "_PER_USER_HOUR", 1.0)
    monkeypatch.setattr(handovers, "_RELATIONS", 3)
    handovers._ways_of.cache_clear()
    simulate(tmp_path / "other", cells=CELLS, days=DAYS, seed=5, end=END)
    handovers._ways_of.cache_clear()
    ours, others = hashes(city), hashes(tmp_path / "other")
    assert ours.keys() == others.keys()
    changed = {name for name in ours if ours[name] != others[name]}
    assert {name.split("/")[0] for name in changed} == {"handovers"}


def hashes(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_living_city_tells_each_day_once_it_is_over_though_killed_in_between(
    tmp_path: Path,
) -> None:
    begun = END - timedelta(days=2, hours=-7)  # seven in the morning
    life, tickets = simulate(tmp_path / "a", cells=30, days=3, seed=5, end=begun, with_truth=False)
    live = LiveCity.start(tmp_path / "state", life, tickets)
    for _ in range(9):
        live.drop_hour(tmp_path / "in")
    live = LiveCity.resume(tmp_path / "state")
    while live.next_hour < END:
        live.drop_hour(tmp_path / "in")
    simulate(tmp_path / "b", cells=30, days=5, seed=5, end=END, with_truth=False)
    told = pd.concat([read(tmp_path / "a" / "handovers"), read(tmp_path / "in")])
    whole = read(tmp_path / "b" / "handovers")
    whole = whole[whole["ts"] >= told["ts"].min()]
    names = sorted(path.name for path in (tmp_path / "in").glob("handovers_*"))
    assert names == ["handovers_20260307T23.parquet", "handovers_20260308T23.parquet"]
    later = whole["ts"] >= pd.Timestamp(begun).normalize()
    assert later.any()
    key = ["cell_id", "neighbour_id", "ts"]
    pd.testing.assert_frame_equal(
        told[told["ts"] >= pd.Timestamp(begun).normalize()].sort_values(key, ignore_index=True),
        whole[later].sort_values(key, ignore_index=True),
    )


def test_they_load_without_a_rejected_row(city: Path, room: Room) -> None:
    results = room.load(city / "cells.csv", city / "handovers")
    told = [result for result in results if result.feed == "handovers"]
    assert len(told) == 2
    assert all(result.reasons == {} and result.refused is None for result in told)
    assert sum(result.rows_loaded for result in told) == len(read(city / "handovers"))
