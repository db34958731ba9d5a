"""A right repair ends its fault and nothing else; a wrong one changes nothing at all."""

from __future__ import annotations

import copy
from dataclasses import fields
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.errors import IngestError
from ingest.simulator import LiveCity, simulate
from ingest.simulator.causes import INDEX, NAMES
from ingest.simulator.city import build_city
from ingest.simulator.kpis import measure
from ingest.simulator.repairs import OVERSEEN, REMEDIES
from ingest.simulator.run import ZONE, Life
from ingest.simulator.state import State, new_state
from ingest.simulator.tickets import Customers
from ingest.simulator.truth import Truth

START = datetime(2026, 6, 1, tzinfo=ZONE)
WARM_H = 20 * 24 + 9
ARRAYS = [f.name for f in fields(State) if f.name not in ("works", "events", "faults")]


@pytest.fixture(scope="module")
def lived() -> Life:
    """A city in the midst of its troubles, at nine in the morning."""
    city = build_city(400, seed=6)
    life = Life(city, new_state(city), Customers(), START - timedelta(hours=WARM_H - 9))
    for _ in range(WARM_H):
        life.live()
    assert life.next_hour == START + timedelta(hours=9)
    return life


def same(one: State, other: State) -> bool:
    return all(np.array_equal(getattr(one, n), getattr(other, n)) for n in ARRAYS)


def with_fault(life: Life, cause: str) -> np.ndarray:
    cells = np.flatnonzero(life.state.kind == INDEX[cause])
    assert len(cells), f"no {cause}: take another seed"
    return cells


def twins(lived: Life) -> tuple[Life, Life]:
    return copy.deepcopy(lived), copy.deepcopy(lived)


FAULTS = ("hardware", "interference", "coverage", "sleeping_cell", "congestion")


@pytest.mark.parametrize("cause", FAULTS)
def test_right_repair_ends_the_fault_on_all_its_cells_and_no_other(lived: Life, cause: str) -> None:
    mended, left = twins(lived)
    cell = int(with_fault(mended, cause)[0])
    number = int(mended.state.fault[cell])
    of_fault = mended.state.fault == number
    done = mended.repair(np.array([cell]), cause, mended.next_hour, key="1")
    assert done.faults == (number,)
    assert not (mended.state.fault == number).any()
    for hour in range(3):
        (now, _), (otherwise, _) = mended.live(), left.live()
        assert ((cell, number) in now.ended) == (hour == 0)
        differs = (now.kind != otherwise.kind) | (now.strength != otherwise.strength)
        assert not differs[~of_fault].any()
        assert (now.strength[of_fault] == 0).all() or (now.kind[of_fault] > 0).any()
        values, arrives = measure(mended.city, now)
        before, arrived = measure(left.city, otherwise)
        reached = of_fault.copy()
        reached[mended.city.heard[of_fault].ravel()] |= cause == "sleeping_cell"
        for name in values:
            assert np.array_equal(values[name][~reached], before[name][~reached]), name
        assert np.array_equal(arrives[~of_fault], arrived[~of_fault])
        # Annoyance fades by its own law: less every hour than where the fault goes on.
        assert (mended.state.pools[0][:, of_fault] <= left.state.pools[0][:, of_fault]).all()
        assert np.array_equal(mended.state.pools[..., ~of_fault], left.state.pools[..., ~of_fault])


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    cells=st.lists(st.integers(0, 399), min_size=1, max_size=4, unique=True),
    against=st.sampled_from(sorted(REMEDIES)),
    minutes=st.integers(0, 59),
)
def test_wrong_repairs_change_nothing_at_all(
    lived: Life, cells: list[int], against: str, minutes: int
) -> None:
    tried, left = twins(lived)
    wrong = [c for c in cells if tried.state.kind[c] != INDEX[against]]
    crowded = against == "congestion" and (tried.city.load[wrong] > 0.85).any()
    if not wrong or crowded:
        return
    done = tried.repair(
        np.array(wrong), against, tried.next_hour + timedelta(minutes=minutes), key="w"
    )
    assert not done.helped
    assert same(tried.state, left.state)
    (now, tickets), (otherwise, others) = tried.live(), left.live()
    assert same(tried.state, left.state)
    assert tickets == others
    assert now.ended == otherwise.ended
    assert tried.book == left.book


def test_a_repair_within_the_hour_ends_the_fault_with_that_hour(lived: Life) -> None:
    life = copy.deepcopy(lived)
    cell = int(with_fault(life, "hardware")[0])
    number = int(life.state.fault[cell])
    at = life.next_hour + timedelta(minutes=20)
    done = life.repair(np.array([cell]), "hardware", at, key="a")
    assert done.ends_at == life.next_hour + timedelta(hours=1)
    hour, _ = life.live()
    assert hour.kind[cell] == INDEX["hardware"]
    assert (cell, number) not in hour.ended
    hour, _ = life.live()
    assert (cell, number) in hour.ended
    assert hour.mended == [(cell, number, "a")]


def test_the_same_request_twice_is_one_repair(lived: Life) -> None:
    life = copy.deepcopy(lived)
    cell = int(with_fault(life, "coverage")[0])
    first = life.repair(np.array([cell]), "coverage", life.next_hour, key="WO-000001:5")
    again = life.repair(
        np.array([cell]), "coverage", life.next_hour + timedelta(hours=2), key="WO-000001:5"
    )
    assert again is first
    assert len(life.mended) == 1


