"""Learns the ways of a network's customers from tickets that name a cell and have a position too.

Such a ticket says which of the cells around its place was the one. The parameters of geometry, the
worth of company and of named places are those that make these choices the likeliest (conditional
logit, McFadden 1974), held to the defaults by a normal prior on their logarithms: with no tickets
the defaults stand. Fisher scoring; a step is halved while it makes things worse. What kinds of
tickets a technology has, and how many, is counted on all tickets that name a cell.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from forecasting.cells.serving import Crowd, Evidence, Habits, Named, gather
from forecasting.cells.serving_words import kinds
from geo.projection import as_degrees
from geo.serving import Candidates, ServingModel, candidates, log_density, shares

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.int64]

LEARN_FROM = 2000  # newest tickets with both; more of them move the third digit
AT_LEAST = 30
_OF_A_TECHNOLOGY = 100  # tickets before its reach may differ from the others'
_KIND_PRIOR = 50.0  # tickets by which a technology's kinds are drawn to the common ones
_RATE_PRIOR = 50.0
_FEW = 5  # a kind seen less often tells nothing
_STEPS, _HALVINGS, _ENOUGH = 15, 6, 1e-4  # the last one in log-likelihood a ticket
_DIGITS = 3
# Logarithm of each number: the default, the prior's spread, the limits.
_GEOMETRY = {
    "reach": (0.3, 0.5, 0.05, 2.0),
    "power": (2.0, 0.7, 1.0, 8.0),
    "beamwidth_deg": (65.0, 0.3, 20.0, 200.0),
    "limit_db": (20.0, 0.4, 5.0, 40.0),
    "stray": (0.02, 1.0, 0.0005, 0.3),
    "location_error_m": (75.0, 0.7, 5.0, 1500.0),
}
_COMPANY = (1.0, 1.0, 0.01, 100.0)
_SHARPNESS = (1.0, 0.3, 0.3, 3.0)
_PLACE_SPREAD, _PLACE_LIMIT = 2.0, 6.0
_REACH_SPREAD = 0.3
_NONE = Habits()


def learn(named: pd.DataFrame, cells: pd.DataFrame) -> Habits:
    """Habits of a network's customers.

    Args:
        named: tickets that name a cell: ``ticket_id, created_at, cell_id, longitude, latitude,
            service, category, description``; in any order.
        cells: with coordinates; see :class:`forecasting.cells.serving.Crowd`.

    Returns:
        What history says; the defaults where fewer than 30 tickets have a position as well.
    """
    crowd = Crowd(cells)
    known = named[named["cell_id"].isin(crowd.numbers)]
    known = known.sort_values(["created_at", "ticket_id"], ignore_index=True)
    counted = Habits(kinds=_kinds(known, crowd), rates=_rates(known, crowd))
    placed = known[known["longitude"].notna() & known["latitude"].notna()].tail(LEARN_FROM)
    choices = _Choices.of(placed.reset_index(drop=True), crowd, Named.of(known, crowd), counted)
    if choices.count < AT_LEAST:
        return replace(counted, tickets=choices.count)
    return choices.habits(choices.best(), counted)


def _kinds(known: pd.DataFrame, crowd: Crowd) -> tuple[tuple[str, str, float], ...]:
    """Logarithm of P(kind | technology) / P(kind), drawn to none by 50 tickets."""
    technology = crowd.technology[crowd.numbers.get_indexer(pd.Index(known["cell_id"]))]
    counts = pd.crosstab(pd.Series(kinds(known)), pd.Series(technology))
    of_kind, of_technology = counts.sum(axis=1), counts.sum(axis=0)
    found = []
    for kind in sorted(counts.index[of_kind >= _FEW]):
        usual = of_kind[kind] / len(known)
        for name in sorted(counts.columns):
            share = counts.loc[kind, name] + _KIND_PRIOR * usual
            ratio = share / (of_technology[name] + _KIND_PRIOR) / usual
            found.append((str(kind), str(name), round(float(np.log(ratio)), _DIGITS)))
    return tuple(found)


def _rates(known: pd.DataFrame, crowd: Crowd) -> tuple[tuple[str, float], ...]:
    """Logarithm of complaints per subscriber over the common rate, drawn to none by 50 tickets."""
    number = crowd.numbers.get_indexer(pd.Index(known["cell_id"]))
    came = np.bincount(number, minlength=len(crowd.users))
    usual = crowd.users / max(crowd.users.sum(), 1.0) * len(known)
    found = []
    for name in np.unique(crowd.technology):
        of = crowd.technology == name
        rate = (came[of].sum() + _RATE_PRIOR) / (usual[of].sum() + _RATE_PRIOR)
        found.append((str(name), round(float(np.log(rate)), _DIGITS)))
    return tuple(found)


class _Choices:
    """Tickets, the cells each could be about, and the one it is about."""

    def __init__(
        self, found: Candidates, chosen: npt.NDArray[np.bool_], evidence: Evidence, crowd: Crowd
    ) -> None:
        self.found, self.chosen, self.evidence = found, chosen, evidence
        self.count = int(chosen.sum())
        self.technology = crowd.technology
        self.ticket = np.unique(found.point, return_inverse=True)[1].astype(np.int64)
        of_chosen = pd.Series(crowd.technology[found.cell[chosen]]).value_counts()
        common = sorted(of_chosen.index, key=lambda t: (-of_chosen[t], t))
        self.apart = tuple(t for t in common[1:] if of_chosen[t] >= _OF_A_TECHNOLOGY)
        numbers = [*_GEOMETRY.values(), _COMPANY, _SHARPNESS]
        free = len(self.apart)
        self.start = np.array([*[np.log(n[0]) for n in numbers], 0.0, *[0.0] * free])
        spread = [*[n[1] for n in numbers], _PLACE_SPREAD, *[_REACH_SPREAD] * free]
        self.precision = 1.0 / np.square(spread)
        wide = 3 * _REACH_SPREAD
        self.low = np.array([*[np.log(n[2]) for n in numbers], -_PLACE_LIMIT, *[-wide] * free])
        self.high = np.array([*[np.log(n[3]) for n in numbers], _PLACE_LIMIT, *[wide] * free])

    @classmethod
    def of(cls, placed: pd.DataFrame, crowd: Crowd, named: Named, counted: Habits) -> _Choices:
        lon, lat = as_degrees(placed["longitude"]), as_degrees(placed["latitude"])
        found = candidates(lon, lat, crowd.masts, ServingModel())
        about = crowd.numbers.get_indexer(pd.Index(placed["cell_id"]))
        chosen = found.cell == about[found.point]
        explained = np.isin(found.point, found.point[chosen])  # else far from the cell it names
        found = Candidates(
            found.point[explained],
            found.cell[explained],
            found.distance_m[explained],
            found.offset_deg[explained],
            found.spacing_m[explained],
        )
        asked = replace(counted, place=1.0)
        evidence = gather(placed, (found.point, found.cell), crowd, named, asked)
        return cls(found, chosen[explained], evidence, crowd)

    def habits(self, x: Array, counted: Habits) -> Habits:
        """The numbers at ``x``, in three digits after the point of their logarithms."""
        return replace(self._at(np.round(x, _DIGITS), counted), tickets=self.count)

    def _at(self, x: Array, counted: Habits) -> Habits:
        size = len(_GEOMETRY)
        values = dict(zip(_GEOMETRY, np.exp(x[:size]).tolist(), strict=True))
        reach_of = tuple(zip(self.apart, np.exp(x[size + 3 :]).tolist(), strict=True))
        return replace(
            counted,
            geometry=ServingModel(**values, reach_of=reach_of),
            company=float(np.exp(x[size])),
            sharpness=float(np.exp(x[size + 1])),
            place=float(x[size + 2]),
        )

    def best(self) -> Array:
        """The likeliest numbers."""
        x, value = self.start, self._objective(self.start)
        for _ in range(_STEPS):
            step = self._step(x)
            for halved in range(_HALVINGS):
                tried = np.clip(x + step * 0.5**halved, self.low, self.high)
                reached = self._objective(tried)
                if reached > value:
                    break
            else:
                return x
            gained, x, value = reached - value, tried, reached
            if gained < _ENOUGH * self.count:
                break
        return x

    def _log_weight(self, x: Array) -> Array:
        habits = self._at(x, _NONE)
        factors = dict(habits.geometry.reach_of)
        scale = np.array([factors.get(t, 1.0) for t in self.technology])
        density = log_density(self.found, scale, habits.geometry)
        return habits.sharpness * (density + self.evidence.log(habits))

    def _objective(self, x: Array) -> float:
        """Logarithm of likelihood and prior."""
        log_weight = self._log_weight(x)
        best = np.full(self.count, -np.inf)
        np.maximum.at(best, self.ticket, log_weight)
        relative = np.exp(log_weight - best[self.ticket])
        total = np.bincount(self.ticket, weights=relative, minlength=self.count)
        likely = (log_weight[self.chosen] - best - np.log(total)).sum()
        return float(likely - 0.5 * (self.precision * (x - self.start) ** 2).sum())

    def _step(self, x: Array, by: float = 1e-3) -> Array:
        """Fisher scoring: (information + prior)^-1 x slope."""
        log_weight = self._log_weight(x)
        weight = shares(self.ticket, log_weight, self.count)
        slopes = np.empty((len(x), len(weight)))
        for n in range(len(x)):
            moved = x.copy()
            moved[n] += by if x[n] + by <= self.high[n] else -by
            slopes[n] = (self._log_weight(moved) - log_weight) / (moved[n] - x[n])
            mean = np.bincount(self.ticket, weights=weight * slopes[n], minlength=self.count)
            slopes[n] -= mean[self.ticket]
        slope = slopes[:, self.chosen].sum(axis=1) - self.precision * (x - self.start)
        # not by a product of matrices, whose last digit follows the number of threads
        information = np.einsum("ip,jp,p->ij", slopes, slopes, weight) + np.diag(self.precision)
        return np.asarray(np.linalg.solve(information, slope))
