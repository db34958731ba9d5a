"""Where the bars of a waterfall lie: shares of its width."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.web.view.drivers import Waterfall, scale

# Probabilities that may stand on the axis: as many of them as there is room for.
_MARKS = (0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.85, 0.95, 0.99)
_APART = 0.13  # of the width: closer ticks would touch
_ROOM = 0.05  # of the width, left free at both ends


@dataclass(frozen=True)
class Bar:
    """A bar between two places, in shares of the width; ``up`` where it raises the risk."""

    left: float
    width: float
    up: bool


@dataclass(frozen=True)
class Bars:
    """All bars of one waterfall.

    Attributes:
        base: place of the usual probability.
        end: place of the cell's.
        steps: one a driver.
        other: of the remainder.
        ticks: place and probability.
    """

    base: float
    end: float
    steps: tuple[Bar, ...]
    other: Bar
    ticks: tuple[tuple[float, float], ...]


def bars_of(found: Waterfall) -> Bars:
    """The bars; everything between the lowest and the highest point of the way is in view."""
    points = [found.base, found.end, *(step.after for step in found.steps)]
    low, high = min(points), max(points)
    room = max(high - low, 1e-6)

    def place(at: float) -> float:
        return _ROOM + (1 - 2 * _ROOM) * (at - low) / room

    def bar(before: float, after: float) -> Bar:
        left, right = sorted((place(before), place(after)))
        return Bar(left, right - left, after >= before)

    ticks: list[tuple[float, float]] = []
    for mark in _MARKS:
        at = place(scale(mark))
        if 0 <= at <= 1 and (not ticks or at - ticks[-1][0] >= _APART):
            ticks.append((at, mark))
    return Bars(
        base=place(found.base),
        end=place(found.end),
        steps=tuple(bar(step.before, step.after) for step in found.steps),
        other=bar(found.rest.before, found.rest.after),
        ticks=tuple(ticks),
    )
