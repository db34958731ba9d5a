"""Rows of intervals that are known already: newer revisions replace them, older ones are kept."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from ingest.ledger import Delivery

REVISIONS = {"kpis": "kpi_revisions", "handovers": "handover_revisions"}


@dataclass(frozen=True)
class Measured:
    """A table of intervals, and which of its rows a file touches.

    Attributes:
        table: ``kpis`` or ``handovers``.
        keys: its key columns.
        columns: all columns that the file fills, quoted.
        values: those of them that it measured, quoted.
        window: SQL of the touched rows ``k``.
    """

    table: str
    keys: tuple[str, ...]
    columns: tuple[str, ...]
    values: tuple[str, ...]
    window: str

    @property
    def revisions(self) -> str:
        """The table of superseded rows."""
        return REVISIONS[self.table]

    def same_key(self, one: str, other: str) -> str:
        """SQL: two rows are of one key."""
        return " AND ".join(f"{one}.{key} = {other}.{key}" for key in self.keys)


def revise(
    connection: duckdb.DuckDBPyConnection, measured: Measured, known_at: str, delivery: Delivery
) -> None:
    """Old rows to the revisions, new ones in their place; absent columns keep their value.

    Args:
        connection: the warehouse, with ``compared``.
        measured: the table and its touched rows.
        known_at: SQL of when a row ``f`` became known.
        delivery: the file.
    """
    # a correction is not known before what it corrects
    moment = f"greatest({known_at}, k.known_at)"
    brought = ", ".join(f"f.{value} AS {value}" for value in ["period_min", *measured.values])
    using, table = ", ".join(measured.keys), measured.table
    connection.execute(
        f"CREATE TEMP TABLE replacing AS SELECT k.* REPLACE ({moment} AS known_at, "
        f"{delivery.delivery_id} AS delivery_id, coalesce(f.revised_at, k.revised_at) "
        f"AS revised_at, {brought}) FROM {table} k JOIN compared f USING ({using}) "
        f"WHERE f.known AND f.differs AND NOT f.late AND {measured.window}"
    )
    connection.execute(
        f"INSERT INTO {measured.revisions} BY NAME SELECT k.* FROM {table} k SEMI JOIN replacing "
        f"USING ({using}) WHERE {measured.window}"
    )
    connection.execute(
        f"DELETE FROM {table} k USING replacing r "
        f"WHERE {measured.same_key('k', 'r')} AND {measured.window}"
    )
    connection.execute(f"INSERT INTO {table} BY NAME SELECT * FROM replacing")


def keep_late(connection: duckdb.DuckDBPyConnection, measured: Measured, filled: str) -> None:
    """Older rows to the revisions; rows that say the same anew take the newer time.

    Args:
        connection: the warehouse, with ``compared``.
        measured: the table and its touched rows.
        filled: SQL of the values of ``measured.columns`` in ``compared f``.
    """
    same = " AND ".join(
        f"r.{name} IS NOT DISTINCT FROM f.{name}"
        for name in measured.columns
        if name not in ("known_at", "delivery_id")
    )
    revisions = measured.revisions
    connection.execute(
        f"INSERT INTO {revisions} ({', '.join(measured.columns)}) SELECT {filled} FROM compared f "
        f"WHERE f.late AND f.differs AND NOT EXISTS (SELECT 1 FROM {revisions} r WHERE {same})"
    )
    connection.execute(
        f"UPDATE {measured.table} k SET revised_at = f.revised_at FROM compared f "
        f"WHERE {measured.same_key('k', 'f')} AND f.known AND f.newer AND NOT f.differs "
        f"AND {measured.window}"
    )
