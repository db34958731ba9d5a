"""KPIs of areas: means over users; users and traffic are sums."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasting import queries
from forecasting.areas.layers import Layer
from ingest.catalogue import Catalogue

Reals = NDArray[np.float64]
NEWEST, DAY = "newest", "day"


@dataclass(frozen=True)
class CellKpis:
    """What cells contribute to the KPIs of their areas; arrays over cells.

    Attributes:
        sums: by KPI and window: sum over users and their number, for means; or the quantity itself
            and None, for sums.
    """

    sums: dict[tuple[str, str], tuple[Reals, Reals | None]]


def cell_kpis(
    connection: duckdb.DuckDBPyConnection,
    as_of: datetime,
    cells: pd.Series,
    catalogue: Catalogue,
    fresh_h: float,
) -> CellKpis:
    """KPIs of the last 24 hours and of each cell's newest interval, as known at ``as_of``.

    Args:
        connection: the warehouse.
        as_of: aware; intervals that begin before it and were known then.
        cells: ids, in the order of the result.
        catalogue: the KPIs. Those without a direction (users, traffic) are summed up: counts as
            they are, others as their mean over time.
        fresh_h: an interval that began longer ago than this is not the newest: nothing is.
    """
    means = tuple(kpi.name for kpi in catalogue.kpis if kpi.worse != "none")
    totals = tuple(kpi.name for kpi in catalogue.kpis if kpi.worse == "none")
    queries.run(connection, "area_day", {"origin": as_of}, catalogue.names)

    def read(
        name: str, kpis: tuple[str, ...], span: dict[str, queries.Value] | None = None
    ) -> pd.DataFrame:
        found = queries.frame(connection, name, span, kpis) if kpis else pd.DataFrame()
        found = found if len(found) else pd.DataFrame({"cell_id": []})
        return found.set_index("cell_id").reindex(cells)

    day, whole = read("area_kpis", means), read("area_totals", totals)
    newest = read("area_newest", catalogue.names, {"fresh": as_of - timedelta(hours=fresh_h)})
    connection.execute("DROP TABLE fc_area_day")
    users = _column(newest, "users")
    sums: dict[tuple[str, str], tuple[Reals, Reals | None]] = {}
    for kpi in catalogue.kpis:
        now = _column(newest, kpi.name)
        if kpi.name in means:
            sums[kpi.name, NEWEST] = now * users, np.where(np.isfinite(now), users, np.nan)
            sums[kpi.name, DAY] = (
                _column(day, f"{kpi.name}.sum"),
                _column(day, f"{kpi.name}.users"),
            )
        else:
            how = "sum" if kpi.rollup == "sum" else "mean"
            sums[kpi.name, NEWEST] = now, None
            sums[kpi.name, DAY] = _column(whole, f"{kpi.name}.{how}"), None
    return CellKpis(sums)


def _column(table: pd.DataFrame, name: str) -> Reals:
    if name not in table:
        return np.full(len(table), np.nan)
    return table[name].to_numpy(float, na_value=np.nan)


def area_kpis(layer: Layer, kpis: CellKpis) -> list[str]:
    """One JSON text per area and one for what is outside: KPI -> window -> value.

    Windows are ``newest`` (the newest interval of each cell) and ``day`` (the last 24 hours); what
    is not known is left out. Six digits.
    """
    parts = layer.parts
    texts: list[dict[str, dict[str, float]]] = [{} for _ in range(layer.size + 1)]
    for (kpi, window), (own, users) in kpis.sums.items():
        known = np.isfinite(own)
        total = parts @ np.nan_to_num(own)
        below = parts @ (np.nan_to_num(users) if users is not None else known.astype(float))
        some = np.flatnonzero(below > 0)
        values = total[some] / below[some] if users is not None else total[some]
        for area, value in zip(some.tolist(), values.tolist(), strict=True):
            texts[area].setdefault(kpi, {})[window] = float(f"{value:.6g}")
    return [json.dumps(text, separators=(",", ":")) for text in texts]
