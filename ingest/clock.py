"""Time is an argument: the only place where the machine's clock is read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Anything that tells the present moment as an aware UTC datetime."""

    def now(self) -> datetime:
        """The present moment, time-zone aware."""
        ...


@dataclass(frozen=True)
class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present moment in UTC."""
        return datetime.now(UTC)


@dataclass(frozen=True)
class FixedClock:
    """A clock that stands still, for replays and tests."""

    at: datetime

    def now(self) -> datetime:
        """Always the same moment."""
        return self.at


@dataclass(frozen=True)
class ScaledClock:
    """A clock that runs ``speed`` times as fast as the machine's, from a common start.

    Attributes:
        real_start: moment on the machine's clock at which both agreed.
        simulated_start: moment that this clock showed then.
        speed: simulated seconds per real second; 0 stands still.
    """

    real_start: datetime
    simulated_start: datetime
    speed: float

    def now(self) -> datetime:
        """The simulated moment, time-zone aware."""
        elapsed = (datetime.now(UTC) - self.real_start).total_seconds()
        return self.simulated_start + timedelta(seconds=max(0.0, elapsed) * self.speed)
