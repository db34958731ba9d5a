"""KPI rows that are known already: newer revisions replace them, older ones are kept beside."""

from __future__ import annotations

import duckdb

from ingest.ledger import Delivery
from ingest.queries import identifier


def revise(
    connection: duckdb.DuckDBPyConnection,
    kpis: list[str],
    known_at: str,
    delivery: Delivery,
    window: str,
) -> None:
    """Old rows to ``kpi_revisions``, new ones in their place; absent columns keep their value.

    Args:
        connection: the warehouse, with ``compared``.
        kpis: the file's KPI columns, quoted.
        known_at: SQL of when a row ``f`` became known.
        delivery: the file.
        window: SQL of the touched rows ``k``.
    """
    # a correction loaded after the fact is not known before what it corrects
    moment = f"greatest({known_at}, k.known_at)" if delivery.live_at is None else known_at
    brought = ", ".join(f"f.{kpi} AS {kpi}" for kpi in ["period_min", *kpis])
    connection.execute(
        f"CREATE TEMP TABLE replacing AS SELECT k.* REPLACE ({moment} AS known_at, "
        f"{delivery.delivery_id} AS delivery_id, coalesce(f.revised_at, k.revised_at) "
        f"AS revised_at, {brought}) FROM kpis k JOIN compared f USING (cell_id, ts) "
        f"WHERE f.known AND f.differs AND NOT f.late AND {window}"
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


def keep_late(
    connection: duckdb.DuckDBPyConnection, columns: str, values: str, window: str
) -> None:
    """Older revisions to ``kpi_revisions``; rows that say the same anew take the newer time.

    Args:
        connection: the warehouse, with ``compared``.
        columns: columns of ``kpi_revisions`` that are filled.
        values: SQL of their values in ``compared f``.
        window: SQL of the touched rows ``k``.
    """
    names = [name.strip() for name in columns.split(",")]
    same = " AND ".join(
        f"r.{name} IS NOT DISTINCT FROM f.{name}"
        for name in names
        if name not in ("known_at", "delivery_id")
    )
    connection.execute(
        f"INSERT INTO kpi_revisions ({columns}) SELECT {values} FROM compared f "
        f"WHERE f.late AND f.differs AND NOT EXISTS (SELECT 1 FROM kpi_revisions r WHERE {same})"
    )
    connection.execute(
        f"UPDATE kpis k SET {identifier('revised_at')} = f.revised_at FROM compared f "
        "WHERE k.cell_id = f.cell_id AND k.ts = f.ts AND f.known AND f.newer AND NOT f.differs "
        f"AND {window}"
    )
