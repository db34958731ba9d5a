"""From the sums of an area to its rates, its usual level and its colour: one rule for all areas."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasting.areas.shrink import Prior, at_least_one, prior_of, ratio_of
from forecasting.policy import Policy, colour_areas

Reals = NDArray[np.float64]
ASSESSED = [
    "rate_per_10k", "rate_shrunk", "probability", "usual_low_complaints", "usual_shrunk", "ratio",
    "ratio_lower", "ratio_upper", "status",
]  # fmt: skip


def assess(areas: pd.DataFrame, counts: Reals, horizon: float, policy: Policy) -> pd.DataFrame:
    """Rates, usual levels and colours of the areas of one level.

    Args:
        areas: columns of ``areas.sums.cell_sums``, one row per area; ``subscribers`` may be those
            that were delivered.
        counts: low-satisfaction complaints of each area in the weeks before, by their chance.
        horizon: length of the horizon / length of those weeks; NaN where there were none.
        policy: colour rules.

    Returns:
        ``areas`` and ``ASSESSED``: expected complaints per 10,000 subscribers, plain and drawn to
        the level's; chance of at least one; complaints usual in the length of the horizon, counted
        and drawn to the level's; expected / usual with its credible interval; the colour.
    """
    expected = areas["expected_low_complaints"].to_numpy(float)
    subscribers = areas["subscribers"].to_numpy(float)
    known = np.isfinite(subscribers) & (subscribers > 0)
    exposure = np.where(known, subscribers, areas["exposure"].to_numpy(float))
    whole = areas["whole"].fillna(1.0).to_numpy(float)
    usual_prior = prior_of(counts / whole, exposure / whole)
    usual = exposure * horizon * usual_prior.shrunk(counts / whole, exposure / whole)
    certainty = policy.areas.certainty * areas["faults"].fillna(1.0).to_numpy(float)
    ratio = ratio_of(
        expected, certainty, usual, counts / whole + usual_prior.strength, policy.regions.sigma
    )
    common = _common(expected, exposure, usual_prior)
    result = areas.assign(
        rate_per_10k=_per_10k(expected, subscribers, known),
        rate_shrunk=np.where(
            known, 1e4 * common.shrunk(expected / whole, exposure / whole), np.nan
        ),
        probability=at_least_one(expected, certainty),
        usual_low_complaints=counts * horizon,
        usual_shrunk=usual,
        ratio=ratio.mean,
        ratio_lower=ratio.lower,
        ratio_upper=ratio.upper,
    )
    return result.assign(status=colour_areas(result, policy))


def _per_10k(expected: Reals, subscribers: Reals, known: NDArray[np.bool_]) -> Reals:
    rate: Reals = 1e4 * expected / np.where(known, subscribers, np.nan)
    return rate


def _common(expected: Reals, exposure: Reals, usual: Prior) -> Prior:
    """What the level expects on the whole; how much areas differ is what their counts say.

    A forecast has no chance of counting in it, so its own spread would tell nothing of that.
    """
    some = np.isfinite(expected) & (exposure > 0)
    total = float(exposure[some].sum())
    return Prior(float(expected[some].sum()) / total if total > 0 else 0.0, usual.strength)
