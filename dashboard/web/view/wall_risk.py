"""How low-satisfaction risk is distributed: cells and subscribers by class of risk and district."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.web.context import Look
from dashboard.web.view.wall_scope import Scope, region_rows

EDGES = (0.0, 0.02, 0.05, 0.1, 0.25, 0.5)
"""Lower ends of the classes of probability; 10 % and 25 % are where the usual policy begins to
watch and to send crews."""
AT_RISK = EDGES.index(0.1)


@dataclass(frozen=True)
class RiskRow:
    """A district, or the whole of what is shown.

    Attributes:
        region_id: empty: the whole.
        name: of the district.
        cells: by class of ``EDGES``, then those of unknown risk.
        subscribers: the same; None where no cell says how many it serves.
    """

    region_id: str
    name: str
    cells: tuple[int, ...]
    subscribers: tuple[float, ...] | None

    @property
    def cells_at_risk(self) -> int:
        """Cells from 10 % on."""
        return sum(self.cells[AT_RISK:-1])

    @property
    def subscribers_at_risk(self) -> float | None:
        """Subscribers of these cells."""
        return None if self.subscribers is None else sum(self.subscribers[AT_RISK:-1])


def risk_rows(look: Look, scope: Scope) -> tuple[RiskRow, ...]:
    """The whole first, then the districts with most subscribers (cells) at risk first.

    Nothing in tickets mode, and nothing while stale: old risks are no risks.
    """
    if look.snapshot.manifest.mode != "cells" or not look.freshness.fresh:
        return ()
    asked = {"edges": [*EDGES], **scope.parameters}
    names = {row["region_id"]: row["name"] for row in region_rows(look.snapshot)}
    size = len(EDGES) + 1
    cells: dict[str, list[int]] = {}
    subscribers: dict[str, list[float]] = {}
    for row in look.snapshot.rows("wall_risk", asked):
        place = size - 1 if row["risk"] is None else row["risk"] - 1
        for key in {"", row["region_id"] or ""}:
            cells.setdefault(key, [0] * size)[place] += row["cells"]
            if row["subscribers"] is not None:
                subscribers.setdefault(key, [0.0] * size)[place] += row["subscribers"]
    made = [
        RiskRow(
            key,
            names.get(key) or key,
            tuple(found),
            tuple(subscribers[key]) if key in subscribers else None,
        )
        for key, found in cells.items()
    ]
    return tuple(sorted(made, key=_order))


def _order(row: RiskRow) -> tuple[object, ...]:
    return row.region_id != "", -(row.subscribers_at_risk or 0.0), -row.cells_at_risk, row.region_id
