"""The warehouse: one DuckDB file, opened for writing by one process (the worker) alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import resources
from pathlib import Path

import duckdb

from ingest.archive.journal import Journal, agree, check_there
from ingest.catalogue import Catalogue, load_catalogue
from ingest.errors import WarehouseError

FILE_NAME = "warehouse.duckdb"
_MIGRATION = re.compile(r"^(\d{3})_([a-z0-9_]+)\.sql$")
_HOLDER = re.compile(r"PID (\d+)")
_VALUE = {"{kpi}": "FLOAT"}
_KPI_COLUMNS = {
    "kpis": _VALUE,
    "kpi_revisions": _VALUE,
    "kpi_hourly": _VALUE,
    "kpi_daily": {"{kpi}": "FLOAT", "{kpi}__worst": "FLOAT"},
    "cell_normals": _VALUE,
    "cell_steps": {"{kpi}": "DOUBLE"},
    "cell_hours": {"v_{kpi}": "FLOAT", "z_{kpi}": "SMALLINT"},
}


def open_warehouse(
    data: Path,
    *,
    time_zone: str = "Asia/Shanghai",
    catalogue: Catalogue | None = None,
    threads: int | None = None,
    memory_limit: str | None = None,
) -> duckdb.DuckDBPyConnection:
    """Open ``data/warehouse.duckdb`` for reading and writing; make or migrate it where needed.

    Args:
        data: the data directory; made when absent.
        time_zone: IANA zone of the session; SQL's ``hour()``, ``::date`` follow it.
        catalogue: KPI catalogue; a KPI that is new in it becomes a column.
        threads: DuckDB threads; all cores when None.
        memory_limit: DuckDB's limit, e.g. ``"4GB"``; DuckDB's default when None.

    Raises:
        WarehouseError: locked (the holder's PID is named), damaged, or written by a newer version.
        LostDeliveriesError: it lacks deliveries that were committed, says the journal.
    """
    data.mkdir(parents=True, exist_ok=True)
    path = data / FILE_NAME
    journal = Journal(data)
    check_there(path, journal)
    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    if threads:
        config["threads"] = threads
    if memory_limit:
        config["memory_limit"] = memory_limit
    try:
        connection = duckdb.connect(str(path), config=config)
    except duckdb.Error as error:
        raise _cannot_open(path, error) from error
    try:
        prepare(connection, time_zone=time_zone, catalogue=catalogue or load_catalogue())
        agree(connection, journal)
    except BaseException:
        connection.close()
        raise
    return connection


def prepare(connection: duckdb.DuckDBPyConnection, *, time_zone: str, catalogue: Catalogue) -> None:
    """Set the session's zone, run pending migrations, add KPI columns, make views anew."""
    connection.execute("SET TimeZone = ?", [time_zone])
    _migrate(connection)
    views = resources.files("ingest").joinpath("sql/views.sql").read_text("utf-8")
    with transaction(connection):
        _add_kpi_columns(connection, catalogue)
        connection.execute(views)


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Commit at the end, roll back on any exception."""
    connection.execute("BEGIN")
    try:
        yield
    except BaseException:
        with suppress(duckdb.Error):  # the database may have failed; what failed first counts
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _cannot_open(path: Path, error: duckdb.Error) -> WarehouseError:
    holder = _HOLDER.search(str(error))
    if holder:
        return WarehouseError(
            f"{path} is held by process {holder[1]}; stop it (or use its own commands), then retry"
        )
    return WarehouseError(f"{path} cannot be opened: {str(error).splitlines()[0]}")


def _migrations() -> list[tuple[int, str, str]]:
    found = []
    for entry in resources.files("ingest").joinpath("sql/migrations").iterdir():
        match = _MIGRATION.match(entry.name)
        if match:
            found.append((int(match[1]), match[2], entry.read_text("utf-8")))
    return sorted(found)


def _migrate(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        "CREATE TABLE IF NOT EXISTS schema_migrations"
        " (version INTEGER NOT NULL, name VARCHAR NOT NULL)"
    )
    done = {
        row[0] for row in connection.execute("SELECT version FROM schema_migrations").fetchall()
    }
    migrations = _migrations()
    newest = migrations[-1][0]
    if done and max(done) > newest:
        raise WarehouseError(
            f"the warehouse has schema {max(done)}, this program knows {newest}: update the program"
        )
    pending = [migration for migration in migrations if migration[0] not in done]
    if not done:  # a new file: nothing to keep step by step, and each commit waits for the disk
        with transaction(connection):
            for migration in pending:
                _apply(connection, *migration)
        return
    for migration in pending:
        with transaction(connection):
            _apply(connection, *migration)


def _apply(connection: duckdb.DuckDBPyConnection, version: int, name: str, sql: str) -> None:
    connection.execute(sql)
    connection.execute("INSERT INTO schema_migrations VALUES (?, ?)", [version, name])


def _add_kpi_columns(connection: duckdb.DuckDBPyConnection, catalogue: Catalogue) -> None:
    """The columns of each KPI in every table that has some."""
    for table, columns in _KPI_COLUMNS.items():
        have = {row[0] for row in connection.execute(f"DESCRIBE {table}").fetchall()}
        for kpi in catalogue.names:
            for pattern, kind in columns.items():
                name = pattern.format(kpi=kpi)
                if name not in have:
                    connection.execute(f'ALTER TABLE {table} ADD COLUMN "{name}" {kind}')
