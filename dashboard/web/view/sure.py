"""Shares with their intervals: how sure a ratio of sums over days is.

Whole days are drawn again, in blocks as long as the horizon (``forecasting.judging.bootstrap``):
one fault colours a cell on several days and cells around it, so that single reds say less than
their number suggests.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from forecasting.judging.bootstrap import Resample, draws

Array = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
LEVEL, RESAMPLES = 0.9, 400
LEAST_DAYS = 6
"""With fewer days no interval is told: blocks drawn again would all be alike."""


@dataclass(frozen=True)
class Share:
    """A ratio of two sums and its interval.

    Attributes:
        above, below: the sums.
        lower, upper: 90 % interval; None with too few days or nothing to divide by.
    """

    above: float
    below: float
    lower: float | None = None
    upper: float | None = None

    @property
    def value(self) -> float | None:
        """The ratio; None when there is nothing to divide by."""
        return self.above / self.below if self.below else None


@dataclass(frozen=True)
class Sure:
    """Draws the days of a record again; the same days, the same draws."""

    days: pd.Index
    weights: Array

    @classmethod
    def of(cls, days: pd.Index, horizon_h: int) -> Sure:
        """Blocks as long as the horizon."""
        n = len(days)
        if n < LEAST_DAYS:
            return cls.alone(days)
        how = Resample(block=max(1, -(-horizon_h // 24)), seed=7, resamples=RESAMPLES, level=LEVEL)
        return cls(days, draws(n, how))

    @classmethod
    def alone(cls, days: pd.Index) -> Sure:
        """Without intervals."""
        return cls(days, np.empty((0, len(days))))

    def sums(
        self, rows: pd.DataFrame, column: str, codes: Codes | None = None, n: int = 1
    ) -> Array:
        """Sums of a column by code and day, shape (n, days); other days are left out.

        Args:
            rows: with ``day``.
            column: what is added up.
            codes: row of the result for each of the rows, below 0: none; all in the first when
                None.
            n: rows of the result.
        """
        day = self.days.get_indexer(pd.Index(rows["day"]))
        row = np.zeros(len(rows), dtype=np.int64) if codes is None else codes
        known = (day >= 0) & (row >= 0)
        place = row[known] * len(self.days) + day[known]
        values = rows[column].to_numpy(float)[known]
        flat = np.bincount(place, weights=values, minlength=n * len(self.days))
        return np.asarray(flat, dtype=float).reshape(n, len(self.days))

    def shares(self, above: Array, below: Array) -> list[Share]:
        """Ratios of sums over the days, one for each row."""
        drawn = ratio(self.weights @ above.T, self.weights @ below.T)
        tail = (1 - LEVEL) / 2
        made = []
        for column, (up, down) in enumerate(zip(above.sum(axis=1), below.sum(axis=1), strict=True)):
            each = drawn[:, column]
            known = np.sort(each[np.isfinite(each)])
            if len(known) < max(1, len(self.weights)) / 2:
                made.append(Share(float(up), float(down)))
                continue
            # Nearest ranks: of four hundred draws the twentieth and the twentieth from the end.
            low, high = known[[int(tail * len(known)), -1 - int(tail * len(known))]]
            made.append(Share(float(up), float(down), float(low), float(high)))
        return made

    def share(self, above: Array, below: Array) -> Share:
        """The ratio of two sums over the days."""
        [share] = self.shares(np.atleast_2d(above), np.atleast_2d(below))
        return share


def ratio(above: Array, below: Array) -> Array:
    """Element by element; NaN where there is nothing to divide by."""
    empty = np.full(above.shape, np.nan)
    return np.asarray(np.divide(above, below, out=empty, where=below > 0), dtype=float)
