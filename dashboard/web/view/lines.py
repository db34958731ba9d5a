"""One KPI of several cells over the same span: what neighbours and comparisons draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from dashboard.web.context import Look
from dashboard.web.view.kpis import Values
from dashboard.web.view.span import Span


@dataclass(frozen=True)
class Line:
    """One KPI of one cell on a regular grid.

    Attributes:
        cell_id: whose.
        name: the cell's, as people call it.
        start: first interval (aware).
        step: of the grid.
        value: NaN where nothing arrived.
    """

    cell_id: str
    name: str
    start: datetime
    step: timedelta
    value: Values

    @property
    def last(self) -> float | None:
        """The newest value of the span."""
        known = self.value[np.isfinite(self.value)]
        return float(known[-1]) if len(known) else None

    @property
    def mean(self) -> float | None:
        """Mean of the span's intervals."""
        known = self.value[np.isfinite(self.value)]
        return float(known.mean()) if len(known) else None


def kpi_frame(look: Look, cell_ids: Sequence[str], span: Span, kpis: Sequence[str]) -> pd.DataFrame:
    """``cell_id, ts, period_min`` and some KPIs, as far as they are delivered, of cells in a span.

    Raises:
        SnapshotError: a file of the snapshot is gone.
    """
    parameters = {
        "cell_ids": list(cell_ids),
        "since": span.start,
        "until": span.end,
        "columns": ["cell_id", "ts", "period_min", *kpis],
    }
    return look.snapshot.frame("near_kpis", parameters)


def lines_of(frame: pd.DataFrame, kpi: str, names: dict[str, str]) -> tuple[Line, ...]:
    """The KPI of each cell of ``names`` that has values of it, in the order of ``names``.

    Args:
        frame: see ``kpi_frame``.
        kpi: a column; an unknown one gives no lines.
        names: name by cell_id.
    """
    if kpi not in frame.columns or frame.empty:
        return ()
    groups = {str(key): part for key, part in frame.groupby("cell_id", observed=True)}
    lines = []
    for cell_id, name in names.items():
        part = groups.get(cell_id)
        if part is None or not part[kpi].notna().any():
            continue
        step = timedelta(minutes=int(part["period_min"].mode().iloc[0]))
        at = pd.DatetimeIndex(part["ts"])
        grid = pd.date_range(at[0], at[-1], freq=step)
        values = pd.Series(part[kpi].to_numpy(float), index=at)
        values = values[~values.index.duplicated()]
        # Times between the grid's lines move to the line before them.
        even = values.reindex(grid, method="ffill", tolerance=pd.Timedelta(step) * 0.999)
        lines.append(Line(cell_id, name, grid[0].to_pydatetime(), step, even.to_numpy(float)))
    return tuple(lines)
