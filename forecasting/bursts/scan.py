"""The scan: likelihood ratio of every disc and window, at many moments at once.

Expectation-based Poisson scan statistic (Kulldorff, Communications in Statistics 1997; prospective
windows: Kulldorff, JRSS A 2001; known expectations: Neill, 2009).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from forecasting.bursts.pieces import Pieces

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

_BLOCK = 4_000_000  # numbers held at once


def llr(count: Array, expected: Array) -> Array:
    """Log-likelihood ratio of a raised rate: C ln(C/E) - (C - E) where C > E, else 0."""
    count, expected = np.asarray(count, float), np.maximum(np.asarray(expected, float), 1e-9)
    more = count > expected
    ratio = np.where(more, count / expected, 1.0)
    return np.asarray(np.where(more, count * np.log(ratio) - (count - expected), 0.0))


class Found(NamedTuple):
    """Discs and windows with enough tickets, one entry each, by moment, disc, window."""

    moment: Ints
    disc: Ints
    window: Ints
    tickets: Array


def window_counts(pieces: Pieces, moments: Array, window_h: float, units: int) -> Array:
    """Complaints recorded by each moment and created within the window before it.

    Returns:
        Shape (units, moments); a complaint created at T - window is no longer inside.
    """
    enters = np.searchsorted(moments, np.maximum(pieces.recorded, pieces.created), side="left")
    leaves = np.searchsorted(moments, pieces.created + window_h, side="left")
    inside = leaves > enters
    change = np.zeros((units, len(moments) + 1))
    np.add.at(change, (pieces.unit[inside], enters[inside]), pieces.weight[inside])
    np.add.at(change, (pieces.unit[inside], leaves[inside]), -pieces.weight[inside])
    return np.asarray(np.cumsum(change, axis=1)[:, :-1])


def busy(
    pieces: Pieces,
    moments: Array,
    windows: tuple[int, ...],
    discs: sparse.csr_matrix,
    at_least: float,
) -> Found:
    """All discs and windows that hold ``at_least`` complaints, at each moment."""
    step = max(1, _BLOCK // max(1, sum(discs.shape)))
    parts = []
    for start in range(0, len(moments), step):
        some = moments[start : start + step]
        near = pieces.take((pieces.created > some[0] - windows[-1]) & (pieces.recorded <= some[-1]))
        for place, window in enumerate(windows):
            counts = discs @ window_counts(near, some, window, discs.shape[1])
            disc, moment = np.nonzero(counts >= at_least)
            parts.append((moment + start, disc, np.full(len(disc), place), counts[disc, moment]))
    at, which, number, count = (
        np.concatenate([part[i] for part in parts]) if parts else np.empty(0) for i in range(4)
    )
    order = np.lexsort((number, which, at))
    return Found(
        at[order].astype(np.int64),
        which[order].astype(np.int64),
        number[order].astype(np.int64),
        count[order].astype(np.float64),
    )
