"""From what users feel to complaints: annoyance waits, then becomes complaints, some scored low.

Exposure (users × severity) fills two pools that empty with 6 and 36 hours; complaints come from
what the pools give off, mostly in waking hours. Beside each pool the share that will be scored low
is kept for the four combinations of (repeated, answered late), so that the expectation stays exact
and linear.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

KEEP = np.exp(-1 / np.array([6.0, 36.0]))  # kept from hour to hour, per pool
SPLIT = np.array([0.45, 0.55])  # share of exposure that enters each pool

PER_EXPOSURE = 0.0018  # complaints per user-hour at severity 1 (sensitivity 1)
BACKGROUND = 0.0205  # complaints without a cause per 1,200 subscribers and day

SCORED = 0.67  # share of customers who answer the satisfaction question
LATE = 0.25  # share of tickets answered after the limit
COMBINATIONS = ((0, 0), (0, 1), (1, 0), (1, 1))  # (repeated, late)

REPEAT_KEEP = float(np.exp(-1 / (20 * 24)))
REPEAT_HALF = 10.0  # complaints in memory at which every second one is a repetition

BACKGROUND_SEVERITY = 0.1


def low_share(severity: Array | float, repeated: int, late: int) -> Array:
    """Probability that a scored complaint is low (at or below 6 of 10)."""
    logit = -1.3 + 3.0 * np.asarray(severity, float) + 0.9 * repeated + 1.0 * late
    return np.asarray(1 / (1 + np.exp(-logit)))


def low_shares(severity: Array) -> Array:
    """``low_share`` of every combination, shape (4, cells)."""
    return np.stack([low_share(severity, r, late) for r, late in COMBINATIONS])


def combination_weights(repeat_share: Array) -> Array:
    """Probability of every combination, shape (4, cells)."""
    return np.stack(
        [
            np.where(r, repeat_share, 1 - repeat_share) * (LATE if late else 1 - LATE)
            for r, late in COMBINATIONS
        ]
    )


def repeat_share(memory: Array) -> Array:
    """Share of a cell's complaints that repeat an earlier one, from its fading count."""
    return memory / (memory + REPEAT_HALF)


def fill(pools: Array, exposure: Array, severity: Array) -> None:
    """One hour: empty the pools by their share, then add the exposure. ``pools`` is (5, 2, cells).

    Row 0 holds annoyance, rows 1-4 its part that would be scored low in each combination.
    """
    pools *= KEEP[None, :, None]
    parts = np.concatenate([exposure[None], exposure * low_shares(severity)])
    pools += parts[:, None, :] * SPLIT[None, :, None]


def given_off(pools: Array, readiness: float) -> Array:
    """Complaints of this hour, expected, shape (5, cells), rows as in ``fill``."""
    return np.asarray(readiness * np.tensordot(1 - KEEP, pools, axes=(0, 1)))


def background_rate(subscribers: Array, readiness: float) -> Array:
    """Expected complaints without a cause in one hour."""
    return np.asarray(BACKGROUND / 24 * readiness * subscribers / 1200)


def later_weight(readiness: Array) -> tuple[Array, Array]:
    """How much of an exposure is given off until the end of the horizon.

    Args:
        readiness: readiness to complain in every hour of the horizon, shape (hours,).

    Returns:
        Weight of an exposure in hour i, shape (hours,), and of what stands in each pool before
        hour 0, shape (2,).
    """
    hours = len(readiness)
    tail = np.zeros((2, hours + 1))
    for hour in range(hours - 1, -1, -1):
        tail[:, hour] = readiness[hour] * (1 - KEEP) + KEEP * tail[:, hour + 1]
    return SPLIT @ tail[:, :hours], KEEP * tail[:, 0]
