"""A proposal tried out: the file's head is loaded with it into a warehouse that is thrown away."""

from __future__ import annotations

import shutil
import tempfile
from glob import escape as glob_escape
from pathlib import Path

import duckdb

from ingest.clock import Clock
from ingest.files import kind_of
from ingest.load import ingest_paths
from ingest.queries import identifier
from ingest.readers.scan import open_bytes
from ingest.settings import MIB, IngestSettings
from ingest.suggest.model import Preview, Suggestion
from ingest.warehouse import open_warehouse

ROWS = 5
_HEAD_LINES = 500
_WHOLE = 16 * MIB


def preview(
    path: Path, suggestion: Suggestion, settings: IngestSettings, clock: Clock | None = None
) -> Preview:
    """Load the file, or the head of a large text file, with the proposed profile.

    Personal data are masked and hashed, with a key that is thrown away with the rest.
    """
    with tempfile.TemporaryDirectory(prefix="foresite-") as folder:
        room = Path(folder)
        profile = room / "suggested.toml"
        profile.write_text(suggestion.toml, "utf-8")
        target = _head(path, room)
        connection = open_warehouse(
            room / "data",
            time_zone=settings.time_zone,
            catalogue=settings.load_catalogue(),
            threads=1,
        )
        try:
            [result] = ingest_paths(
                connection,
                [target],
                settings=settings,
                data=room / "data",
                profile=str(profile),
                clock=clock,
            )
            if result.refused is not None:
                reason = result.refused.removeprefix(f"{target}: ")
                return Preview(refused=reason)
            feed = suggestion.table.feed
            names = _mapped(suggestion) or _filled(connection, feed)
            shown = ", ".join(f"CAST({identifier(name)} AS VARCHAR)" for name in names)
            rows = connection.execute(f"SELECT {shown} FROM {feed} LIMIT {ROWS}").fetchall()
        finally:
            connection.close()
    reasons = {k: v for k, v in result.reasons.items() if not k.endswith("_position")}
    if feed == "regions":  # taken all or none: what is said of their shapes rejects nothing
        reasons = {}
    return Preview(tuple(names), tuple(rows), result.rows_read, reasons)


def _mapped(suggestion: Suggestion) -> list[str]:
    columns = suggestion.table.columns
    return ["customer_hash" if name == "customer_id" else name for name in columns]


def _filled(connection: duckdb.DuckDBPyConnection, feed: str) -> list[str]:
    """Columns of the feed's table that hold something: what formulas made of counters."""
    names = [row[0] for row in connection.execute(f"DESCRIBE {feed}").fetchall()]
    counts = connection.execute(
        f"SELECT {', '.join(f'count({identifier(name)})' for name in names)} FROM {feed}"
    ).fetchall()[0]
    ours = ("known_at", "delivery_id")
    return [n for n, count in zip(names, counts, strict=True) if n not in ours and count]


def _head(path: Path, room: Path) -> Path:
    """A copy of the file, or of the first lines of a large text file, under its name."""
    target = room / path.name
    if kind_of(path) == "regions":
        for part in path.parent.glob(f"{glob_escape(path.stem)}.*"):  # a Shapefile is several
            if part.is_file():
                shutil.copyfile(part, room / part.name)
        return target
    name = path.name.lower().removesuffix(".gz")
    if path.stat().st_size <= _WHOLE or name.endswith((".xlsx", ".parquet")):
        shutil.copyfile(path, target)
        return target
    target = room / path.name.removesuffix(".gz")
    with open_bytes(path) as source, target.open("wb") as out:
        for _, line in zip(range(_HEAD_LINES), source, strict=False):
            out.write(line)
    return target
