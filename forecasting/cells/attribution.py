"""Which cell a ticket is about: the cell it names, else the probable serving cells of its place."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from forecasting.cells.serving import Crowd, Habits, Named, gather
from geo.serving import candidates, log_density, shares

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.int64]

_GRID = 2.0**20
# Cells far less likely by geometry than the likeliest one: what else is known does not save them.
_HOPELESS = float(np.log(1000.0))


def on_grid(weights: pd.Series) -> pd.Series:
    """Weights on a binary grid, so that their sums are exact in any order."""
    return (weights * _GRID).round() / _GRID


def whole_on_grid(group: Index, weight: Array) -> Array:
    """Weights of which each group's sum to 1, on a binary grid on which they do so exactly.

    What rounding leaves over goes to the group's largest weight, the first of equal ones.

    Args:
        group: number of the group, 0 …, none left out; shape (rows,).
        weight: of shape (rows,).
    """
    if not len(group):
        return np.empty(0)
    whole = np.round(weight * _GRID)
    left = _GRID - np.bincount(group, weights=whole)
    order = np.lexsort((np.arange(len(group)), -whole, group))
    first = order[np.flatnonzero(np.diff(group[order], prepend=-1))]
    whole[first] += left
    return np.asarray(whole / _GRID)


class Attributor:
    """Spreads tickets over the cells of one inventory; geometry of every place is worked out once.

    Args:
        cells: cells with coordinates: ``cell_id, site_id, longitude, latitude, azimuth_deg, ...``.
        habits: how customers are served and complain; the defaults where nothing was learned.
    """

    def __init__(self, cells: pd.DataFrame, habits: Habits | None = None) -> None:
        self.habits = habits or Habits()
        self._known = frozenset(cells["cell_id"])
        self._crowd = Crowd(cells)
        self._scale = self._crowd.scale(self.habits.geometry)
        self._numbers: dict[tuple[float, float], int] = {}
        self._first = np.zeros(1, np.int64)
        self._cells = np.empty(0, np.int64)
        self._density = np.empty(0)

    def attribute(
        self, tickets: pd.DataFrame, all_cells: pd.Series, *, alone: bool = False
    ) -> pd.DataFrame:
        """Attribute tickets; the weights of each ticket sum to 1 exactly, nothing is lost.

        Args:
            tickets: ``ticket_id, cell_id, longitude, latitude, region_id`` and, each if it is
                there, ``created_at, service, category, description``. Those that name their cell
                speak for the others.
            all_cells: cell_ids that exist, those without coordinates included.
            alone: nobody speaks for others: what is said of a ticket stays the same whatever
                tickets come after it.

        Returns:
            ``ticket_id, cell_id, weight, attribution``: ``cell`` (named by the ticket),
            ``position`` (probable serving cells), ``region`` (only the region is known; no cell)
            or ``none``. Ordered by ticket, then cell.
        """
        named = tickets["cell_id"].isin(self._known | set(all_cells))
        by_place = self.spread(tickets[~named], tickets[named & (not alone)])
        rest = tickets[~named & ~tickets["ticket_id"].isin(by_place["ticket_id"])]
        parts = [
            tickets.loc[named, ["ticket_id", "cell_id"]].assign(weight=1.0, attribution="cell"),
            by_place.assign(attribution="position"),
            pd.DataFrame(
                {
                    "ticket_id": rest["ticket_id"],
                    "cell_id": None,
                    "weight": 1.0,
                    "attribution": np.where(rest["region_id"].notna(), "region", "none"),
                }
            ),
        ]
        filled = [part for part in parts if len(part)] or parts[:1]
        return pd.concat(filled, ignore_index=True).sort_values(
            ["ticket_id", "cell_id"], ignore_index=True
        )

    def spread(self, tickets: pd.DataFrame, naming: pd.DataFrame) -> pd.DataFrame:
        """Probable serving cells of tickets by all but the cell they may name.

        Args:
            tickets: as for :meth:`attribute`; those without a usable position get no row.
            naming: tickets that name their cell; none of them speaks for itself.

        Returns:
            ``ticket_id, cell_id, weight``, ordered by ticket as given, then by cell.
        """
        placed = tickets["longitude"].notna() & tickets["latitude"].notna()
        if not self._known or not placed.any():
            return pd.DataFrame({"ticket_id": [], "cell_id": [], "weight": []}).astype(
                {"ticket_id": object, "cell_id": object, "weight": float}
            )
        tickets = tickets[placed]
        ticket, cell, log_weight = self._near(tickets)
        named = Named.of(naming, self._crowd)
        evidence = gather(tickets, (ticket, cell), self._crowd, named, self.habits)
        log_weight = self.habits.sharpness * (log_weight + evidence.log(self.habits))
        ticket, cell, log_weight = self._likely(ticket, cell, log_weight)
        _, group = np.unique(ticket, return_inverse=True)
        group = group.astype(np.int64)
        weight = shares(group, log_weight, int(group.max(initial=-1)) + 1)
        return pd.DataFrame(
            {
                "ticket_id": tickets["ticket_id"].to_numpy()[ticket],
                "cell_id": self._crowd.masts.cell_ids[cell],
                "weight": whole_on_grid(group, weight),
            }
        )

    def _likely(self, ticket: Index, cell: Index, log_weight: Array) -> tuple[Index, Index, Array]:
        """Without the cells that are cut; in the order of ticket and cell."""
        best = np.full(int(ticket.max(initial=-1)) + 1, -np.inf)
        np.maximum.at(best, ticket, log_weight)
        cut = self.habits.geometry.cut
        kept = log_weight >= best[ticket] + (np.log(cut) if cut > 0 else -np.inf)
        ticket, cell, log_weight = ticket[kept], cell[kept], log_weight[kept]
        order = np.lexsort((cell, ticket))
        return ticket[order], cell[order], log_weight[order]

    def _near(self, tickets: pd.DataFrame) -> tuple[Index, Index, Array]:
        """Pairs (number of the ticket, number of the cell, logarithm of the density)."""
        lon, lat = (tickets[c].to_numpy(float) for c in ("longitude", "latitude"))
        places = list(zip(lon.tolist(), lat.tolist(), strict=True))
        new = [place for place in dict.fromkeys(places) if place not in self._numbers]
        if new:
            self._work_out(new)
        number = np.array([self._numbers[place] for place in places], dtype=np.int64)
        start, size = self._first[number], self._first[number + 1] - self._first[number]
        ticket = np.repeat(np.arange(len(number)), size)
        pair = start[ticket] + np.arange(len(ticket)) - np.repeat(np.cumsum(size) - size, size)
        return ticket, self._cells[pair], self._density[pair]

    def _work_out(self, places: list[tuple[float, float]]) -> None:
        lon, lat = np.array(places, dtype=np.float64).T
        model = self.habits.geometry
        found = candidates(lon, lat, self._crowd.masts, model)
        density = log_density(found, self._scale, model)
        best = np.full(len(places), -np.inf)
        np.maximum.at(best, found.point, density)
        kept = density >= best[found.point] - _HOPELESS
        count = np.bincount(found.point[kept], minlength=len(places))
        self._numbers |= {place: len(self._numbers) + n for n, place in enumerate(places)}
        self._first = np.concatenate([self._first, self._first[-1] + np.cumsum(count)])
        self._cells = np.concatenate([self._cells, found.cell[kept]])
        self._density = np.concatenate([self._density, density[kept]])
