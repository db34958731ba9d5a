"""KPI features of all cells at an origin: shard by shard, over the hours as they were known."""

from __future__ import annotations

from datetime import datetime

import duckdb
import pandas as pd

from forecasting import queries
from forecasting.cells.blocks import REACH_H, Blocks
from forecasting.cells.kpi_features import KpiFeatures, from_bands, levels
from forecasting.hours.frame import REACH, Frame
from forecasting.hours.kept import TABLE, KeptHours
from forecasting.hours.normals import Normals
from forecasting.hours.past import PastHours
from forecasting.hours.shards import Shard, shards
from forecasting.hours.view import older_rows, put_older, put_view

Gathered = dict[str, pd.DataFrame]


class Panel:
    """Sees to it that ``fc_hours`` holds what was known at an origin while features are made."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        normals = Normals(frame)
        self._kept = KeptHours(frame, normals)
        self._past = PastHours(frame, normals)
        self._blocks = Blocks()

    def features(
        self,
        connection: duckdb.DuckDBPyConnection,
        origin: datetime,
        cells: pd.Index,
        *,
        for_training: bool = False,
    ) -> KpiFeatures:
        """KPI features of ``cells`` at ``origin``; ``fc_cells`` must be there.

        Args:
            connection: the warehouse, open for writing: hours are kept in it.
            origin: aware.
            cells: cell_ids, in order.
            for_training: leave the kept hours as they are, and what only people look at out.
        """
        catalogue = self.frame.catalogue
        if for_training and len(cells) <= self.frame.shard_cells:
            self.gather(connection, origin, cells, [], for_training=True)
            if not older_rows(connection):
                tables = self._past.put(connection, origin)
                bands = self._blocks.bands(connection, origin, tables, catalogue.names)
                return from_bands(bands, levels(None, cells, catalogue), cells, catalogue)
        names = ["kpi_bands"] if for_training else ["kpi_bands", "kpi_levels"]
        found = self.gather(connection, origin, cells, names, for_training=for_training)
        shown = levels(found.get("kpi_levels"), cells, catalogue)
        return from_bands(found["kpi_bands"], shown, cells, catalogue)

    def gather(
        self,
        connection: duckdb.DuckDBPyConnection,
        origin: datetime,
        cells: pd.Index,
        names: list[str],
        *,
        for_training: bool = False,
    ) -> Gathered:
        """Rows of the named SQL files over ``fc_hours``, run shard by shard, in order of cells.

        Each file is given ``$origin`` and the shard's ``$low`` and ``$high`` where it uses them;
        it must be a function of the hours of each cell alone. Afterwards ``fc_hours`` is there for
        all cells.
        """
        tables = self._tables(connection, origin, for_training=for_training)
        self.frame.put_days(connection, origin - REACH, origin)
        put_older(connection, origin, self.frame)
        kpis = self.frame.names
        parts: dict[str, list[pd.DataFrame]] = {name: [] for name in names}
        for shard in shards(cells.tolist(), self.frame.shard_cells):
            put_view(connection, origin, tables, shard, kpis)
            given = {"origin": origin, "reach": REACH_H, **shard.parameters}
            for name in names:
                text = queries.load(name, kpis)
                used = {key: value for key, value in given.items() if f"${key}" in text}
                parts[name].append(queries.frame(connection, name, used, kpis))
        put_view(connection, origin, tables, Shard(), kpis)  # for what comes after
        return {name: pd.concat(rows, ignore_index=True) for name, rows in parts.items()}

    def _tables(
        self, connection: duckdb.DuckDBPyConnection, origin: datetime, *, for_training: bool
    ) -> list[str]:
        if not for_training and self._kept.covers(connection, origin):
            self._kept.put(connection, origin)
            return [TABLE]
        return self._past.put(connection, origin)
