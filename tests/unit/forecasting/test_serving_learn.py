"""How customers are served and complain, learned from tickets that name a cell and have a place."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from forecasting.cells.attribution import Attributor
from forecasting.cells.serving import Habits
from forecasting.cells.serving_learn import learn
from forecasting.errors import ModelError
from geo.serving import ServingModel

METRES = 111_195.0  # of a degree; the town lies on the equator
START = pd.Timestamp("2026-03-01", tz="UTC")


def town() -> pd.DataFrame:
    """25 masts a kilometre apart, three LTE sectors on each, on every second three of NR too."""
    rows = [
        {
            "cell_id": f"{n:02}-{'L' if sector < 3 else 'N'}{sector % 3}",
            "site_id": f"{n:02}",
            "name": f"{PLACES[n]}{n:02}-{sector}",
            "technology": "LTE" if sector < 3 else "NR",
            "longitude": 10 + 1000 * (n % 5) / METRES,
            "latitude": 1000 * (n // 5) / METRES,
            "azimuth_deg": 30.0 + 120 * (sector % 3),
            "subscribers": 1000,
        }
        for n in range(25)
        for sector in range(6 if n % 2 else 3)
    ]
    return pd.DataFrame(rows)


PLACES = [f"{a}{b}桥" for a in "东西南北中" for b in "红黄蓝绿白"]


def complaints(cells: pd.DataFrame, count: int, seed: int) -> pd.DataFrame:
    """Users lie evenly on a disc of 500 m, in beams of 40 degrees; NR's customers say 5G."""
    rng = np.random.default_rng(seed)
    served = rng.integers(0, len(cells), count)
    at = cells.iloc[served].reset_index(drop=True)
    away = 500 * np.sqrt(rng.uniform(0, 1, count))
    angle = np.radians(at["azimuth_deg"].to_numpy() + rng.normal(0, 17, count))
    error = rng.normal(0, 20, (2, count))
    says = (at["technology"] == "NR").to_numpy() & (rng.random(count) < 0.6)
    tells = rng.random(count) < 0.5
    place = at["name"].str.slice(0, 3)
    return pd.DataFrame(
        {
            "ticket_id": [f"T{seed}{n:05}" for n in range(count)],
            "created_at": START + pd.to_timedelta(rng.integers(0, 60 * 24, count), unit="h"),
            "cell_id": at["cell_id"],
            "longitude": at["longitude"] + (away * np.sin(angle) + error[0]) / METRES,
            "latitude": at["latitude"] + (away * np.cos(angle) + error[1]) / METRES,
            "service": "数据业务",
            "category": "上网慢",
            "description": np.where(says, "显示5G，", "")
            + np.where(tells, place + "很慢", "很慢").astype(object),
        }
    )


CELLS = town()
HISTORY = complaints(CELLS, 900, 1)


@pytest.fixture(scope="module")
def learned() -> Habits:
    return learn(HISTORY, CELLS)


def test_the_sharper_beams_and_the_words_of_this_town_are_found(learned: Habits) -> None:
    shape = learned.geometry
    assert learned.tickets == 900
    beam = shape.beamwidth_deg / np.sqrt(learned.sharpness)  # what a power does to a Gaussian
    assert 35 < beam < 50  # 17 degrees are a 3 dB beamwidth of 40
    assert shape.power > 2.5  # a disc has an edge
    assert shape.location_error_m < 60
    assert learned.place > 2
    told = {(kind, technology): value for kind, technology, value in learned.kinds}
    assert told["数据业务|+5G", "NR"] > 0.8 > 0 > told["数据业务|+5G", "LTE"]


def test_on_other_tickets_it_is_more_often_right_and_its_chances_hold(learned: Habits) -> None:
    fresh = complaints(CELLS, 1500, 2)
    right, said = {}, {}
    for name, habits in (("defaults", Habits()), ("learned", learned)):
        found = Attributor(CELLS, habits).spread(fresh, fresh.iloc[:0])
        hit = found["cell_id"] == found["ticket_id"].map(fresh.set_index("ticket_id")["cell_id"])
        best = found["weight"].groupby(found["ticket_id"]).idxmax()
        right[name] = hit[best].mean()
        said[name] = found.loc[best, "weight"].mean()
    assert right["learned"] > right["defaults"] + 0.08
    assert said["learned"] == pytest.approx(right["learned"], abs=0.02)


def test_the_order_of_loading_moves_no_digit(learned: Habits) -> None:
    mixed = HISTORY.sample(frac=1, random_state=1)
    assert learn(mixed, CELLS.sample(frac=1, random_state=2)) == learned


def test_with_few_tickets_the_defaults_stand(learned: Habits) -> None:
    assert learn(HISTORY.iloc[:0], CELLS) == Habits(
        rates=(("LTE", 0.0), ("NR", 0.0)),
    )
    few = learn(HISTORY.head(29), CELLS)
    assert few.geometry == ServingModel()
    assert (few.company, few.place) == (Habits().company, 0.0)
    some = learn(HISTORY.head(40), CELLS).geometry  # drawn to the defaults by the prior
    assert abs(np.log(some.beamwidth_deg / 65)) < abs(np.log(learned.geometry.beamwidth_deg / 65))


def test_tickets_that_name_an_unknown_cell_or_lie_far_from_theirs_are_no_lesson(
    learned: Habits,
) -> None:
    strange = HISTORY.head(50).assign(
        ticket_id=[f"X{n}" for n in range(50)], longitude=40.0, cell_id="00-L0"
    )
    unknown = strange.assign(ticket_id=[f"Y{n}" for n in range(50)], cell_id="ZZ")
    more = learn(pd.concat([HISTORY, strange, unknown]), CELLS)
    assert more.tickets == 900  # the strange ones explain nothing
    fresh = complaints(CELLS, 300, 4)
    one, other = (
        Attributor(CELLS, habits)
        .spread(fresh, fresh.iloc[:0])
        .set_index(["ticket_id", "cell_id"])["weight"]
        for habits in (learned, more)
    )
    assert one.sub(other, fill_value=0.0).abs().sum() / 2 < 0.03 * len(fresh)


def test_company_is_learned_where_troubles_last(learned: Habits) -> None:
    """Complaints come three at a time, within a day, about one cell."""
    rng = np.random.default_rng(5)
    first = complaints(CELLS, 300, 3)
    again = []
    for n in range(3):
        other = complaints(CELLS, 300, 10 + n)
        same = CELLS.set_index("cell_id").loc[first["cell_id"]].reset_index()
        meant = CELLS.set_index("cell_id").loc[other["cell_id"]].reset_index()
        moved = other.assign(
            ticket_id=[f"{t}-{n}" for t in first["ticket_id"]],
            cell_id=first["cell_id"].to_numpy(),
            created_at=first["created_at"] + pd.to_timedelta(rng.integers(0, 24, 300), unit="h"),
            longitude=other["longitude"] - meant["longitude"] + same["longitude"],
            latitude=other["latitude"] - meant["latitude"] + same["latitude"],
        )
        turned = same["azimuth_deg"].eq(meant["azimuth_deg"]).to_numpy()
        again.append(moved[turned])
    clustered = learn(pd.concat([first, *again]), CELLS)
    assert clustered.company > 5 * learned.company


def test_json_and_back(learned: Habits) -> None:
    assert Habits.from_json(learned.to_json()) == learned
    assert Habits.from_json(Habits().to_json()) == Habits()
    assert learned.to_json() == replace(learned).to_json()
    for wrong in ("", "{}", '{"geometry": {"reach": -1}}', "[1]"):
        with pytest.raises(ModelError, match="habits"):
            Habits.from_json(wrong)
