"""The journal: every entry of the ledger once more, outside the database, one line of JSON each.

It is the database's high-water mark: a warehouse that lacks a delivery of the journal has lost
it, be it that its write-ahead log was damaged or that an older copy was put in its place. A line is
appended and made durable after the commit, so that the journal never promises what was not
committed; a line that a crash kept from being written is written at the next opening.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from ingest.archive.names import sync_folder
from ingest.errors import LostDeliveriesError, WarehouseError
from ingest.queries import queries

NAME = "journal.jsonl"
_TAIL = 4 * 1024 * 1024


@dataclass(frozen=True)
class Mark:
    """The newest delivery that is known to be committed; 0 and empty when there is none."""

    delivery_id: int
    sha256: str


class Journal:
    """The journal of a data directory; one process writes it, the one that has the warehouse."""

    def __init__(self, data: Path) -> None:
        self.path = data / NAME

    def append(self, entry: dict[str, Any]) -> None:
        """Add an entry of the ledger, durable.

        Raises:
            WarehouseError: it cannot be written; the next opening of the warehouse completes it.
        """
        try:
            fresh = not self.path.exists()
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("ab") as file:
                file.write(_line(entry))
                file.flush()
                os.fsync(file.fileno())
            if fresh:
                sync_folder(self.path.parent)
        except OSError as error:
            raise WarehouseError(f"{self.path}: cannot be written: {error.strerror}") from error

    def mark(self) -> Mark:
        """The newest entry; a last line that is torn or damaged is cut off before.

        Only the end of the file is read.
        """
        try:
            with self.path.open("rb+") as file:
                size = file.seek(0, os.SEEK_END)
                start = max(0, size - _TAIL)
                file.seek(start)
                tail = file.read()
                lines = tail.splitlines(keepends=True)[1 if start else 0 :]
                while lines:
                    entry = _entry(lines[-1])
                    if entry is not None:
                        return Mark(int(entry["delivery_id"]), str(entry["sha256"]))
                    size -= len(lines.pop())
                    file.truncate(size)
        except FileNotFoundError:
            pass
        return Mark(0, "")

    def entries(self) -> Iterator[dict[str, Any]]:
        """All entries, oldest first.

        Raises:
            WarehouseError: a line in the middle is damaged; names it.
        """
        if not self.path.exists():
            return
        with self.path.open("rb") as file:
            for number, line in enumerate(file, 1):
                entry = _entry(line)
                if entry is None:
                    raise WarehouseError(f"{self.path}: line {number} is damaged")
                yield entry


def check_there(warehouse: Path, journal: Journal) -> None:
    """LostDeliveriesError when the warehouse's file is gone though deliveries were committed."""
    if not warehouse.exists() and (mark := journal.mark()).delivery_id:
        raise LostDeliveriesError(
            f"{warehouse} is gone, but {mark.delivery_id} deliveries were committed "
            f"({journal.path}): run `foresite rebuild`, which makes it anew from the archive"
        )


def agree(connection: duckdb.DuckDBPyConnection, journal: Journal) -> None:
    """Compare warehouse and journal; complete the journal where a crash kept it behind.

    Raises:
        LostDeliveriesError: the warehouse lacks what was committed.
    """
    mark = journal.mark()
    found = connection.execute(queries("ledger")["newest"]).fetchall()
    newest = Mark(int(found[0][0]), str(found[0][1])) if found else Mark(0, "")
    if newest.delivery_id < mark.delivery_id:
        raise LostDeliveriesError(
            f"the warehouse ends with delivery {newest.delivery_id}, but delivery "
            f"{mark.delivery_id} was committed ({journal.path}): it is damaged or an older copy; "
            "run `foresite rebuild`, which makes it anew from the archive"
        )
    [same] = connection.execute(
        "SELECT count(*) FROM deliveries WHERE delivery_id = ? AND sha256 = ?",
        [mark.delivery_id, mark.sha256],
    ).fetchall()
    if mark.delivery_id and not same[0]:
        raise LostDeliveriesError(
            f"delivery {mark.delivery_id} of the warehouse is not the one of {journal.path}: the "
            "warehouse is that of another data directory; run `foresite rebuild`"
        )
    relation = connection.execute(
        queries("ledger")["entries_after"], {"delivery_id": mark.delivery_id}
    )
    names = [column[0] for column in relation.description or ()]
    for row in relation.fetchall():
        journal.append(dict(zip(names, row, strict=True)))


def _line(entry: dict[str, Any]) -> bytes:
    text = json.dumps(entry, ensure_ascii=False, sort_keys=True)
    return f'{{"entry": {text}, "sum": "{_sum(text)}"}}\n'.encode()


def _entry(line: bytes) -> dict[str, Any] | None:
    """The entry of a line; None when the line is torn or damaged."""
    try:
        raw = json.loads(line)
        entry = raw["entry"]
        text = json.dumps(entry, ensure_ascii=False, sort_keys=True)
        whole = line.endswith(b"\n") and raw["sum"] == _sum(text)
    except (ValueError, KeyError, TypeError):
        return None
    return entry if whole and isinstance(entry, dict) else None


def _sum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
