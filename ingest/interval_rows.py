"""Rows of intervals from ``checked`` into their table: merged, compared, revised.

KPIs of cells and hand-overs of relations go the same way.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from ingest.ledger import Delivery, moment_sql
from ingest.mapping import Plan
from ingest.queries import identifier, one_row
from ingest.revising import Measured, keep_late, revise

_MERGE = {
    # lists are sorted first, so that sums do not depend on the order of rows or threads
    "mean": "list_avg(list(CAST({c} AS DOUBLE) ORDER BY {c}) FILTER ({c} IS NOT NULL))",
    "sum": "list_sum(list(CAST({c} AS DOUBLE) ORDER BY {c}) FILTER ({c} IS NOT NULL))",
    "max": "max({c})",
    "min": "min({c})",
    "first": "arg_min({c}, row_number) FILTER ({c} IS NOT NULL)",
    "last": "arg_max({c}, row_number) FILTER ({c} IS NOT NULL)",
}

_KIND = {"kpis": "FLOAT", "handovers": "BIGINT"}


@dataclass(frozen=True)
class Counts:
    """What became of the good rows of a file."""

    loaded: int
    updated: int
    unchanged: int
    merged: int


def load_interval_rows(
    connection: duckdb.DuckDBPyConnection, plan: Plan, delivery: Delivery, delay_min: int
) -> Counts:
    """Put the good rows of ``checked`` into ``kpis`` or ``handovers``; inside a transaction.

    Rows of one key in one file: the profile's merge rule, else the newest by ``revised_at``, of
    those of one time the last. A key that is known: the same values are *unchanged*; others revise
    the row, whose old state goes to the table of revisions. KPI columns that the file does not
    bring keep what is known; counts of hand-overs that it does not bring become unknown. A row
    older by ``revised_at`` than the one that is known goes to the revisions itself and counts as
    *unchanged*, so that revisions may come in any order.

    Args:
        connection: the warehouse, with ``checked``.
        plan: feed, profile table and columns.
        delivery: the file.
        delay_min: minutes from the end of an interval to its delivery (history mode).
    """
    table, keys = plan.feed.name, plan.feed.key
    values = [identifier(name) for name in plan.measured]
    rows, distinct = one_row(
        connection,
        f"SELECT count(*), count(DISTINCT ({', '.join(keys)})) FROM checked WHERE reason IS NULL",
    )
    _make_fresh(connection, plan, distinct=rows == distinct)
    known_at = known_at_sql(delivery, delay_min, ts="f.ts", period="f.period_min")
    low, high = _window(connection)
    columns = [*keys, "period_min", "known_at", "delivery_id", "revised_at", *values]
    told = {"known_at": known_at, "delivery_id": str(delivery.delivery_id)}
    filled = ", ".join(told.get(column, f"f.{column}") for column in columns)
    window = f"k.ts BETWEEN {low} AND {high}"
    into = f"INSERT INTO {table} ({', '.join(columns)}) SELECT {filled}"
    if not one_row(connection, f"SELECT count(*) FROM {table} k WHERE {window}")[0]:
        connection.execute(f"{into} FROM fresh f")
        return Counts(distinct, 0, 0, rows - distinct)
    differs = " OR ".join(f"f.{c} IS DISTINCT FROM k.{c}" for c in ["period_min", *values])
    connection.execute(
        "CREATE TEMP TABLE compared AS SELECT f.*, k.cell_id IS NOT NULL AS known, "
        f"({differs}) AS differs, coalesce(f.revised_at < k.revised_at, false) AS late, "
        "coalesce(f.revised_at > k.revised_at, f.revised_at IS NOT NULL) AS newer "
        f"FROM fresh f LEFT JOIN (SELECT * FROM {table} k WHERE {window}) k "
        f"USING ({', '.join(keys)})"
    )
    loaded, updated, late = one_row(
        connection,
        "SELECT count(*) FILTER (NOT known), count(*) FILTER (known AND differs AND NOT late), "
        "count(*) FILTER (late OR newer) FROM compared",
    )
    connection.execute(f"{into} FROM compared f WHERE NOT known")
    measured = Measured(table, keys, tuple(columns), tuple(values), window)
    if late:
        keep_late(connection, measured, filled)
    if updated:
        revise(connection, measured, known_at, delivery)
    return Counts(loaded, updated, distinct - loaded - updated, rows - distinct)


def unknown_cells(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """``unknown_cell`` -> good rows of ``checked`` with a cell that no inventory knows yet.

    They are kept: inventories often come later than what is measured.
    """
    [rows] = one_row(
        connection,
        "SELECT count(*) FROM checked WHERE reason IS NULL AND (cell_id NOT IN "
        "(SELECT cell_id FROM cells) OR neighbour_id NOT IN (SELECT cell_id FROM cells))",
    )
    return {"unknown_cell": int(rows)} if rows else {}


def known_at_sql(delivery: Delivery, delay_min: int, *, ts: str, period: str) -> str:
    """SQL of when a row became known (CONTRACT §1).

    Args:
        delivery: live: its moment.
        delay_min: minutes from the end of an interval to its delivery (history mode).
        ts: SQL of the interval's start.
        period: SQL of its length in minutes.
    """
    if delivery.live_at is not None:
        return moment_sql(delivery.live_at)
    return f"{ts} + to_minutes(CAST({period} + {delay_min} AS BIGINT))"


def _make_fresh(connection: duckdb.DuckDBPyConnection, plan: Plan, *, distinct: bool) -> None:
    """``fresh``: one row per key; the key, ``period_min, revised_at`` and the values."""
    good = "FROM checked WHERE reason IS NULL"
    brought, kind = plan.mapping.names, _KIND[plan.feed.name]
    keys = ", ".join(plan.feed.key)
    revised = "revised_at" if "revised_at" in brought else "NULL::TIMESTAMPTZ"
    whole = f"CAST(period_min AS INTEGER) AS period_min, {revised} AS revised_at"
    values = {
        name: identifier(name) if name in brought else "NULL::DOUBLE" for name in plan.measured
    }
    typed = ", ".join(f"CAST({c} AS {kind}) AS {identifier(n)}" for n, c in values.items())
    if distinct:
        connection.execute(f"CREATE TEMP VIEW fresh AS SELECT {keys}, {whole}, {typed} {good}")
    elif plan.table.merge:
        default = plan.table.merge.get("default", "last")
        merged = ", ".join(
            f"CAST({_MERGE[plan.table.merge.get(name, default)].format(c=value)} AS {kind}) "
            f"AS {identifier(name)}"
            for name, value in values.items()
        )
        connection.execute(
            f"CREATE TEMP TABLE fresh AS SELECT {keys}, "
            "CAST(arg_max(period_min, row_number) AS INTEGER) AS period_min, "
            f"max({revised}) AS revised_at, {merged} {good} "
            f"GROUP BY {keys} ORDER BY ts, cell_id"
        )
    else:
        connection.execute(
            f"CREATE TEMP TABLE fresh AS SELECT {keys}, {whole}, {typed} {good} "
            f"QUALIFY row_number() OVER (PARTITION BY {keys} "
            f"ORDER BY {revised} DESC NULLS LAST, row_number DESC) = 1 ORDER BY row_number"
        )


def _window(connection: duckdb.DuckDBPyConnection) -> tuple[str, str]:
    """First and last moment in ``fresh``, as SQL; a window of nothing when it is empty."""
    low, high = one_row(
        connection,
        "SELECT coalesce(epoch_us(min(ts)), 0), coalesce(epoch_us(max(ts)), -1) FROM fresh",
    )
    return f"make_timestamptz({low})", f"make_timestamptz({high})"
