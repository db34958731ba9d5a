"""KPI rows from ``checked`` into ``kpis``: merge, compare within the touched window, revise."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

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

    Rows of one key in one file: the profile's merge rule, else the last row counts. A key that is
    known: the same values are *unchanged*; others revise the row, whose old state goes to
    ``kpi_revisions``. Columns that the file does not bring keep what is known.

    Args:
        connection: the warehouse, with ``checked``.
        plan: feed, profile table and columns.
        delivery: the file.
        delay_min: minutes from the end of an interval to its delivery (history mode).
    """
    names = [n for n in plan.mapping.names if n not in plan.feed.required]
    kpis = [identifier(name) for name in names]
    rows, keys = one_row(
        connection,
        "SELECT count(*), count(DISTINCT (cell_id, ts)) FROM checked WHERE reason IS NULL",
    )
    _make_fresh(connection, plan, names, distinct=rows == keys)
    known_at = known_at_sql(delivery, delay_min, ts="f.ts", period="f.period_min")
    low, high = _window(connection)
    columns = f"cell_id, ts, period_min, known_at, delivery_id, {', '.join(kpis)}"
    if not one_row(connection, f"SELECT count(*) FROM kpis WHERE ts BETWEEN {low} AND {high}")[0]:
        connection.execute(
            f"INSERT INTO kpis ({columns}) SELECT f.cell_id, f.ts, f.period_min, {known_at}, "
            f"{delivery.delivery_id}, {', '.join(f'f.{kpi}' for kpi in kpis)} FROM fresh f"
        )
        return Counts(keys, 0, 0, rows - keys)
    differs = " OR ".join(f"f.{c} IS DISTINCT FROM k.{c}" for c in ["period_min", *kpis])
    connection.execute(
        "CREATE TEMP TABLE compared AS SELECT f.*, k.cell_id IS NOT NULL AS known, "
        f"({differs}) AS differs FROM fresh f LEFT JOIN "
        f"(SELECT * FROM kpis WHERE ts BETWEEN {low} AND {high}) k USING (cell_id, ts)"
    )
    loaded, updated = one_row(
        connection,
        "SELECT count(*) FILTER (NOT known), count(*) FILTER (known AND differs) FROM compared",
    )
    connection.execute(
        f"INSERT INTO kpis ({columns}) SELECT f.cell_id, f.ts, f.period_min, {known_at}, "
        f"{delivery.delivery_id}, {', '.join(f'f.{kpi}' for kpi in kpis)} "
        "FROM compared f WHERE NOT known"
    )
    if updated:
        _revise(connection, kpis, known_at, delivery, f"k.ts BETWEEN {low} AND {high}")
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


def _make_fresh(
    connection: duckdb.DuckDBPyConnection, plan: Plan, names: list[str], *, distinct: bool
) -> None:
    """``fresh``: one row per key; ``cell_id, ts, period_min`` and the KPIs."""
    good = "FROM checked WHERE reason IS NULL"
    whole = "CAST(period_min AS INTEGER) AS period_min"
    kpis = [identifier(name) for name in names]
    if distinct:
        connection.execute(
            f"CREATE TEMP VIEW fresh AS SELECT cell_id, ts, {whole}, {', '.join(kpis)} {good}"
        )
    elif plan.table.merge:
        default = plan.table.merge.get("default", "last")
        merged = ", ".join(
            f"CAST({_MERGE[plan.table.merge.get(name, default)].format(c=kpi)} AS FLOAT) AS {kpi}"
            for name, kpi in zip(names, kpis, strict=True)
        )
        connection.execute(
            "CREATE TEMP TABLE fresh AS SELECT cell_id, ts, "
            f"CAST(arg_max(period_min, row_number) AS INTEGER) AS period_min, {merged} {good} "
            "GROUP BY cell_id, ts ORDER BY ts, cell_id"
        )
    else:
        connection.execute(
            f"CREATE TEMP TABLE fresh AS SELECT cell_id, ts, {whole}, {', '.join(kpis)} {good} "
            "QUALIFY row_number() OVER (PARTITION BY cell_id, ts ORDER BY row_number DESC) = 1 "
            "ORDER BY row_number"
        )


def _revise(
    connection: duckdb.DuckDBPyConnection,
    kpis: list[str],
    known_at: str,
    delivery: Delivery,
    window: str,
) -> None:
    """Old rows to ``kpi_revisions``, new ones in their place; absent columns keep their value."""
    # a correction loaded after the fact is not known before what it corrects
    moment = f"greatest({known_at}, k.known_at)" if delivery.live_at is None else known_at
    brought = ", ".join(f"f.{kpi} AS {kpi}" for kpi in ["period_min", *kpis])
    connection.execute(
        f"CREATE TEMP TABLE replacing AS SELECT k.* REPLACE ({moment} AS known_at, "
        f"{delivery.delivery_id} AS delivery_id, {brought}) "
        f"FROM kpis k JOIN compared f USING (cell_id, ts) WHERE f.known AND f.differs AND {window}"
    )
    connection.execute(
        "INSERT INTO kpi_revisions BY NAME SELECT k.* FROM kpis k SEMI JOIN replacing "
        f"USING (cell_id, ts) WHERE {window}"
    )
    connection.execute(
        "DELETE FROM kpis k USING replacing r "
        f"WHERE k.cell_id = r.cell_id AND k.ts = r.ts AND {window}"
    )
    connection.execute("INSERT INTO kpis BY NAME SELECT * FROM replacing")


def _window(connection: duckdb.DuckDBPyConnection) -> tuple[str, str]:
    """First and last moment in ``fresh``, as SQL; a window of nothing when it is empty."""
    low, high = one_row(
        connection,
        "SELECT coalesce(epoch_us(min(ts)), 0), coalesce(epoch_us(max(ts)), -1) FROM fresh",
    )
    return f"make_timestamptz({low})", f"make_timestamptz({high})"
