"""What charts of trends consist of: curves, bands, marks, and their two axes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal

import numpy as np

from dashboard.web.figures.labels import text_width
from dashboard.web.figures.theme import Theme

TICK = 13  # type size of the axes
Style = Literal["main", "line", "thin", "dash", "dot", "faint"]


@dataclass(frozen=True)
class Curve:
    """One measure over time.

    Attributes:
        label: its name, written at its end; empty: none.
        days: first day of each period.
        values: NaN is a gap.
        open: which periods are not over (or not whole): drawn hollow and dashed.
        colour: of line and name.
        style: ``main`` (the one looked at), ``line``, ``thin``, ``dash``, ``dot``, ``faint``.
        hover: what is said of each period.
        value_at: number of the point that carries its value, and that value in words.
    """

    label: str
    days: Sequence[date]
    values: Sequence[float]
    colour: str
    open: Sequence[bool] = ()
    style: Style = "main"
    hover: Sequence[str] = ()
    value_at: tuple[int, str] | None = None


@dataclass(frozen=True)
class Band:
    """An interval ahead: first day of each period, lower and upper bound."""

    days: Sequence[date]
    lower: Sequence[float]
    upper: Sequence[float]


@dataclass(frozen=True)
class Mark:
    """Something that happened: days, a short name (empty: hover alone), and the whole."""

    first: date
    last: date
    name: str
    hover: str
    flag: bool = False


@dataclass(frozen=True)
class Axis:
    """The time axis of a page's charts.

    Attributes:
        first: where it begins.
        last: where it ends.
        step: days of a typical period.
        ticks: days that are named, with their names.
    """

    first: date
    last: date
    step: float
    ticks: Sequence[tuple[date, str]]

    @property
    def range(self) -> list[str]:
        """With half a period of room on both sides."""
        room = timedelta(days=self.step / 2)
        return [
            f"{_midnight(self.first) - room:%Y-%m-%dT%H:%M}",
            f"{_midnight(self.last) + room:%Y-%m-%dT%H:%M}",
        ]

    def drawn(self, theme: Theme, size: float) -> dict[str, Any]:
        """The axis of a figure's layout; what ``size`` is: 1 at 1080 lines."""
        return {
            "type": "date",
            "range": self.range,
            "tickvals": [day.isoformat() for day, _ in self.ticks],
            "ticktext": [text for _, text in self.ticks],
            "tickfont": {"size": round(TICK * size), "color": theme.muted},
            "tickangle": 0,
            "showgrid": False,
            "zeroline": False,
            "ticks": "",
            "unifiedhovertitle": {"text": ""},
            "fixedrange": True,
        }

    def below(self, size: float) -> int:
        """Pixels that the names of days take below the plot; years stand on a second line."""
        lines = 2 if any("<br>" in text for _, text in self.ticks) else 1
        return round((10 + 18 * lines) * size)


@dataclass(frozen=True)
class Scale:
    """The value axis: range, ticks and how a value is written."""

    lower: float
    upper: float
    write: Callable[[float], str]
    ticks: Sequence[float] = field(default=())

    def drawn(self, theme: Theme, size: float) -> dict[str, Any]:
        """The axis of a figure's layout."""
        return {
            "range": [self.lower, self.upper],
            "tickvals": list(self.ticks),
            "ticktext": [self.write(value) for value in self.ticks],
            "tickfont": {"size": round(TICK * size), "color": theme.muted},
            "gridcolor": theme.grid,
            "zeroline": False,
            "fixedrange": True,
        }

    def beside(self, size: float) -> int:
        """Pixels that the ticks take left of the plot."""
        widths = (text_width(self.write(value), TICK * size) for value in self.ticks)
        return round(max(widths, default=0) + 12 * size)


def value_ticks(lower: float, upper: float, wanted: int = 4) -> list[float]:
    """Round numbers from ``lower`` to ``upper``, about as many as wanted."""
    if not upper > lower:
        return [lower]
    raw = (upper - lower) / wanted
    power = 10.0 ** np.floor(np.log10(raw))
    step = next(power * n for n in (1, 2, 2.5, 5, 10) if power * n >= raw * 0.999)
    first = np.ceil(lower / step - 1e-9)
    # + 0.0: no "-0"
    return [float(round(n * step, 10)) + 0.0 for n in np.arange(first, upper / step + 1e-9)]


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001  wall time, as it is drawn
