"""Was the named cause the true one? Held against a simulated city's faults."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from forecasting.judging.truth import BENIGN, NO_FAULT
from forecasting.policy import RED, YELLOW

UNNAMED = "unknown"


@dataclass(frozen=True)
class CauseHits:
    """Named and true causes of the red and yellow cells.

    A cell's true cause is its fault at the origin, else the first that began within the horizon.
    The hit rate is over cells that had one that users feel; *unknown* is no hit.

    Attributes:
        confusion: how often each true cause (index; ``none``: no fault, ``benign``: one that users
            do not feel) was named what (columns).
    """

    confusion: pd.DataFrame

    @property
    def felt(self) -> pd.DataFrame:
        """The rows of causes that users feel."""
        return self.confusion.drop(index=[NO_FAULT, BENIGN], errors="ignore")

    @property
    def faulty(self) -> int:
        """Flagged cells that had a fault that users feel."""
        return int(self.felt.to_numpy().sum())

    @property
    def hit_rate(self) -> float:
        """Share of the faulty ones whose true cause was named; NaN without any."""
        named = self.felt.columns.to_numpy(str)[None, :] == self.felt.index.to_numpy(str)[:, None]
        right = float((self.felt.to_numpy() * named).sum())
        return right / self.faulty if self.faulty else float("nan")

    @property
    def commonest(self) -> float:
        """The hit rate of always naming the commonest cause; NaN without any."""
        most = self.felt.sum(axis=1).max()
        return float(most / self.faulty) if self.faulty else float("nan")

    def to_json(self) -> dict[str, Any]:
        """Plain numbers; the confusion table as true cause -> named cause -> cells."""
        return {
            "flagged": int(self.confusion.to_numpy().sum()),
            "with_fault": self.faulty,
            "hit_rate": self.hit_rate if self.faulty else None,
            "hit_rate_of_the_commonest": self.commonest if self.faulty else None,
            "confusion": {
                str(true): {str(named): int(count) for named, count in row.items()}
                for true, row in self.confusion.iterrows()
            },
        }


def cause_hits(rows: pd.DataFrame) -> CauseHits:
    """Hits and confusion.

    Args:
        rows: ``status``, ``named_cause`` (None: none was named), ``true_cause``.
    """
    flagged = rows[rows["status"].isin([RED, YELLOW])]
    named = flagged["named_cause"].fillna(UNNAMED).astype(str)
    table = pd.crosstab(flagged["true_cause"].astype(str), named)
    return CauseHits(table.rename_axis(index="true_cause", columns="named_cause"))
