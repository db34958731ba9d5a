"""KPI days for a snapshot: only the days that changed are read and written anew."""

from __future__ import annotations

import hashlib
from datetime import date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from dashboard.publish import queries
from dashboard.snapshot import KpiDay
from ingest.catalogue import Catalogue

if TYPE_CHECKING:
    import duckdb

KPI_DAYS = 35


def kpi_days(
    connection: duckdb.DuckDBPyConnection, as_of: datetime, zone: ZoneInfo, catalogue: Catalogue
) -> dict[date, KpiDay]:
    """The last ``KPI_DAYS`` local days as they were known at ``as_of``."""
    since = as_of.astimezone(zone).date() - timedelta(days=KPI_DAYS - 1)
    found = connection.execute(
        queries.load("kpi_days"), {"as_of": as_of, "since": since}
    ).fetchall()
    kpis = ", ".join(f'"{name}"' for name in catalogue.names)
    columns = hashlib.sha256(kpis.encode()).hexdigest()[:8]
    days = {}
    for day, rows, fingerprint in found:
        load = partial(
            queries.table, connection, "kpi_rows", {"as_of": as_of, "day": day}, kpis=kpis
        )
        days[day] = KpiDay(f"{rows}-{fingerprint:x}-{columns}", load)
    return days
