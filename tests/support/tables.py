"""All facts of a warehouse as text, to be compared table by table."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from ingest.queries import identifier
from ingest.warehouse import open_warehouse

DERIVED = ("schema_migrations",)


def tables(data: Path, *, without: str = "") -> dict[str, Counter[tuple]]:
    """Table -> its rows, each with the times it occurs; values as text.

    ``without``: a regular expression of columns that are left out.
    """
    kept = f"COLUMNS(lambda c: NOT regexp_full_match(c, '{without}'))" if without else "COLUMNS(*)"
    connection = open_warehouse(data)
    try:
        names = [
            name
            for (name,) in connection.execute(
                "SELECT table_name FROM duckdb_tables() WHERE NOT temporary"
            ).fetchall()
            if name not in DERIVED
        ]
        return {
            name: Counter(
                connection.execute(
                    f"SELECT CAST({kept} AS VARCHAR) FROM {identifier(name)}"
                ).fetchall()
            )
            for name in names
        }
    finally:
        connection.close()


def same_tables(one: dict[str, Counter[tuple]], other: dict[str, Counter[tuple]]) -> None:
    """AssertionError names the table that differs, and some of its rows."""
    assert one.keys() == other.keys()
    for name, rows in one.items():
        lacks, more = rows - other[name], other[name] - rows
        same = not lacks and not more
        assert same, f"{name}: {list(lacks)[:3]} became {list(more)[:3]}"
