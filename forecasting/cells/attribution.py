"""Which cell a ticket is about: the cell it names, else the probable serving cells of its place."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geo.locate import serving_cells

_GRID = 2.0**20


def on_grid(weights: pd.Series) -> pd.Series:
    """Weights on a binary grid, so that their sums are exact in any order."""
    return (weights * _GRID).round() / _GRID


class Attributor:
    """Spreads tickets over the cells of one inventory; every place is worked out once.

    Args:
        cells: cells with coordinates: ``cell_id, site_id, longitude, latitude, azimuth_deg, ...``.
    """

    def __init__(self, cells: pd.DataFrame) -> None:
        self._cells = cells
        self._known = frozenset(cells["cell_id"])
        self._places = pd.DataFrame(columns=["longitude", "latitude", "cell_id", "weight"]).astype(
            {"longitude": float, "latitude": float, "cell_id": object, "weight": float}
        )

    def attribute(self, tickets: pd.DataFrame, all_cells: pd.Series) -> pd.DataFrame:
        """Attribute tickets; the weights of each ticket sum to 1, nothing is lost.

        Args:
            tickets: ``ticket_id, cell_id, longitude, latitude, region_id``.
            all_cells: cell_ids that exist, those without coordinates included.

        Returns:
            ``ticket_id, cell_id, weight, attribution``: ``cell`` (named by the ticket),
            ``position`` (probable serving cells), ``region`` (only the region is known; no cell)
            or ``none``. Ordered by ticket, then cell.
        """
        named = tickets["cell_id"].isin(self._known | set(all_cells))
        placed = ~named & tickets["longitude"].notna() & tickets["latitude"].notna()
        if not self._known:
            placed &= False
        by_place = self._by_place(tickets.loc[placed, ["ticket_id", "longitude", "latitude"]])
        rest = tickets[~named & ~tickets["ticket_id"].isin(by_place["ticket_id"])]
        parts = [
            tickets.loc[named, ["ticket_id", "cell_id"]].assign(weight=1.0, attribution="cell"),
            by_place,
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

    def _by_place(self, tickets: pd.DataFrame) -> pd.DataFrame:
        places = tickets[["longitude", "latitude"]].drop_duplicates()
        new = places.merge(
            self._places[["longitude", "latitude"]].drop_duplicates(), how="left", indicator=True
        )
        new = new.loc[new["_merge"] == "left_only", ["longitude", "latitude"]]
        if len(new):
            points = new.reset_index(drop=True)
            points["ticket_id"] = points.index.astype(str)
            found = serving_cells(points, self._cells).merge(points, on="ticket_id")
            found = found.assign(weight=on_grid(found["weight"]))
            fresh = found[["longitude", "latitude", "cell_id", "weight"]]
            self._places = pd.concat([self._places, fresh], ignore_index=True)
        result = tickets.merge(self._places, on=["longitude", "latitude"])
        return result[["ticket_id", "cell_id", "weight"]].assign(attribution="position")
