"""KPI rows from ``checked`` into ``kpis``: merge, compare within the touched window, revise."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from ingest.kpi_revising import keep_late, revise
from ingest.ledger import Delivery, moment_sql
from ingest.mapping import Plan
from ingest.queries import identifier, one_row

_MERGE = {
    # lists are sorted first, so that sums do not depend on the order of rows or threads
    "mean": "list_avg(list(CAST({c} AS DOUBLE) ORDER BY {c}) FILTER ({c} IS NOT NULL))",
    "sum": "list_sum(list(CAST({c} AS DOUBLE) ORDER BY {c}) FILTER ({c} IS NOT NULL))",
    "max": "max({c})",
    "min": "min({c})",
    "first": "arg_min({c}, row_number) FILTER ({c} IS NOT NULL)",
    "last": "arg_max({c}, row_number) FILTER ({c} IS NOT NULL)",
}


@dataclass(frozen=True)
class Counts:
    """What became of the good rows of a file."""

    loaded: int
    updated: int
    unchanged: int
    merged: int


def load_kpi_rows(
    connection: duckdb.DuckDBPyConnection, plan: Plan, delivery: Delivery, delay_min: int
) -> Counts:
    """Put the good rows of ``checked`` into ``kpis``; inside a transaction.

    Rows of one key in one file: the profile's merge rule, else the newest by ``revised_at``, of
    those of one time the last. A key that is known: the same values are *unchanged*; others revise
    the row, whose old state goes to ``kpi_revisions``. Columns that the file does not bring keep
    what is known. A row older by ``revised_at`` than the one that is known goes to
    ``kpi_revisions`` itself and counts as *unchanged*, so that revisions may come in any order.

    Args:
        connection: the warehouse, with ``checked``.
        plan: feed, profile table and columns.
        delivery: the file.
        delay_min: minutes from the end of an interval to its delivery (history mode).
    """
    kpis = [identifier(name) for name in plan.kpis]
    rows, keys = one_row(
        connection,
        "SELECT count(*), count(DISTINCT (cell_id, ts)) FROM checked WHERE reason IS NULL",
    )
    _make_fresh(connection, plan, distinct=rows == keys)
    known_at = known_at_sql(delivery, delay_min, ts="f.ts", period="f.period_min")
    low, high = _window(connection)
    columns = f"cell_id, ts, period_min, known_at, delivery_id, revised_at, {', '.join(kpis)}"
    values = (
        f"f.cell_id, f.ts, f.period_min, {known_at}, {delivery.delivery_id}, f.revised_at, "
        f"{', '.join(f'f.{kpi}' for kpi in kpis)}"
    )
    if not one_row(connection, f"SELECT count(*) FROM kpis WHERE ts BETWEEN {low} AND {high}")[0]:
        connection.execute(f"INSERT INTO kpis ({columns}) SELECT {values} FROM fresh f")
        return Counts(keys, 0, 0, rows - keys)
    differs = " OR ".join(f"f.{c} IS DISTINCT FROM k.{c}" for c in ["period_min", *kpis])
    connection.execute(
        "CREATE TEMP TABLE compared AS SELECT f.*, k.cell_id IS NOT NULL AS known, "
        f"({differs}) AS differs, coalesce(f.revised_at < k.revised_at, false) AS late, "
        "coalesce(f.revised_at > k.revised_at, f.revised_at IS NOT NULL) AS newer "
        f"FROM fresh f LEFT JOIN (SELECT * FROM kpis WHERE ts BETWEEN {low} AND {high}) k "
        "USING (cell_id, ts)"
    )
    loaded, updated, late = one_row(
        connection,
        "SELECT count(*) FILTER (NOT known), count(*) FILTER (known AND differs AND NOT late), "
        "count(*) FILTER (late OR newer) FROM compared",
    )
    connection.execute(
        f"INSERT INTO kpis ({columns}) SELECT {values} FROM compared f WHERE NOT known"
    )
    window = f"k.ts BETWEEN {low} AND {high}"
    if late:
        keep_late(connection, columns, values, window)
    if updated:
        revise(connection, kpis, known_at, delivery, window)
    return Counts(loaded, updated, keys - loaded - updated, rows - keys)


def known_at_sql(delivery: Delivery, delay_min: int, *, ts: str, period: str) -> str:
    """SQL of when a KPI row became known (CONTRACT §1).

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
    """``fresh``: one row per key; ``cell_id, ts, period_min, revised_at`` and the KPIs."""
    good = "FROM checked WHERE reason IS NULL"
    revised = "revised_at" if "revised_at" in plan.mapping.names else "NULL::TIMESTAMPTZ"
    whole = f"CAST(period_min AS INTEGER) AS period_min, {revised} AS revised_at"
    kpis = [identifier(name) for name in plan.kpis]
    if distinct:
        connection.execute(
            f"CREATE TEMP VIEW fresh AS SELECT cell_id, ts, {whole}, {', '.join(kpis)} {good}"
        )
    elif plan.table.merge:
        default = plan.table.merge.get("default", "last")
        merged = ", ".join(
            f"CAST({_MERGE[plan.table.merge.get(name, default)].format(c=kpi)} AS FLOAT) AS {kpi}"
            for name, kpi in zip(plan.kpis, kpis, strict=True)
        )
        connection.execute(
            "CREATE TEMP TABLE fresh AS SELECT cell_id, ts, "
            "CAST(arg_max(period_min, row_number) AS INTEGER) AS period_min, "
            f"max({revised}) AS revised_at, {merged} {good} "
            "GROUP BY cell_id, ts ORDER BY ts, cell_id"
        )
    else:
        connection.execute(
            f"CREATE TEMP TABLE fresh AS SELECT cell_id, ts, {whole}, {', '.join(kpis)} {good} "
            "QUALIFY row_number() OVER (PARTITION BY cell_id, ts "
            f"ORDER BY {revised} DESC NULLS LAST, row_number DESC) = 1 ORDER BY row_number"
        )


def _window(connection: duckdb.DuckDBPyConnection) -> tuple[str, str]:
    """First and last moment in ``fresh``, as SQL; a window of nothing when it is empty."""
    low, high = one_row(
        connection,
        "SELECT coalesce(epoch_us(min(ts)), 0), coalesce(epoch_us(max(ts)), -1) FROM fresh",
    )
    return f"make_timestamptz({low})", f"make_timestamptz({high})"
