"""Measures of forecasts: pure functions over long frames, explained before they are computed.

A frame has one row per cell and origin. ``score`` ranks (higher is riskier), ``low_complaints`` is
what happened. Where a ticket without a cell was spread over probable cells, ``low_complaints`` is a
fraction, and the chance that the cell had at least one is ``hit`` (0..1). All measures accept such
soft outcomes: a row with hit 0.3 is 0.3 of a positive and 0.7 of a negative.
Rows whose outcome or score is unknown must be taken out before; NaN raises.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from forecasting.errors import ForecastingError

Array = npt.NDArray[np.float64]


def _columns(frame: pd.DataFrame, *names: str) -> list[Array]:
    arrays = []
    for name in names:
        values = frame[name].to_numpy(dtype=np.float64)
        if np.isnan(values).any():
            raise ForecastingError(
                f"column {name!r} has {int(np.isnan(values).sum())} unknown values: take them out"
            )
        arrays.append(values)
    return arrays


def _by_threshold(score: Array, hit: Array) -> tuple[Array, Array]:
    """True positives and selected rows at each distinct threshold, from the highest down."""
    order = np.argsort(-score, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(score[order])), len(score) - 1)
    return np.cumsum(hit[order])[ends], (ends + 1).astype(np.float64)


def average_precision(frame: pd.DataFrame, score: str = "probability", hit: str = "hit") -> float:
    """Area under the precision-recall curve: sum over thresholds of precision x gain in recall.

    Equal scores are one threshold, so that the order of rows never matters. NaN without positives.
    (Definition: scikit-learn's ``average_precision_score``.)
    """
    scores, hits = _columns(frame, score, hit)
    total = hits.sum()
    if len(frame) == 0 or total == 0:
        return float("nan")
    true_positives, selected = _by_threshold(scores, hits)
    gains = np.diff(true_positives, prepend=0.0) / total
    return float(np.sum(true_positives / selected * gains))


def visited(frame: pd.DataFrame, take: int | float, score: str = "probability") -> Array:
    """Share of a visit that each row gets when crews go to the riskiest cells of every origin.

    Args:
        frame: rows with ``as_of`` and the score.
        take: cells per origin (int), or the share of an origin's rows (float), rounded up.
        score: column to rank by.

    Returns:
        1 for rows above the last place, 0 below; rows whose equal scores straddle it share what is
        left, which is the expectation over a random choice among them.
    """
    scores = _columns(frame, score)[0]
    shares = np.zeros(len(scores))
    for rows in frame.groupby("as_of", sort=False).indices.values():
        own = scores[rows]
        # 1 % of 300 is 3: what floating point adds must not make it 4
        wanted = int(np.ceil(take * len(rows) - 1e-9)) if isinstance(take, float) else take
        count = min(wanted, len(rows))
        if count == 0:
            continue
        limit = np.partition(own, len(own) - count)[len(own) - count]
        above, level = own > limit, own == limit
        shares[rows[above]] = 1.0
        shares[rows[level]] = (count - above.sum()) / level.sum()
    return shares


def at_capacity(
    frame: pd.DataFrame, take: int | float, score: str = "probability", hit: str = "hit"
) -> tuple[float, float]:
    """Precision and recall when crews visit the riskiest cells of every origin (see ``visited``).

    Precision: share of the visits (over all origins) that went to a cell with a low-satisfaction
    complaint. Recall: share of such cells that were visited. NaN when undefined.
    """
    hits = _columns(frame, hit)[0]
    return of_visits(visited(frame, take, score), hits)


def of_visits(visits: Array, hits: Array) -> tuple[float, float]:
    """Precision and recall of given visits (``visited``); NaN when undefined."""
    found, made, total = float((visits * hits).sum()), float(visits.sum()), float(hits.sum())
    return (found / made if made else float("nan"), found / total if total else float("nan"))


def recall_at_false_positives(
    frame: pd.DataFrame, share: float, score: str = "probability", hit: str = "hit"
) -> float:
    """Share of the positives above the threshold that lets ``share`` of the negatives through.

    A point of the ROC curve, over all rows together. Between two thresholds it lies on the straight
    line between them: the expectation over a random choice among equal scores. NaN without
    positives or negatives.
    """
    scores, hits = _columns(frame, score, hit)
    positives = hits.sum()
    negatives = len(hits) - positives
    if not positives > 0 or not negatives > 0:
        return float("nan")
    true_positives, selected = _by_threshold(scores, hits)
    false_positives = np.append(0.0, selected - true_positives)
    recall = np.append(0.0, true_positives) / positives
    allowed = share * negatives
    # Of several thresholds with as many false positives, the last has the most true ones.
    at = int(np.searchsorted(false_positives, allowed, side="right")) - 1
    if at == len(recall) - 1:
        return float(recall[at])
    step = false_positives[at + 1] - false_positives[at]
    return float(
        recall[at] + (allowed - false_positives[at]) / step * (recall[at + 1] - recall[at])
    )


def reliability(
    frame: pd.DataFrame, bins: int = 10, probability: str = "probability", hit: str = "hit"
) -> pd.DataFrame:
    """Reliability table: rows sorted by forecast, cut into ``bins`` groups of equal size.

    Returns:
        One row per bin: ``rows``, ``forecast`` (mean probability), ``observed`` (share that came
        true). Calibrated: the two agree in every bin.
    """
    forecasts, hits = _columns(frame, probability, hit)
    order = np.argsort(forecasts, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    return pd.DataFrame(
        {
            "rows": [len(part) for part in parts],
            "forecast": [float(forecasts[part].mean()) for part in parts],
            "observed": [float(hits[part].mean()) for part in parts],
        }
    )


def calibration_error(
    frame: pd.DataFrame, bins: int = 10, probability: str = "probability", hit: str = "hit"
) -> float:
    """Expected calibration error: mean over rows of |forecast - observed| of the row's bin."""
    table = reliability(frame, bins, probability, hit)
    if table.empty:
        return float("nan")
    gaps = (table["forecast"] - table["observed"]).abs()
    return float((gaps * table["rows"]).sum() / table["rows"].sum())


def expected_over_observed(
    frame: pd.DataFrame,
    expected: str = "expected_low_complaints",
    observed: str = "low_complaints",
) -> float:
    """Sum of the forecast counts over the sum of what happened; 1 is right, NaN without any."""
    forecast, happened = _columns(frame, expected, observed)
    return float(forecast.sum() / happened.sum()) if happened.sum() > 0 else float("nan")


def interval_coverage(
    frame: pd.DataFrame, lower: str = "lower", upper: str = "upper", observed: str = "observed"
) -> float:
    """Share of rows whose outcome lies inside [lower, upper], both ends included."""
    low, high, happened = _columns(frame, lower, upper, observed)
    return float(((happened >= low) & (happened <= high)).mean()) if len(frame) else float("nan")


def wape(frame: pd.DataFrame, forecast: str = "forecast", observed: str = "observed") -> float:
    """Weighted absolute percentage error: sum of |forecast - observed| / sum of |observed|."""
    forecasts, happened = _columns(frame, forecast, observed)
    total = np.abs(happened).sum()
    return float(np.abs(forecasts - happened).sum() / total) if total > 0 else float("nan")


def mase(
    frame: pd.DataFrame, scale: float, forecast: str = "forecast", observed: str = "observed"
) -> float:
    """Mean absolute scaled error: mean |forecast - observed| / ``scale``.

    ``scale`` is the mean absolute error of seasonal-naive on the history before the forecast
    (Hyndman and Koehler, 2006). Below 1: better than seasonal-naive was.
    """
    forecasts, happened = _columns(frame, forecast, observed)
    if not len(frame) or not scale > 0:
        return float("nan")
    return float(np.abs(forecasts - happened).mean() / scale)
