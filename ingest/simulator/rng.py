"""Counter-based random streams: one for every purpose and hour, so that any hour can be redone."""

from __future__ import annotations

from enum import IntEnum

import numpy as np


class Stream(IntEnum):
    """Purposes; a new purpose never moves the draws of the others."""

    LAYOUT = 1
    TRAITS = 2
    PLANS = 3
    FAULTS = 4
    KPIS = 5
    TICKETS = 6
    ALARMS = 7
    WORDS = 8
    HANDOVERS = 9
    REPAIRS = 10


def stream(seed: int, purpose: Stream, hour: int = 0) -> np.random.Generator:
    """The generator of one purpose and hour.

    Args:
        seed: the city's seed, 0 … 2^63.
        purpose: what the numbers are for.
        hour: hours since 1970-01-01T00:00Z.
    """
    return np.random.Generator(np.random.Philox(key=[seed, (int(purpose) << 48) | hour]))
