"""League table of regions: who improves and who slips, by more than noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from dashboard.snapshot import Snapshot
from dashboard.trends import periods
from dashboard.trends.funnel import LIMITS, funnel_of
from dashboard.trends.numbers import numbers
from dashboard.trends.periods import Window
from dashboard.trends.query import TrendQuery
from dashboard.trends.settings import TrendsSettings
from dashboard.trends.sums import Facts
from forecasting.areas.shrink import Prior, prior_of

Reals = NDArray[np.float64]
Unit = Literal["week", "month"]
SURE = 0.95
# Periods before from which it is told how much counts vary.
NOISE_PERIODS = 8
COLUMNS = [
    "rank", "rank_before", "rank_change", "moved", "moved_probability", "region_id", "name",
    "subscribers", "tickets", "rate_per_10k", "rate_shrunk", "rate_lower", "rate_upper",
    "limit_95_lower", "limit_95_upper", "limit_998_lower", "limit_998_upper", "outside",
    "tickets_before", "rate_before", "tickets_last_year", "rate_base", "rate_target", "change",
    "standing", "target_probability", "low_share", "timely_rate", "repeat_rate", "satisfaction",
]  # fmt: skip


@dataclass(frozen=True)
class League:
    """The regions of one week or month.

    Attributes:
        unit: week or month.
        first: first local day.
        last: last local day, inclusive.
        complete: it is over and within the history.
        rate: the rate of all those regions, per 10,000 subscribers.
        dispersion: factor by which regions' counts vary more than chance (funnel).
        noise: factor by which a region's counts vary more than chance from period to period.
        strength: so many complaints of its own make a region's rate count as much as the common
            one; infinite: regions differ by no more than chance, and ranks say nothing.
        target_change: change that a year is to bring (-0.15: 15 % less).
        base: the local days that the target counts from; None: there are none.
        table: one row per region, best rank first; those without subscribers last. See
            :func:`league`.
    """

    unit: Unit
    first: date
    last: date
    complete: bool
    rate: float
    dispersion: float
    noise: float
    strength: float
    target_change: float
    base: tuple[date, date] | None
    table: pd.DataFrame


def league(
    snapshot: Snapshot,
    *,
    unit: Unit,
    day: date,
    within: str | None = None,
    level: int | None = None,
) -> League:
    """The regions of the week or month that holds a day.

    - **Rates are drawn to the common one** (``rate_shrunk``, empirical Bayes, gamma-Poisson: see
      :mod:`forecasting.areas.shrink`), with the interval of 95 % of their posterior
      (``rate_lower, rate_upper``).
    - **Funnel limits** of 95 % and 99.8 % around the common rate (:mod:`dashboard.trends.funnel`);
      ``outside``: ``high_998, high_95, low_95, low_998``, None within.
    - **Rank** by ``rate_shrunk``, 1 is the lowest. A region ``moved`` (``better``, ``worse``) when
      its rate relative to that of all regions fell or rose since the period before with a
      probability of at least 95 %: both rates are gamma distributed, so that the chance follows
      from the beta distribution; counts weigh by the noise from period to period.
      ``rank_change`` (places gained) is given for those alone, and only in the direction they
      moved; else 0. Shared faults and holidays move all regions together: they do not count as a
      change of rank.
    - **Target**: the rate of the same period last year (``rate_base``; or of the baseline year,
      one step a year) times 1 + ``target_change``. ``standing``: ``met`` at or below the target,
      ``on_the_way`` below the base, ``missed`` at or above it, ``unknown`` without a base. The
      ``target_probability`` says how sure that is: the chance that the true rate is at or below
      the target, given how many complaints were counted.

    A period that is not over is compared with the same days of the others, up to the same time.

    Args:
        snapshot: whose knowledge is shown.
        unit: ``week`` (from Monday) or ``month``.
        day: any local day of it.
        within: only the regions below this one.
        level: level of the regions; the coarsest with several when left out.

    Raises:
        TrendQueryError: there is no such region.
    """
    settings = TrendsSettings.model_validate(snapshot.manifest.policy.get("trends") or {})
    filters = {"region": within} if within else {}
    if level is not None:
        filters["level"] = str(level)
    start, end = periods.bounds(unit, day)
    facts = Facts(snapshot, TrendQuery(start, end, unit, ("region",), filters))
    now = Window(start, min(end, max(facts.today, start)), whole=end < facts.today)
    earlier, base, years = periods.before(unit, now), *_base(unit, now, settings)
    regions = sorted(set(facts.shown.values()) & set(facts.areas.by_id) - {within})
    values = pd.DataFrame({"region": regions}, dtype=object)
    found = _of(facts, (now, earlier, base), now, values)
    noise = _noise(facts, unit, now, values)
    funnel, prior = funnel_of(*_pair(found[0])), prior_of(*_pair(found[0]))
    table = _ranked(found, values, facts, noise)
    table = _standing(table, found, settings.target_change, years, noise)
    ordered = table.sort_values(["rank", "rate_per_10k", "region_id"], ignore_index=True)
    start_of = facts.history_from or date.max
    return League(
        unit=unit,
        first=start,
        last=end,
        complete=now.whole and start >= start_of,
        rate=1e4 * funnel.rate if regions else np.nan,
        dispersion=funnel.dispersion,
        noise=noise,
        strength=prior.strength,
        target_change=settings.target_change,
        base=None if base is None or base.first < start_of else (base.first, base.last),
        table=ordered[COLUMNS],
    )


def _base(unit: Unit, now: Window, settings: TrendsSettings) -> tuple[Window | None, int]:
    """The window that the target counts from, and how many years before."""
    if settings.baseline_year is None:
        return periods.last_year(unit, now), 1
    year = now.first.isocalendar().year if unit == "week" else now.first.year
    years = year - settings.baseline_year
    found: Window | None = now if years > 0 else None
    for _ in range(years):
        found = periods.last_year(unit, found) if found is not None else None
    return found, max(years, 1)


def _of(
    facts: Facts, spans: Sequence[Window | None], now: Window, values: pd.DataFrame
) -> list[pd.DataFrame]:
    """Numbers of each window; unknown where the history does not reach back to its first day."""
    there = [span or now for span in spans]
    cuts = [None if now.whole else periods.moment_in(s, facts.as_of, facts.zone) for s in there]
    rows = numbers(facts, there, cuts=cuts, values=values, replies=False)
    found = []
    for number, span in enumerate(spans):
        part = rows.iloc[number * len(values) : (number + 1) * len(values)].reset_index(drop=True)
        if span is None or facts.history_from is None or span.first < facts.history_from:
            part = part.assign(tickets=np.nan, rate_per_10k=np.nan)
        found.append(part)
    return found


def _pair(rows: pd.DataFrame) -> tuple[Reals, Reals]:
    return rows["tickets"].to_numpy(float), rows["subscribers"].to_numpy(float)


def _noise(facts: Facts, unit: Unit, now: Window, values: pd.DataFrame) -> float:
    """How much more than by chance a region's counts vary from one period to the next.

    Pearson's statistic of the table of regions by periods (eight before ``now``), over its degrees
    of freedom: what regions differ by, and what moves them all together, is taken out.
    """
    spans, span = [], Window(*periods.bounds(unit, now.first), whole=True)
    for _ in range(NOISE_PERIODS):
        span = periods.before(unit, span)
        if facts.history_from is not None and span.first >= facts.history_from:
            spans.append(span)
    if len(spans) < 2 or len(values) < 2:
        return 1.0
    rows = numbers(facts, spans, values=values, replies=False)
    table = rows["tickets"].to_numpy(float).reshape(len(spans), len(values))
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0) / max(table.sum(), 1.0)
    strays = np.divide((table - expected) ** 2, expected, where=expected > 0, out=0 * expected)
    return max(1.0, float(strays.sum()) / ((len(spans) - 1) * (len(values) - 1)))


def _ranked(
    found: Sequence[pd.DataFrame], values: pd.DataFrame, facts: Facts, noise: float
) -> pd.DataFrame:
    now, before, base = found
    count, exposure = _pair(now)
    funnel, prior = funnel_of(count, exposure), prior_of(count, exposure)
    shrunk, lower, upper = _posterior(prior, count, exposure)
    table = now.assign(
        region_id=values["region"],
        name=[facts.areas.by_id[name].name for name in values["region"]],
        rate_shrunk=1e4 * shrunk,
        rate_lower=1e4 * lower,
        rate_upper=1e4 * upper,
        tickets_before=before["tickets"],
        rate_before=before["rate_per_10k"],
        tickets_last_year=base["tickets"],
    )
    for name, tail in LIMITS.items():
        below, above = funnel.limits(exposure, tail)
        table[f"limit_{name}_lower"], table[f"limit_{name}_upper"] = 1e4 * below, 1e4 * above
    table["outside"] = _outside(table)
    earlier = _posterior(prior_of(*_pair(before)), *_pair(before))[0]
    table["rank"] = _ranks(shrunk)
    table["rank_before"] = _ranks(earlier)
    chance = _fell(now, before, noise)
    table["moved_probability"] = np.maximum(chance, 1 - chance)
    better, worse = chance >= SURE, chance <= 1 - SURE
    moved = pd.Series(np.select([better, worse], ["better", "worse"], "steady"), dtype=object)
    table["moved"] = moved.where(np.isfinite(chance), None)
    gained = (table["rank_before"] - table["rank"]).to_numpy(float)
    table["rank_change"] = np.select(
        [better, worse, np.isfinite(chance)],
        [np.maximum(gained, 0), np.minimum(gained, 0), np.zeros(len(table))],
        np.nan,
    )
    return table


def _posterior(prior: Prior, counts: Reals, exposures: Reals) -> tuple[Reals, Reals, Reals]:
    """Mean and interval of 95 % of each area's rate per unit; NaN without exposure."""
    known = np.isfinite(counts) & np.isfinite(exposures) & (exposures > 0)
    exposure = np.where(known, exposures, np.nan)
    mean = np.where(known, prior.shrunk(counts, exposure), np.nan)
    if not np.isfinite(prior.exposure):  # all alike: what is common is known well
        return mean, mean.copy(), mean.copy()
    shape, scale = counts + prior.strength, 1 / (exposure + prior.exposure)
    ends = (stats.gamma.ppf(p, shape, scale=scale) for p in (0.025, 0.975))
    lower, upper = (np.where(known, end, np.nan) for end in ends)
    return mean, lower, upper


