"""Puts together what is said about the quality of the data at a moment.

Costs what is recent: counts of the last fifteen days and medians of the last six weeks, whatever is
stored beyond them.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb

from ingest.catalogue import Catalogue
from ingest.errors import QualityError
from ingest.ledger import microseconds
from ingest.quality.completeness import completeness, frame, prepare_days
from ingest.quality.crews import crew_flaws
from ingest.quality.flaws import find_flaws, ranked
from ingest.quality.model import Quality
from ingest.quality.shifts import LEAST_DAYS, find_shifts, prepare_hours
from ingest.quality.update import update_quality
from ingest.queries import one_row, queries
from ingest.settings import IngestSettings

SHOWN = timedelta(days=14)
_TEMPORARY = (
    "quality_late_days", "quality_late_hours", "quality_days", "quality_profile", "quality_due",
    "quality_grid", "quality_rules", "quality_hours_known", "quality_scaled", "quality_judged",
)  # fmt: skip


def assess(
    connection: duckdb.DuckDBPyConnection,
    as_of: datetime,
    settings: IngestSettings,
    catalogue: Catalogue | None = None,
) -> Quality:
    """The quality of the data as known at ``as_of``.

    Files loaded after the fact count with the facts they brought; those delivered live after
    ``as_of`` do not. Vendor and technology are those of the inventory when the KPIs were counted.

    Args:
        connection: the warehouse, open for writing: counts are brought up to date first.
        as_of: aware.
        settings: grace, limits, delay of deliveries.
        catalogue: the KPIs; that of the settings when None.

    Raises:
        QualityError: the facts hold something that the figures cannot be told from.
    """
    try:
        return _assess(connection, as_of, settings, catalogue or settings.load_catalogue())
    except (duckdb.DataError, duckdb.ProgrammingError) as error:
        reason = str(error).strip().splitlines()[0]
        raise QualityError(f"the quality of the data cannot be told: {reason}") from error


def _assess(
    connection: duckdb.DuckDBPyConnection,
    as_of: datetime,
    settings: IngestSettings,
    catalogue: Catalogue,
) -> Quality:
    update_quality(connection, catalogue)
    [zone] = one_row(connection, "SELECT current_setting('TimeZone')")
    what = {
        "as_of_us": microseconds(as_of),
        "today": as_of.astimezone(ZoneInfo(zone)).date().isoformat(),
    }
    recent = {"as_of_us": what["as_of_us"], "since_us": microseconds(as_of - SHOWN)}
    sql, limits = queries("assess"), settings.quality
    prepare_days(connection, what)
    hours, cells = completeness(connection, what, settings.kpi_delay_min + limits.grace_min)
    prepare_hours(connection, what, catalogue)
    said = {
        "hours": hours,
        "cells": cells,
        "sources": frame(connection, sql["sources"], recent),
        "rejected": frame(connection, sql["rejected"], recent),
        "kpis": frame(connection, sql["kpis"], {"jump": limits.jump, "least_days": LEAST_DAYS}),
        "shifts": find_shifts(connection, limits.jump),
        "inventory": frame(connection, sql["inventory"], what),
        "attribution": frame(connection, sql["attribution"], what),
    }
    crews = frame(connection, sql["crews"], recent)
    for table in _TEMPORARY:
        connection.execute(f"DROP TABLE IF EXISTS {table}")
    as_of = as_of.astimezone(UTC)
    flaws = ranked([*find_flaws(said, as_of, limits), *crew_flaws(crews)])
    return Quality(as_of=as_of, flaws=flaws, **said)
