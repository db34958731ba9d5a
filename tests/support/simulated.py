"""A city of the simulator large enough for its statistics; read only, made once a run."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from ingest.simulator import simulate
from ingest.simulator.run import ZONE
from tests.support import shared

END = datetime(2026, 6, 15, tzinfo=ZONE)
DAYS = 60


def city_of_500() -> Path:
    """Feeds and truth of 500 cells."""
    return shared.once(
        "city-500", lambda folder: simulate(folder, cells=500, days=DAYS, seed=3, end=END)
    )
