"""The clock that all processes of one data directory share."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path

from dashboard.errors import DashboardError
from ingest.clock import Clock, ScaledClock, SystemClock

FILE_NAME = "clock.json"


def load_clock(data: Path) -> Clock:
    """The demo's scaled clock where ``data/clock.json`` exists, else the machine's.

    Raises:
        DashboardError: the file cannot be understood; a wrong time would poison `known_at`.
    """
    path = data / FILE_NAME
    try:
        raw = json.loads(path.read_text("utf-8"))
        return ScaledClock(
            real_start=_aware(raw["real_start"]),
            simulated_start=_aware(raw["simulated_start"]),
            speed=float(raw["speed"]),
        )
    except (FileNotFoundError, NotADirectoryError):
        return SystemClock()
    except (ValueError, KeyError, TypeError) as error:
        raise DashboardError(
            f"{path}: not a demo clock ({error}); remove it if this is not a demo, "
            "else run `foresite demo --fresh`"
        ) from error


def save_clock(data: Path, clock: ScaledClock) -> None:
    """Write the shared clock; readers see the old file or the new one, never half of one."""
    text = json.dumps(
        {
            "real_start": clock.real_start.isoformat(),
            "simulated_start": clock.simulated_start.isoformat(),
            "speed": clock.speed,
        },
        indent=2,
    )
    partial = data / f".{FILE_NAME}.{os.getpid()}"
    partial.write_text(text, "utf-8")
    partial.replace(data / FILE_NAME)


def _aware(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text} has no offset")
    return moment
