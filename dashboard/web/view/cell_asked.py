"""What the address of a cell's page asks for: its span of time, and how its charts are drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dashboard.web.context import Context, Look
from dashboard.web.view.span import Span, span_of
from dashboard.web.view.state import path_to

CHOICES = ("range", "from", "to", "ghost", "view", "heat", "kpi")
"""Parameters of the address that a cell's page keeps when it leads to itself."""


@dataclass(frozen=True)
class Asked:
    """What the address of a cell's page asks for."""

    look: Look
    cell_id: str
    span: Span
    scale: float
    week: bool
    deviation: bool

    @property
    def between(self) -> tuple[Any, Any]:
        """The time axis."""
        return self.span.start, self.span.end

    def href(self, **changes: str | None) -> str:
        """This page with other choices."""
        kept = {name: self.look.state.query.get(name) for name in CHOICES}
        return self.look.state.href(path_to("cells", self.cell_id), **{**kept, **changes})

    @property
    def chart_key(self) -> tuple[object, ...]:
        """What the charts depend on beside the snapshot."""
        theme = f"{self.look.theme.ground}/{self.look.theme.palette}"
        query = tuple((name, self.look.state.query.get(name)) for name in (*CHOICES, "at"))
        return self.cell_id, self.look.words.language, theme, self.scale, query


def asked_of(context: Context, look: Look, cell_id: str, scale: float) -> Asked:
    """The address of a cell's page, understood."""
    settings, query = context.settings, look.state.query
    span = span_of(
        query,
        as_of=look.snapshot.manifest.as_of,
        zone=look.words.zone,
        ahead_h=settings.kpi_forecast_h,
        days=settings.kpi_days,
    )
    week, deviation = query.get("view") == "week", query.get("heat") == "deviation"
    return Asked(look, cell_id, span, scale, week, deviation)
