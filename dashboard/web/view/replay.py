"""The moments that can be shown again: one step per published snapshot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from dashboard.web.context import Look


@dataclass(frozen=True)
class Day:
    """A local day on the slider.

    Attributes:
        day: the date.
        moments: as_of of its snapshots in the operator's zone, ascending; empty when none is kept.
    """

    day: date
    moments: tuple[datetime, ...]


@dataclass(frozen=True)
class Replay:
    """What the slider offers.

    Attributes:
        days: all days from the first snapshot's to the last one's, those without any too.
        here: place of the shown snapshot among all moments; None when it is gone.
    """

    days: tuple[Day, ...]
    here: int | None

    @property
    def moments(self) -> tuple[datetime, ...]:
        """All steps, ascending."""
        return tuple(moment for day in self.days for moment in day.moments)


def replay(published: Sequence[datetime], shown: datetime, zone: ZoneInfo) -> Replay:
    """Days and steps.

    Args:
        published: as_of of all kept snapshots.
        shown: as_of of the snapshot on the screen.
        zone: of the operator's days.
    """
    moments = sorted({moment.astimezone(zone) for moment in published})
    days: list[Day] = []
    if moments:
        day, last = moments[0].date(), moments[-1].date()
        while day <= last:
            days.append(Day(day, tuple(m for m in moments if m.date() == day)))
            day += timedelta(days=1)
    # Names of snapshots tell whole seconds.
    place = {moment: n for n, moment in enumerate(moments)}
    return Replay(tuple(days), place.get(shown.astimezone(zone).replace(microsecond=0)))


def moment_text(look: Look) -> str:
    """``at`` of the snapshot on the screen: ISO 8601 with the operator's offset."""
    shown = look.snapshot.manifest.as_of.astimezone(look.words.zone)
    return shown.isoformat(timespec="seconds")
