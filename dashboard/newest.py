"""The end of what the warehouse knows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from dashboard.errors import DashboardError
from ingest.clock import Clock

if TYPE_CHECKING:
    import duckdb

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NEWEST = """
SELECT epoch_us(max(known_at)) FROM (
    SELECT max(known_at) AS known_at FROM kpis
    UNION ALL SELECT max(greatest(known_at, coalesce(answer_known_at, known_at))) FROM ticket_states
)
"""


def newest_facts(connection: duckdb.DuckDBPyConnection) -> datetime | None:
    """The moment at which the newest KPI or ticket became known (UTC); None without any."""
    [(newest,)] = connection.execute(_NEWEST).fetchall()
    return None if newest is None else _EPOCH + timedelta(microseconds=newest)


def newest_forecast(connection: duckdb.DuckDBPyConnection) -> datetime | None:
    """As of when the newest forecast in the warehouse was made (UTC); None without any."""
    [(newest,)] = connection.execute("SELECT epoch_us(max(as_of)) FROM forecast_runs").fetchall()
    return None if newest is None else _EPOCH + timedelta(microseconds=newest)


def require_facts(connection: duckdb.DuckDBPyConnection) -> datetime:
    """The moment of the newest facts.

    Raises:
        DashboardError: the warehouse holds none.
    """
    newest = newest_facts(connection)
    if newest is None:
        raise DashboardError(
            "there are no KPIs and no tickets to forecast from: load some with `foresite ingest`"
        )
    return newest


def default_as_of(connection: duckdb.DuckDBPyConnection, clock: Clock) -> datetime:
    """Now, or the newest facts when those are older; DashboardError without any facts."""
    return min(clock.now(), require_facts(connection))
