"""How many cells crews can serve: from the shifts known at a moment, else from the policy alone."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import duckdb
import pandas as pd

from forecasting import queries
from forecasting.policy import Policy

WINDOW = timedelta(hours=24)
_WEEK = timedelta(days=7)
_WEEKS = 4  # so far back a roster may stand in for one that was not delivered
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Capacity:
    """The largest number of reds, and where it comes from.

    Attributes:
        cells: so many cells at most.
        source: ``shifts``; ``earlier_weeks``: the roster does not reach through the window, so the
            same hours of an earlier week stand in for the rest; ``share``: of all cells, by the
            policy, where no roster is known.
        hours: of crews within the window; None where no roster is known.
        warnings: what people in front of the screens should know.
    """

    cells: int
    source: Literal["shifts", "earlier_weeks", "share"]
    hours: float | None = None
    warnings: tuple[str, ...] = ()

    def as_policy(self, policy: Policy) -> dict[str, Any]:
        """The policy's parameters with ``capacity`` (a number) and ``crews`` (where it is from)."""
        crews = {"source": self.source, "hours": self.hours, "visit_h": policy.cells.visit_h}
        return policy.model_dump() | {"capacity": self.cells, "crews": crews}


def capacity_at(
    connection: duckdb.DuckDBPyConnection, as_of: datetime, policy: Policy, cells: int
) -> Capacity:
    """The capacity at a moment, from what was known then.

    Args:
        connection: the warehouse.
        as_of: aware.
        policy: ``visit_h``, and the share of cells where no roster is known.
        cells: how many there are.
    """
    span: dict[str, queries.Value] = {"origin": as_of, "since": as_of - _WEEK * (_WEEKS + 1)}
    return capacity_of(queries.frame(connection, "shifts_known", span), as_of, policy, cells)


def capacity_of(shifts: pd.DataFrame, as_of: datetime, policy: Policy, cells: int) -> Capacity:
    """Hours of shifts within the 24 h after ``as_of``, divided by the hours of a visit.

    A roster speaks for the time from its first shift to the end of its last. A window that lies in
    it without any shift is a night off: no reds, and a warning. Where it ends within the window, a
    missing roster must not silence the reds: the same hours of the last week that it covers stand
    in, with a warning; where there is none, or the roster begins later, the policy's share does.

    Args:
        shifts: ``team_id, starts_at, ends_at`` as known at ``as_of``; the last five weeks, and all
            that lie ahead.
        as_of: aware.
        policy: see :func:`capacity_at`.
        cells: how many there are.
    """
    share = policy.capacity(cells)
    if shifts.empty:
        return Capacity(share, "share")
    first, last = shifts["starts_at"].min(), shifts["ends_at"].max()
    until = as_of + WINDOW
    known_until = min(max(last, as_of), until)
    if first > as_of:
        return Capacity(
            share, "share", warnings=(f"the roster begins only at {_utc(first)}: {_BY_SHARE}",)
        )
    hours = crew_hours(shifts, as_of, known_until)
    source: Literal["shifts", "earlier_weeks"] = "shifts"
    warnings: tuple[str, ...] = ()
    if known_until < until:
        back = next(
            (
                _WEEK * weeks
                for weeks in range(1, _WEEKS + 1)
                if first <= known_until - _WEEK * weeks and until - _WEEK * weeks <= last
            ),
            None,
        )
        ends = f"the roster ends at {_utc(last)}, within 24 h"
        if last <= as_of:
            ends = f"the roster ended at {_utc(last)}"
        if back is None:
            return Capacity(share, "share", warnings=(f"{ends}: {_BY_SHARE}",))
        hours += crew_hours(shifts, known_until - back, until - back)
        source = "earlier_weeks"
        warnings = (f"{ends}: the shifts of {back.days} days before stand in; deliver new ones",)
    most = math.floor(hours / policy.cells.visit_h + _ROUNDING)
    if most == 0:
        warnings += (f"no crew has time for a visit within 24 h ({hours:g} h): no cell is red",)
    return Capacity(most, source, hours, warnings)


_BY_SHARE = "reds follow the policy's share of cells; deliver shifts"


def crew_hours(shifts: pd.DataFrame, since: datetime, until: datetime) -> float:
    """Hours of all teams on duty between two moments; shifts of one team that overlap count once.

    Args:
        shifts: ``team_id, starts_at, ends_at``, in any order.
        since: aware.
        until: aware.
    """
    start, end = shifts["starts_at"], shifts["ends_at"]
    start, end = start.where(start > since, since), end.where(end < until, until)
    within = pd.DataFrame({"team": shifts["team_id"], "start": start, "end": end})
    within = within[within["start"] < within["end"]].sort_values(["team", "start", "end"])
    told = within.groupby("team")["end"].cummax().groupby(within["team"]).shift()
    fresh = within["start"].where(told.isna() | (told < within["start"]), told)
    seconds = (within["end"] - fresh).dt.total_seconds().clip(lower=0).sum()
    return float(seconds) / 3600


def _utc(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%MZ}"