def _ranks(rates: Reals) -> pd.Series:
    """1 for the lowest; equal ones share the better place; NaN: unknown."""
    return pd.Series(np.round(rates, 12)).rank(method="min")


def _fell(now: pd.DataFrame, before: pd.DataFrame, noise: float) -> Reals:
    """The chance that a region's rate relative to the common one is below that before."""
    (count, exposure), (was, had) = _pair(now), _pair(before)
    common, earlier = funnel_of(count, exposure).rate, funnel_of(was, had).rate
    if not common > 0 or not earlier > 0:
        return np.full(len(count), np.nan)
    return chance_below(count, exposure * common, was, had * earlier, noise)


def chance_below(
    count: Reals, exposure: Reals, other: Reals, exposed: Reals, dispersion: float = 1.0
) -> Reals:
    """The chance that one rate is below another, from their counts.

    With Jeffreys' prior a rate is Gamma(count + ½, exposure) distributed; of two such, X and Y, the
    share X'/(X' + Y') of the standardised ones is Beta(count + ½, other + ½) distributed, and X < Y
    where it is below exposure / (exposure + exposed). Overdispersed counts weigh less: both counts
    and exposures are divided by the dispersion.
    """
    some = np.isfinite(count) & np.isfinite(other) & (exposure > 0) & (exposed > 0)
    a, b = count / dispersion + 0.5, other / dispersion + 0.5
    with np.errstate(invalid="ignore", divide="ignore"):
        share = exposure / (exposure + exposed)
    chance: Reals = np.where(some, stats.beta.cdf(share, a, b), np.nan)
    return chance


