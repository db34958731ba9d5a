"""What the page of accuracy tells, as data: what was chosen, and the record of forecasts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from dashboard.web.view.sure import Share

WEEKS = (4, 8, 13)
FLAGGED = ("hit", "treated", "treated_not", "false_alarm")
"""Fates of reds and yellows; the words of the page say what each means."""
FATES = (*FLAGGED, "miss")
OUTCOMES = (
    "verified", "verified_later", "reopened", "waiting", "rejected", "cancelled", "open",
)  # fmt: skip
TOLD = ("reopened", "rejected", "verified_later")
"""Outcomes of orders whose reasons are told."""
LISTS = ("red", "miss", "yellow")
FEW_DAYS = 21
"""With fewer days the page says that they are few."""
COVERAGE = 0.9
"""What intervals of regions promise."""


@dataclass(frozen=True)
class Chosen:
    """What a person looks at; None: everything.

    Attributes:
        weeks: how far back.
        quiet: only cells without a ticket in the week before.
        region_id, cause, technology: of the cells.
    """

    weeks: int = 13
    quiet: bool = False
    region_id: str | None = None
    cause: str | None = None
    technology: str | None = None

    @classmethod
    def parse(cls, query: Mapping[str, str]) -> Chosen:
        """From an address; what cannot be used is as if it were not there."""
        weeks = query.get("weeks", "")
        return cls(
            int(weeks) if weeks in map(str, WEEKS) else 13,
            query.get("scope") == "quiet",
            query.get("region_id") or None,
            query.get("cause") or None,
            query.get("technology") or None,
        )

    @property
    def everything(self) -> bool:
        """No cells are left out by place, cause or technology."""
        return self.region_id is None and self.cause is None and self.technology is None

    def query(self) -> dict[str, str | None]:
        """As it stands in an address."""
        return {
            "weeks": None if self.weeks == WEEKS[-1] else str(self.weeks),
            "scope": "quiet" if self.quiet else None,
            "region_id": self.region_id,
            "cause": self.cause,
            "technology": self.technology,
        }

    def of_cells(self) -> dict[str, Any]:
        """Parameters of a query of cells."""
        return {
            "quiet": self.quiet,
            "region_id": self.region_id,
            "cause": self.cause,
            "technology": self.technology,
        }


@dataclass(frozen=True)
class Group:
    """Fates of some cells: a region, a cause, a technology, or all.

    Attributes:
        value, name: which; None: not told.
        red: reds by fate.
        yellow: yellows by fate.
        misses: cells with a complaint that were neither red nor yellow.
        precision: of the reds whose outcome is known (nobody repaired before), how many had a
            complaint.
        recall: of the cells with a complaint, how many were red; None where causes are chosen,
            since a miss names none.
    """

    value: str | None
    name: str | None
    red: Mapping[str, int]
    yellow: Mapping[str, int]
    misses: int
    precision: Share
    recall: Share | None

    @property
    def reds(self) -> int:
        """All reds."""
        return sum(self.red.values())

    @property
    def complained(self) -> int:
        """Cells with a complaint."""
        return self.foreseen + self.watched + self.misses

    @property
    def foreseen(self) -> int:
        """Cells with a complaint that had been red."""
        return self.red["hit"] + self.red["treated_not"]

    @property
    def watched(self) -> int:
        """Cells with a complaint that had been yellow."""
        return self.yellow["hit"] + self.yellow["treated_not"]


@dataclass(frozen=True)
class Week:
    """One week from its Monday; ``settled``: nothing in it will be revised."""

    monday: date
    settled: bool
    group: Group


@dataclass(frozen=True)
class Rule:
    """The forecast, or a rule that anybody could follow, at the same number of visits.

    Attributes:
        score: its name.
        precision: of the visits, how many found a cell with a complaint.
        recall: of these cells, how many were visited.
        lift: how often better than visits drawn by lot.
        average_precision: mean over days, weighted by what came.
    """

    score: str
    precision: Share
    recall: Share
    lift: float | None
    average_precision: float | None


@dataclass(frozen=True)
class Bin:
    """Cells of about one forecast probability; ``observed``: how many of them had a complaint."""

    edge: float
    cells: int
    forecast: float
    observed: Share


@dataclass(frozen=True)
class Lead:
    """How long before the first complaint a run of red began (hours).

    Attributes:
        hours: of the runs with a complaint.
        runs: whose wait is over.
        firsts: share of the first complaints that came after a red.
    """

    hours: tuple[float, ...]
    runs: int
    firsts: Share

    def quantile(self, at: float) -> float | None:
        """Hours; None without a complaint."""
        return float(np.quantile(self.hours, at)) if self.hours else None


@dataclass(frozen=True)
class Covered:
    """Days of a region (or of all, or of one lead) that lay within their interval."""

    region_id: str | None
    name: str | None
    ahead: int | None
    inside: Share
    below: int
    above: int


@dataclass(frozen=True)
class OrderFates:
    """What became of the work orders opened in the period.

    Attributes:
        outcomes: orders by outcome (``OUTCOMES``).
        reasons: by outcome of ``TOLD``: codes and counts, the commonest first.
        causes: orders by named and found cause.
        reds: every red of all forecasts of the period by fate, ``waiting`` included, whatever is
            chosen.
        treatments: reds counted above that were treated, by what was done and fate.
    """

    outcomes: Mapping[str, int]
    reasons: Mapping[str, tuple[tuple[str | None, int], ...]]
    causes: Mapping[tuple[str, str], int]
    reds: Mapping[str, int]
    treatments: Mapping[tuple[str, str], int]

    @property
    def orders(self) -> int:
        """All of them."""
        return sum(self.outcomes.values())

    @property
    def judged(self) -> int:
        """Repairs of which it is known whether they held."""
        return sum(self.outcomes[name] for name in ("verified", "verified_later", "reopened"))

    @property
    def found(self) -> int:
        """Orders whose cause a crew told."""
        return sum(self.causes.values())

    @property
    def confirmed(self) -> int:
        """Those of them whose named cause it was."""
        return sum(n for (named, found), n in self.causes.items() if named == found)


@dataclass(frozen=True)
class Record:
    """All that the page tells.

    Attributes:
        chosen: of what.
        first, last: days judged; None where none is.
        days: how many of them count: the settled ones, or all while none has settled.
        settled: whether only settled days count.
        waiting: judged days that may still be revised, and do not count.
        total: fates.
        weeks: by week, those that may be revised too.
        rules: the forecast first; of the whole city, whatever is chosen.
        gain: precision of the forecast over that of the best rule, and which rule that is.
        bins: calibration, of the whole city.
        expected: complaints expected over those that came.
        lead: lead times.
        by: groups by ``region``, ``cause``, ``technology``.
        coverage: of regions' intervals by measure: all, then by lead, then by region.
        orders: what became of work orders, and of every red.
    """

    chosen: Chosen
    first: date | None
    last: date | None
    days: int
    settled: bool
    waiting: int
    total: Group
    weeks: tuple[Week, ...]
    rules: tuple[Rule, ...]
    gain: tuple[str, Share] | None
    bins: tuple[Bin, ...]
    expected: Share
    lead: Lead
    by: Mapping[str, tuple[Group, ...]]
    coverage: Mapping[str, tuple[Covered, ...]]
    orders: OrderFates

    @property
    def empty(self) -> bool:
        """Nothing has been judged."""
        return self.days == 0
