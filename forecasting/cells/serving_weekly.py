"""The habits in force: learned at the last local Monday midnight from what was known then."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb
import pandas as pd

from forecasting import queries
from forecasting.cells.attribution import Attributor
from forecasting.cells.serving import Habits
from forecasting.cells.serving_learn import learn

HISTORY = timedelta(days=182)
_KEPT = 64  # weeks of one process

_learned: OrderedDict[str, Habits] = OrderedDict()


def monday_before(moment: datetime, zone: str) -> datetime:
    """The local Monday midnight at or before ``moment`` (aware), in UTC."""
    local = moment.astimezone(ZoneInfo(zone))
    monday = (local - timedelta(days=local.weekday())).replace(
        hour=0, minute=0, second=0, microsecond=0, fold=0
    )
    return monday.astimezone(UTC)


class Attributors:
    """Attributors of the weeks and inventories of one run."""

    def __init__(self) -> None:
        self._habits: dict[tuple[str, datetime], Habits] = {}
        self._newest: tuple[tuple[str, datetime], Attributor] | None = None

    def at(
        self, connection: duckdb.DuckDBPyConnection, origin: datetime, cells: pd.DataFrame, key: str
    ) -> Attributor:
        """The attributor of an origin.

        Args:
            connection: the warehouse.
            origin: aware; nothing that became known later plays a part.
            cells: with coordinates, as known at ``origin``.
            key: stands for ``cells``.
        """
        monday = monday_before(origin, queries.session_zone(connection))
        week = (key, monday)
        if self._newest is not None and self._newest[0] == week:
            return self._newest[1]
        if week not in self._habits:
            self._habits[week] = habits_of(connection, monday, cells, key)
        attributor = Attributor(cells, self._habits[week])
        self._newest = week, attributor
        return attributor


def habits_of(
    connection: duckdb.DuckDBPyConnection, monday: datetime, cells: pd.DataFrame, key: str
) -> Habits:
    """Habits learned from the half-year before ``monday``; once per process for the same facts."""
    if cells.empty:
        return Habits()
    span: dict[str, queries.Value] = {"known_at": monday, "since": monday - HISTORY}
    named = queries.frame(connection, "serving_tickets", span)
    facts = pd.util.hash_pandas_object(named, index=False).to_numpy().tobytes()
    name = hashlib.sha256(key.encode() + facts).hexdigest()
    if name not in _learned:
        _learned[name] = learn(named, cells)
        while len(_learned) > _KEPT:
            _learned.popitem(last=False)
    return _learned[name]