def _outside(table: pd.DataFrame) -> NDArray[np.object_]:
    rate = table["rate_per_10k"].to_numpy(float)
    result = np.full(len(table), None, dtype=object)
    for name in LIMITS:  # the wider limits overrule the narrower
        result[rate > table[f"limit_{name}_upper"].to_numpy(float)] = f"high_{name}"
        result[rate < table[f"limit_{name}_lower"].to_numpy(float)] = f"low_{name}"
    return result


def _standing(
    table: pd.DataFrame, found: Sequence[pd.DataFrame], change: float, years: int, noise: float
) -> pd.DataFrame:
    (count, exposure), (was, had) = _pair(found[0]), _pair(found[2])
    factor = (1 + change) ** years
    base = found[2]["rate_per_10k"].to_numpy(float)
    rate = table["rate_per_10k"].to_numpy(float)
    target = base * factor
    # the target's rate is last year's: as if so many complaints had come from more subscribers
    chance = chance_below(count, exposure, was, had / factor, noise)
    known = np.isfinite(rate) & np.isfinite(base)
    standing = np.select(
        [~known, rate <= target, rate < base], ["unknown", "met", "on_the_way"], "missed"
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        moved = np.where(known & (base > 0), rate / base - 1, np.nan)
    return table.assign(
        rate_base=base,
        rate_target=target,
        change=moved,
        standing=standing,
        target_probability=np.where(known, chance, np.nan),
    )
