"""What every step of one scan shares."""

from __future__ import annotations

from dataclasses import dataclass

from forecasting.bursts.pieces import Pieces
from forecasting.bursts.rhythm import LocalHours
from forecasting.bursts.settings import BurstSettings
from forecasting.bursts.zones import Zones


@dataclass(frozen=True)
class Ground:
    """Tickets, places and the clock.

    Attributes:
        pieces: of all tickets that are known; each moment sees those recorded by then.
        zones: units and discs.
        hours: the local clock over all of them.
        settings: of the scan.
    """

    pieces: Pieces
    zones: Zones
    hours: LocalHours
    settings: BurstSettings
