"""From sums over bands of age (``sql/kpi_bands.sql``) to what the model and people see of KPIs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from forecasting.cells.normals import direction, log_offset
from ingest.catalogue import Catalogue

# Bands of the SQL: youngest and oldest age in hours.
BANDS = ((0, 6), (6, 12), (12, 24), (24, 48), (48, 72), (72, 168))
WINDOWS = {"6h": 1, "24h": 3, "72h": 5, "7d": 6}  # how many bands, counted from the youngest
DEVIATION_WINDOWS = ("6h", "24h", "72h")
Cube = npt.NDArray[np.float64]


@dataclass(frozen=True)
class KpiFeatures:
    """What the KPIs of the last week say about every cell; all frames indexed by cell.

    Attributes:
        table: for the model. Per KPI ``<kpi>.dev_<window>`` (mean distance from the cell's own
            normal, in usual strays, worse is positive), ``<kpi>.pain_<window>`` (what exceeds two
            strays, mean over users), ``<kpi>.beyond_<window>`` (share of hours beyond the limit);
            ``<group>.pain_<window>`` and ``pain_<window>`` (sums of the former); ``users_<window>``
            and ``missing_<window>`` (share of hours without KPIs).
        levels: ``<kpi>.value`` and ``<kpi>.normal``, means of the last 24 h in the KPI's unit.
        evidence: ``kpi_age_h`` (hours since the end of the newest interval), ``kpi_hours`` (of the
            last 168).
    """

    table: pd.DataFrame
    levels: pd.DataFrame
    evidence: pd.DataFrame


def rules(catalogue: Catalogue) -> pd.DataFrame:
    """One row: per KPI its limit, direction and logarithm's offset, as ``fc_rules`` for the SQL.

    Without a limit the limit is NULL, so that nothing is beyond it.
    """
    row: dict[str, list[float | None]] = {}
    for kpi in catalogue.kpis:
        row[f"limit_{kpi.name}"] = [kpi.limit]
        row[f"sign_{kpi.name}"] = [direction(kpi)]
        row[f"offset_{kpi.name}"] = [log_offset(kpi)]
    return pd.DataFrame(row, dtype="float64")


class Bands:
    """The rows of ``sql/kpi_bands.sql`` as arrays over (cell, band) and (cell, band, KPI)."""

    def __init__(self, bands: pd.DataFrame, cells: pd.Index, kpis: tuple[str, ...]) -> None:
        self._bands, self._kpis = bands, kpis
        self._row = cells.get_indexer(pd.Index(bands["cell_id"]))
        self._band = bands["band"].to_numpy(int)
        self._shape = (len(cells), len(BANDS))

    def plain(self, column: str, empty: float = 0.0) -> Cube:
        """One column, shape (cells, bands)."""
        values = np.full(self._shape, empty)
        values[self._row, self._band] = self._bands[column].to_numpy(float)
        return values

    def each(self, statistic: str) -> Cube:
        """One statistic of every KPI, shape (cells, bands, KPIs); 0 where nothing was known."""
        values = np.zeros((*self._shape, len(self._kpis)))
        columns = [f"{statistic}_{kpi}" for kpi in self._kpis]
        values[self._row, self._band] = self._bands[columns].to_numpy(float, na_value=0.0)
        return values


def from_bands(
    rows: pd.DataFrame, shown: pd.DataFrame, cells: pd.Index, catalogue: Catalogue
) -> KpiFeatures:
    """Features of ``cells`` (in their order) from the rows of ``sql/kpi_bands.sql``.

    ``shown`` are the levels (see ``levels``), handed through.
    """
    bands = Bands(rows, cells, catalogue.names)
    users, hours = bands.plain("users"), bands.plain("hours")
    count, strays, pain = bands.each("n"), bands.each("z"), bands.each("pain")
    known, beyond = bands.each("m"), bands.each("beyond")
    out: dict[str, Cube] = {}
    for name, k in WINDOWS.items():
        dev = _ratio(strays[:, :k].sum(1), count[:, :k].sum(1))
        hurt = np.where(
            count[:, :k].sum(1) > 0,
            _ratio(pain[:, :k].sum(1), users[:, :k].sum(1)[:, None]),
            np.nan,
        )
        share = _ratio(beyond[:, :k].sum(1), known[:, :k].sum(1))
        for j, kpi in enumerate(catalogue.kpis):
            if name in DEVIATION_WINDOWS:
                out[f"{kpi.name}.dev_{name}"] = dev[:, j]
            if name in DEVIATION_WINDOWS and kpi.worse != "none":
                out[f"{kpi.name}.pain_{name}"] = hurt[:, j]
            if name in ("24h", "7d") and kpi.limit is not None:
                out[f"{kpi.name}.beyond_{name}"] = share[:, j]
        out.update(_sums(hurt, name, catalogue))
        out[f"users_{name}"] = _ratio(users[:, :k].sum(1), hours[:, :k].sum(1))
        out[f"missing_{name}"] = 1 - hours[:, :k].sum(1) / BANDS[k - 1][1]
    values = pd.DataFrame(out, index=cells)
    age = bands.plain("age_h", np.inf).min(axis=1)
    evidence = pd.DataFrame(
        {
            "kpi_age_h": np.where(np.isfinite(age), age, np.nan),
            "kpi_hours": hours.sum(1),
        },
        index=cells,
    )
    return KpiFeatures(values, shown, evidence)


def _sums(hurt: Cube, window: str, catalogue: Catalogue) -> dict[str, Cube]:
    """Pain of each group of KPIs and of all; unknown where no KPI of it is known."""
    suffers = np.array([kpi.worse != "none" for kpi in catalogue.kpis])
    group_of = np.array([kpi.group for kpi in catalogue.kpis])
    out = {}
    for group in sorted(set(group_of[suffers])):
        out[f"{group}.pain_{window}"] = _known_sum(hurt[:, suffers & (group_of == group)])
    out[f"pain_{window}"] = _known_sum(hurt[:, suffers])
    return out


def levels(rows: pd.DataFrame | None, cells: pd.Index, catalogue: Catalogue) -> pd.DataFrame:
    """``<kpi>.value`` and ``<kpi>.normal`` of ``cells`` from the rows of ``sql/kpi_levels.sql``."""
    columns = [f"{kpi}.{what}" for kpi in catalogue.names for what in ("value", "normal")]
    if rows is None:
        return pd.DataFrame(index=cells, columns=columns, dtype=float)
    return rows.set_index("cell_id")[columns].astype(float).reindex(cells)


def _known_sum(values: Cube) -> Cube:
    return np.where(np.isnan(values).all(axis=1), np.nan, np.nansum(values, axis=1))


def _ratio(top: Cube, bottom: Cube) -> Cube:
    bottom = np.broadcast_to(bottom, top.shape)
    return np.asarray(np.divide(top, bottom, out=np.full(top.shape, np.nan), where=bottom > 0))
