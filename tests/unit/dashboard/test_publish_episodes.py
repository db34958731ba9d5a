"""Earlier times at risk: stretches of forecasts, and what followed each, reckoned by hand."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd
import pytest

from dashboard.publish.episodes import COLUMNS, told_episodes
from tests.support.forecasts import FIRST, HOUR, Forecasts

DAY = timedelta(days=1)
LATER = FIRST + timedelta(days=20)
CELLS = pd.DataFrame(
    {
        "cell_id": ["a", "b", "c", "d", "e", "f"],
        "site_id": ["s0", "s0", "s1", "s1", "s2", "s2"],
        "technology": "LTE",
        "region_id": "R0",
    }
)
NONE = pd.DataFrame([("z", FIRST, 1.0, True)], columns=["cell_id", "created_at", "weight", "low"])


@pytest.fixture
def room(tmp_path):
    """Cell a: red, yellow, calm, red; b: red once; the forecasts of three days, then of a fourth.

    Between the third and the fourth lie five days, more than the horizon of 72 hours.
    """
    room = Forecasts(tmp_path / "warehouse")
    for day, status in enumerate(("red", "yellow", "green")):
        both = {"a": status, "b": "red" if day == 0 else "green"}
        room.forecast(FIRST + day * DAY, status=both)
    room.forecast(FIRST + 8 * DAY, status={"a": "red"})
    yield room
    room.close()


def tickets(*rows):
    return pd.DataFrame(rows, columns=["cell_id", "created_at", "weight", "low"])


def told(room, as_of=LATER, came=NONE, cells=CELLS):
    found = told_episodes(room.connection, as_of, cells=cells, tickets=came, horizon_h=72)
    assert list(found.columns) == COLUMNS
    return found


def test_stretches_of_forecasts(room):
    rows = told(room).to_dict("records")
    first, second, other = rows
    assert (first["cell_id"], second["cell_id"], other["cell_id"]) == ("a", "a", "b")
    assert (first["since"], first["until"]) == (FIRST, FIRST + DAY)
    assert (first["status"], first["forecasts"], first["probability"]) == ("red", 2, 0.6)
    assert (first["technology"], first["region_id"]) == ("LTE", "R0")
    assert (second["since"], second["forecasts"]) == (FIRST + 8 * DAY, 1)


def test_a_pause_longer_than_the_horizon_ends_a_stretch(room):
    room.forecast(FIRST + 12 * DAY, status={"a": "red"})
    assert len(told(room)) == 4
    room.forecast(FIRST + 10 * DAY, status={"a": "yellow"})  # nobody paused: 8, 10, 12
    assert len(told(room)) == 3


def test_what_followed_is_counted_until_the_last_horizon_is_over(room):
    end = FIRST + DAY + 72 * HOUR
    came = tickets(
        ("a", FIRST - HOUR, 1.0, True),  # before
        ("a", FIRST + HOUR, 0.25, True),  # hardly this cell's: counted, but no end of it
        ("a", FIRST + 5 * HOUR, 1.0, True),
        ("a", end, 1.0, False),  # satisfied
        ("a", end + HOUR, 1.0, True),  # too late
        ("b", FIRST + 4 * DAY, 1.0, True),  # b's horizon ended a day before
        (None, FIRST + HOUR, 1.0, True),
    )
    first, second, other = told(room, came=came).to_dict("records")
    assert first["complaint_at"] == FIRST + 5 * HOUR
    assert (first["low_complaints"], first["tickets"]) == (1.25, 2.25)
    assert pd.isna(second["complaint_at"])
    assert (second["low_complaints"], second["tickets"]) == (0, 0)
    assert pd.isna(other["complaint_at"])


def test_works_on_the_cell_or_its_site_are_treatments(room):
    room.work(FIRST + 30 * HOUR, cell_id="a", kind="repair")
    room.work(FIRST + 20 * HOUR, site_id="s0", kind="cutover")
    room.work(FIRST + 10 * HOUR, cell_id="c", kind="repair")
    first, second, other = told(room).to_dict("records")
    assert (first["treated_at"], first["treatment"]) == (FIRST + 20 * HOUR, "cutover")
    assert (other["treated_at"], other["treatment"]) == (FIRST + 20 * HOUR, "cutover")
    assert pd.isna(second["treated_at"])


def test_repairs_by_orders_are_treatments_too(room):
    room.repair(FIRST + 15 * HOUR, "a")
    room.work(FIRST + 20 * HOUR, site_id="s0", kind="cutover")
    room.repair(FIRST + 9 * DAY, site="s0")
    first, second, other = told(room).to_dict("records")
    assert (first["treated_at"], first["treatment"]) == (FIRST + 15 * HOUR, "order")
    assert (second["treated_at"], second["treatment"]) == (FIRST + 9 * DAY, "order")
    assert (other["treated_at"], other["treatment"]) == (FIRST + 20 * HOUR, "cutover")
    assert told(room, FIRST + 14 * HOUR)["treated_at"].isna().all()  # not reported yet


def test_over_once_the_horizon_is_and_nothing_later_is_told(room):
    at = FIRST + 8 * DAY + 71 * HOUR
    assert told(room, at)["over"].tolist() == [True, False, True]
    assert told(room, at + HOUR)["over"].tolist() == [True, True, True]
    early = told(room, FIRST + 2 * HOUR)
    assert early[["cell_id", "forecasts"]].to_numpy().tolist() == [["a", 1], ["b", 1]]
    room.work(FIRST + 5 * HOUR, cell_id="a", kind="repair")
    assert told(room, FIRST + 2 * HOUR)["treated_at"].isna().all()


def test_nothing_to_tell(room):
    assert told(room, cells=CELLS.iloc[:0]).empty
    assert told(room, FIRST - HOUR).empty
