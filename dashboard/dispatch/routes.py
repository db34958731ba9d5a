"""Routes of crews: which orders one team can do one after the other, and what they are worth.

Times are minutes from the moment of planning. A route's worth is the sum, over its stops, of the
complaints that an arrival then is expected to spare, less ``hour_cost`` for each hour of way and
work. Teams that depend on each other only through the orders they share are put together by
``plan``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

_WIDTH = 12  # routes of each length that are made longer
_KEPT = 16  # of the routes found for a team at some prices
_LONGEST = 10  # stops


@dataclass(frozen=True)
class Problem:
    """What there is to plan: T teams, N orders.

    Attributes:
        free: (T,) when each team can set out.
        ends: (T,) end of its shift.
        able: (T, N) whether the team may do the order.
        first_ways: (T, N) minutes from where the team is.
        ways: (N, N) minutes between orders.
        on_site: (N,) whether somebody must go there.
        work: (N,) minutes of work.
        by_day: (N,) not to be done by night.
        worth: (N,) complaints spared by an arrival at once, were the whole horizon left.
        floor: (N,) least worth, where a person wants it done.
        until: (N,) end of the time in which complaints can be spared.
        horizon: (N,) minutes of the forecast's horizon.
        night: (M,) whether minute m is of a night; the last one stands for all later.
        night_factor: work on site that begins by night takes so much longer.
        hour_cost: complaints.
    """

    free: Array
    ends: Array
    able: Flags
    first_ways: Array
    ways: Array
    on_site: Flags
    work: Array
    by_day: Flags
    worth: Array
    floor: Array
    until: Array
    horizon: Array
    night: Flags
    night_factor: float
    hour_cost: float


@dataclass(frozen=True)
class Visit:
    """One stop of a route: the order's place in the problem, minutes, complaints.

    ``spared`` is what an arrival then is expected to spare; ``value`` is what the plan goes by.
    """

    order: int
    starts: float
    arrives: float
    ends: float
    spared: float
    value: float


@dataclass(frozen=True)
class Route:
    """Stops of one team; ``value`` is their sum."""

    team: int
    visits: tuple[Visit, ...]

    @property
    def orders(self) -> tuple[int, ...]:
        """Of its stops, in their order."""
        return tuple(visit.order for visit in self.visits)

    @property
    def value(self) -> float:
        """What the route is worth."""
        return sum(visit.value for visit in self.visits)


@dataclass(frozen=True)
class Label:
    """A route on its way.

    Attributes:
        visits: its stops so far.
        here: order at whose site the team is; -1: where it was at first.
        now: minutes at which it can go on.
        priced: what it is worth, less the prices of its orders.
    """

    visits: tuple[Visit, ...]
    here: int
    now: float
    priced: float


@dataclass(frozen=True)
class Offers:
    """All next stops of some labels: (labels, N) each."""

    starts: Array
    arrives: Array
    ends: Array
    spared: Array
    value: Array
    possible: Flags


def routes_at(problem: Problem, team: int, prices: Array) -> list[Route]:
    """The best routes of a team when each order costs its price; the best first.

    A search that keeps the ``_WIDTH`` best routes of each length; of routes over the same orders
    the best one.
    """
    level = [Label((), -1, float(problem.free[team]), 0.0)]
    best: dict[frozenset[int], Label] = {}
    for _ in range(_LONGEST):
        level = _longer(problem, team, level, prices)
        if not level:
            break
        for label in level:
            key = frozenset(visit.order for visit in label.visits)
            if key not in best or label.priced > best[key].priced:
                best[key] = label
    ranked = sorted(best.values(), key=lambda label: (-label.priced, _names(label)))
    return [Route(team, label.visits) for label in ranked[:_KEPT] if label.priced > 0]


def _longer(problem: Problem, team: int, labels: list[Label], prices: Array) -> list[Label]:
    found = offers(problem, team, labels)
    priced = found.value - prices + np.array([[label.priced] for label in labels])
    gains = np.where(found.possible, priced, -np.inf)
    # Twice as many as are kept: some are the same orders in another order.
    flat = np.argsort(-gains, axis=None, kind="stable")[: 2 * _WIDTH]
    made: dict[frozenset[int], Label] = {}
    for place in flat:
        row, order = divmod(int(place), gains.shape[1])
        if not np.isfinite(gains[row, order]):
            break
        label = extended(problem, labels[row], found, (row, order), float(gains[row, order]))
        key = frozenset(visit.order for visit in label.visits)
        if key not in made:
            made[key] = label
    return list(made.values())[:_WIDTH]


def extended(
    problem: Problem, label: Label, found: Offers, place: tuple[int, int], priced: float
) -> Label:
    """The label with the next stop at ``place`` (row of the label, order)."""
    order = place[1]
    visit = Visit(
        order,
        float(found.starts[place]),
        float(found.arrives[place]),
        float(found.ends[place]),
        float(found.spared[place]),
        float(found.value[place]),
    )
    here = order if problem.on_site[order] else label.here
    return Label((*label.visits, visit), here, visit.ends, priced)


def offers(problem: Problem, team: int, labels: list[Label]) -> Offers:
    """All orders as the next stop of each of these routes of one team."""
    p = problem
    starts = np.array([[label.now] for label in labels])
    ways = np.array(
        [p.first_ways[team] if label.here < 0 else p.ways[label.here] for label in labels]
    )
    ways = np.where(p.on_site, ways, 0.0)
    arrives = starts + ways
    last = len(p.night) - 1
    minute = np.minimum(arrives, last).astype(int)
    work = np.where(p.on_site & p.night[minute], p.work * p.night_factor, p.work)
    ends = arrives + work
    nights = np.concatenate([[0], np.cumsum(p.night)])
    within = nights[np.minimum(np.ceil(ends), last).astype(int)] > nights[minute]
    spared = p.worth * np.clip((p.until - arrives) / p.horizon, 0.0, 1.0)
    least = p.floor * np.clip(1.0 - arrives / p.horizon, 0.1, 1.0)
    value = np.maximum(spared, least) - p.hour_cost * (ways + work) / 60.0
    possible = p.able[team] & (ends <= p.ends[team]) & ~(p.by_day & within) & (value > 0)
    for row, label in enumerate(labels):
        possible[row, [visit.order for visit in label.visits]] = False
    return Offers(np.broadcast_to(starts, arrives.shape), arrives, ends, spared, value, possible)


def _names(label: Label) -> tuple[int, ...]:
    return tuple(visit.order for visit in label.visits)


def greedy(problem: Problem) -> list[Route]:
    """Again and again the pair of team and order with the most value per crew hour, to the end.

    Where the search for the plan begins, and what benchmarks compare it with.
    """
    labels = [Label((), -1, float(moment), 0.0) for moment in problem.free]
    taken: set[int] = set()
    standing = [_best(problem, team, label, taken) for team, label in enumerate(labels)]
    while any(offer is not None for offer in standing):
        team = max(
            (t for t, offer in enumerate(standing) if offer is not None),
            key=lambda t: (best[0] if (best := standing[t]) else -np.inf, -t),
        )
        offer = standing[team]
        if offer is None:
            break
        _, label = offer
        labels[team] = label
        order = label.visits[-1].order
        taken.add(order)
        for other, best in enumerate(standing):
            if other == team or (best and best[1].visits[-1].order == order):
                standing[other] = _best(problem, other, labels[other], taken)
    return [Route(team, label.visits) for team, label in enumerate(labels) if label.visits]


def _best(problem: Problem, team: int, label: Label, taken: set[int]) -> tuple[float, Label] | None:
    """The next stop with the most value per crew hour; None: there is none."""
    found = offers(problem, team, [label])
    hours = (found.ends[0] - found.starts[0]) / 60.0
    rates = np.where(found.possible[0], found.value[0] / np.maximum(hours, 1e-9), -np.inf)
    rates[list(taken)] = -np.inf
    order = int(np.argmax(rates))
    if not np.isfinite(rates[order]):
        return None
    return float(rates[order]), extended(problem, label, found, (0, order), 0.0)


def chosen(routes: list[Route]) -> Iterator[tuple[int, Visit]]:
    """Team and stop of all routes."""
    for route in routes:
        for visit in route.visits:
            yield route.team, visit
