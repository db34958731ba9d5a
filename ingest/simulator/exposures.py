"""What a city's users are going to feel, hour by hour, as far as its present state tells.

Everything comes in blocks of hours × cells: small cities are then not spent on numpy's calls, and
large ones stay in the caches. What users feel costs most; it is computed once for all weighings.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from math import ceil

import numpy as np
from numpy.typing import NDArray

from ingest.simulator import annoyance, causes, plans
from ingest.simulator.city import City
from ingest.simulator.profile import activity
from ingest.simulator.state import State, feel, strength

Array = NDArray[np.float64]

_AT_ONCE = 40_000  # hours × cells of a block
_ACTING = [
    (code, cause) for code, cause in enumerate(causes.CAUSES) if cause.felt != 0 or cause.load != 0
]


@dataclass(frozen=True)
class Weighing:
    """All complaints of the next hours (``weights`` None), or those that will be scored low."""

    hours: int
    weights: Array | None  # (4, cells), see annoyance.combination_weights


@dataclass(frozen=True)
class Exposures:
    """Per hour and cell: with the present fault, without it, from new faults."""

    present: Array
    absent: Array
    fresh: Array


def exposures(
    city: City, state: State, hours: list[datetime], weighings: list[Weighing]
) -> list[Exposures]:
    """The exposures of each weighing, (its hours, cells); ``hours`` are those of the longest."""
    n = len(city.cells)
    made = [Exposures(*(np.zeros((w.hours, n)) for _ in range(3))) for w in weighings]
    sick = np.flatnonzero(state.kind != causes.NONE)
    for block, arising in _blocks(city, state, hours, weighings):
        absent = block.weighed(block.feel(causes.NONE, 0.0))
        acting = np.stack([strength(state, hours[i], ahead=i)[sick] for i in block.rows])
        suffered = block.weighed(block.feel(state.kind[sick], acting, cells=sick), cells=sick)
        fresh = _fresh(block, hours, arising, absent)
        for into, sound, faulty, new in zip(made, absent, suffered, fresh, strict=True):
            rows = slice(block.rows.start, block.rows.start + len(sound))
            into.absent[rows] = sound
            into.present[rows] = sound
            into.present[rows, sick] = faulty
            into.fresh[rows] = new
    return made


@dataclass(frozen=True)
class _Block:
    """Some hours of all cells. ``rows`` are their numbers, counted from the origin."""

    city: City
    relief: Array
    share: Array  # how far the cells are used, (rows, cells)
    rows: range
    weighings: list[Weighing]

    def feel(
        self,
        kind: int | NDArray[np.int64],
        acting: Array | float,
        *,
        rows: slice = slice(None),
        cells: slice | NDArray[np.intp] = slice(None),
    ) -> tuple[Array, Array]:
        """Severity and exposure under one fault, for some of the rows and cells."""
        share = self.share[rows][:, cells]
        severity, exposure, *_ = feel(
            self.city, kind, acting, share, relief=self.relief[cells], cells=cells
        )
        return severity, exposure

    def weighed(
        self,
        felt: tuple[Array, Array],
        *,
        cells: slice | NDArray[np.intp] = slice(None),
    ) -> list[Array]:
        """The exposure of each weighing, as far as its hours reach; felt has the first rows."""
        severity, exposure = felt
        lows: Array | None = None
        found = []
        for weighing in self.weighings:
            rows = max(0, min(len(exposure), weighing.hours - self.rows.start))
            part = exposure[:rows]
            if weighing.weights is not None and rows:
                if lows is None:
                    lows = annoyance.low_shares(severity)
                part = part * (weighing.weights[:, None, cells] * lows[:, :rows]).sum(0)
            found.append(part)
        return found


def _blocks(
    city: City, state: State, hours: list[datetime], weighings: list[Weighing]
) -> Iterator[tuple[_Block, dict[int, Array]]]:
    """The blocks, each with the expected share of cells with a new fault, by cause."""
    n = len(city.cells)
    free = np.where(state.kind == causes.NONE, 1.0, 0.0)
    begun = {code: np.zeros(n) for code, _ in _ACTING}
    size = max(1, _AT_ONCE // n)
    for first in range(0, len(hours), size):
        rows = range(first, min(first + size, len(hours)))
        share = np.empty((len(rows), n))
        arising = {code: np.empty((len(rows), n)) for code, _ in _ACTING}
        for k, i in enumerate(rows):
            share[k] = activity(hours[i], city.office)
            share[k] *= plans.crowd_factor(city, state.events, hours[i])
            for code, cause in _ACTING:
                rate = _rate(city, state, cause, hours[i]) * free
                begun[code] = begun[code] * (1 - causes.END_PER_HOUR[code]) + rate
                arising[code][k] = begun[code]
        yield _Block(city, state.relief, share, rows, weighings), arising


def _rate(city: City, state: State, cause: causes.Cause, local: datetime) -> Array | float:
    """Expected new faults of this hour and cause in a cell without one."""
    if cause.name != "after_works":
        return cause.per_cell_day / 24
    ending = [w.site for w in state.works if w.ends_at == local]
    return np.where(np.isin(city.site, ending), causes.WORK_GOES_WRONG, 0.0)


def _fresh(
    block: _Block, hours: list[datetime], arising: dict[int, Array], absent: list[Array]
) -> list[Array]:
    """What faults that begin within the horizon add, for each weighing.

    Causes differ while their effect grows; afterwards those that are felt alike are computed once.
    """
    fresh = [np.zeros_like(sound) for sound in absent]
    night = np.array([not 8 <= hours[i].hour < 20 for i in block.rows])
    grown: dict[tuple[float, float], list[Array]] = {}
    for code, cause in _ACTING:
        share = np.where(cause.daytime & night, 0.5, 1.0)[:, None] * arising[code]
        growing = max(0, min(len(block.rows), ceil(2 * cause.ramp_hours) - 1 - block.rows.start))
        ramped = (np.array(block.rows[:growing]) + 1) / 2 / cause.ramp_hours
        if growing:
            typical = causes.SEVERITY_MEAN * ramped[:, None]
            _add(fresh, share, _extra(block, code, typical, slice(growing), absent), 0)
        if growing < len(block.rows):
            alike = cause.felt, cause.load
            if alike not in grown:
                grown[alike] = _extra(block, code, causes.SEVERITY_MEAN, slice(None), absent)
            _add(fresh, share, [extra[growing:] for extra in grown[alike]], growing)
    return fresh


def _extra(
    block: _Block, code: int, acting: Array | float, rows: slice, absent: list[Array]
) -> list[Array]:
    """How much more than without a fault."""
    under = block.weighed(block.feel(code, acting, rows=rows))
    return [
        np.maximum(some - sound[: len(some)], 0) for some, sound in zip(under, absent, strict=True)
    ]


def _add(fresh: list[Array], share: Array, extras: list[Array], start: int) -> None:
    for into, extra in zip(fresh, extras, strict=True):
        rows = slice(start, start + len(extra))
        into[rows] += share[rows] * extra
