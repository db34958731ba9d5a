"""What the scan learns once a week, at local Monday midnight, from what was known then.

Parameters that hold for a week keep a burst's height, beginning and name the same from run to run;
and the draws behind the recurrence interval are made once. They are kept in a file under a hash of
the facts and settings they come from.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecasting.bursts.chance import Chance, draw_chance
from forecasting.bursts.ground import Ground
from forecasting.bursts.pieces import Pieces
from forecasting.bursts.rates import FADING_H, Memory, dispersion, mixture
from forecasting.bursts.rhythm import Rhythm, learn_rhythm
from forecasting.bursts.settings import BurstSettings
from forecasting.bursts.zones import Zones
from forecasting.errors import NotEnoughHistoryError

Array = NDArray[np.float64]

MIN_DAYS, MIN_TICKETS = 7, 30
_VERSION = 2  # a change of method makes kept files useless


@dataclass(frozen=True)
class Learned:
    """Parameters from one anchor on.

    Attributes:
        rhythm: of the day and of recording.
        levels: tickets a day ahead of the anchor, shape (7, regions).
        weights: of the region's share and of each fading memory.
        spread: relative variance of a unit's rate from day to day in normal life.
        chance: how high chance reaches.
    """

    rhythm: Rhythm
    levels: Array
    weights: Array
    spread: float
    chance: Chance


def learn(ground: Ground, anchor: float, folder: Path | None) -> Learned:
    """Learn from the pieces recorded by ``anchor``, or take what was learnt from the same ones.

    Args:
        ground: tickets, zones, clock and settings; later tickets are not looked at.
        anchor: hours since 1970, a local midnight.
        folder: where results are kept; None: nowhere.

    Raises:
        NotEnoughHistoryError: less than a week, or fewer than 30 tickets, are known.
    """
    known = ground.pieces.known_at(anchor)
    known = known.take(known.created > anchor - 24.0 * 3 * ground.settings.learn_days)
    tickets = len(np.unique(known.ticket))
    if tickets < MIN_TICKETS or known.created.min() > anchor - 24.0 * MIN_DAYS:
        raise NotEnoughHistoryError(
            f"{tickets} tickets with a place are known: bursts need {MIN_TICKETS} of a week or more"
        )
    key = _key(known, anchor, ground.zones, ground.settings)
    path = None if folder is None else folder / f"bursts-{key}.json"
    if path is not None:
        try:
            return _read(json.loads(path.read_bytes()))
        except (OSError, ValueError, KeyError, TypeError):
            pass  # not learnt yet, or damaged: learn it
    made = _learn(known, anchor, ground)
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_suffix(".tmp")
        aside.write_text(json.dumps(_plain(made)), "utf-8")
        aside.replace(path)
    return made


def _learn(known: Pieces, anchor: float, ground: Ground) -> Learned:
    zones, settings = ground.zones, ground.settings
    _, first = np.unique(known.ticket, return_index=True)
    recent = first[known.created[first] > anchor - 24.0 * settings.learn_days]
    rhythm = learn_rhythm(known.created[recent], known.recorded[recent], anchor, ground.hours)
    days = int(min(settings.learn_days, (anchor - known.created.min()) // 24))
    counts, spread = _daily(known, anchor, days, len(zones.units))
    regional = np.zeros((days, len(zones.regions)))
    np.add.at(regional.T, zones.region, counts)
    parts = _parts(known, anchor, days, zones, regional.mean(axis=0))
    weights = mixture(parts.reshape(len(parts), -1), counts.ravel())
    expected = np.tensordot(weights, parts, axes=1)
    phi = dispersion(counts, spread, expected)
    levels = np.column_stack([_ahead(column) for column in regional.T])
    now = _parts(known, anchor + 24.0, 1, zones, levels.mean(axis=0))
    chance = draw_chance(
        np.tensordot(weights, now, axes=1)[:, 0],
        zones.discs,
        rhythm,
        phi,
        windows=settings.windows_h,
        at_least=settings.min_tickets,
        tickets=settings.simulated_tickets,
        apart_h=settings.ends_after_h,
        seed=settings.seed,
    )
    return Learned(rhythm, levels, weights, phi, chance)


def _daily(known: Pieces, anchor: float, days: int, units: int) -> tuple[Array, Array]:
    """Complaints by unit and day before the anchor, and the sums of their squared fractions."""
    day = np.floor((known.created - anchor) / 24.0).astype(np.int64) + days
    inside = (day >= 0) & (day < days)
    counts, spread = np.zeros((units, days)), np.zeros((units, days))
    at = (known.unit[inside], day[inside])
    np.add.at(counts, at, known.weight[inside])
    np.add.at(spread, at, known.weight[inside] ** 2)
    return counts, spread


def _parts(known: Pieces, anchor: float, days: int, zones: Zones, level: Array) -> Array:
    """What each part alone expects of unit and day, shape (parts, units, days)."""
    units = np.arange(len(zones.units))
    share = zones.subscribers * level[zones.region] / _totals(zones)[zones.region]
    starts = anchor - 24.0 * np.arange(days, 0, -1)
    pairs = np.repeat(units, days), np.tile(starts, len(units))
    faded = Memory.of(known, len(units)).per_hour(*pairs) * 24.0
    own = faded.reshape(len(FADING_H), len(units), days)
    return np.concatenate([np.broadcast_to(share[:, None], (1, len(units), days)), own])


def _totals(zones: Zones) -> Array:
    """Subscribers of each region."""
    sums = np.bincount(zones.region, zones.subscribers, len(zones.regions))
    return np.asarray(np.where(sums > 0, sums, 1.0))


def shares(zones: Zones) -> Array:
    """Each unit's share of its region's subscribers."""
    return np.asarray(zones.subscribers / _totals(zones)[zones.region])


def _ahead(counts: Array) -> Array:
    """Seven days ahead: four same weekdays, drawn half-way to their mean (``regions.models``).

    The region's champion is not asked: it may change with every run, and with it the height of a
    burst that began days ago.
    """
    if len(counts) < 28:
        return np.full(7, counts.mean())
    weeks = counts[-28:].reshape(4, 7)
    return np.asarray((weeks.mean(axis=0) + weeks.mean()) / 2)


def _key(known: Pieces, anchor: float, zones: Zones, settings: BurstSettings) -> str:
    what = hashlib.sha256(
        settings.model_dump_json(exclude={"false_alarm_days", "memory_days"}).encode()
    )
    what.update(repr((_VERSION, anchor, zones.regions)).encode())
    for array in (
        zones.units, zones.subscribers, zones.region, zones.discs.indices, zones.discs.indptr,
        known.unit, known.weight, known.created, known.recorded,
    ):  # fmt: skip
        what.update(np.ascontiguousarray(array).tobytes())
    return what.hexdigest()[:16]


def _plain(made: Learned) -> dict[str, Any]:
    return {
        "profile": made.rhythm.profile.tolist(),
        "delays": made.rhythm.delays.tolist(),
        "levels": made.levels.tolist(),
        "weights": made.weights.tolist(),
        "spread": made.spread,
        "days": made.chance.days,
        "peaks": made.chance.peaks.tolist(),
        "hours": made.chance.hours.tolist(),
    }


def _read(kept: dict[str, Any]) -> Learned:
    return Learned(
        Rhythm(np.array(kept["profile"]), np.array(kept["delays"])),
        np.array(kept["levels"]),
        np.array(kept["weights"]),
        float(kept["spread"]),
        Chance(int(kept["days"]), np.array(kept["peaks"]), np.array(kept["hours"])),
    )
