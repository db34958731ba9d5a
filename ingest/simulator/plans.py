"""What is planned in the city: works on sites and crowds at events, announced days ahead."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from ingest.simulator.city import City
from ingest.simulator.rng import Stream, stream

_WORKS_PER_SITE_DAY = 0.008
_EVENTS_PER_CELL_DAY = 0.00015
_KINDS = (
    ("cutover", "传输割接"),
    ("maintenance", "设备维护"),
    ("parameter_change", "参数优化调整"),
    ("upgrade", "软件版本升级"),
)
_EVENTS = (
    ("gathering", "演唱会"),
    ("gathering", "足球比赛"),
    ("gathering", "展览会"),
    ("exam", "资格考试"),
    ("assurance", "重大活动保障"),
)


@dataclass(frozen=True)
class Work:
    """One planned work on a site; ``number`` is unique in the city."""

    number: int
    site: int
    announced_at: datetime
    starts_at: datetime
    ends_at: datetime
    kind: str
    description: str


@dataclass(frozen=True)
class Event:
    """One crowd: cells within ``radius_m`` of (x, y) carry ``factor`` times their users."""

    number: int
    name: str
    kind: str
    announced_at: datetime
    starts_at: datetime
    ends_at: datetime
    x: float
    y: float
    longitude: float
    latitude: float
    radius_m: float
    factor: float


def announce(city: City, local: datetime) -> tuple[list[Work], list[Event]]:
    """What is announced at ten o'clock of the day of ``local`` (whole hour, local time)."""
    hour = int(local.timestamp() // 3600)
    rng = stream(city.seed, Stream.PLANS, hour)
    midnight = local.replace(hour=0)
    works = []
    for i in range(int(rng.poisson(_WORKS_PER_SITE_DAY * city.sites))):
        kind, text = _KINDS[int(rng.integers(len(_KINDS)))]
        starts = midnight + timedelta(days=int(rng.integers(4, 11)), hours=int(rng.integers(0, 3)))
        works.append(
            Work(
                number=hour * 100 + i,
                site=int(rng.integers(city.sites)),
                announced_at=local,
                starts_at=starts,
                ends_at=starts + timedelta(hours=int(rng.integers(2, 5))),
                kind=kind,
                description=text,
            )
        )
    events = []
    for i in range(int(rng.poisson(_EVENTS_PER_CELL_DAY * len(city.cells)))):
        kind, name = _EVENTS[int(rng.integers(len(_EVENTS)))]
        cell = int(rng.integers(len(city.cells)))
        begin = 9 if kind == "exam" else int(rng.integers(14, 20))
        starts = midnight + timedelta(days=int(rng.integers(7, 15)), hours=begin)
        row = city.cells.iloc[cell]
        events.append(
            Event(
                number=hour * 100 + i,
                name=f"{str(row['name']).split('-')[0]}{name}",
                kind=kind,
                announced_at=local,
                starts_at=starts,
                ends_at=starts + timedelta(hours=int(rng.integers(3, 6))),
                x=float(city.xy[cell, 0]),
                y=float(city.xy[cell, 1]),
                longitude=float(row["longitude"]),
                latitude=float(row["latitude"]),
                radius_m=float(max(600.0, 1.5 * city.reach_m[cell])),
                factor=float(rng.uniform(1.8, 4.5)),
            )
        )
    return works, events


def crowd_factor(city: City, events: list[Event], local: datetime) -> np.ndarray:
    """How many times their ordinary users the cells carry in the hour that starts at ``local``."""
    factor = np.ones(len(city.cells))
    for event in events:
        if event.starts_at <= local < event.ends_at:
            near = np.hypot(city.xy[:, 0] - event.x, city.xy[:, 1] - event.y) <= event.radius_m
            factor[near] = np.maximum(factor[near], event.factor)
    return factor
