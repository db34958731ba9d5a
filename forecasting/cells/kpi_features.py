"""From sums over bands of age (``sql/kpi_bands.sql``) to what the model and people see of KPIs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from forecasting.cells.normals import direction, log_offset
from ingest.catalogue import Catalogue, Kpi

# Bands of the SQL: youngest and oldest age in hours.
BANDS = (
    (0, 2), (2, 4), (4, 6), (6, 10), (10, 14), (14, 18), (18, 24), (24, 48), (48, 72), (72, 168),
)  # fmt: skip
# How many bands, counted from the youngest.
WINDOWS = {"2h": 1, "4h": 2, "6h": 3, "24h": 7, "72h": 9, "7d": 10}
DEVIATION_WINDOWS = ("2h", "4h", "6h", "24h", "72h")
PAIN_WINDOWS = ("6h", "24h", "72h", "7d")
WORST = ((0, 2), (2, 4), (4, 5), (5, 6), (6, 7))  # parts of the last day, as ranges of bands
MEMORY_H = (6.0, 36.0)  # how fast suffered hours fade: annoyance waits before it is told
_SUFFERED = 12.0  # strays beyond which an hour does not get worse for users
_NEAR = 0.8  # of a load's limit: users begin to wait before it is reached
Cube = npt.NDArray[np.float64]


@dataclass(frozen=True)
class KpiFeatures:
    """What the KPIs of the last week say about every cell; all frames indexed by cell.

    Attributes:
        table: for the model. Per KPI ``<kpi>.dev_<window>`` (mean distance from the cell's own
            normal, in usual strays, worse is positive), ``<kpi>.worst_24h`` (the same over the
            worst part of the last day), ``<kpi>.pain_<window>`` (what exceeds two strays, mean over
            users), ``<kpi>.beyond_<window>`` (share of hours beyond the limit), for loads
            ``<kpi>.near_<window>`` (what exceeds 80 % of the limit, mean over users);
            ``<group>.pain_<window>`` and ``pain_<window>`` (sums of the former);
            ``suffered_<hours>h`` (user-hours of pain, fading with that time constant),
            ``pain_trend`` (the last day against the week), ``deserted`` (users who vanish while
            the other KPIs look fine); ``users_<window>`` and ``missing_<window>`` (share of hours
            without KPIs).
        levels: ``<kpi>.value`` and ``<kpi>.normal``, means of the last 24 h in the KPI's unit.
        evidence: ``kpi_age_h`` (hours since the end of the newest interval), ``kpi_hours`` (of the
            last 168).
    """

    table: pd.DataFrame
    levels: pd.DataFrame
    evidence: pd.DataFrame


def rules(catalogue: Catalogue) -> pd.DataFrame:
    """One row: per KPI limits, direction and logarithm's offset, as ``fc_rules`` for the SQL.

    Without a limit the limit is NULL, so that nothing is beyond it.
    """
    row: dict[str, list[float | None]] = {}
    for kpi in catalogue.kpis:
        row[f"limit_{kpi.name}"] = [kpi.limit]
        row[f"near_{kpi.name}"] = [_NEAR * kpi.limit if kpi.limit and _is_load(kpi) else None]
        row[f"hurts_{kpi.name}"] = [float(kpi.worse != "none")]
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
    known, beyond, near = bands.each("m"), bands.each("beyond"), bands.each("near")
    out: dict[str, Cube] = {}
    for name, k in WINDOWS.items():
        dev = _ratio(strays[:, :k].sum(1), count[:, :k].sum(1))
        felt_by = users[:, :k].sum(1)[:, None]
        hurt = np.where(count[:, :k].sum(1) > 0, _ratio(pain[:, :k].sum(1), felt_by), np.nan)
        share = _ratio(beyond[:, :k].sum(1), known[:, :k].sum(1))
        close = np.where(known[:, :k].sum(1) > 0, _ratio(near[:, :k].sum(1), felt_by), np.nan)
        for j, kpi in enumerate(catalogue.kpis):
            if name in DEVIATION_WINDOWS:
                out[f"{kpi.name}.dev_{name}"] = dev[:, j]
            if name in ("6h", "24h") and kpi.worse != "none":
                out[f"{kpi.name}.pain_{name}"] = hurt[:, j]
            if name in ("24h", "7d") and kpi.limit is not None:
                out[f"{kpi.name}.beyond_{name}"] = share[:, j]
            if name in ("24h", "72h", "7d") and kpi.limit is not None and _is_load(kpi):
                out[f"{kpi.name}.near_{name}"] = close[:, j]
        if name in PAIN_WINDOWS:
            out.update(_sums(hurt, name, catalogue))
        out[f"users_{name}"] = _ratio(users[:, :k].sum(1), hours[:, :k].sum(1))
        out[f"missing_{name}"] = 1 - hours[:, :k].sum(1) / BANDS[k - 1][1]
    worst = np.stack([_ratio(strays[:, a:b].sum(1), count[:, a:b].sum(1)) for a, b in WORST])
    for j, kpi in enumerate(catalogue.kpis):
        out[f"{kpi.name}.worst_24h"] = _known_max(worst[:, :, j])
    suffers = np.array([kpi.worse != "none" for kpi in catalogue.kpis])
    out.update(_suffered(pain[:, :, suffers], users, hours))
    out["pain_trend"] = np.log1p(out["pain_24h"]) - np.log1p(out["pain_7d"])
    if "active_users" in catalogue.names:
        out["deserted"] = out["active_users.dev_6h"] - np.minimum(out["pain_6h"], 20.0)
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


def _is_load(kpi: Kpi) -> bool:
    """A load that users feel before it reaches its limit."""
    return kpi.group == "load" and kpi.worse == "higher"


def _suffered(pain: Cube, users: Cube, hours: Cube) -> dict[str, Cube]:
    """User-hours of pain that have not faded yet, relative to the cell's users of the week.

    Args:
        pain: what exceeds two strays times users, summed over the hours of each band, shape
            (cells, bands, KPIs).
        users: summed over the hours of each band, shape (cells, bands).
        hours: of each band.
    """
    each = _ratio(pain, users[:, :, None])
    total = np.nan_to_num(np.minimum(each, _SUFFERED)).sum(2) * users
    usual = _ratio(users.sum(1), hours.sum(1))
    out = {}
    for memory in MEMORY_H:
        age = np.array([(young + old) / 2 for young, old in BANDS])
        out[f"suffered_{memory:.0f}h"] = _ratio((total * np.exp(-age / memory)).sum(1), usual)
    return out


def _known_max(values: Cube) -> Cube:
    """Greatest over the first axis; NaN where nothing is known."""
    filled = np.where(np.isnan(values), -np.inf, values).max(axis=0)
    return np.where(np.isfinite(filled), filled, np.nan)


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
