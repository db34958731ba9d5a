"""Opens the ops database: SQLite beside the warehouse, or PostgreSQL by URL."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from dashboard.ops.errors import OpsError
from dashboard.ops.migrate import READS, TYPES, migrate, newest_version, require_known, version_of

FILE_NAME = "ops.sqlite"
BUSY_S = 10
_WAL_POLL_S = 0.05


def open_ops(data: Path, url: str | None = None) -> Engine:
    """The ops database, made or migrated where needed.

    SQLite runs in WAL mode: readers never wait, writers of several processes wait for one another
    up to 10 s. A commit is durable when it returns.

    Args:
        data: the data directory, with ``ops.sqlite`` in it unless ``url`` names another place.
        url: SQLAlchemy's, e.g. ``postgresql+psycopg://user@host/foresite``.

    Raises:
        OpsError: absent driver, unreachable, damaged, or written by a newer program.
    """
    where = _url(data, url)
    engine = _engine(where, read_only=False)
    try:
        with explained(where):
            _make_file(_file(where))
            migrate(engine)
    except BaseException:
        engine.dispose()
        raise
    return engine


def open_ops_to_read(data: Path, url: str | None = None) -> Engine | None:
    """The same for reading alone: nothing is made, nothing is changed; None when there is none.

    Raises:
        OpsError: as above; or it is of an older schema, which the worker brings up to date.
    """
    where = _url(data, url)
    file = _file(where)
    if file is not None and not file.exists():
        return None
    engine = _engine(where, read_only=True)
    try:
        with explained(where), engine.connect() as connection:
            version = version_of(connection)
            require_known(version)
    except BaseException:
        engine.dispose()
        raise
    if version < newest_version():
        engine.dispose()
        raise OpsError(f"{shown(where)} is of an older program: start the worker once")
    return engine


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection that only reads, of an engine that may write: it waits for no writer.

    Raises:
        OpsError: as :func:`explained` says.
    """
    with explained(engine), engine.connect() as connection:
        yield connection.execution_options(**{READS: True})


@contextmanager
def explained(where: URL | Engine) -> Iterator[None]:
    """Turn the database's own errors into OpsError of one line, without passwords."""
    name = shown(where.url if isinstance(where, Engine) else where)
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:
        cause = getattr(error, "orig", None) or error
        line = (str(cause).strip().splitlines() or [type(cause).__name__])[0]
        raise OpsError(f"ops database {name}: {line}") from error


def shown(where: URL) -> str:
    """Where it is, without a password."""
    if where.drivername.startswith("sqlite"):
        return where.database or "in memory"
    return where.render_as_string(hide_password=True)


def _url(data: Path, url: str | None) -> URL:
    if url is None:
        return URL.create("sqlite", database=str(data / FILE_NAME))
    try:
        made: URL | None = make_url(url)
    except ArgumentError:
        made = None
    if made is None or made.get_backend_name() not in TYPES:
        raise OpsError(
            "ops.url is no URL of SQLite or PostgreSQL: write e.g. "
            "postgresql+psycopg://user@host/foresite"
        )
    return made


def _file(where: URL) -> Path | None:
    """SQLite's file; None for other databases and for one in memory."""
    if where.get_backend_name() != "sqlite" or where.database in (None, "", ":memory:"):
        return None
    return Path(str(where.database))


def _make_file(file: Path | None) -> None:
    """An empty file for its owner's eyes alone: people's actions will be in it.

    One that is there is never opened beside SQLite: closing it again would take away all locks
    that this process has on it (POSIX), another process would take itself for the last one and
    remove the log, and what is written into that would be lost without a word.
    """
    if file is None or file.exists():
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):  # another process was first
        os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


def _engine(where: URL, *, read_only: bool) -> Engine:
    try:
        if where.drivername.startswith("sqlite"):
            engine = create_engine(where, connect_args={"timeout": BUSY_S})
            _prepare_sqlite(engine, read_only=read_only)
        else:
            engine = create_engine(
                where,
                pool_pre_ping=True,
                connect_args={"connect_timeout": BUSY_S},
                execution_options={"postgresql_readonly": True} if read_only else {},
            )
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise OpsError(
            f"ops database {shown(where)}: its driver is not installed ({error}); for PostgreSQL "
            "install psycopg and write postgresql+psycopg://…"
        ) from error
    return engine


def _prepare_sqlite(engine: Engine, *, read_only: bool) -> None:
    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # the driver must not begin for us: see below
        cursor = connection.cursor()
        cursor.execute("PRAGMA foreign_keys = ON")
        if read_only:
            cursor.execute("PRAGMA query_only = ON")
        else:
            cursor.execute("PRAGMA synchronous = FULL")
            _set_wal(cursor)
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A writer that began by reading could not wait for another one: SQLite refuses it at once.
        reads = read_only or connection.get_execution_options().get(READS, False)
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def _set_wal(cursor: sqlite3.Cursor) -> None:
    """Write-ahead logging is a property of the file, set once.

    This very change does not wait for other processes by itself, as everything else does.
    """
    for _ in range(int(BUSY_S / _WAL_POLL_S)):
        if cursor.execute("PRAGMA journal_mode").fetchone()[0] == "wal":
            return
        try:
            cursor.execute("PRAGMA journal_mode = WAL").fetchone()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            time.sleep(_WAL_POLL_S)
    raise sqlite3.OperationalError("database is locked")
