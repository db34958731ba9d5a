"""``fc_hours``: the hours of some cells exactly as they were known at an origin."""

from __future__ import annotations

from datetime import datetime

import duckdb

from forecasting import queries
from forecasting.hours.frame import REACH, Frame
from forecasting.hours.making import make_hours
from forecasting.hours.shards import Shard
from ingest.ledger import moment_sql

_OLDER = "fc_older_hours"


def put_older(connection: duckdb.DuckDBPyConnection, origin: datetime, frame: Frame) -> None:
    """Make the hours whose newest revision was not known yet at ``origin`` from the one that was.

    The tables of hours hold the newest revision of each row; those known by the origin are what
    was known then. For the others an older revision may stand.
    """
    span: dict[str, queries.Value] = {"origin": origin, "since": origin - REACH}
    queries.run(connection, "older_rows", span, frame.names)
    make_hours(connection, f"CREATE OR REPLACE TEMP TABLE {_OLDER} AS", Shard(), frame.names)
    connection.execute("DROP TABLE fc_rows")


def older_rows(connection: duckdb.DuckDBPyConnection) -> bool:
    """Did ``put_older`` find rows of which an older revision stands?"""
    row = connection.execute(f"SELECT count(*) FROM {_OLDER}").fetchone()
    return row is not None and row[0] > 0


def put_view(
    connection: duckdb.DuckDBPyConnection,
    origin: datetime,
    tables: list[str],
    shard: Shard,
    kpis: tuple[str, ...],
) -> None:
    """Make the temporary view ``fc_hours`` for the cells of a shard.

    Its columns: ``cell_id, ts, known_at, hours`` (length of the interval)``, users`` (who would
    feel it) and per KPI ``v_<kpi>`` (value) and ``z_<kpi>`` (stray from the cell's own normal of
    that hour and type of day in usual strays, worse is positive, a multiple of 1/256 within ±40).
    Rows: the last 8 days before the origin.

    Args:
        connection: the warehouse; ``put_older`` was called for the origin.
        origin: aware.
        tables: tables of hours that cover those days.
        shard: cells.
        kpis: KPI columns.
    """
    known = (
        f"ts >= {moment_sql(origin - REACH)} AND ts < {moment_sql(origin)}"
        f" AND known_at <= {moment_sql(origin)} AND {shard.sql()}"
    )
    seen = queries.load("hours_seen", kpis).replace("{known}", known)
    parts = [seen.replace("{source}", table) for table in [*tables, _OLDER]]
    text = "\nUNION ALL BY NAME\n".join(parts)
    connection.execute(f"CREATE OR REPLACE TEMP VIEW fc_hours AS {text}")
