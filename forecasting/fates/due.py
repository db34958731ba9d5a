"""When a forecast is judged, and by whose knowledge.

First when its horizon and the time for recording complaints are over; then anew at each midnight
(UTC), because scores and late tickets come in, until all of them are in: settled. So the moment of
knowledge of a judgement follows from the moment asked for alone, and not from when the worker ran.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

RECORDING = timedelta(hours=12)  # a complaint is recorded at the latest this long after creation
SETTLING = timedelta(days=7)  # answers and scores come within days; what is later is not waited for
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Due:
    """A forecast that can be judged at a moment.

    Attributes:
        known_at: by what was known then.
        settled: there is no later revision.
    """

    known_at: datetime
    settled: bool


def due(as_of: datetime, horizon_h: int, moment: datetime) -> Due | None:
    """By which knowledge a forecast is judged at ``moment``; None: its horizon is not over.

    Args:
        as_of: of the forecast (aware).
        horizon_h: hours for which it speaks.
        moment: aware; nothing later is used.
    """
    over = as_of + timedelta(hours=horizon_h)
    first = over + RECORDING
    if moment < first:
        return None
    last = _midnight_after(over + SETTLING)
    if moment >= last:
        return Due(last, settled=True)
    return Due(max(first, _midnight(moment)), settled=False)


def _midnight(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _midnight_after(moment: datetime) -> datetime:
    midnight = _midnight(moment)
    return midnight if midnight == moment else midnight + _DAY
