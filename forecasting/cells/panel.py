"""Hours of KPIs as strays from the cell's own normal; made once for all origins of a week."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb
import pandas as pd

from forecasting import queries
from forecasting.calendar import Calendar
from forecasting.cells.kpi_features import KpiFeatures, from_bands, levels, rules
from forecasting.cells.normals import NormalsCache, anchor_of
from ingest.catalogue import Catalogue

_WEEK = timedelta(hours=168)


@dataclass(frozen=True)
class _Span:
    """What ``fc_hours`` holds: rows of ``since <= ts < until``, as known at ``known_at``."""

    anchor: datetime
    since: datetime
    until: datetime
    known_at: datetime


class Panel:
    """Keeps the temporary tables ``fc_centre``, ``fc_step`` and ``fc_hours`` of one connection."""

    def __init__(
        self, catalogue: Catalogue, normal_days: int, calendar: Calendar, zone: str
    ) -> None:
        self.catalogue, self.zone = catalogue, zone
        self._normals = NormalsCache(catalogue, normal_days, calendar, zone)
        self._span: _Span | None = None

    def features(
        self,
        connection: duckdb.DuckDBPyConnection,
        origin: datetime,
        cells: pd.Index,
        *,
        share_until: datetime | None = None,
        with_levels: bool = True,
    ) -> KpiFeatures:
        """KPI features of ``cells`` at ``origin``; ``fc_cells`` must be there.

        Args:
            connection: the warehouse.
            origin: aware.
            cells: cell_ids, in order.
            share_until: other origins of the same week, none later than this, will follow: hours
                are made for all of them. Shared rows are used only where they are exactly what
                was known at the origin.
            with_levels: also what people are shown (not needed for training).
        """
        self._put_hours(connection, origin, share_until or origin)
        span: dict[str, queries.Value] = {"origin": origin}
        names = self.catalogue.names
        bands = queries.frame(connection, "kpi_bands", span, names)
        shown = queries.frame(connection, "kpi_levels", span, names) if with_levels else None
        return from_bands(bands, levels(shown, cells, self.catalogue), cells, self.catalogue)

    def _put_hours(
        self, connection: duckdb.DuckDBPyConnection, origin: datetime, known_at: datetime
    ) -> None:
        anchor = anchor_of(origin, self.zone)
        if self._usable(connection, origin, anchor):
            return
        queries.put(connection, "fc_rules", rules(self.catalogue))
        self._normals.put(connection, anchor)
        until = max(origin, min(known_at, anchor + _WEEK))
        if until > origin and self._make(
            connection, _Span(anchor, origin - _WEEK, until, until), origin
        ):
            return
        self._make(connection, _Span(anchor, origin - _WEEK, origin, origin), origin)

    def _usable(
        self, connection: duckdb.DuckDBPyConnection, origin: datetime, anchor: datetime
    ) -> bool:
        """Does ``fc_hours`` hold exactly what was known at ``origin``?"""
        span = self._span
        if span is None or span.anchor != anchor:
            return False
        if not span.since <= origin - _WEEK or not origin <= span.until:
            return False
        row = queries.frame(connection, "hours_shared", {"origin": origin}).iloc[0]
        return bool(row["known"] == row["shared"])

    def _make(self, connection: duckdb.DuckDBPyConnection, span: _Span, origin: datetime) -> bool:
        rows: dict[str, queries.Value] = {
            "since": span.since,
            "until": span.until,
            "known_at": span.known_at,
        }
        queries.run(connection, "kpi_hours", rows, self.catalogue.names)
        self._span = span
        return span.until == origin or self._usable(connection, origin, span.anchor)
