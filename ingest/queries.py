"""The static SQL of ingest: named statements in ``sql/*.sql``, read by a tiny loader."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from typing import Any

import duckdb

_NAME = re.compile(r"^-- name: ([a-z_]+)$", re.MULTILINE)


@cache
def queries(file: str) -> dict[str, str]:
    """The statements of ``sql/<file>.sql`` by the name in the ``-- name:`` line before each."""
    text = resources.files("ingest").joinpath(f"sql/{file}.sql").read_text("utf-8")
    parts = _NAME.split(text)[1:]
    return {
        name: body.strip().rstrip(";") for name, body in zip(parts[::2], parts[1::2], strict=True)
    }


def identifier(name: str) -> str:
    """The name quoted for SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """The text quoted for SQL."""
    return "'" + text.replace("'", "''") + "'"


def one_row(
    connection: duckdb.DuckDBPyConnection, sql: str, parameters: dict[str, Any] | None = None
) -> tuple[Any, ...]:
    """The first row of a query that always has one; leaves no open result behind."""
    return tuple(connection.execute(sql, parameters or {}).fetchall()[0])
