"""One file on its way in: known or new, staged, archived, committed, noted in the journal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb

from ingest.archive.store import FOLDER, Look, check_unchanged, folder_of, keep_masked, keeping
from ingest.context import Context
from ingest.contracts import Feed
from ingest.deadline import time_limit
from ingest.errors import FileRefusedError, PoisonedFileError
from ingest.file_rows import stage, write, write_plain
from ingest.files import Job, Kind, feed_by_columns, kind_of
from ingest.ledger import (
    Delivery,
    enter,
    enter_again,
    has_size,
    known_by_look,
    known_rows,
    next_delivery_id,
)
from ingest.mapping import Plan
from ingest.opening import Opened, open_file, transforms_of
from ingest.plain_source import NotPlainError
from ingest.privacy import PERSONAL
from ingest.profiles.model import Table
from ingest.readers.rows import BadRow
from ingest.readers.scan import sha256
from ingest.result import FileResult
from ingest.retention.marks import purged_us
from ingest.scratch import scratch
from ingest.warehouse import transaction

Kept = Callable[[Plan], "str | None"]
"""Waits for the archived copy: its path below ``DATA/archive``; None when none is kept."""


@dataclass(frozen=True)
class Parcel:
    """A file that was looked over and is not known yet."""

    job: Job
    opened: Opened
    table: Table
    look: Look


def deliver(connection: duckdb.DuckDBPyConnection, job: Job, context: Context) -> FileResult:
    """Load one file.

    Raises:
        FileRefusedError: the file as a whole cannot be used.
        FileChangedError: it was changed meanwhile.
        PoisonedFileError: the database failed over it.
    """
    look = Look.at(job.path)
    kind = kind_of(job.path)
    with time_limit(connection, context.settings.max_file_seconds):
        told = job.feed or ("regions" if kind == "regions" else None)
        if told is not None:
            same = _delivery(connection, job, told, look, context)
            rows = _known_unread(connection, same, job.path, context)
            if rows is not None:
                return FileResult(job.label, told, rows, rows_unchanged=rows, known=True)
        # most files are new and sound: the copy is made while they are looked through, unless
        # personal data may have to be masked
        early = told is not None and told not in PERSONAL
        with _archiving(connection, job, told or "", context) if early else nullcontext() as kept:
            return _take(connection, job, (kind, look), context, kept)


def _take(
    connection: duckdb.DuckDBPyConnection,
    job: Job,
    seen: tuple[Kind, Look],
    context: Context,
    kept: Kept | None,
) -> FileResult:
    kind, look = seen
    opened = open_file(job.path, kind, job.table, context.settings)
    name = _feed(job, kind, opened, context.feeds)
    delivery = replace(_delivery(connection, job, name, look, context), sha256=opened.sha256)
    rows = known_rows(connection, opened.sha256, name, delivery.reading)
    if rows is not None:
        return FileResult(job.label, name, rows, rows_unchanged=rows, known=True)
    parcel = Parcel(job, opened, job.table or Table(feed=name), look)
    if kept is not None:
        return commit(connection, parcel, delivery, context, kept)
    with _archiving(connection, job, name, context) as kept_late:
        return commit(connection, parcel, delivery, context, kept_late)


def _delivery(
    connection: duckdb.DuckDBPyConnection, job: Job, name: str, look: Look, context: Context
) -> Delivery:
    """The delivery that the file would be; its hash is not known yet."""
    table = job.table or Table(feed=name)
    return Delivery(
        next_delivery_id(connection),
        job.label,
        "",
        name,
        context.reading(table, job.profile),
        context.loaded_at,
        context.live_at,
        context.source,
        look.size,
        context.how(job.table),
        (look.number, look.changed_ns),
    )


def _known_unread(
    connection: duckdb.DuckDBPyConnection, same: Delivery, path: Path, context: Context
) -> int | None:
    """Rows of a known file that need not be taken apart to be known: by its look, or its hash."""
    rows = known_by_look(connection, same)
    if rows is None and has_size(connection, same.size):
        digest = sha256(path, context.settings)
        rows = known_rows(connection, digest, same.feed, same.reading)
    return rows


def commit(
    connection: duckdb.DuckDBPyConnection,
    parcel: Parcel,
    delivery: Delivery,
    context: Context,
    kept: Kept,
) -> FileResult:
    """Rows, ledger entry and archived copy, all or none; then the line in the journal."""
    with scratch(connection):
        if is_for_short_way(parcel, context):
            with suppress(NotPlainError):
                return _commit_plain(connection, parcel, delivery, context, kept)
        try:
            checked = stage(connection, parcel.opened, parcel.table, context)
        except duckdb.InternalException as error:
            raise _poisoned(parcel, error) from error
        with nullcontext() if context.dry_run else transaction(connection):
            result = write(connection, checked, delivery, context)
            entry = _seal(connection, parcel, delivery, result, kept(checked.plan))
    if not context.dry_run:
        broken = checked.broken if delivery.feed in PERSONAL else []  # not in the masked copy
        entry["broken"] = [[row.number, row.reason, row.value] for row in broken]
        context.journal.append(entry | {"purged_us": purged_us(connection)})
    return result


def is_for_short_way(parcel: Parcel, context: Context) -> bool:
    """Whether the file may be plain; a dry run has one transaction, which cannot be tried."""
    if parcel.table.counters is not None or context.dry_run:
        return False
    return parcel.table.feed == "kpis" and parcel.opened.kind in ("text", "parquet")


def _commit_plain(
    connection: duckdb.DuckDBPyConnection,
    parcel: Parcel,
    delivery: Delivery,
    context: Context,
    kept: Kept,
) -> FileResult:
    """The short way; NotPlainError: nothing was done."""
    with transaction(connection):
        try:
            plan, result = write_plain(connection, parcel.opened, parcel.table, delivery, context)
        except duckdb.InternalException as error:
            raise _poisoned(parcel, error) from error
        entry = _seal(connection, parcel, delivery, result, kept(plan))
    context.journal.append(entry | {"broken": [], "purged_us": purged_us(connection)})
    return result


def _seal(
    connection: duckdb.DuckDBPyConnection,
    parcel: Parcel,
    delivery: Delivery,
    result: FileResult,
    archived: str | None,
) -> dict[str, Any]:
    """The ledger entry, last in the transaction: the file must still be what was read."""
    check_unchanged(parcel.job.path, parcel.look)
    return enter(connection, delivery, result, archived)


def again(
    connection: duckdb.DuckDBPyConnection,
    parcel: Parcel,
    delivery: Delivery,
    context: Context,
    entry: dict[str, Any],
) -> FileResult:
    """Load an archived file anew, under its entry of the journal."""
    with scratch(connection):
        checked = stage(connection, parcel.opened, parcel.table, context)
        if delivery.feed in PERSONAL:
            broken = [
                BadRow(int(number), reason, value)
                for number, reason, value in entry.get("broken", ())
            ]
            checked = replace(checked, broken=broken, rows_read=checked.rows_read + len(broken))
        with transaction(connection):
            result = write(connection, checked, delivery, context)
            enter_again(connection, entry)
    return result


def refuse(
    connection: duckdb.DuckDBPyConnection, job: Job, context: Context, refused: str
) -> FileResult:
    """The result of a refused file, and its entry in the ledger."""
    result = FileResult(job.label, job.feed or "", refused=refused)
    if context.dry_run:
        return result
    size = job.path.stat().st_size if job.path.is_file() else 0
    with transaction(connection):
        delivery = Delivery(
            next_delivery_id(connection),
            job.label,
            "",
            job.feed or "",
            "",
            context.loaded_at,
            context.live_at,
            context.source,
            size,
            context.how(job.table),
        )
        entry = enter(connection, delivery, result)
    context.journal.append(entry)
    return result


def _poisoned(parcel: Parcel, error: duckdb.Error) -> PoisonedFileError:
    return PoisonedFileError(
        f"{parcel.job.path}: reading it made the database fail: {first_line(error)}"
    )


def first_line(error: BaseException) -> str:
    """The first line of what an error says."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _feed(job: Job, kind: Kind, opened: Opened, feeds: dict[str, Feed]) -> str:
    name = job.feed or ("regions" if kind == "regions" else None)
    if name is None:
        name = feed_by_columns(opened.header, feeds)
    if (name == "regions") != (kind == "regions"):
        raise FileRefusedError(
            "regions come as GeoJSON, GeoPackage, Shapefile and the like, other feeds as CSV, "
            f"Parquet or XLSX: this is {kind}, and its feed {name}"
        )
    return name


@contextmanager
def _archiving(
    connection: duckdb.DuckDBPyConnection, job: Job, feed: str, context: Context
) -> Iterator[Kept]:
    """Archive the file beside its loading; gives what waits for the copy and tells its path.

    Personal data are masked by the plan, and so only then.
    """
    settings, path = context.settings, job.path
    if context.dry_run or not settings.keep_raw_files:
        yield lambda _: None
        return
    root = context.data / FOLDER
    folder = folder_of(context.data, context.loaded_at, context.inside, settings)
    if feed in PERSONAL:

        def masked(plan: Plan) -> str:
            transforms = transforms_of(connection, plan, context.secrets_dir)
            return str(keep_masked(path, folder, plan, transforms, settings).relative_to(root))

        yield masked
        return
    with keeping(path, folder, context.data) as kept:
        yield lambda _: str(kept().relative_to(root))