def test_capacity_works_end_lasting_overload(lived: Life) -> None:
    life, left = twins(lived)
    cell = int(np.argmax(life.city.load))
    assert life.city.load[cell] > 0.85
    life.repair(np.array([cell]), "congestion", life.next_hour, key="c")
    for _ in range(24):
        now, _ = life.live()
        otherwise, _ = left.live()
    assert now.load[cell] < otherwise.load[cell]
    others = np.arange(400) != cell
    assert np.array_equal(now.load[others], otherwise.load[others])


def test_crews_find_what_is_there_but_for_a_few(lived: Life) -> None:
    life = copy.deepcopy(lived)
    faulty = np.flatnonzero(np.isin(life.state.kind, [INDEX[c] for c in REMEDIES]))
    found = []
    for n, cell in enumerate(faulty):
        for day in range(8):
            at = life.next_hour + timedelta(days=day)
            done = life.repair(np.array([cell]), "transport", at, key=f"{n}-{day}")
            found.append((done.found, NAMES[lived.state.kind[cell]]))
    # What a right repair ended is found by it alone; later visits see a sound cell.
    told = [(saw, real) for saw, real in found if real != "transport"]
    right = sum(saw == real for saw, real in told) / len(told)
    nothing = sum(saw is None for saw, real in told) / len(told)
    assert right + nothing == 1
    assert 0 < nothing < 3 * OVERSEEN


def test_nothing_mends_what_is_no_fault(lived: Life) -> None:
    life = copy.deepcopy(lived)
    cell = int(with_fault(life, "benign")[0])
    for against in sorted(set(REMEDIES) - {"congestion"}):
        done = life.repair(np.array([cell]), against, life.next_hour, key=against)
        assert (done.found, done.helped) in {(None, False), ("congestion", False)}
    assert life.state.kind[cell] == INDEX["benign"]


def test_truth_names_the_repair_that_ended_a_fault(lived: Life, tmp_path: Path) -> None:
    import pandas as pd

    life = copy.deepcopy(lived)
    truth = Truth(life.city, life.next_hour)
    cell = int(with_fault(life, "hardware")[0])
    number = int(life.state.fault[cell])
    truth.open[cell, number] = (INDEX["hardware"], 0.5, START)
    life.repair(np.array([cell]), "hardware", life.next_hour, key="WO-000007:4")
    for _ in range(40):
        truth.hour(life.live()[0])
    truth.write(tmp_path, [], life.next_hour)
    faults = pd.read_parquet(tmp_path / "faults.parquet").set_index(["fault_id", "cell_id"])
    row = faults.loc[number, life.city.cells["cell_id"][cell]]
    assert row["ended_by"] == "WO-000007:4"
    assert row["ends_at"] == pd.Timestamp(START + timedelta(hours=9))
    over = faults["ends_at"].notna()
    assert (faults.loc[over, "ended_by"].notna()).all()
    assert faults.loc[~over, "ended_by"].isna().all()
    assert "itself" in set(faults["ended_by"])


def test_a_living_city_keeps_its_repairs(tmp_path: Path) -> None:
    life, tickets = simulate(tmp_path / "c", cells=200, days=3, seed=4, end=START, with_truth=False)
    city = LiveCity.start(tmp_path / "s", life, tickets)
    number = int(with_fault(life, "coverage")[0])
    cell = str(life.city.cells["cell_id"][number])
    at = city.next_hour + timedelta(minutes=30)
    done = city.repair([cell], "coverage", at, key="k")
    assert done.helped
    resumed = LiveCity.resume(tmp_path / "s")
    assert resumed.repair([cell], "coverage", at + timedelta(hours=1), key="k") == done
    for _ in range(3):
        city.drop_hour(tmp_path / "in1")
        resumed.drop_hour(tmp_path / "in2")
    first = {p.name: p.read_bytes() for p in (tmp_path / "in1").iterdir()}
    assert first == {p.name: p.read_bytes() for p in (tmp_path / "in2").iterdir()}
    assert LiveCity.resume(tmp_path / "s").life.state.kind[number] != INDEX["coverage"]
    assert len(list((tmp_path / "s").iterdir())) == 2
    site = str(life.city.cells["site_id"][number])
    whole = city.repair([], "transport", at, key="site", site_id=site)
    assert set(whole.cells) == set(np.flatnonzero(life.city.cells["site_id"] == site))


@pytest.mark.parametrize(
    ("cells", "against", "word"),
    [(["nowhere"], "hardware", "no cell_id nowhere"), (None, "witchcraft", "use one of hardware")],
)
def test_what_cannot_be_repaired_is_named(
    tmp_path: Path, cells: list[str] | None, against: str, word: str
) -> None:
    life, tickets = simulate(tmp_path / "c", cells=12, days=1, seed=1, end=START, with_truth=False)
    city = LiveCity.start(tmp_path / "s", life, tickets)
    with pytest.raises(IngestError, match=word):
        city.repair(cells or [str(life.city.cells["cell_id"][0])], against, START, key="x")
