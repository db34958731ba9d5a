"""Alarms of the network's elements: beside some of the faults, and many that mean nothing.

They follow the hidden faults but never act on them: no other draw depends on an alarm, and the
oracle does not look at them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from importlib import resources
from typing import Any

import numpy as np

from ingest.simulator.causes import NAMES
from ingest.simulator.city import City
from ingest.simulator.plans import Work
from ingest.simulator.rng import Stream, stream
from ingest.simulator.state import Hour

NOISE_PER_CELL_DAY = 0.005  # alarms without a fault: ten a day in 2,000 cells
_NOISE_ON_CELL = 0.4
_FLAPS = 0.2  # share of alarms that come and go before they stay
_TWICE = 0.1  # share that a second element manager reports as well
_ACKNOWLEDGED = 0.5
_CLEARED_AT_ONCE, _CLEARED_LATER = 0.65, 0.25  # the rest is never cleared
_Where = tuple[int, int | None]  # site, and the cell where the alarm names one
_SEVERITIES = ("warning", "minor", "major", "critical")


@dataclass
class Alarm:
    """One alarm with what the city will tell of it; ``fault`` 0 belongs to none.

    ``cell`` is None where the alarm names the site alone. Until ``cleared_at`` is known it stands.
    """

    alarm_id: str
    site: int
    cell: int | None
    raised_at: datetime
    acknowledged_at: datetime | None
    cleared_at: datetime | None
    severity: str
    text: tuple[str, str, str, str]
    fault: int = 0
    withdrawn: bool = False

    @property
    def seen_at(self) -> datetime | None:
        """Its acknowledgement; nobody acknowledges what is cleared."""
        seen = self.acknowledged_at
        return None if seen and self.cleared_at and seen >= self.cleared_at else seen

    def moments(self) -> list[datetime]:
        """When something about it becomes known."""
        if self.withdrawn:
            return []
        return [t for t in (self.raised_at, self.seen_at, self.cleared_at) if t is not None]

    def has_news(self, since: datetime, until: datetime) -> bool:
        """Something about it became known in (since, until]."""
        return any(since < moment <= until for moment in self.moments())


@dataclass
class AlarmBook:
    """Alarms that may still change: of present faults, or with times ahead."""

    open: list[Alarm] = field(default_factory=list)

    def live(self, city: City, works: Iterable[Work], hour: Hour) -> list[Alarm]:
        """One hour: faults that end clear their alarms, what begins may raise some.

        Args:
            city: where it happens.
            works: those planned, to see which begin in this hour.
            hour: what happened.

        Returns:
            New alarms, some raised hours ahead: told when their time has come, withdrawn when
            their fault ends before.
        """
        rng = stream(city.seed, Stream.ALARMS, int(hour.local.timestamp() // 3600))
        self._end({number for _, number in hour.ended}, hour.local, rng)
        draw = _Draw(city, hour.local, rng)
        for number, (kind, severity, cells) in _by_fault(hour).items():
            draw.of_fault(number, NAMES[kind], severity, cells)
        for work in works:
            if work.starts_at == hour.local:
                draw.of_work(work)
        for _ in range(int(rng.poisson(NOISE_PER_CELL_DAY / 24 * len(city.cells)))):
            draw.noise()
        self.open = [a for a in self.open if a.fault or max(a.moments()) > hour.local]
        self.open += draw.made
        return draw.made

    def _end(self, faults: set[int], local: datetime, rng: np.random.Generator) -> None:
        """The faults are over: withdraw what was not raised yet, clear what stands."""
        kept = []
        for alarm in self.open:
            if alarm.fault in faults:
                if alarm.raised_at >= local:
                    alarm.withdrawn = True
                    continue
                if alarm.cleared_at is None or alarm.cleared_at > local:
                    alarm.cleared_at = _clearing(local, rng)
                alarm.fault = 0
            kept.append(alarm)
        self.open = kept


def row(alarm: Alarm, city: City, sites: list[str], at: datetime) -> dict[str, Any]:
    """The alarm as its system shows it at that moment; its severity stays the one it came with."""
    cleared = alarm.cleared_at if alarm.cleared_at and alarm.cleared_at <= at else None
    seen = alarm.seen_at if alarm.seen_at and alarm.seen_at <= at else None
    kind, cause, problem, description = alarm.text
    cell = None if alarm.cell is None else str(city.cells["cell_id"].iat[alarm.cell])
    return {
        "alarm_id": alarm.alarm_id,
        "cell_id": cell,
        "site_id": sites[alarm.site],
        "raised_at": alarm.raised_at,
        "cleared_at": cleared,
        "acknowledged_at": seen,
        "changed_at": cleared or seen or alarm.raised_at,
        "severity": alarm.severity,
        "kind": kind,
        "probable_cause": cause,
        "specific_problem": problem,
        "description": description,
        "state": "cleared" if cleared else "acknowledged" if seen else "active",
    }


def rows(alarms: Iterable[Alarm], city: City, at: datetime) -> list[dict[str, Any]]:
    """Those raised by then, in order of their raising."""
    sites = list(dict.fromkeys(city.cells["site_id"].astype(str)))
    told = [a for a in alarms if a.raised_at <= at and not a.withdrawn]
    told.sort(key=lambda a: (a.raised_at, a.alarm_id))
    return [row(alarm, city, sites, at) for alarm in told]


@cache
def _texts() -> dict[str, Any]:
    text = resources.files("ingest.simulator").joinpath("alarms.toml").read_text("utf-8")
    return tomllib.loads(text)


def _by_fault(hour: Hour) -> dict[int, tuple[int, float, list[int]]]:
    """Fault number → kind, severity of its first cell, cells."""
    faults: dict[int, tuple[int, float, list[int]]] = {}
    for cell, number, kind, severity in hour.started:
        faults.setdefault(number, (kind, severity, []))[2].append(cell)
    return faults


def _clearing(local: datetime, rng: np.random.Generator) -> datetime | None:
    """When the alarm of a fault that ended at ``local`` is cleared; None: never."""
    luck, minutes, hours = rng.random(), rng.exponential(15), rng.uniform(1, 14)
    if luck < _CLEARED_AT_ONCE:
        return _seconds(local, minutes * 60)
    if luck < _CLEARED_AT_ONCE + _CLEARED_LATER:
        return _seconds(local, hours * 3600)
    return None


def _seconds(moment: datetime, seconds: float) -> datetime:
    return moment + timedelta(seconds=1 + int(seconds))


class _Draw:
    """Draws the alarms of one hour, in a fixed order."""

    def __init__(self, city: City, local: datetime, rng: np.random.Generator) -> None:
        self.city, self.local, self.rng = city, local, rng
        self.made: list[Alarm] = []

    def of_fault(self, number: int, name: str, severity: float, cells: list[int]) -> None:
        """Perhaps alarms beside a fault, minutes to a day after it began."""
        table, rng = _texts()[name], self.rng
        luck, lag = rng.random(), float(np.clip(rng.lognormal(np.log(0.8), 1.3), 0.05, 30))
        if luck >= table["share"]:
            return
        cell = None if table["on"] == "site" else cells[int(rng.integers(len(cells)))]
        raised = _seconds(self.local, lag * 3600)
        where = (int(self.city.site[cells[0]]), cell)
        first = self._raise(name, where, raised, None, severity)
        first.fault = number
        self._flap(first)

    def of_work(self, work: Work) -> None:
        """Elements go down and come back while somebody works on them."""
        rng = self.rng
        luck, begin, after = rng.random(), rng.uniform(0, 0.5), rng.exponential(0.4)
        if luck < _texts()["works"]["share"]:
            raised = _seconds(self.local, begin * 3600)
            cleared = _seconds(work.ends_at, after * 3600)
            self._flap(self._raise("works", (work.site, None), raised, cleared, 0.5))

    def noise(self) -> None:
        """An alarm that means nothing; one in twelve stands for ever."""
        rng = self.rng
        cell = int(rng.integers(len(self.city.cells)))
        on_cell = rng.random() < _NOISE_ON_CELL
        raised = _seconds(self.local, rng.uniform(0, 3599))
        cleared = _seconds(raised, 3600 * float(np.clip(rng.lognormal(np.log(2), 1.4), 0.02, 200)))
        stays = rng.random() < 1 / 12
        where = (int(self.city.site[cell]), cell if on_cell else None)
        self._flap(self._raise("noise", where, raised, None if stays else cleared, 0.4))

    def _flap(self, last: Alarm) -> None:
        """Some come and go before they stay, some are told twice."""
        rng = self.rng
        flaps, twice = rng.random() < _FLAPS, rng.random() < _TWICE
        count, lag = int(rng.integers(1, 5)), float(rng.uniform(1, 90))
        if flaps:
            begin = last.raised_at
            for _ in range(count):
                ended = _seconds(begin, float(rng.uniform(20, 900)))
                self._copy(last, begin, ended)
                begin = _seconds(ended, float(rng.uniform(60, 3000)))
            last.raised_at = begin
            if last.cleared_at is not None and last.cleared_at <= begin:
                last.cleared_at = _seconds(begin, 300)
            if last.acknowledged_at is not None and last.acknowledged_at <= begin:
                last.acknowledged_at = None  # of one that had gone again
        if twice:
            self._copy(last, _seconds(last.raised_at, lag), last.cleared_at)

    def _copy(self, alarm: Alarm, raised: datetime, cleared: datetime | None) -> None:
        if cleared is not None and cleared <= raised:
            cleared = _seconds(raised, 60)
        copy = Alarm(
            self._id(), alarm.site, alarm.cell, raised, None, cleared,
            alarm.severity, alarm.text, alarm.fault,
        )  # fmt: skip
        self.made.append(copy)

    def _raise(
        self,
        name: str,
        where: _Where,
        raised: datetime,
        cleared: datetime | None,
        severity: float,
    ) -> Alarm:
        rng, table = self.rng, _texts()[name]["texts"]
        text = table[int(rng.integers(len(table)))]
        # Loosely related: one step of severity is as much chance as it is fault.
        step = int(np.clip(round(0.6 + 1.8 * severity + rng.normal(0, 0.9)), 0, 3))
        seen = _seconds(raised, 60 + rng.exponential(3600))
        acknowledged = seen if rng.random() < _ACKNOWLEDGED else None
        alarm = Alarm(
            self._id(), *where, raised, acknowledged, cleared, _SEVERITIES[step], tuple(text)
        )
        self.made.append(alarm)
        return alarm

    def _id(self) -> str:
        return f"A{self.local:%Y%m%d%H}{len(self.made):04d}"
