"""A fresh warehouse with short ways to load files and to look at tables; for tests of ingest."""

from __future__ import annotations

import gzip
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from ingest.clock import FixedClock
from ingest.load import ingest_paths
from ingest.queries import identifier
from ingest.result import FileResult
from ingest.settings import IngestSettings
from ingest.warehouse import open_warehouse

NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)  # Monday noon in Beijing
KPI_HEAD = "cell_id,ts,period_min,drop_rate_pct,latency_ms\n"
TICKET_HEAD = "ticket_id,created_at,closed_at,customer_id,satisfaction,description\n"


def counts(result: FileResult) -> tuple[int, ...]:
    """read, loaded, updated, unchanged, rejected, merged."""
    return (
        result.rows_read,
        result.rows_loaded,
        result.rows_updated,
        result.rows_unchanged,
        result.rows_rejected,
        result.rows_merged,
    )


@dataclass
class Room:
    """A data directory and its open warehouse."""

    data: Path
    settings: IngestSettings = field(default_factory=IngestSettings)
    connection: duckdb.DuckDBPyConnection = field(init=False)

    def __post_init__(self) -> None:
        self.connection = open_warehouse(self.data, time_zone=self.settings.time_zone)

    def close(self) -> None:
        self.connection.close()

    def put(self, name: str, content: str | bytes) -> Path:
        """Write a file outside the data directory; text as UTF-8, packed when named .gz."""
        path = self.data.parent / "files" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        raw = content.encode("utf-8") if isinstance(content, str) else content
        path.write_bytes(gzip.compress(raw, mtime=0) if name.endswith(".gz") else raw)
        return path

    def load(self, *paths: Path, **how) -> list[FileResult]:
        return ingest_paths(
            self.connection,
            paths,
            settings=self.settings,
            data=self.data,
            clock=FixedClock(NOW),
            **how,
        )

    def take(self, name: str, content: str | bytes, **how) -> FileResult:
        """Write one file and load it."""
        [result] = self.load(self.put(name, content), **how)
        return result

    def rows(self, sql: str) -> list[tuple]:
        """Rows of a query; times as text in UTC, since Python reads none without pytz."""
        relation = f"({sql})"
        columns = [
            f"strftime(timezone('UTC', {identifier(name)}), '%Y-%m-%dT%H:%M:%SZ')"
            if kind == "TIMESTAMP WITH TIME ZONE"
            else identifier(name)
            for name, kind, *_ in self.connection.execute(f"DESCRIBE FROM {relation}").fetchall()
        ]
        return self.connection.execute(f"SELECT {', '.join(columns)} FROM {relation}").fetchall()

    def one(self, sql: str) -> tuple:
        [row] = self.rows(sql)
        return row
