"""Is a change more than chance? Better or worse is said of that alone."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from dashboard.web.view.trend_words import MINUTES, MORE_IS_BETTER

Verdict = Literal["better", "worse", "more", "less", "level", "unknown"]
_Z = 1.96  # two-sided 95 %
# Quantiles of times come without their error: a tenth is taken as the least that counts.
_TIME_CHANGE = 0.10
_WHOLE = {"low_share": "rated", "timely_rate": "due", "repeat_rate": "identified"}


@dataclass(frozen=True)
class Change:
    """A measure against the same measure of another period.

    Attributes:
        then: its value in the other period.
        relative: change as a share of it; None: unknown.
        points: difference in points, of shares and scores.
        verdict: in one word; ``level``: chance explains it.
    """

    then: float | None
    relative: float | None
    points: float | None
    verdict: Verdict


def change(measure: str, now: Mapping[str, Any], then: Mapping[str, Any]) -> Change:
    """Compare one measure of two periods.

    Counts are compared as Poisson rates on the logarithmic scale (the difference of the
    logarithms has a variance of 1/n₁ + 1/n₀), shares as two proportions, mean scores by the
    spread of scores, times by a tenth.

    Args:
        measure: its name.
        now: values of the period by name, with the counts behind them.
        then: of the other period.
    """
    a, b = _known(now.get(measure)), _known(then.get(measure))
    if a is None or b is None:
        return Change(b, None, None, "unknown")
    relative = None if b == 0 else a / b - 1
    clear = _is_clear(measure, now, then, a, b)
    if not clear:
        verdict: Verdict = "level"
    elif measure == "tickets":
        verdict = "more" if a > b else "less"
    else:
        verdict = "better" if (a > b) == (measure in MORE_IS_BETTER) else "worse"
    return Change(b, relative, a - b, verdict)


def _is_clear(
    measure: str, now: Mapping[str, Any], then: Mapping[str, Any], a: float, b: float
) -> bool:
    if measure in MINUTES:
        return b > 0 and abs(a / b - 1) >= _TIME_CHANGE
    whole = _WHOLE.get(measure, "rated" if measure == "satisfaction" else "tickets")
    n1, n0 = (_known(side.get(whole)) or 0.0 for side in (now, then))
    if whole == "tickets":
        if min(n1, n0) <= 0 or min(a, b) <= 0:
            # Against none at all: more than chance brings (95 % of a Poisson count: 3.7).
            return max(n1, n0) > 3.7
        return abs(math.log(a / b)) > _Z * math.sqrt(1 / n1 + 1 / n0)
    if n1 <= 1 or n0 <= 1:
        return False
    pooled = (a * n1 + b * n0) / (n1 + n0)
    spread = pooled * (1 - pooled) if measure in _WHOLE else _known(now.get("score_variance"))
    return bool(spread) and abs(a - b) > _Z * math.sqrt((spread or 0) * (1 / n1 + 1 / n0))


def _known(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)
