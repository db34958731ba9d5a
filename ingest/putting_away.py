"""Where files of the inbox go when they are done with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from ingest.archive.masking import move_refused, move_refused_as_it_is
from ingest.archive.store import FOLDER, folder_of, keep, keep_masked
from ingest.contracts import feeds
from ingest.customers import warehouse_key
from ingest.errors import PoisonedFileError
from ingest.files import Job, kind_of
from ingest.mapping import Plan, map_columns
from ingest.opening import open_file, transforms_of
from ingest.privacy import PERSONAL
from ingest.profiles.model import Table
from ingest.queries import queries
from ingest.readers.scan import sha256
from ingest.result import FileResult
from ingest.settings import IngestSettings

REJECTED = "rejected"


@dataclass(frozen=True)
class Done:
    """A file that was loaded or refused and has yet to be moved."""

    job: Job
    result: FileResult
    inbox: Path
    now: datetime


def put_away(
    connection: duckdb.DuckDBPyConnection, done: Done, data: Path, settings: IngestSettings
) -> None:
    """Remove a file that was loaded; move one that was refused to ``DATA/rejected``."""
    path, inside = done.job.path, done.job.path.parent.relative_to(done.inbox)
    if not path.exists():
        return
    if done.result.refused is not None:
        _reject(connection, done, done.result.refused, data / REJECTED / inside, data)
    else:
        if done.result.known:
            _keep_again(connection, done, data, settings)
        path.unlink()
    path.with_name(path.name + ".ok").unlink(missing_ok=True)


def _keep_again(
    connection: duckdb.DuckDBPyConnection, done: Done, data: Path, settings: IngestSettings
) -> None:
    """A file that is known goes to the archive too, unless its copy is there already."""
    if not settings.keep_raw_files or _is_kept(connection, done, data, settings):
        return
    inside = done.job.path.parent.relative_to(done.inbox)
    folder = folder_of(data, done.now, inside, settings)
    if done.result.feed in PERSONAL:
        plan = _plan(done, settings)
        transforms = transforms_of(connection, plan, data / "secrets")
        keep_masked(done.job.path, folder, plan, transforms, settings)
    else:
        keep(done.job.path, folder, data)


def _is_kept(
    connection: duckdb.DuckDBPyConnection, done: Done, data: Path, settings: IngestSettings
) -> bool:
    found = connection.execute(
        queries("ledger")["copies"], {"sha256": sha256(done.job.path, settings)}
    ).fetchall()
    return any((data / FOLDER / copy).is_file() for (copy,) in found)


def set_aside(path: Path, folder: Path, error: PoisonedFileError) -> None:
    """Without the database, which is closed: the file as it is, for its owner's eyes alone."""
    move_refused_as_it_is(path, folder, str(error), private=True)


def _plan(done: Done, settings: IngestSettings) -> Plan:
    feed = feeds(settings.load_catalogue())[done.result.feed]
    table = done.job.table or Table(feed=feed.name)
    opened = open_file(done.job.path, kind_of(done.job.path), table, settings)
    return Plan(feed, table, map_columns(feed, table, opened.header))


def _reject(
    connection: duckdb.DuckDBPyConnection, done: Done, reason: str, folder: Path, data: Path
) -> None:
    feed, path, table = done.result.feed, done.job.path, done.job.table
    if feed and feed not in PERSONAL:
        move_refused_as_it_is(path, folder, reason)
        return
    names = {"customer_id"}
    rule = table.columns.get("customer_id") if table else None
    if rule is not None:
        names |= {name.lower() for name in (*(rule.source or ()), *(rule.join or ()))}
    key = warehouse_key(connection, data / "secrets")
    move_refused(path, folder, reason, table, customers=names, key=key)
