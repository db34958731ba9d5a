"""Makes the warehouse anew: every entry of the journal, with its archived file, in their order.

The new warehouse is made aside and takes the old one's place at the end, so that it may be
interrupted at any moment and run again. What does not come from files, the forecasts that were
made, is carried over from the old warehouse where that can still be read.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from geo.errors import GeoError
from ingest.archive.journal import Journal
from ingest.archive.store import FOLDER, Look
from ingest.clock import Clock
from ingest.context import Context
from ingest.contracts import feeds
from ingest.delivering import Parcel, again, first_line
from ingest.errors import IngestError, WarehouseError
from ingest.files import MASKED, Job, as_copied, kind_of
from ingest.ledger import Delivery, enter_again
from ingest.opening import open_file
from ingest.privacy import PERSONAL
from ingest.profiles.model import Table
from ingest.queries import literal
from ingest.readers.scan import sha256
from ingest.result import FileResult
from ingest.retention.marks import Mark, forget_mark, set_mark
from ingest.retention.tend import tend
from ingest.settings import IngestSettings
from ingest.warehouse import FILE_NAME, open_warehouse, transaction

_ASIDE = ".rebuild"
_OLD = "warehouse.before-rebuild.duckdb"
_KEYS = ("secret_keys",)
_CARRIED = ("forecast_runs", "cell_forecasts", "region_forecasts")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_COUNTS = ("rows_read", "rows_loaded", "rows_updated", "rows_unchanged", "rows_merged")

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Rebuilt:
    """What a rebuild brought.

    Attributes:
        deliveries: entries of the journal.
        files: archived files read again.
        rows: their rows.
        missing: files accepted once that the archive no longer has, or whose copy is damaged.
        different: files whose rows came out otherwise than at first (settings were changed).
        carried: rows of forecasts taken over from the old warehouse; None: it cannot be read.
    """

    deliveries: int
    files: int
    rows: int
    missing: tuple[str, ...]
    different: tuple[str, ...]
    carried: int | None


def rebuild(
    data: Path,
    *,
    settings: IngestSettings,
    clock: Clock,
    open_with: dict[str, Any] | None = None,
    progress: Progress | None = None,
) -> Rebuilt:
    """Make ``data/warehouse.duckdb`` anew from journal and archive.

    The caller holds the data directory's write lock. The old warehouse stays as
    ``warehouse.before-rebuild.duckdb``.

    Args:
        data: the data directory.
        settings: how files are read; zone and delay are those that each file was read with.
        clock: for the retention that is applied at the end.
        open_with: threads and memory_limit, as `open_warehouse` takes them.
        progress: called before each entry and at the end.

    Raises:
        WarehouseError: there is no journal, or a line of it is damaged.
    """
    journal = Journal(data)
    journal.mark()  # cuts off a torn last line
    entries = list(journal.entries())
    if not entries:
        raise WarehouseError(
            f"{journal.path} has no deliveries: there is nothing to make a warehouse from"
        )
    aside = data / _ASIDE
    shutil.rmtree(aside, ignore_errors=True)
    catalogue = settings.load_catalogue()
    connection = open_warehouse(
        aside, time_zone=settings.time_zone, catalogue=catalogue, **(open_with or {})
    )
    try:
        _carry(connection, data / FILE_NAME, _KEYS)  # first: another customer key is refused
        done = _replay(connection, entries, data, settings, progress)
        carried = _carry(connection, data / FILE_NAME, _CARRIED)
        tend(connection, data, settings=settings, clock=clock)
        connection.execute("CHECKPOINT")
    finally:
        connection.close()
    _swap(aside / FILE_NAME, data)
    shutil.rmtree(aside)
    return replace(done, carried=carried)


def _replay(
    connection: duckdb.DuckDBPyConnection,
    entries: list[dict[str, Any]],
    data: Path,
    settings: IngestSettings,
    progress: Progress | None,
) -> Rebuilt:
    files = rows = 0
    missing: list[str] = []
    different: list[str] = []
    for number, entry in enumerate(entries):
        if progress:
            progress(number, len(entries), Path(entry["file"]).name)
        if entry["refused"] is not None:
            _enter_alone(connection, entry)
            continue
        # what was too old then is too old again
        _set_purged(connection, entry.get("purged_us"))
        try:
            result = _load_again(connection, entry, data, settings)
        except (IngestError, GeoError, OSError, duckdb.Error) as error:
            _enter_alone(connection, entry)
            missing.append(f"{entry['file']}: {first_line(error)}")
            continue
        files, rows = files + 1, rows + result.rows_read
        if any(getattr(result, name) != entry[name] for name in _COUNTS):
            different.append(str(entry["file"]))
    _set_purged(connection, None)
    if progress:
        progress(len(entries), len(entries), "")
    return Rebuilt(len(entries), files, rows, tuple(missing), tuple(different), None)


def _set_purged(connection: duckdb.DuckDBPyConnection, until_us: int | None) -> None:
    with transaction(connection):
        if until_us is None:
            forget_mark(connection, "raw")
        else:
            set_mark(connection, "raw", Mark(until_us=until_us))


def _enter_alone(connection: duckdb.DuckDBPyConnection, entry: dict[str, Any]) -> None:
    with transaction(connection):
        enter_again(connection, entry)


def _load_again(
    connection: duckdb.DuckDBPyConnection,
    entry: dict[str, Any],
    data: Path,
    settings: IngestSettings,
) -> FileResult:
    """Load an archived file as it was loaded then, under its id and moment."""
    if entry["archived"] is None:
        raise IngestError("no copy was kept")
    path = data / FOLDER / entry["archived"]
    how = json.loads(entry["how"])
    table = None if how["table"] is None else Table.model_validate(how["table"])
    if table is not None and path.name.endswith(MASKED):
        table = as_copied(table)
    if entry["feed"] not in PERSONAL and sha256(path, settings) != entry["sha256"]:
        raise IngestError(f"its copy {entry['archived']} is not what was delivered")
    then = settings.model_copy(
        update={"time_zone": how["time_zone"], "kpi_delay_min": how["kpi_delay_min"]}
    )
    loaded_at = _EPOCH + timedelta(microseconds=entry["loaded_at_us"])
    live_at = loaded_at if entry["mode"] == "live" else None
    delivery = Delivery(
        entry["delivery_id"],
        entry["file"],
        entry["sha256"],
        entry["feed"],
        entry["profile"],
        loaded_at,
        live_at,
        entry["source"],
        entry["bytes"],
        entry["how"],
    )
    known = feeds(then.load_catalogue())
    context = Context(
        then,
        known,
        None,
        data,
        live_at,
        loaded_at,
        entry["source"],
        Path(),
        dry_run=False,
        secrets_dir=data / "secrets",
    )
    look = Look.at(path)
    opened = open_file(path, kind_of(path), table, then)
    job = Job(path, delivery.feed, table)  # type: ignore[arg-type]  # a name of the journal
    parcel = Parcel(job, opened, table or Table(feed=delivery.feed), look)
    return again(connection, parcel, delivery, context, entry)


def _carry(connection: duckdb.DuckDBPyConnection, old: Path, tables: tuple[str, ...]) -> int | None:
    """Take over tables of the old warehouse; their rows, None when it cannot be read."""
    if not old.exists():
        return None
    rows = 0
    try:
        connection.execute(f"ATTACH {literal(str(old))} AS old (READ_ONLY)")
        with transaction(connection):
            for table in tables:
                [(count,)] = connection.execute(
                    f"INSERT INTO {table} BY NAME SELECT * FROM old.{table}"
                ).fetchall()
                rows += int(count)
    except duckdb.Error:
        return None
    finally:
        with suppress(duckdb.Error):
            connection.execute("DETACH old")
    return rows


def _swap(new: Path, data: Path) -> None:
    """Put the new warehouse in place; the old one and its log are kept under another name."""
    target, kept = data / FILE_NAME, data / _OLD
    for path in _with_log(kept):
        path.unlink(missing_ok=True)
    log = data / f"{FILE_NAME}.wal"
    if target.exists():
        kept.hardlink_to(target)
    if log.exists():  # it belongs to the old file and must not be played into the new one
        log.replace(data / f"{_OLD}.wal")
    new.replace(target)


def _with_log(path: Path) -> Iterable[Path]:
    return path, path.with_name(path.name + ".wal")
