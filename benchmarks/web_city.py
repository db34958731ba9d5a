"""A city of any size as snapshots: KPIs of every cell and hour, two years of complaints, a record.

Values are drawn, nothing is forecast: what pages cost depends on how much there is.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from dashboard.snapshot import KpiDay, SnapshotContent, write_snapshot
from tests.support.benchcity import KPIS
from tests.support.city import city
from tests.support.complaints import city_complaints
from tests.support.record import deliveries, record
from tests.support.snapshots import AS_OF, ZONE

REDS_OF = 100  # one cell of so many is red
HISTORY_DAYS = 730


class City:
    """Publishes one state of the city after the other; only the first writes KPIs and complaints.

    Attributes:
        names: cell_ids, the reds first.
        content: what was published last.
    """

    def __init__(self, data: Path, *, cells: int, days: int) -> None:
        self._data, self._cells, self._days = data, cells, days
        self._turn = 0
        self.content = self._drawn(AS_OF)
        series = self.content.region_series
        self._complaints = city_complaints(series, AS_OF, days=HISTORY_DAYS)
        ranked = self.content.cells.sort_values("probability", ascending=False)
        self.names: list[str] = ranked["cell_id"].tolist()

    @property
    def as_of(self) -> datetime:
        """Of what was published last."""
        return self.content.as_of

    def publish(self) -> str:
        """The next state, a minute after the one before; its snapshot's id."""
        if self._turn:
            self.content = self._drawn(AS_OF + timedelta(minutes=self._turn))
        self._turn += 1
        content = self.content
        return write_snapshot(
            self._data,
            _with(content, complaints=self._complaints),
            kpi_days=_kpis(sorted(self.names), content.as_of, self._days),
            published_at=content.as_of,
        )

    def _drawn(self, as_of: datetime) -> SnapshotContent:
        reds = max(9, self._cells // REDS_OF)
        drawn = city(as_of=as_of, seed=7 + self._turn, cells=self._cells, reds=reds)
        more = {**drawn.more, **record(drawn, reds=reds), **deliveries(drawn)}
        return _with(drawn, more=more)


def _with(content: SnapshotContent, **changes: object) -> SnapshotContent:
    return SnapshotContent(**{**vars(content), **changes})


def _kpis(names: list[str], as_of: datetime, days: int) -> dict[date, KpiDay]:
    """Hourly values of all catalogue KPIs for the last whole local days."""
    last = as_of.astimezone(ZONE).date() - timedelta(days=1)
    listed = [last - timedelta(days=n) for n in reversed(range(days))]
    return {day: KpiDay(f"{day}", lambda day=day: _day(names, day)) for day in listed}


def _day(names: list[str], day: date) -> pa.Table:
    random = np.random.default_rng(day.toordinal())
    start = pd.Timestamp(datetime.combine(day, datetime.min.time(), ZONE)).tz_convert("UTC")
    hours = pd.date_range(start, periods=24, freq="h")
    rows = 24 * len(names)
    wave = np.tile(1 + 0.4 * np.sin(2 * np.pi * (np.arange(24) - 9) / 24), len(names))
    columns: dict[str, npt.ArrayLike] = {
        "cell_id": np.repeat(np.array(names), 24),
        "ts": pd.DatetimeIndex(np.tile(hours.to_numpy(), len(names)), tz="UTC"),
        "period_min": np.full(rows, 60, dtype=np.int32),
    }
    for name, (mean, stray, _) in KPIS.items():
        drawn = random.standard_normal(rows, dtype=np.float32)
        high = 100.0 if name.endswith("_pct") else np.inf
        low = -np.inf if mean < 0 else 0.0
        columns[name] = np.clip(mean + stray * (drawn + 3 * (wave - 1)), low, high)
    return pa.table(columns)
