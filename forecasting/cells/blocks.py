"""Training looks at the same days from many origins: sums over blocks of hours are shared.

Where origins lie on a grid of six hours, sums over bands of age are sums of blocks: of two hours
within the last day, of six before. They give the same digits as summing all hours (a test holds
them together).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import duckdb
import pandas as pd

from forecasting import queries

GRID_S = 6 * 3600
REACH_H = 168
_LENGTHS_S = {"fc_short_blocks": 2 * 3600, "fc_long_blocks": GRID_S}


@dataclass
class Blocks:
    """Keeps tables of blocks beside each table of hours, on the grid of the origins so far."""

    _phase: int = 0
    _made: set[str] = field(default_factory=set)

    def bands(
        self,
        connection: duckdb.DuckDBPyConnection,
        origin: datetime,
        tables: list[str],
        kpis: tuple[str, ...],
    ) -> pd.DataFrame:
        """The rows of ``sql/kpi_bands.sql`` for all cells; ``fc_hours`` holds what was known.

        Args:
            connection: the warehouse.
            origin: aware; six hours from the one before, or a multiple of that, most of the time.
            tables: of hours, as made by ``hours.past``; all rows known at the origin are in them.
            kpis: KPI columns.
        """
        moment = int(origin.timestamp())
        self._put(connection, tables, kpis, moment % GRID_S)
        turn: dict[str, queries.Value] = {"turn": moment // GRID_S, "phase": self._phase}
        return queries.frame(connection, "kpi_block_bands", turn, kpis)

    def _put(
        self,
        connection: duckdb.DuckDBPyConnection,
        tables: list[str],
        kpis: tuple[str, ...],
        phase: int,
    ) -> None:
        moved, self._phase = phase != self._phase, phase
        for table in [table for table in self._made if moved or table not in tables]:
            for view in _LENGTHS_S:
                connection.execute(f"DROP TABLE {_name(table, view)}")
            self._made.remove(table)
        for table in [table for table in tables if table not in self._made]:
            for view, length in _LENGTHS_S.items():
                text = queries.load("kpi_blocks", kpis).replace("{blocks}", _name(table, view))
                text = text.replace("{source}", table).replace("{phase}", str(phase))
                connection.execute(text.replace("{block_s}", str(length)))
            self._made.add(table)
        for view in _LENGTHS_S:
            parts = " UNION ALL BY NAME ".join(f"FROM {_name(table, view)}" for table in tables)
            connection.execute(f"CREATE OR REPLACE TEMP VIEW {view} AS {parts}")


def _name(table: str, view: str) -> str:
    return f"{table}_{view.removeprefix('fc_')}"
