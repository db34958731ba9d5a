"""The rows of one file: staged, checked, and put into the warehouse."""

from __future__ import annotations

from dataclasses import dataclass, field

import duckdb

from ingest.checks import Source, numbered_sql, reason_sql, typed_times
from ingest.context import Context
from ingest.contracts import INTERVALS
from ingest.counters.load import write_counters
from ingest.counters.staging import stage_counters
from ingest.crew_rows import crew_flags
from ingest.direct import Limits, load_directly
from ingest.interval_rows import load_interval_rows, unknown_cells
from ingest.ledger import Delivery, microseconds, moment_sql, set_aside
from ingest.mapping import Plan, map_columns
from ingest.opening import Opened, stage_file, times_of
from ingest.positions import settle_positions
from ingest.profiles.model import Table
from ingest.readers.rows import BadRow
from ingest.region_rows import Drawn, stage_regions
from ingest.result import FileResult
from ingest.retention.marks import purged_us
from ingest.state_rows import load_states
from ingest.timing import checked_sql, make_time_map

_BARE = ("regions", *INTERVALS)  # feeds without columns of positions


@dataclass(frozen=True)
class Checked:
    """One file whose rows are checked: how it was read, its rows, and those that were broken.

    ``drawn``: what is said of the shapes of regions.
    """

    plan: Plan
    rows_read: int
    broken: list[BadRow]
    drawn: Drawn = field(default_factory=Drawn)


def stage(
    connection: duckdb.DuckDBPyConnection, opened: Opened, table: Table, context: Context
) -> Checked:
    """Read and check the rows of one file; nothing of it is in the warehouse yet."""
    feed = context.feeds[table.feed]
    if feed.name == "regions":
        plan, count, drawn = stage_regions(connection, opened.path, feed, table)
        return Checked(plan, count, [], drawn)
    if table.counters is not None:
        return Checked(*stage_counters(connection, opened, table, context))
    plan = Plan(feed, table, map_columns(feed, table, opened.header))
    staged = stage_file(connection, opened, plan, context.settings, context.secrets_dir)
    _check(connection, plan, opened, staged.source, context)
    return Checked(plan, staged.rows_read, staged.bad)


def write_plain(
    connection: duckdb.DuckDBPyConnection,
    opened: Opened,
    table: Table,
    delivery: Delivery,
    context: Context,
) -> tuple[Plan, FileResult]:
    """Put the rows of a plain KPI file into the warehouse; inside a transaction.

    Raises:
        NotPlainError: the file has to take the long way; the transaction must be rolled back.
    """
    feed = context.feeds[table.feed]
    plan = Plan(feed, table, map_columns(feed, table, opened.header))
    late = None
    if context.live_at is not None:
        late = microseconds(context.live_at) + context.settings.future_tolerance_min * 60_000_000
    rows, counts = load_directly(
        connection,
        opened,
        plan,
        delivery,
        settings=context.settings,
        limits=Limits(late, purged_us(connection)),
    )
    result = FileResult(delivery.file, feed.name, rows, counts.loaded, ignored=plan.mapping.ignored)
    return plan, result


def write(
    connection: duckdb.DuckDBPyConnection,
    checked: Checked,
    delivery: Delivery,
    context: Context,
) -> FileResult:
    """Put the checked rows into the warehouse; inside the transaction of the ledger entry."""
    plan = checked.plan
    if plan.table.counters is not None:
        read = (checked.rows_read, checked.broken)
        return write_counters(connection, plan, read, delivery, context)
    flags = {} if plan.feed.name in _BARE else settle_positions(connection, plan)
    reasons = set_aside(connection, delivery, checked.broken)
    if plan.feed.name == "handovers":
        flags = unknown_cells(connection)
    if plan.feed.name in ("teams", "shifts"):
        flags |= crew_flags(connection, plan)
    if plan.feed.name in INTERVALS:
        delay = plan.table.delivery_delay_min
        counts = load_interval_rows(
            connection, plan, delivery, context.settings.kpi_delay_min if delay is None else delay
        )
    else:
        counts = load_states(connection, plan, delivery)
    return FileResult(
        delivery.file,
        plan.feed.name,
        checked.rows_read,
        counts.loaded,
        counts.updated,
        counts.unchanged,
        sum(reasons.values()),
        counts.merged,
        {**reasons, **flags, **checked.drawn.counts},
        plan.mapping.ignored,
        notes=checked.drawn.notes,
    )


def _check(
    connection: duckdb.DuckDBPyConnection,
    plan: Plan,
    opened: Opened,
    source: Source,
    context: Context,
) -> None:
    """Make ``checked`` of ``staged``: a view for the many rows of intervals, else a table."""
    settings, table = context.settings, plan.table
    times = {o.column.name for o in plan.mapping.origins if o.column.kind == "time"}
    texts = sorted(times - typed_times(source, plan.mapping))
    reader = times_of(opened, table, settings)
    connection.execute(f"CREATE TEMP VIEW numbered AS {numbered_sql(source)}")
    make_time_map(connection, texts, reader)
    late = None
    if context.live_at is not None:
        late = f"{moment_sql(context.live_at)} + to_minutes({settings.future_tolerance_min})"
    purged = purged_us(connection) if plan.feed.name in INTERVALS else None
    gone = None if purged is None else f"make_timestamptz({purged})"
    select = checked_sql(plan.feed, plan.mapping.names, texts, reason_sql(plan), late, gone=gone)
    kind = "VIEW" if plan.feed.name in INTERVALS else "TABLE"
    connection.execute(f"CREATE TEMP {kind} checked AS {select}")
