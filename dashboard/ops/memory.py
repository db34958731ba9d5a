"""What sources were fetched before, kept in the ops database."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Engine, Table, delete, insert, select, update

from dashboard.ops.engine import explained, reading
from dashboard.ops.schema import pulled, taken_files
from ingest.sources.memory import Pulled, Taken

_BATCH = 500


class StoredMemory:
    """The tables ``taken_files`` and ``pulled``. Each method is one transaction.

    Raises:
        OpsError: the database failed.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def taken(self, source: str) -> dict[str, Taken]:
        """Everything taken from a landing folder, by path."""
        c = taken_files.c
        query = select(c.path, c.size, c.mtime_ns, c.sha256, c.taken_at)
        with reading(self._engine) as connection:
            rows = connection.execute(query.where(c.source == source)).all()
        return {row.path: Taken(*row) for row in rows}

    def remember_taken(self, source: str, taken: Taken) -> None:
        """Note a file that is in the inbox now."""
        self._put(
            taken_files,
            {"source": source, "path": taken.path},
            {
                "size": taken.size,
                "mtime_ns": taken.mtime_ns,
                "sha256": taken.sha256,
                "taken_at": taken.at,
            },
        )

    def forget_taken(self, source: str, paths: Iterable[str]) -> None:
        """Drop files that are gone from the folder."""
        c, gone = taken_files.c, list(paths)
        with explained(self._engine), self._engine.begin() as connection:
            for start in range(0, len(gone), _BATCH):
                some = gone[start : start + _BATCH]
                connection.execute(delete(taken_files).where(c.source == source, c.path.in_(some)))

    def pulled(self, source: str) -> dict[str, Pulled]:
        """Everything fetched from a web server, by key."""
        c = pulled.c
        query = select(
            c.url, c.etag, c.last_modified, c.version, c.period, c.sha256, c.size, c.pulled_at
        )
        with reading(self._engine) as connection:
            rows = connection.execute(query.where(c.source == source)).all()
        return {row.url: Pulled(*row) for row in rows}

    def remember_pulled(self, source: str, pulled_file: Pulled) -> None:
        """Note a file that is in the inbox now."""
        self._put(
            pulled,
            {"source": source, "url": pulled_file.key},
            {
                "etag": pulled_file.etag,
                "last_modified": pulled_file.last_modified,
                "version": pulled_file.version,
                "period": pulled_file.period,
                "sha256": pulled_file.sha256,
                "size": pulled_file.size,
                "pulled_at": pulled_file.at,
            },
        )

    def _put(self, table: Table, key: dict[str, Any], values: dict[str, Any]) -> None:
        """Insert or replace, in words that every database knows."""
        same = [table.c[name] == value for name, value in key.items()]
        with explained(self._engine), self._engine.begin() as connection:
            if connection.execute(update(table).where(*same).values(values)).rowcount == 0:
                connection.execute(insert(table).values({**key, **values}))
