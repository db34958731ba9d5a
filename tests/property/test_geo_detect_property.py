"""Anywhere in China and in any pair of systems: the right one is told, or none."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.crs import COORDINATE_SYSTEMS, from_wgs84
from geo.detect import SAME, by_names

systems = st.sampled_from(COORDINATE_SYSTEMS)


@settings(deadline=None, max_examples=40, derandomize=True)
@given(
    st.floats(75, 134),
    st.floats(19, 52),
    systems,
    systems,
    st.integers(0, 10_000),
    st.integers(20, 300),
)
def test_the_right_pair_of_systems_or_none(lon, lat, first, second, seed, masts):
    rng = np.random.default_rng(seed)
    place = np.column_stack(
        (lon + rng.uniform(-0.3, 0.3, masts), lat + rng.uniform(-0.2, 0.2, masts))
    )
    cell = rng.integers(0, masts, 5 * masts)
    size = 111_320 * np.array([np.cos(np.radians(lat)), 1.0])
    people = place[cell] + rng.normal(0, 500, (5 * masts, 2)) / size
    tickets = pd.DataFrame({"name": cell, "longitude": people[:, 0], "latitude": people[:, 1]})
    cells = pd.DataFrame(
        {"name": np.arange(masts), "longitude": place[:, 0], "latitude": place[:, 1]}
    )
    found = by_names(moved(tickets, first), moved(cells, second))
    if found.verdict == "unclear":
        # honest where the offset is small or the witnesses are few
        assert found.sure == "low"
        return
    assert found.pair == (SAME if first == second else (first, second))
    assert found.verdict == ("same" if first == second else "apart")


def moved(frame, system):
    lon, lat = from_wgs84(frame["longitude"].to_numpy(), frame["latitude"].to_numpy(), system)
    return frame.assign(longitude=lon, latitude=lat)


def test_most_places_tell():
    """With 100 masts and 500 tickets, at 20 places over China."""
    rng = np.random.default_rng(3)
    clear = 0
    for _ in range(20):
        lon, lat = rng.uniform(80, 130), rng.uniform(20, 50)
        place = np.column_stack(
            (lon + rng.uniform(-0.2, 0.2, 100), lat + rng.uniform(-0.2, 0.2, 100))
        )
        cell = rng.integers(0, 100, 500)
        people = place[cell] + rng.normal(0, 500, (500, 2)) / 111_320
        tickets = pd.DataFrame({"name": cell, "longitude": people[:, 0], "latitude": people[:, 1]})
        cells = pd.DataFrame(
            {"name": np.arange(100), "longitude": place[:, 0], "latitude": place[:, 1]}
        )
        found = by_names(moved(tickets, "gcj02"), cells)
        clear += found.pair == ("gcj02", "wgs84")
    assert clear >= 19
