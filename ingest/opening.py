"""From a path to its header, and from there to the table ``staged``; privacy in between."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import duckdb

from ingest.contracts import INTERVALS, Column, Feed
from ingest.customers import warehouse_key
from ingest.errors import FileRefusedError
from ingest.fast_csv import TextFile, stage_fast_csv
from ingest.files import MASKED, Kind
from ingest.mapping import Plan
from ingest.privacy import PERSONAL, hash_customer, mask_id, mask_place, mask_places, mask_text
from ingest.profiles.model import Table
from ingest.readers.columnar import check_sound, parquet_header, read_parquet_rows
from ingest.readers.csv_text import read_csv
from ingest.readers.decode import encoding_of
from ingest.readers.json_records import read_json
from ingest.readers.rows import Rows, with_own_numbers
from ingest.readers.scan import Scan, scan_text, sha256
from ingest.readers.workbook import read_workbook
from ingest.settings import IngestSettings
from ingest.staging import Staged, Transform, stage_parquet, stage_rows
from ingest.times import TimeReader

_ANY = Table(feed="cells")  # how a file is laid out while its feed is not known


@dataclass(frozen=True)
class Opened:
    """A file that was looked over: its hash and its column names, and its rows where read so."""

    path: Path
    kind: Kind
    sha256: str
    header: tuple[str, ...]
    rows: Rows | None = None
    scan: Scan | None = None
    encoding: str = ""


def open_file(path: Path, kind: Kind, table: Table | None, settings: IngestSettings) -> Opened:
    """Look a file over, without taking its rows yet.

    Raises:
        FileRefusedError: unreadable, beyond a limit, without column names, or cut off.
    """
    layout = table or _ANY
    if kind == "measurements":
        if layout.counters is None:
            raise FileRefusedError("is XML: its profile needs a table with [tables.counters]")
        return Opened(path, kind, sha256(path, settings), ())
    if kind == "regions":
        size = path.stat().st_size
        if size > settings.max_workbook_bytes:
            raise FileRefusedError(
                f"{size:,} bytes, more than max_workbook_bytes = {settings.max_workbook_bytes:,}"
            )
        return Opened(path, kind, sha256(path, settings), ())
    if kind == "parquet":
        with ThreadPoolExecutor(1) as pool:  # hashed while it is looked through
            hashing = pool.submit(sha256, path, settings)
            header = parquet_header(path, settings)
            check_sound(path)
            return Opened(path, kind, hashing.result(), header)
    if kind == "workbook":
        digest = sha256(path, settings)
        rows = read_workbook(path, layout, settings)
        return Opened(path, kind, digest, rows.header, rows)
    scan = scan_text(path, settings)
    if kind == "records":
        encoding = encoding_of(path, scan, layout.encoding)
        rows = read_json(path, scan, encoding, layout, settings)
        return Opened(path, kind, scan.sha256, rows.header, rows)
    if not scan.terminated and layout.unterminated_last_row == "refuse":
        _check_end(path)
    encoding = encoding_of(path, scan, layout.encoding)
    rows = read_csv(path, scan, encoding, layout, settings)
    if path.name.endswith(MASKED):
        rows = with_own_numbers(rows)
    return Opened(path, kind, scan.sha256, rows.header, rows, scan, encoding)


def stage_file(
    connection: duckdb.DuckDBPyConnection,
    opened: Opened,
    plan: Plan,
    settings: IngestSettings,
    secrets_dir: Path,
) -> Staged:
    """Stage the rows by the quickest reader that is exact for this file.

    Raises:
        FileRefusedError: the file turns out cut off or damaged.
        IngestError: the key of the customer hashes is missing.
    """
    if plan.feed.name in INTERVALS and opened.kind == "parquet":
        return stage_parquet(connection, opened.path, plan)
    if plan.feed.name in INTERVALS and opened.scan is not None:
        text = TextFile(opened.path, opened.scan, opened.encoding, len(opened.header))
        staged = stage_fast_csv(connection, text, plan, settings)
        if staged is not None:
            return staged
    rows = opened.rows or read_parquet_rows(opened.path, settings)
    return stage_rows(connection, rows, plan, transforms_of(connection, plan, secrets_dir))


def times_of(opened: Opened, table: Table, settings: IngestSettings) -> TimeReader:
    """What reads the times of a file."""
    formats = table.time_formats
    if "iso" not in formats and (opened.kind != "text" or opened.path.name.endswith(MASKED)):
        formats = ("iso", *formats)  # dates that were typed in the source arrive as ISO text
    return TimeReader(
        formats,
        table.time_zone or settings.time_zone,
        next_day_24=table.midnight_24 == "next_day",
    )


def transforms_of(
    connection: duckdb.DuckDBPyConnection, plan: Plan, secrets_dir: Path
) -> dict[int, Transform]:
    """What is done to the source columns of a feed with personal data, by place in the header.

    Columns of customers are hashed. All others are masked: the feed's key so that it still tells
    rows apart, ids of cells, sites and regions only where they are more than digits. A source
    column that serves several canonical ones is treated as the strictest of them asks.
    """
    if plan.feed.name not in PERSONAL:
        return {}
    key = warehouse_key(connection, secrets_dir)
    by_use: dict[str, Transform] = {
        "place": mask_place,
        "places": mask_places,
        "text": mask_text,
        "key": partial(mask_id, key=key),
        "customer": partial(hash_customer, key=key),
    }
    transforms: dict[int, Transform] = {}
    for use, transform in by_use.items():
        for origin in plan.mapping.origins:
            if _use(origin.column, plan.feed) == use:
                transforms.update(dict.fromkeys(origin.places, transform))
    return transforms


def _use(column: Column, feed: Feed) -> str:
    if column.kind == "customer":
        return "customer"
    if column.name in feed.key and column.kind != "time":
        return "key"
    if column.name == "region_ids":
        return "places"
    return "place" if column.name in ("cell_id", "site_id", "region_id") else "text"


def _check_end(path: Path) -> None:
    """FileRefusedError unless an ``.ok`` file beside it vouches for its end."""
    if not path.with_name(path.name + ".ok").exists():
        raise FileRefusedError(
            "the last line does not end with a line break, so that the file may be cut off: "
            f"deliver it whole, end it with a line break, or put an empty {path.name}.ok beside it"
        )
