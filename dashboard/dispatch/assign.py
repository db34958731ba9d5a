"""Which team takes which route: an assignment by linear and integer programming (HiGHS).

Column generation, the usual method for team orienteering. The routes at hand, as a relaxed problem,
give each order a price; at these prices each team looks for better routes. Then routes that the
relaxed problem takes (nearly) whole are fixed, and the rest is solved anew, until all teams have
one (diving). Last, whole routes are chosen by an integer program among all that any step took,
the greedy ones included: so the plan is never worth less than theirs. The same problem gives the
same plan: no step draws a random number or looks at the clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csr_array

from dashboard.dispatch.routes import Array, Problem, Route, chosen, greedy, routes_at

_ROUNDS = 6
_SMOOTH = 0.5  # of the prices before: those of one round alone swing to and fro
_SURE = 0.6  # share at which the relaxed problem's routes are fixed
_SEEN = 1e-6
_TAKEN = 1e9  # price of an order that has its team
_MORE = 120  # routes that the integer program looks at beside those fixed and the greedy ones
_NODES = 50


@dataclass(frozen=True)
class _Relaxed:
    """The relaxed problem's answer: share of each route, price of each order."""

    shares: Array
    prices: Array


def assign(problem: Problem, rounds: int = _ROUNDS) -> list[Route]:
    """The routes of the teams: no order twice, one route a team; in order of teams.

    Args:
        problem: teams and orders.
        rounds: of looking for better routes.
    """
    teams, orders = problem.able.shape
    begin = greedy(problem) if teams and orders else []
    if not begin:
        return []
    routes = {(route.team, route.orders): route for route in begin}
    prices = _first_prices(problem, begin)
    for _ in range(rounds):
        before = len(routes)
        for team in range(teams):
            for route in routes_at(problem, team, prices):
                routes.setdefault((team, route.orders), route)
        if len(routes) == before:
            break
        prices = _SMOOTH * prices + (1 - _SMOOTH) * _relaxed(list(routes.values()), problem).prices
    fixed, touched = _dive(problem, list(routes.values()))
    pool = {(route.team, route.orders): route for route in [*begin, *fixed, *touched]}
    most = list(pool.values())[: len(begin) + len(fixed) + _MORE]
    return max(begin, fixed, _whole(most, problem), key=_value)


def _value(routes: Sequence[Route]) -> float:
    return sum(route.value for route in routes)


def _first_prices(problem: Problem, begin: list[Route]) -> Array:
    """What an order is worth beyond the crew hours it takes, at the rate of the worst taken."""
    visits = [visit for _, visit in chosen(begin)]
    rate = np.quantile([v.value / max(v.ends - v.starts, 1.0) for v in visits], 0.1)
    ways = np.array([v.arrives - v.starts for v in visits]).mean()
    minutes = problem.work + np.where(problem.on_site, ways, 0.0)
    prices: Array = np.maximum(0.0, problem.worth - rate * minutes)
    return prices


def _rows(routes: Sequence[Route], problem: Problem) -> csr_array:
    """One row per order, then one per team: 1 where the route takes it."""
    teams, orders = problem.able.shape
    where = [(order, n) for n, route in enumerate(routes) for order in route.orders]
    where += [(orders + route.team, n) for n, route in enumerate(routes)]
    rows, columns = (np.array(side) for side in zip(*where, strict=True))
    return csr_array((np.ones(len(rows)), (rows, columns)), shape=(orders + teams, len(routes)))


def _relaxed(routes: list[Route], problem: Problem) -> _Relaxed:
    """Routes may be taken in part; the prices are the dual values of the orders."""
    rows = _rows(routes, problem)
    value = np.array([route.value for route in routes])
    solved = linprog(-value, A_ub=rows, b_ub=np.ones(rows.shape[0]), method="highs")
    duals = -np.asarray(solved.ineqlin.marginals, dtype=float)
    return _Relaxed(np.asarray(solved.x, dtype=float), duals[: problem.able.shape[1]])


def _dive(problem: Problem, routes: list[Route]) -> tuple[list[Route], list[Route]]:
    """Fix what the relaxed problem is sure of, solve the rest anew, to the end.

    Returns:
        The routes fixed, in order of teams; and others that any of the relaxed problems took in
        part, the first problem's first.
    """
    free, gone = set(range(problem.able.shape[0])), set[int]()
    fixed: list[Route] = []
    touched: list[Route] = []
    while routes:
        answer = _relaxed(routes, problem)
        by_share = np.argsort(-answer.shares, kind="stable")
        touched += [routes[n] for n in by_share if answer.shares[n] > _SEEN]
        least = min(_SURE, float(answer.shares[by_share[0]]))
        if least <= _SEEN:
            break
        for n in by_share:
            route = routes[n]
            if answer.shares[n] < least:
                break
            if route.team in free and not gone.intersection(route.orders):
                fixed.append(route)
                free.discard(route.team)
                gone.update(route.orders)
        routes = [r for r in routes if r.team in free and not gone.intersection(r.orders)]
        prices = answer.prices.copy()
        prices[list(gone)] = _TAKEN
        known = {(route.team, route.orders) for route in routes}
        for team in sorted(free):
            found = routes_at(problem, team, prices)
            routes += [route for route in found if (team, route.orders) not in known]
    return sorted(fixed, key=lambda route: route.team), touched


def _whole(routes: list[Route], problem: Problem) -> list[Route]:
    """Whole routes of the greatest worth; empty where the solver found none."""
    solved = milp(
        -np.array([route.value for route in routes]),
        constraints=LinearConstraint(_rows(routes, problem), -np.inf, 1.0),
        integrality=np.ones(len(routes)),
        bounds=Bounds(0, 1),
        options={"mip_rel_gap": 1e-3, "node_limit": _NODES},
    )
    if solved.x is None:
        return []
    taken = [route for route, share in zip(routes, solved.x, strict=True) if share > 0.5]
    return sorted(taken, key=lambda route: route.team)
