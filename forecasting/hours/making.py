"""From KPI rows to hours: one statement, whoever keeps the result."""

from __future__ import annotations

import duckdb

from forecasting import queries
from forecasting.hours.shards import Shard


def make_hours(
    connection: duckdb.DuckDBPyConnection, into: str, shard: Shard, kpis: tuple[str, ...]
) -> None:
    """Hours of ``fc_rows``; the normals of their weeks and ``fc_rules`` must be there.

    Args:
        connection: the warehouse.
        into: what the rows go into: the beginning of an INSERT or of a CREATE TABLE … AS.
        shard: the cells of ``fc_rows``.
        kpis: KPI columns.
    """
    connection.execute(f"{into} {queries.load('hours_of', kpis)}", shard.parameters)


def no_rows(connection: duckdb.DuckDBPyConnection) -> bool:
    """Is ``fc_rows`` empty?"""
    return connection.execute("SELECT 1 FROM fc_rows LIMIT 1").fetchone() is None
