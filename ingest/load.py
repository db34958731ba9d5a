"""Loads files of the canonical feeds into the warehouse: from paths to results."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from geo.errors import GeoError
from ingest.archive.store import BY_HAND
from ingest.clock import Clock, SystemClock
from ingest.context import Context
from ingest.contracts import FeedName, feeds
from ingest.counters.orders import orders_of
from ingest.delivering import deliver, first_line, refuse
from ingest.errors import (
    DiskFullError,
    FileChangedError,
    FileRefusedError,
    IngestError,
    WarehouseError,
)
from ingest.files import Job, find_jobs
from ingest.privacy import KEY_FILE
from ingest.profiles import load_profile
from ingest.readers.measurements.ahead import ReadAhead
from ingest.result import FileResult
from ingest.room import check_room, is_full
from ingest.settings import IngestSettings
from ingest.unpacking import FOLDER, clear_unpacked, unpacked

Progress = Callable[[int, int, str], None]
"""Called as (files done, files in all, name of the next)."""


def ingest_paths(
    connection: duckdb.DuckDBPyConnection,
    paths: Iterable[Path | str],
    *,
    settings: IngestSettings,
    data: Path,
    feed: FeedName | None = None,
    profile: str | None = None,
    live_at: datetime | None = None,
    source: str = BY_HAND,
    inside: Path = Path(),
    dry_run: bool = False,
    ahead: ReadAhead | None = None,
    clock: Clock | None = None,
    progress: Progress | None = None,
) -> list[FileResult]:
    """Load files and folders, each file in one transaction.

    Args:
        connection: the warehouse, open for writing.
        paths: files, or folders that are walked in order of names. Files of regions are loaded
            first, then cells, then the others.
        settings: zone, limits, delays.
        data: the data directory: the key of the customer hashes, the archive, the journal.
        feed: canonical feed of all files; told by profile, name or columns when None.
        profile: name of a shipped profile or path of a TOML file.
        live_at: moment of loading, which becomes ``known_at`` (inbox); None: history, ``known_at``
            follows from the facts (CONTRACT §1).
        source: name of the source, for the ledger.
        inside: folder of the files in the inbox, kept in the archive.
        dry_run: tell what would happen, and keep nothing of it.
        ahead: reads performance files ahead over several calls; made for this one when None.
        clock: tells the time that the ledger notes; the machine's when None.
        progress: called before each file and at the end.

    Returns:
        One result per file, in order of loading. A file that cannot be used is among them with
        ``refused`` set; it keeps no other from being loaded.

    Raises:
        ProfileError, CatalogueError: before any file is read.
        WarehouseError: the database itself failed; files loaded before stay loaded.
        PoisonedFileError: it failed over this very file, which must not be tried again.
        DiskFullError: there is no room; files loaded before stay loaded.
    """
    known = feeds(settings.load_catalogue())
    settings.load_formulas()  # a mistake in them is said before any file is read
    loaded = load_profile(profile, known) if profile else None
    if feed is not None and feed not in known:
        raise IngestError(f"no feed {feed!r}: use one of {', '.join(known)}")
    context = Context(
        settings,
        known,
        loaded,
        data,
        live_at,
        live_at or (clock or SystemClock()).now(),
        source,
        inside,
        dry_run,
        data / "secrets",
    )
    jobs = find_jobs([Path(path) for path in paths], feed, loaded)
    if ahead is None:
        clear_unpacked(data)
    if dry_run:
        with TemporaryDirectory() as folder:
            if not (context.secrets_dir / KEY_FILE).exists():  # none is made for a dry run
                context = replace(context, secrets_dir=Path(folder))
            with _all_unpacked(connection, jobs, context) as every:
                return _try_out(connection, every, context)
    results = []
    with _reading_ahead(jobs, context, ahead) as context:
        for done, job in enumerate(jobs):
            if progress:
                progress(done, len(jobs), job.path.name)
            results += _load_job(connection, job, context)
    if progress:
        progress(len(jobs), len(jobs), "")
    return results


def _load_job(
    connection: duckdb.DuckDBPyConnection, job: Job, context: Context
) -> list[FileResult]:
    """Load one file, or the files in a container."""
    if not job.container:
        return [load_one(connection, job, context)]
    with (
        unpacked(connection, job, context) as members,
        _reading_ahead(members, context) as inner,
    ):
        return [load_one(connection, member, inner) for member in members]


@contextmanager
def _reading_ahead(
    jobs: list[Job], context: Context, ahead: ReadAhead | None = None
) -> Iterator[Context]:
    """The context with the performance files among the jobs being read ahead of the loader."""
    if ahead is not None:
        yield replace(context, ahead=ahead)
        return
    orders = orders_of(jobs, context.settings)
    with ReadAhead(orders, context.settings, context.data / FOLDER) as made:
        yield replace(context, ahead=made)


def load_one(connection: duckdb.DuckDBPyConnection, job: Job, context: Context) -> FileResult:
    """Load one file; whatever is wrong with it ends in its result."""
    try:
        if job.refused:
            raise FileRefusedError(job.refused)
        check_room(context.data, context.settings, job.path.stat().st_size)
        return deliver(connection, job, context)
    except FileChangedError as error:
        return FileResult(job.label, job.feed or "", refused=f"{job.label}: {error}", again=True)
    except (duckdb.FatalException, duckdb.InternalException, duckdb.TransactionException) as error:
        raise WarehouseError(f"{job.label}: the warehouse failed: {first_line(error)}") from error
    except WarehouseError:
        raise
    except (IngestError, GeoError, OSError, duckdb.Error, MemoryError) as error:
        if is_full(error):
            raise DiskFullError(f"{job.label}: {first_line(error)}") from error
        reason = first_line(error).removeprefix(f"{job.path}: ")
        return refuse(connection, job, context, f"{job.label}: {reason}")


@contextmanager
def _all_unpacked(
    connection: duckdb.DuckDBPyConnection, jobs: list[Job], context: Context
) -> Iterator[list[Job]]:
    """The jobs, those of containers replaced by those of what is in them."""
    with ExitStack() as open_containers:
        every: list[Job] = []
        for job in jobs:
            if job.container:
                every += open_containers.enter_context(unpacked(connection, job, context))
            else:
                every.append(job)
        yield every


def _try_out(
    connection: duckdb.DuckDBPyConnection, jobs: list[Job], context: Context
) -> list[FileResult]:
    """What loading would do, file after file; all is rolled back at the end.

    A refused file may leave the transaction unusable: then all is tried again without it.
    """
    refused: dict[int, FileResult] = {}
    while True:
        results: list[FileResult] = []
        connection.execute("BEGIN")
        try:
            for number, job in enumerate(jobs):
                result = refused.get(number) or load_one(connection, job, context)
                results.append(result)
                if result.refused and number not in refused:
                    refused[number] = result
                    break
        finally:
            connection.execute("ROLLBACK")
        if len(results) == len(jobs):
            return results
