"""How good the plan of the shifts is, and what it costs: 200 orders, 40 teams.

    python benchmarks/dispatch_plan.py [--orders 200] [--teams 40] [--seeds 1 2 3 4 5]

Orders lie at sites of Beijing, as many as people live there; teams start from places all over the
city, have two of six skills, and a shift of eight hours; half of them are bound to six of sixteen
districts. Compared, on the same problems, by complaints that the routes are expected to
spare:
  greedy   again and again the pair of team and order with the most per crew hour
  rounds   each round one order a team, by linear sum assignment of complaints per crew hour
  plan     what the product does (column generation, dive, integer program)
Seconds are of the whole plan (from orders to stops); CPU time stands beside the wall's, because a
machine may be busy. Each plan is made twice and has to be the same.
"""

from __future__ import annotations

import argparse
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

HERE = str(Path(__file__).parent)
sys.path[:] = [folder for folder in sys.path if folder != HERE]  # else `ingest` is a benchmark

import numpy as np
from scipy.optimize import linear_sum_assignment

from dashboard.dispatch.crews import Crews, Shift, Team
from dashboard.dispatch.cure import Cure
from dashboard.dispatch.model import Draft, Order
from dashboard.dispatch.plan import Desk, make_plan, problem_of
from dashboard.dispatch.plan_settings import PlanSettings
from dashboard.dispatch.routes import Label, Problem, Route, extended, greedy, offers
from ingest.simulator.city import City, build_city

NOW = datetime(2026, 3, 4, 0, 30, tzinfo=UTC)  # half past eight in Beijing: shifts have begun
WORK = {"radio": 2.0, "antenna": 3.0, "transmission": 2.0, "interference": 2.5, "remote": 0.5,
        "capacity": 1.5}  # fmt: skip
AFAR = ("remote", "capacity")


def orders_of(city: City, count: int, random: np.random.Generator) -> list[Order]:
    """Proposals at cells of the city, with causes and worths as forecasts name them."""
    made = []
    for number, row in enumerate(random.choice(len(city.cells), count, replace=False), 1):
        cell = city.cells.iloc[int(row)]
        skill = str(random.choice(list(WORK), p=(0.3, 0.1, 0.15, 0.15, 0.15, 0.15)))
        draft = Draft(
            f"S{number}",
            "hardware",
            (str(cell["cell_id"]),),
            f"site {number}",
            region_id=str(cell["region_id"]),
            longitude=float(cell["longitude"]),
            latitude=float(cell["latitude"]),
            as_of=NOW - timedelta(minutes=30),
            expected=float(random.gamma(1.5, 0.3)),
            skill=skill,
            hours=WORK[skill],
            on_site=skill not in AFAR,
        )
        made.append(
            Order(number, draft, "proposed", 1, NOW, "foresite", "system", NOW, NOW, "foresite")
        )
    return made


def desk_of(city: City, count: int, random: np.random.Generator) -> Desk:
    """Teams at cells of the city, and a shift each."""
    districts = sorted({str(region) for region in city.cells["region_id"]})
    teams = {}
    for number, row in enumerate(random.choice(len(city.cells), count, replace=False), 1):
        cell = city.cells.iloc[int(row)]
        own = [*random.choice(districts, 5, replace=False).tolist(), str(cell["region_id"])]
        teams[f"C{number:03d}"] = Team(
            f"C{number:03d}",
            frozenset(random.choice(list(WORK), 2, replace=False).tolist()),
            (float(cell["longitude"]), float(cell["latitude"])),
            frozenset(own) if number % 2 else frozenset(),
        )
    starts = NOW - timedelta(minutes=30)
    shifts = tuple(Shift(starts, starts + timedelta(hours=8), name) for name in teams)
    crews = Crews(teams, shifts, {})
    return Desk(crews, Cure(0.6, 10), PlanSettings(), ZoneInfo("Asia/Shanghai"))


def in_rounds(problem: Problem) -> list[Route]:
    """Each round at most one more order for each team, all teams at once."""
    labels = [Label((), -1, float(moment), 0.0) for moment in problem.free]
    taken = np.zeros(problem.able.shape[1], bool)
    while True:
        found = [offers(problem, team, [label]) for team, label in enumerate(labels)]
        rates = np.array([
            np.where(one.possible[0] & ~taken, one.value[0] / (one.ends[0] - one.starts[0]), 0.0)
            for one in found
        ])  # fmt: skip
        pairs = [(t, o) for t, o in zip(*linear_sum_assignment(-rates), strict=True) if rates[t, o]]
        if not pairs:
            return [Route(team, label.visits) for team, label in enumerate(labels)]
        for team, order in pairs:
            labels[team] = extended(problem, labels[team], found[team], (0, int(order)), 0.0)
            taken[order] = True


def spared(routes: list[Route]) -> float:
    """Complaints, before what an hour of a crew costs."""
    return sum(visit.spared for route in routes for visit in route.visits)


def main() -> None:
    """Print a line per seed and the means."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--orders", type=int, default=200)
    parser.add_argument("--teams", type=int, default=40)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5])
    given = parser.parse_args()
    print("seed  greedy  rounds    plan  plan/greedy  stops     s  CPU s")
    lines = []
    for seed in given.seeds:
        random = np.random.default_rng(seed)
        city = build_city(2000, seed)
        orders, desk = orders_of(city, given.orders, random), desk_of(city, given.teams, random)
        problem = problem_of(orders, desk, NOW)
        rough, rounds = spared(greedy(problem)), spared(in_rounds(problem))
        wall, own = time.perf_counter(), time.process_time()
        stops = make_plan(orders, desk, NOW)
        wall, own = time.perf_counter() - wall, time.process_time() - own
        if make_plan(orders, desk, NOW) != stops:
            raise SystemExit(f"seed {seed}: the same orders gave two plans")
        hours = {s.order_id: (s.ends_at - s.starts_at) / timedelta(hours=1) for s in stops}
        plan = sum(stop.per_hour * hours[stop.order_id] for stop in stops)
        lines.append((rough, rounds, plan, plan / rough, len(stops), wall, own))
        print(f"{seed:4}  " + _told(lines[-1]))
    print("mean  " + _told(tuple(float(np.mean(column)) for column in zip(*lines, strict=True))))


def _told(line: tuple[float, ...]) -> str:
    forms = ("6.2f", "6.2f", "6.2f", "11.3f", "5.0f", "4.2f", "5.2f")
    return "  ".join(f"{value:{form}}" for value, form in zip(line, forms, strict=True))


if __name__ == "__main__":
    main()
