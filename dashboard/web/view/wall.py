"""The values of the wall: everything on it that changes, of one snapshot in one language."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.web.context import Look
from dashboard.web.view import wall_map
from dashboard.web.view.marks import CellMark, RegionMark
from dashboard.web.view.policy import Legend, legend
from dashboard.web.view.wall_areas import AreaRow, worst_areas, worst_regions
from dashboard.web.view.wall_counts import Count, Expected, counts, expected
from dashboard.web.view.wall_hours import Hours, hours
from dashboard.web.view.wall_measures import Judged, Measure, judged, measures
from dashboard.web.view.wall_risk import RiskRow, risk_rows
from dashboard.web.view.wall_scope import BOARDS, Scope, board_of, scope_of
from dashboard.web.view.wall_ticker import News, ticker

__all__ = ["BOARDS", "Wall", "board_of", "scope_of", "wall"]


@dataclass(frozen=True)
class Wall:
    """Everything on the wall that changes.

    Attributes:
        scope: the city, or the region in focus; panels speak of it, the map shows all.
        counts: cells (in tickets mode regions) by status.
        expected: complaints of the horizon.
        hours: the same by hour, with works and events.
        measures: today's complaint rate, timely rate, repeat rate, satisfaction.
        judged: what became of the newest judged forecast; None in tickets mode.
        risk: distribution of risk, the whole first; empty in tickets mode and while stale.
        rows: the worst areas.
        news: items of the ticker.
        legend: what the signs promise.
        regions: districts by id.
        cells: cells at risk.
        bad: cells whose KPIs are bad now.
    """

    mode: str
    scope: Scope
    counts: tuple[Count, ...]
    expected: Expected
    hours: Hours
    measures: tuple[Measure, ...]
    judged: Judged | None
    risk: tuple[RiskRow, ...]
    rows: tuple[AreaRow, ...]
    news: tuple[News, ...]
    legend: Legend
    regions: dict[str, RegionMark]
    cells: tuple[CellMark, ...]
    bad: tuple[CellMark, ...]


def wall(look: Look, *, rows: int) -> Wall:
    """The wall of one snapshot in one language."""
    manifest = look.snapshot.manifest
    cells_mode = manifest.mode == "cells"
    scope = scope_of(look.snapshot, look.state)
    ahead = hours(look, scope)
    return Wall(
        mode=manifest.mode,
        scope=scope,
        counts=counts(look, scope),
        expected=expected(look, scope),
        hours=ahead,
        measures=measures(look, scope),
        judged=judged(look, scope) if cells_mode else None,
        risk=risk_rows(look, scope),
        rows=worst_areas(look, scope, rows) if cells_mode else worst_regions(look, rows),
        news=ticker(look, scope, ahead.plans),
        legend=legend(manifest, look.words),
        regions=wall_map.region_marks(look),
        cells=wall_map.flagged(look) if cells_mode else (),
        bad=wall_map.bad_now(look) if cells_mode else (),
    )
