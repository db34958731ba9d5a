"""The habits of a week: from what was known at its Monday midnight, and from nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from forecasting.cells import serving_weekly
from forecasting.cells.inventory import InventoryCache
from forecasting.cells.serving import Habits
from forecasting.cells.serving_weekly import monday_before
from tests.support import futures, smallcity

MONDAY = smallcity.before_end(days=7)  # 5 October, Beijing's midnight
ORIGIN = MONDAY + timedelta(days=2, hours=9)


@pytest.mark.parametrize(
    ("moment", "monday"),
    [
        ((2026, 10, 4, 15, 59), (2026, 9, 27, 16)),  # Sunday 23:59 in Beijing
        ((2026, 10, 4, 16), (2026, 10, 4, 16)),  # Monday midnight itself
        ((2026, 10, 11, 15), (2026, 10, 4, 16)),
    ],
)
def test_mondays_are_the_operators(moment: tuple[int, ...], monday: tuple[int, ...]) -> None:
    found = monday_before(datetime(*moment, tzinfo=UTC), "Asia/Shanghai")
    assert found == datetime(*monday, tzinfo=UTC)


def test_what_became_known_after_monday_moves_no_digit(tmp_path) -> None:
    connection = smallcity.warehouse(tmp_path)
    before = InventoryCache().as_of(connection, ORIGIN).attributor.habits
    assert before.tickets > 30
    assert before.geometry != Habits().geometry
    futures.rewrite(connection, MONDAY, seed=1)
    serving_weekly._learned.clear()
    inventory = InventoryCache().as_of(connection, MONDAY)
    assert inventory.attributor.habits == before
    futures.rewrite(connection, MONDAY - timedelta(days=10), seed=2)  # the counter-proof
    assert InventoryCache().as_of(connection, MONDAY).attributor.habits != before
    connection.close()


def test_learned_once_a_week_and_process_unless_history_is_loaded(tmp_path, monkeypatch) -> None:
    calls = []

    def learn(named: pd.DataFrame, cells: pd.DataFrame) -> Habits:
        calls.append(len(named))
        return Habits(tickets=len(named))

    monkeypatch.setattr(serving_weekly, "learn", learn)
    monkeypatch.setattr(serving_weekly, "_learned", type(serving_weekly._learned)())
    connection = smallcity.warehouse(tmp_path)
    cache = InventoryCache()
    first = cache.as_of(connection, ORIGIN)
    assert cache.as_of(connection, ORIGIN + timedelta(hours=1)).attributor is first.attributor
    again = InventoryCache().as_of(connection, ORIGIN + timedelta(days=1))
    assert again.attributor.habits == first.attributor.habits
    assert len(calls) == 1
    InventoryCache().as_of(connection, ORIGIN - timedelta(days=7))
    assert len(calls) == 2
    connection.execute(
        "DELETE FROM ticket_states WHERE cell_id IS NOT NULL AND hash(rowid) % 2 = 0"
    )
    fewer = InventoryCache().as_of(connection, ORIGIN).attributor.habits
    assert len(calls) == 3
    assert 0 < fewer.tickets < first.attributor.habits.tickets
    connection.close()
