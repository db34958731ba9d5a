"""Loads files of the canonical feeds into the warehouse: the pipeline from path to ledger entry."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from geo.errors import GeoError
from ingest.checks import Source, numbered_sql, reason_sql, typed_times
from ingest.clock import Clock, SystemClock
from ingest.contracts import Feed, FeedName, feeds
from ingest.errors import FileRefusedError, IngestError, PoisonedFileError, WarehouseError
from ingest.files import MASKED, Job, feed_by_columns, find_jobs, kind_of
from ingest.kpi_rows import load_kpi_rows
from ingest.ledger import Delivery, enter, known_rows, moment_sql, next_delivery_id, set_aside
from ingest.mapping import Plan, map_columns
from ingest.opening import Opened, open_file, stage_file
from ingest.positions import settle_positions
from ingest.profiles import LoadedProfile, load_profile
from ingest.profiles.model import Table
from ingest.readers.rows import BadRow
from ingest.region_rows import stage_regions
from ingest.result import FileResult
from ingest.scratch import scratch
from ingest.settings import IngestSettings
from ingest.state_rows import load_states
from ingest.times import TimeReader
from ingest.timing import checked_sql, make_time_map
from ingest.warehouse import transaction

Progress = Callable[[int, int, str], None]
"""Called as (files done, files in all, name of the next)."""


@dataclass(frozen=True)
class Checked:
    """One file whose rows are checked: how it was read, its rows, and those that were broken."""

    plan: Plan
    rows_read: int
    broken: list[BadRow]


@dataclass(frozen=True)
class Context:
    """What all files of one call share."""

    settings: IngestSettings
    feeds: dict[str, Feed]
    profile: LoadedProfile | None
    secrets_dir: Path
    live_at: datetime | None
    loaded_at: datetime

    def reading(self, table: Table) -> str:
        """Name of the profile, and a fingerprint of all that decides how a file is read."""
        name = "canonical" if self.profile is None else self.profile.name
        what = "|".join(
            (
                repr(self.feeds[table.feed]),  # with the ranges of the catalogue
                self.settings.time_zone,
                str(self.settings.kpi_delay_min),
                table.model_dump_json(),
            )
        )
        return f"{name}@{hashlib.sha256(what.encode()).hexdigest()[:12]}"


def ingest_paths(
    connection: duckdb.DuckDBPyConnection,
    paths: Iterable[Path | str],
    *,
    settings: IngestSettings,
    secrets_dir: Path,
    feed: FeedName | None = None,
    profile: str | None = None,
    live_at: datetime | None = None,
    clock: Clock | None = None,
    progress: Progress | None = None,
) -> list[FileResult]:
    """Load files and folders, each file in one transaction.

    Args:
        connection: the warehouse, open for writing.
        paths: files, or folders that are walked in order of names. Files of regions are loaded
            first, then cells, then the others.
        settings: zone, limits, delays.
        secrets_dir: ``DATA/secrets``, where the key of the customer hashes lives.
        feed: canonical feed of all files; told by profile, name or columns when None.
        profile: name of a shipped profile or path of a TOML file.
        live_at: moment of loading, which becomes ``known_at`` (inbox); None: history, ``known_at``
            follows from the facts (CONTRACT §1).
        clock: tells the time that the ledger notes; the machine's when None.
        progress: called before each file and at the end.

    Returns:
        One result per file, in order of loading. A file that cannot be used is among them with
        ``refused`` set; it keeps no other from being loaded.

    Raises:
        ProfileError, CatalogueError: before any file is read.
        WarehouseError: the database itself failed; files loaded before stay loaded.
        PoisonedFileError: it failed over this very file, which must not be tried again.
    """
    known = feeds(settings.load_catalogue())
    loaded = load_profile(profile, known) if profile else None
    if feed is not None and feed not in known:
        raise IngestError(f"no feed {feed!r}: use one of {', '.join(known)}")
    context = Context(
        settings, known, loaded, secrets_dir, live_at, live_at or (clock or SystemClock()).now()
    )
    jobs = find_jobs([Path(path) for path in paths], feed, loaded)
    results = []
    for done, job in enumerate(jobs):
        if progress:
            progress(done, len(jobs), job.path.name)
        results.append(_load(connection, job, context))
    if progress:
        progress(len(jobs), len(jobs), "")
    return results


def _load(connection: duckdb.DuckDBPyConnection, job: Job, context: Context) -> FileResult:
    """Load one file; whatever is wrong with it ends in its result."""
    try:
        if job.refused:
            raise FileRefusedError(job.refused)
        return _take(connection, job, context)
    except (duckdb.FatalException, duckdb.InternalException, duckdb.TransactionException) as error:
        raise WarehouseError(f"{job.path}: the warehouse failed: {_line(error)}") from error
    except WarehouseError:
        raise
    except (IngestError, GeoError, OSError, duckdb.Error, MemoryError) as error:
        reason = _line(error).removeprefix(f"{job.path}: ")
        return _refuse(connection, job, context, f"{job.path}: {reason}")


def _take(connection: duckdb.DuckDBPyConnection, job: Job, context: Context) -> FileResult:
    kind = kind_of(job.path)
    opened = open_file(job.path, kind, job.table, context.settings)
    name = job.feed or ("regions" if kind == "regions" else None)
    if name is None:
        name = feed_by_columns(opened.header, context.feeds)
    if (name == "regions") != (kind == "regions"):
        raise FileRefusedError(
            "regions come as GeoJSON, GeoPackage, Shapefile or TopoJSON, other feeds as CSV, "
            f"Parquet or XLSX: this is {kind}, and its feed {name}"
        )
    table = job.table or Table(feed=name)
    reading = context.reading(table)
    rows = known_rows(connection, opened.sha256, name, reading)
    if rows is not None:
        return FileResult(str(job.path), name, rows, rows_unchanged=rows, known=True)
    delivery = Delivery(
        next_delivery_id(connection),
        str(job.path),
        opened.sha256,
        name,
        reading,
        context.loaded_at,
        context.live_at,
    )
    with scratch(connection):
        try:
            checked = _stage(connection, opened, table, context)
        except duckdb.InternalException as error:
            raise PoisonedFileError(
                f"{job.path}: reading it made the database fail: {_line(error)}"
            ) from error
        with transaction(connection):
            result = _write(connection, checked, delivery, context)
            enter(connection, delivery, result)
    return result


def _stage(
    connection: duckdb.DuckDBPyConnection, opened: Opened, table: Table, context: Context
) -> Checked:
    """Read and check the rows of one file; nothing of it is in the warehouse yet."""
    feed = context.feeds[table.feed]
    if feed.name == "regions":
        return Checked(*stage_regions(connection, opened.path, feed, table), [])
    plan = Plan(feed, table, map_columns(feed, table, opened.header))
    staged = stage_file(connection, opened, plan, context.settings, context.secrets_dir)
    _check(connection, plan, opened, staged.source, context)
    return Checked(plan, staged.rows_read, staged.bad)


def _write(
    connection: duckdb.DuckDBPyConnection,
    checked: Checked,
    delivery: Delivery,
    context: Context,
) -> FileResult:
    """Put the checked rows into the warehouse; inside the transaction of the ledger entry."""
    plan = checked.plan
    flags = {} if plan.feed.name in ("kpis", "regions") else settle_positions(connection, plan)
    reasons = set_aside(connection, delivery, checked.broken)
    if plan.feed.name == "kpis":
        delay = plan.table.delivery_delay_min
        counts = load_kpi_rows(
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
        {**reasons, **flags},
        plan.mapping.ignored,
    )


def _check(
    connection: duckdb.DuckDBPyConnection,
    plan: Plan,
    opened: Opened,
    source: Source,
    context: Context,
) -> None:
    """Make ``checked`` of ``staged``: a view for KPIs, whose rows are many, else a table."""
    settings, table = context.settings, plan.table
    times = {o.column.name for o in plan.mapping.origins if o.column.kind == "time"}
    texts = sorted(times - typed_times(source, plan.mapping))
    formats = table.time_formats
    if "iso" not in formats and (opened.kind != "text" or opened.path.name.endswith(MASKED)):
        formats = ("iso", *formats)  # dates that were typed in the source arrive as ISO text
    reader = TimeReader(
        formats,
        table.time_zone or settings.time_zone,
        next_day_24=table.midnight_24 == "next_day",
    )
    connection.execute(f"CREATE TEMP VIEW numbered AS {numbered_sql(source)}")
    make_time_map(connection, texts, reader)
    late = None
    if context.live_at is not None:
        late = f"{moment_sql(context.live_at)} + to_minutes({settings.future_tolerance_min})"
    select = checked_sql(plan.feed, plan.mapping.names, texts, reason_sql(plan), late)
    kind = "VIEW" if plan.feed.name == "kpis" else "TABLE"
    connection.execute(f"CREATE TEMP {kind} checked AS {select}")


def _refuse(
    connection: duckdb.DuckDBPyConnection, job: Job, context: Context, refused: str
) -> FileResult:
    """The result of a refused file, and its entry in the ledger."""
    result = FileResult(str(job.path), job.feed or "", refused=refused)
    with transaction(connection):
        enter(
            connection,
            Delivery(
                next_delivery_id(connection),
                str(job.path),
                "",
                job.feed or "",
                "",
                context.loaded_at,
                context.live_at,
            ),
            result,
        )
    return result


def _line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
