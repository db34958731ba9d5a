"""Names at the ends of curves, moved apart where they would touch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dashboard.web.figures.trend_parts import Curve, Scale

Reals = NDArray[np.float64]

LABEL = 13  # type size of the names


def names_of(
    curves: Sequence[Curve], scale: Scale, plot: float, size: float
) -> list[dict[str, Any]]:
    """The curves' names at their last values, no two nearer than a line of text."""
    ends = []
    for curve in curves:
        known = np.flatnonzero(np.isfinite(np.array(curve.values, dtype=float)))
        if len(known):
            ends.append((curve, curve.days[known[-1]], float(curve.values[known[-1]])))
    if not ends:
        return []
    edge = max(day for _, day, _ in ends)
    pixels = plot / (scale.upper - scale.lower)
    at = np.array([(value - scale.lower) * pixels for _, _, value in ends])
    moved = spread(at, 16 * size, plot)
    return [
        end_label(
            curve.label,
            curve.colour,
            edge.isoformat(),
            value,
            shift=float(moved[i] - at[i]),
            size=size,
        )
        for i, (curve, _, value) in enumerate(ends)
    ]


def spread(at: Reals, gap: float, most: float) -> Reals:
    """Positions moved as little as needed to be ``gap`` apart, within 0 … ``most``.

    Neighbours that are too near are pooled about their common middle (the pool-adjacent-violators
    way of isotonic regression), so the order stays.
    """
    order = np.argsort(at, kind="stable")
    blocks: list[list[float]] = []  # sum of what each would like as its block's start, count
    for i in order:
        blocks.append([float(at[i]), 1.0])
        while len(blocks) > 1:
            (a, n), (b, m) = blocks[-2], blocks[-1]
            if a / n + (n - 1) * gap + gap <= b / m:
                break
            # the second block starts n places after the first
            blocks[-2:] = [[a + b - m * n * gap, n + m]]
    found = np.empty(len(at))
    k = 0
    for total, count in blocks:
        start = min(max(total / count, 0.0), max(most - (count - 1) * gap, 0.0))
        for j in range(int(count)):
            found[order[k]] = start + j * gap
            k += 1
    return found


def end_label(
    text: str, colour: str, x: str, y: float, *, shift: float, size: float
) -> dict[str, Any]:
    """A name right of the plot, at a value; ``shift``: pixels up."""
    return {
        "text": text, "x": x, "y": y, "xanchor": "left", "xshift": 8 * size, "yshift": shift,
        "yanchor": "middle", "showarrow": False, "align": "left",
        "font": {"size": round(LABEL * size), "color": colour},
    }  # fmt: skip
