"""The end of old facts: by whole local days, raw KPIs only after they were rolled up.

Hand-overs go with the raw KPIs.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb

from ingest.catalogue import Catalogue
from ingest.ledger import microseconds
from ingest.queries import one_row, queries
from ingest.retention.marks import Mark, mark_of, set_mark
from ingest.retention.rollups import update_rollups
from ingest.settings import RetentionSettings
from ingest.warehouse import transaction

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Retained:
    """What was removed, or would be.

    Attributes:
        kept_from: raw KPIs and hand-overs are kept from this moment on (UTC), a local midnight;
            None without KPIs.
        days_deleted: local days of raw KPIs.
        rows: rows by table, of those that lost any.
    """

    kept_from: datetime | None
    days_deleted: int
    rows: dict[str, int]

    def to_json(self) -> dict[str, Any]:
        """As in the JSON of ``foresite retention``."""
        kept_from = self.kept_from.isoformat() if self.kept_from else None
        return asdict(self) | {"kept_from": kept_from}


def apply_retention(
    connection: duckdb.DuckDBPyConnection,
    now: datetime,
    settings: RetentionSettings,
    catalogue: Catalogue,
    *,
    dry_run: bool = False,
) -> Retained:
    """Remove what is older than the settings keep; one transaction for each kind of facts.

    Ages count back from the newest KPI interval when that is older than ``now``: when deliveries
    stop, or an old export is studied, nothing runs away.

    Args:
        connection: the warehouse, open for writing; local days are those of its session.
        now: the present moment (aware).
        settings: days to keep of each kind.
        catalogue: the KPIs, for the roll-ups that come first.
        dry_run: count, and remove nothing.
    """
    sql = queries("retention")
    [newest] = one_row(connection, sql["newest_interval"])
    counted: dict[str, int] = {}
    days = 0
    if not dry_run:
        update_rollups(connection, catalogue)
    end = microseconds(now) if newest is None else min(microseconds(now), int(newest))
    raw_until = _midnight(connection, end, settings.keep_raw_days)
    hourly_until = _midnight(connection, end, settings.keep_hourly_days)
    plan = [
        ("raw", ("kpis", "kpi_revisions", "handovers", "handover_revisions"), raw_until),
        ("counters", ("counters",), _midnight(connection, end, settings.keep_counters_days)),
        ("hourly", ("kpi_hourly",), hourly_until),
    ]
    for job, tables, until in plan:
        gone, rows = _drop(connection, job, tables, until, dry_run=dry_run)
        days += gone if job == "raw" else 0
        counted |= rows
    daily_until = _midnight(connection, end, settings.keep_daily_days)
    rejected_until = _midnight(connection, microseconds(now), settings.keep_rejected_days)
    for table, count, delete, until in (
        ("kpi_daily", "rows_before_day", "delete_before_day", daily_until),
        ("rejected_rows", "rejected_before", "delete_rejected_before", rejected_until),
    ):
        [rows_before] = one_row(connection, sql[count], {"until_us": until})
        if rows_before:
            counted[table] = int(rows_before)
            if not dry_run:
                connection.execute(sql[delete], {"until_us": until})
    kept_from = None if newest is None else _EPOCH + timedelta(microseconds=raw_until)
    return Retained(kept_from, days, counted)


def _midnight(connection: duckdb.DuckDBPyConnection, moment_us: int, days: int) -> int:
    """The local midnight so many days before the day of a moment, in microseconds."""
    what = {"moment_us": moment_us, "days": days}
    return int(one_row(connection, queries("retention")["midnight"], what)[0])


def _drop(
    connection: duckdb.DuckDBPyConnection,
    job: str,
    tables: tuple[str, ...],
    until: int,
    *,
    dry_run: bool,
) -> tuple[int, dict[str, int]]:
    """Remove the rows of tables before a moment; days of the first of them, and rows by table."""
    sql = queries("retention")
    days, counted = 0, {}
    have = [t for t in tables if one_row(connection, sql["has_table"], {"name": t})[0]]
    for table in have:
        found = one_row(
            connection, sql["days_before"].replace("{table}", table), {"until_us": until}
        )
        if found[1]:
            counted[table] = int(found[1])
            days = days or int(found[0])
    if counted and not dry_run:
        with transaction(connection):
            for table in counted:
                delete = sql["delete_before"].replace("{table}", table)
                connection.execute(delete, {"until_us": until})
            before = mark_of(connection, job).until_us or until
            set_mark(connection, job, Mark(until_us=max(before, until)))
    return days, counted
