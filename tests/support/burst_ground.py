"""A small grid of cells with tickets for tests of the burst scan."""

from __future__ import annotations

import numpy as np
import pandas as pd

from forecasting.bursts.pieces import Pieces
from forecasting.bursts.zones import Zones, make_zones

MONDAY = 494_176.0  # 2026-05-17 16:00 UTC: Monday 18 May, midnight in Beijing


def grid(side: int = 4, step: float = 0.012) -> pd.DataFrame:
    """Cells on a square grid, about a kilometre apart; two sites a region."""
    return pd.DataFrame(
        [
            {
                "cell_id": f"C{row}{column}",
                "site_id": f"S{row}{column}",
                "longitude": 116.40 + step * column,
                "latitude": 39.90 + step * row,
                "region_id": "R0" if row < side / 2 else "R1",
                "subscribers": 1000.0 + 100 * column,
            }
            for row in range(side)
            for column in range(side)
        ]
    )


def zones(side: int = 4, rings: int = 2) -> Zones:
    return make_zones(grid(side), np.empty(0, np.int64), 8, rings)


def pieces(rows: list[tuple[int, float, float]] | list[tuple[int, float, float, float]]) -> Pieces:
    """From (unit, created, recorded[, weight]), one ticket each."""
    rows = sorted(rows, key=lambda row: (row[2], row[1], row[0]))
    return Pieces(
        np.arange(len(rows)),
        np.array([row[0] for row in rows], np.int64),
        np.array([row[3] if len(row) > 3 else 1.0 for row in rows], float),
        np.array([row[1] for row in rows], float),
        np.array([row[2] for row in rows], float),
    )


def usual(
    units: int, until: float, days: int, per_day: float, seed: int
) -> list[tuple[int, float, float]]:
    """Complaints as they come without a burst: Poisson, recorded within half an hour."""
    rng = np.random.default_rng(seed)
    number = rng.poisson(units * per_day * days)
    created = until - rng.random(number) * 24 * days
    recorded = created + rng.random(number) / 2
    return list(zip(rng.integers(units, size=number).tolist(), created, recorded, strict=True))
