"""The hidden state of the city and its step from hour to hour; it alone decides the future."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from ingest.simulator import annoyance, causes, plans
from ingest.simulator.city import City
from ingest.simulator.profile import activity, complain_rate
from ingest.simulator.rng import Stream, stream

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

CROWD = len(causes.CAUSES)  # cause code of crowds, beside the faults' own
CAUSE_NAMES = (*causes.NAMES, "crowd")


@dataclass
class State:
    """Arrays have one value per cell. ``age`` counts whole hours since the fault began."""

    kind: Ints
    severity: Array
    age: Ints
    gain: Array  # how strongly this fault shows in the KPIs, around 1
    daytime: NDArray[np.bool_]
    fault: Ints  # number of the fault, 0 = none
    pools: Array  # see annoyance.fill
    memory: Array  # fading count of past complaints
    blamed: Ints  # cause code that last added annoyance
    blamed_fault: Ints
    relief: Array  # what capacity works left of the offered load, 1 = all
    works: list[plans.Work] = field(default_factory=list)
    events: list[plans.Event] = field(default_factory=list)
    faults: int = 0  # faults so far


@dataclass(frozen=True)
class Hour:
    """What happened in one hour, as the KPI and ticket writers need it."""

    local: datetime
    kind: Ints
    strength: Array  # severity × ramp, 0 where the fault does not act now
    gain: Array
    users: Array  # who would use the cell
    load: Array
    causing: Array  # expected complaints with a cause, (5, cells), see annoyance.given_off
    background: Array
    repeat: Array
    ended: list[tuple[int, int]]  # (cell, fault number)
    started: list[tuple[int, int, int, float]]  # (cell, fault number, kind, severity)
    announced: tuple[list[plans.Work], list[plans.Event]]
    mended: list[tuple[int, int, str]] = field(default_factory=list)  # of ``ended``: by whom


def new_state(city: City) -> State:
    """A city without any trouble yet."""
    n = len(city.cells)
    return State(
        kind=np.zeros(n, np.int64),
        severity=np.zeros(n),
        age=np.zeros(n, np.int64),
        gain=np.ones(n),
        daytime=np.zeros(n, bool),
        fault=np.zeros(n, np.int64),
        pools=np.zeros((5, 2, n)),
        memory=np.zeros(n),
        blamed=np.zeros(n, np.int64),
        blamed_fault=np.zeros(n, np.int64),
        relief=np.ones(n),
    )


def strength(state: State, local: datetime, ahead: int = 0) -> Array:
    """Severity × ramp of the present faults ``ahead`` hours on; zero where they rest at night."""
    ramp = np.minimum(1.0, (state.age + ahead + 1) / causes.RAMP_HOURS[state.kind])
    rests = state.daytime & (not 8 <= local.hour < 20)
    return np.where((state.kind == causes.NONE) | rests, 0.0, state.severity * ramp)


def felt(
    city: City,
    kind: Ints,
    acting: Array,
    local: datetime,
    crowd: Array,
    *,
    relief: Array | float = 1.0,
) -> tuple[Array, Array, Array, Array]:
    """What users feel in an hour.

    Returns:
        severity (0 … 1), exposure (complaints to come), users, load: one value per cell.
    """
    share = activity(local, city.office) * crowd
    return feel(city, kind, acting, share, relief=relief)


def feel(
    city: City,
    kind: Ints | int,
    acting: Array | float,
    share: Array,
    *,
    relief: Array | float = 1.0,
    cells: slice | Ints = slice(None),
) -> tuple[Array, Array, Array, Array]:
    """``felt`` for some cells, from the ``share`` of their peak at which they are used.

    ``share`` may have a row for each of several hours; ``kind`` and ``acting`` fit beside it.
    """
    load = city.load[cells] * relief * share * np.exp(causes.LOAD[kind] * acting)
    crowded = 0.8 * np.clip((load - 0.85) / 0.6, 0, 1)
    severity = np.maximum(causes.FELT[kind] * acting, crowded)
    users = city.users_peak[cells] * share
    exposure = annoyance.PER_EXPOSURE * users * severity * city.sensitivity[cells]
    return severity, exposure, users, load


def step(
    city: City, state: State, local: datetime, mended: Sequence[tuple[int, int, str]] = ()
) -> Hour:
    """Advance the state by the hour that starts at ``local`` (aware, whole hour).

    ``mended`` (cell, fault number, repair) were ended by a repair just before it.
    """
    hour = int(local.timestamp() // 3600)
    announced: tuple[list[plans.Work], list[plans.Event]] = ([], [])
    if local.hour == 10:
        announced = plans.announce(city, local)
        state.works += announced[0]
        state.events += announced[1]
    rng = stream(city.seed, Stream.FAULTS, hour)
    ended = _end_faults(city, state, rng)
    started = _start_faults(city, state, rng, local)
    state.works = [w for w in state.works if w.ends_at > local]
    state.events = [e for e in state.events if e.ends_at > local]
    crowd = plans.crowd_factor(city, state.events, local)
    acting = strength(state, local)
    severity, exposure, users, load = felt(
        city, state.kind, acting, local, crowd, relief=state.relief
    )
    annoyance.fill(state.pools, exposure, severity)
    _blame(state, exposure, acting, crowd)
    readiness = complain_rate(local)
    causing = annoyance.given_off(state.pools, readiness)
    background = annoyance.background_rate(city.cells["subscribers"].to_numpy(float), readiness)
    repeat = annoyance.repeat_share(state.memory)
    state.memory *= annoyance.REPEAT_KEEP
    result = Hour(
        local=local, kind=state.kind.copy(), strength=acting, gain=state.gain.copy(), users=users,
        load=load, causing=causing, background=background, repeat=repeat,
        ended=[(cell, number) for cell, number, _ in mended] + ended, started=started,
        announced=announced, mended=list(mended),
    )  # fmt: skip
    state.age += 1
    return result


def clear_faults(state: State, cells: Ints) -> None:
    """End the faults of these cells now."""
    state.kind[cells] = causes.NONE
    state.severity[cells] = 0.0
    state.fault[cells] = 0
    state.daytime[cells] = False


def _end_faults(city: City, state: State, rng: np.random.Generator) -> list[tuple[int, int]]:
    per_cell, per_site = rng.random(len(city.cells)), rng.random(city.sites)
    draw = np.where(causes.SITE_WIDE[state.kind], per_site[city.site], per_cell)
    over = np.flatnonzero((state.kind != causes.NONE) & (draw < causes.END_PER_HOUR[state.kind]))
    ended = [(int(cell), int(state.fault[cell])) for cell in over]
    clear_faults(state, over)
    return ended


def _start_faults(
    city: City, state: State, rng: np.random.Generator, local: datetime
) -> list[tuple[int, int, int, float]]:
    n, sites = len(city.cells), city.sites
    wanted = np.zeros(n, np.int64)
    number = np.zeros(n, np.int64)
    for code, cause in enumerate(causes.CAUSES):
        units = sites if cause.site_wide else n
        begins = np.flatnonzero(rng.random(units) < cause.per_cell_day / 24)
        if cause.name == "after_works":
            begins = _works_gone_wrong(state, rng, local)
        for unit in begins:
            state.faults += 1
            hit = city.site == unit if cause.site_wide else np.arange(n) == unit
            hit &= (state.kind == causes.NONE) & (wanted == 0)
            wanted[hit], number[hit] = code, state.faults
    severity = causes.SEVERITY_LOW + causes.SEVERITY_SPAN * rng.beta(2, 2, n)
    gain = np.exp(rng.normal(0, 0.3, n))
    by_day = rng.random(sites)[city.site] < 0.5
    new = np.flatnonzero(wanted)
    state.kind[new] = wanted[new]
    state.severity[new] = severity[new]
    state.gain[new] = gain[new]
    state.age[new] = 0
    state.fault[new] = number[new]
    may_rest = np.array([c.daytime for c in causes.CAUSES])
    state.daytime[new] = by_day[new] & may_rest[wanted[new]]
    return [(int(c), int(number[c]), int(wanted[c]), float(severity[c])) for c in new]


def _works_gone_wrong(state: State, rng: np.random.Generator, local: datetime) -> Ints:
    over = sorted((w for w in state.works if w.ends_at == local), key=lambda w: w.number)
    luck = rng.random(len(over))
    wrong = [w.site for w, u in zip(over, luck, strict=True) if u < causes.WORK_GOES_WRONG]
    return np.unique(np.array(wrong, np.int64))


def _blame(state: State, exposure: Array, acting: Array, crowd: Array) -> None:
    suffering = exposure > 0
    congested = np.where(crowd > 1, CROWD, causes.INDEX["congestion"])
    by_fault = (causes.FELT[state.kind] * acting > 0) | (state.kind == causes.INDEX["congestion"])
    state.blamed = np.where(suffering, np.where(by_fault, state.kind, congested), state.blamed)
    state.blamed_fault = np.where(suffering, np.where(by_fault, state.fault, 0), state.blamed_fault)
