"""Tickets as the scan sees them: pieces of a ticket in units, with the hours they came to be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasting.bursts.zones import Zones

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

_HOUR_US = 3_600_000_000


@dataclass(frozen=True)
class Pieces:
    """One entry per ticket and unit, in order of recording; hours count from 1970-01-01 UTC.

    Attributes:
        ticket: row of the ticket in the frame it was made from.
        unit: position among the units.
        weight: share of the ticket; on the binary grid of attribution, so that sums are exact.
        created: hour of the complaint.
        recorded: hour from which it was known.
    """

    ticket: Ints
    unit: Ints
    weight: Array
    created: Array
    recorded: Array

    def known_at(self, hour: float) -> Pieces:
        """Those that were recorded by then."""
        return self.take(self.recorded <= hour)

    def take(self, keep: NDArray[np.bool_]) -> Pieces:
        """A part of them."""
        return Pieces(
            self.ticket[keep],
            self.unit[keep],
            self.weight[keep],
            self.created[keep],
            self.recorded[keep],
        )


def hours_of(moments: pd.Series) -> Array:
    """Hours since 1970-01-01 UTC of aware moments."""
    stamps = moments.astype("datetime64[us, UTC]").astype("int64")
    return np.asarray(stamps.to_numpy() / _HOUR_US, np.float64)


def make_pieces(tickets: pd.DataFrame, shares: pd.DataFrame, hexes: Ints, zones: Zones) -> Pieces:
    """Put tickets into units.

    Args:
        tickets: ``ticket_id, created_at, recorded_at``; of a ticket without the latter, known from
            its creation on.
        shares: ``ticket_id, cell_id, weight`` (see ``cells.attribution``).
        hexes: H3 index of each ticket's own place, 0 without one; used where no cell stands for it.
        zones: units.
    """
    row = pd.Series(np.arange(len(tickets)), index=tickets["ticket_id"])
    unit = shares["cell_id"].map(zones.cell_units)
    named = unit.notna()
    parts = pd.DataFrame(
        {
            "ticket": shares.loc[named, "ticket_id"].map(row),
            "unit": unit[named].astype(np.int64),
            "weight": shares.loc[named, "weight"],
        }
    )
    own = ~np.isin(np.arange(len(tickets)), parts["ticket"].to_numpy()) & (hexes > 0)
    at = np.searchsorted(zones.units, hexes[own])
    alone = pd.DataFrame({"ticket": np.flatnonzero(own), "unit": at, "weight": 1.0})
    both = pd.concat([part for part in (parts, alone) if len(part)] or [parts])
    joined = both.groupby(["ticket", "unit"], sort=True)["weight"].sum().reset_index()
    created = hours_of(tickets["created_at"])
    recorded = np.maximum(hours_of(tickets["recorded_at"].fillna(tickets["created_at"])), created)
    ticket = joined["ticket"].to_numpy(np.int64)
    order = np.lexsort((joined["unit"].to_numpy(), ticket, created[ticket], recorded[ticket]))
    ticket = ticket[order]
    return Pieces(
        ticket,
        joined["unit"].to_numpy(np.int64)[order],
        joined["weight"].to_numpy(np.float64)[order],
        created[ticket],
        recorded[ticket],
    )
