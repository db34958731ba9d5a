"""What part of the city the wall speaks of, and in which composition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from dashboard.snapshot import Snapshot
from dashboard.web.view.state import ViewState

BOARDS = ("risk", "outlook")
"""Compositions beside the overview (`?board=`): risk by district, the next hours."""


@dataclass(frozen=True)
class Scope:
    """The whole city, or one region with all that is below it (`?focus=`).

    Attributes:
        region_id: of the region; None: the city.
        name: of the region; empty: the city.
        within: the region and those below it; None: all.
        row: the region's row of ``regions``; None: the city.
    """

    region_id: str | None = None
    name: str = ""
    within: tuple[str, ...] | None = None
    row: Mapping[str, Any] | None = None

    @property
    def parameters(self) -> dict[str, Any]:
        """For queries that take ``$within``."""
        return {"within": None if self.within is None else list(self.within)}


Rows = tuple[Mapping[str, Any], ...]
_ASKED: WeakKeyDictionary[Snapshot, dict[str, Rows]] = WeakKeyDictionary()


def region_rows(snapshot: Snapshot) -> Rows:
    """All regions; several panels ask for them, a snapshot never changes."""
    return _once(snapshot, "regions")


def flagged_rows(snapshot: Snapshot) -> Rows:
    """Red and yellow cells with a position, the worst last."""
    return _once(snapshot, "flagged_cells")


def _once(snapshot: Snapshot, query: str) -> Rows:
    known = _ASKED.setdefault(snapshot, {})
    if query not in known:
        known[query] = tuple(snapshot.rows(query))
    return known[query]


def scope_of(snapshot: Snapshot, state: ViewState) -> Scope:
    """The region that the address asks for; the city when it names none or an unknown one."""
    wanted = state.query.get("focus")
    rows = {row["region_id"]: row for row in region_rows(snapshot)} if wanted else {}
    if wanted is None or wanted not in rows:
        return Scope()
    within = [wanted]
    for region_id in within:  # grows while it is walked
        within += [r for r, row in rows.items() if row["parent_id"] == region_id]
    row = rows[wanted]
    return Scope(wanted, row["name"] or wanted, tuple(within), row)


def board_of(state: ViewState) -> str | None:
    """The board that the address asks for; None: the overview."""
    return next((board for board in BOARDS if board == state.query.get("board")), None)
