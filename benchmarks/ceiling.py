"""How near the oracle can a forecaster come that sees KPIs and tickets, and nothing hidden?

The oracle of a simulated city knows what no operator can: how sensitive the users of a cell are,
how severe a fault is (KPIs show it through a factor of their own), and faults that began in the
hours whose KPIs have not arrived. Here the oracle is asked again with these taken away, one by one
and together: sensitivity replaced by the city's mean, severity by its expectation given what the
KPIs show, faults younger than two hours by none. All else (causes, ages, durations, the users'
waiting annoyance, every rate of the simulator) stays known. No forecaster that learns from KPIs and
tickets can be expected to come nearer; tickets give a little of the sensitivity back.

    python benchmarks/ceiling.py --cells 2000 --days 120 --seed 11
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path[:] = [p for p in sys.path if Path(p).resolve() != Path(__file__).resolve().parent]

import argparse
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from forecasting.metrics import average_precision
from ingest.simulator import annoyance, causes, plans
from ingest.simulator.city import City, build_city
from ingest.simulator.oracle import expect
from ingest.simulator.run import DEFAULT_END, ZONE
from ingest.simulator.state import State, felt, new_state, step
from ingest.simulator.tickets import Customers, draw_tickets

HORIZON = timedelta(hours=72)
WARM_UP = timedelta(days=15)
YOUNG_H = 2


def shown_severity() -> tuple[np.ndarray, np.ndarray]:
    """Bins of log(severity x gain) and the mean severity in each, by simulation of the prior."""
    rng = np.random.default_rng(0)
    severity = causes.SEVERITY_LOW + causes.SEVERITY_SPAN * rng.beta(2, 2, 2_000_000)
    bins = np.linspace(-3.5, 1.5, 400)
    at = np.digitize(np.log(severity * np.exp(rng.normal(0, 0.3, severity.size))), bins)
    count = np.bincount(at, minlength=len(bins) + 1)
    return bins, np.bincount(at, severity, len(bins) + 1) / np.maximum(count, 1)


class Knowers:
    """Those who know less than the oracle; each fills pools of annoyance from what it believes."""

    def __init__(self, city: City) -> None:
        self.city = city
        self.even = replace(
            city, sensitivity=np.full_like(city.sensitivity, np.exp(-0.06 + 0.35**2 / 2))
        )
        self.bins, self.means = shown_severity()
        self.pools = {name: np.zeros((5, 2, len(city.cells))) for name in ("even", "shown", "both")}

    def believed(self, severity: np.ndarray, gain: np.ndarray) -> np.ndarray:
        """The severity to be expected when only severity x gain is seen."""
        seen = self.means[np.digitize(np.log(np.maximum(severity * gain, 1e-9)), self.bins)]
        return np.where(severity > 0, seen, 0.0)

    def ask(self, state: State, local: datetime) -> dict[str, np.ndarray]:
        """The chance of at least one low complaint, by each of them."""
        seen = replace(state, severity=self.believed(state.severity, state.gain))
        young = (state.age < YOUNG_H) & (state.kind > 0)
        unseen = replace(
            seen,
            kind=np.where(young, 0, state.kind),
            severity=np.where(young, 0.0, seen.severity),
            pools=self.pools["both"],
        )
        return {
            "oracle": expect(self.city, state, local)[1],
            "without sensitivity": expect(
                self.even, replace(state, pools=self.pools["even"]), local
            )[1],
            "severity as shown": expect(self.city, replace(seen, pools=self.pools["shown"]), local)[
                1
            ],
            "both": expect(self.even, replace(seen, pools=self.pools["both"]), local)[1],
            "both, no faults under 2 h": expect(self.even, unseen, local)[1],
        }

    def live(self, state: State, kind: np.ndarray, acting: np.ndarray, local: datetime) -> None:
        """Fill the pools as the hour fills the true ones."""
        crowd = plans.crowd_factor(self.city, state.events, local)
        seen = np.where(
            acting > 0,
            acting / np.maximum(state.severity, 1e-9) * self.believed(state.severity, state.gain),
            0.0,
        )
        for name, city, strength in (
            ("even", self.even, acting),
            ("shown", self.city, seen),
            ("both", self.even, seen),
        ):
            severity, exposure, _, _ = felt(city, kind, strength, local, crowd)
            annoyance.fill(self.pools[name], exposure, severity)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--cells", type=int, default=2000)
    parser.add_argument("--days", type=int, default=120)
    parser.add_argument("--tested", type=int, default=30)
    parser.add_argument("--seed", type=int, default=11)
    given = parser.parse_args()
    city = build_city(given.cells, given.seed)
    state, customers, knowers = new_state(city), Customers(), Knowers(city)
    end = DEFAULT_END.astimezone(ZONE)
    hour = end - timedelta(days=given.days) - WARM_UP
    first = end - timedelta(days=given.tested)
    tickets, asked = [], []
    while hour < end:
        if hour.hour == 0 and hour >= first and hour + HORIZON <= end:
            asked.append((hour, knowers.ask(state, hour)))
        lived = step(city, state, hour)
        knowers.live(state, lived.kind, lived.strength, hour)
        tickets += [
            (t.created_at, t.true_cell, t.low) for t in draw_tickets(city, state, customers, lived)
        ]
        hour += timedelta(hours=1)
    report(given.cells, asked, pd.DataFrame(tickets, columns=["at", "cell", "low"]))


def report(
    cells: int, asked: list[tuple[datetime, dict[str, np.ndarray]]], tickets: pd.DataFrame
) -> None:
    parts = []
    for origin, scores in asked:
        ahead = (tickets["at"] > origin) & (tickets["at"] <= origin + HORIZON) & tickets["low"]
        week = (tickets["at"] > origin - timedelta(days=7)) & (tickets["at"] <= origin)
        came, told = (
            np.bincount(tickets.loc[which, "cell"], minlength=cells) for which in (ahead, week)
        )
        parts.append(
            pd.DataFrame(scores).assign(origin=origin, hit=(came > 0) * 1.0, quiet=told == 0)
        )
    rows = pd.concat(parts)
    names = list(asked[0][1])
    take = max(1, round(0.01 * cells))
    table = {}
    for name in names:
        best = (
            rows.sort_values(["origin", name], ascending=[True, False]).groupby("origin").head(take)
        )
        quiet = rows[rows["quiet"]]
        table[name] = (
            average_precision(rows, name),
            average_precision(quiet, name),
            best["hit"].mean(),
        )
    print(
        f"{'':28}{'AP':>8}{'quiet':>8}{'P@1 %':>8}{'÷':>5}{'':>3}{'AP':>8}{'quiet':>8}{'P@1 %':>8}"
    )
    for name, values in table.items():
        shares = [own / top for own, top in zip(values, table["oracle"], strict=True)]
        print(
            f"{name:28}"
            + "".join(f"{v:8.3f}" for v in values)
            + " " * 8
            + "".join(f"{v:8.3f}" for v in shares)
        )


if __name__ == "__main__":
    main()
