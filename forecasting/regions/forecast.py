"""From daily counts per series to forecasts that add up, with intervals."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasting.regions.champion import Fold, choose, run_folds
from forecasting.regions.damped import city_effects
from forecasting.regions.intervals import Bounds, calibrate
from forecasting.regions.known import DayFacts
from forecasting.regions.memo import Memo
from forecasting.regions.models import DAMPED, MODELS, SEASONAL_NAIVE, SIMPLE, Past, predict
from forecasting.regions.nodes import ALL, CITY, Node, Tree, is_rest, reconcile
from forecasting.settings import ForecastingSettings

Array = NDArray[np.float64]

SUM = "sum"  # stands for a model where a series is but the sum of others
_MIN_VARIANCE = 0.05


@dataclass(frozen=True)
class Champions:
    """What the rolling backtest decided.

    Attributes:
        models: by node (``name_of``), its model.
        daily: bounds of daily counts.
        total: bounds of counts over the horizon.
    """

    models: Mapping[str, str]
    daily: Bounds
    total: Bounds


@dataclass(frozen=True)
class RegionForecast:
    """Counts ahead.

    Attributes:
        series: ``region_id, service`` (empty: all)``, measure, day`` (date)``, mean, lower,
            median, upper, model`` by node (an empty region: the city); a node without a week of
            history has no rows, nor has the rest of a region. City and service: sums of regions.
        totals: ``region_id, expected_tickets, expected_tickets_lower, expected_tickets_upper``
            over the horizon from the origin on, of the regions; NaN where there is no series.
        champions: the models and the bounds that were used.
    """

    series: pd.DataFrame
    totals: pd.DataFrame
    champions: Champions

    def regions(self) -> pd.DataFrame:
        """The rows of whole regions, without services and without the city."""
        rows = self.series
        return rows[(rows["service"] == "") & (rows["region_id"] != "")].reset_index(drop=True)


def name_of(node: Node) -> str:
    """A node as a text."""
    return "\x1f".join(node)


def choose_models(
    counts: pd.DataFrame, tree: Tree, facts: DayFacts, *, settings: ForecastingSettings
) -> dict[str, str]:
    """Let the models compete over the last weeks; the champion of each node by ``name_of``.

    Args:
        counts: complete local days before the origin, a column per node of ``tree``.
        tree: the series.
        facts: days before the origin, as known there.
        settings: threads.
    """
    chosen = choose(run_folds(counts, facts, settings.threads), tree.nodes)
    return {name_of(node): model for node, model in chosen.items()}


def calibrate_models(
    counts: pd.DataFrame,
    tree: Tree,
    facts: DayFacts,
    models: Mapping[str, str],
    *,
    settings: ForecastingSettings,
) -> Champions:
    """Bounds from what the champions would have forecast in the last weeks.

    Their forecasts of each week are made to add up first, as they will be when used.

    Args:
        counts: complete local days before the origin, a column per node of ``tree``.
        tree: the series.
        facts: days before the origin, as known there.
        models: see ``choose_models``.
        settings: horizon, interval, threads.
    """
    only = {node: models.get(name_of(node), DAMPED) for node in tree.nodes}
    made = _added_up(run_folds(counts, facts, settings.threads, only), tree)
    days = max(1, round(settings.horizon_h / 24))
    daily, totals = {}, {}
    for node, rows in made.items():
        means, came = (np.stack([row[i] for row in rows]) for i in (1, 2))
        weeks = np.array([float(row[0]) for row in rows])
        each = means.shape[1]
        daily[name_of(node)] = (means.ravel(), came.ravel(), np.repeat(weeks, each))
        sums, whole = _sums(means, days), _sums(came, days)
        totals[name_of(node)] = (sums, whole, np.tile(weeks, len(sums) // len(weeks)))
    return Champions(
        dict(models), calibrate(daily, settings.interval), calibrate(totals, settings.interval)
    )


def _sums(values: Array, days: int) -> Array:
    """Sums over as many whole horizons as fit into each week."""
    fit = max(1, values.shape[1] // days)
    some = min(days, values.shape[1])
    return np.concatenate([values[:, i * some : (i + 1) * some].sum(axis=1) for i in range(fit)])


def _added_up(folds: list[Fold], tree: Tree) -> dict[Node, list[tuple[int, Array, Array]]]:
    """Week, reconciled forecast and what came, by node; of services over the whole city too."""
    place = {node: i for i, node in enumerate(tree.nodes)}
    weeks: dict[int, list[Fold]] = {}
    errors: dict[Node, list[float]] = {}
    for fold in folds:
        weeks.setdefault(fold.back, []).append(fold)
        errors.setdefault(fold.node, []).append(float(((fold.actual - fold.mean) ** 2).mean()))
    variance = np.full(len(tree.nodes), _MIN_VARIANCE)
    for node, own in errors.items():
        variance[place[node]] = max(_MIN_VARIANCE, float(np.mean(own)))
    # A series without a ticket is not forecast in a backtest: it stays at nothing.
    silent = {node for node in tree.nodes if node not in errors}
    parts: dict[Node, list[tuple[int, Array, Array]]] = {}
    for back, found in weeks.items():
        means = np.full((len(tree.nodes), len(found[0].mean)), np.nan)
        means[[place[node] for node in silent]] = 0.0
        came = {fold.node: fold.actual for fold in found}
        for fold in found:
            means[place[fold.node]] = fold.mean
        fitted = reconcile(means, variance, tree)
        for node, actual in came.items():
            parts.setdefault(node, []).append((back, fitted[place[node]], actual))
        for service, nodes in tree.services().items():
            if all(node in came or node in silent for node in nodes):
                whole = fitted[[place[node] for node in nodes]].sum(axis=0)
                actual = sum((came[n] for n in nodes if n in came), np.zeros(len(whole)))
                parts.setdefault((ALL, service), []).append((back, whole, actual))
    return parts


def forecast_counts(
    counts: pd.DataFrame,
    tree: Tree,
    facts: DayFacts,
    origin: datetime,
    *,
    zone: str,
    settings: ForecastingSettings,
    champions: Champions,
    measure: str = "tickets",
    memo: Memo | None = None,
) -> RegionForecast:
    """Forecast daily counts from the local day of ``origin`` on.

    Args:
        counts: complete local days before the origin's day, a column per node of ``tree``; nothing
            known after the origin may be in it.
        tree: the series.
        facts: of these days and of those ahead, as known at the origin.
        origin: aware.
        zone: IANA zone of the days.
        settings: horizon, interval, threads.
        champions: chosen earlier.
        measure: name of what is counted.
        memo: fits of the same series kept from an earlier run.
    """
    weights = day_weights(origin, settings.horizon_h, zone)
    ahead = max(settings.region_horizon_days, len(weights))
    first = origin.astimezone(ZoneInfo(zone)).date()
    prior = np.array([])
    if len(counts):
        days = pd.DatetimeIndex(counts.index)
        prior = city_effects(counts[CITY].to_numpy(float), facts.design(CITY, days))

    def one(node: Node) -> tuple[str, Array | None]:
        series = counts[node]
        if len(series) >= 7 and series.sum() == 0:
            return SEASONAL_NAIVE, np.zeros(ahead)
        past = Past(node, series, facts, prior)
        for name in (champions.models.get(name_of(node), DAMPED), DAMPED, SEASONAL_NAIVE):
            make = MODELS[name]
            if memo is None or name in SIMPLE:
                mean = predict(make, past, ahead)
            else:
                mean = memo.get(name, past, ahead, make)
            if mean is not None:
                return name, mean
        return SEASONAL_NAIVE, None

    with ThreadPoolExecutor(max_workers=max(1, settings.threads)) as pool:
        results = list(pool.map(one, tree.nodes))
    if not any(mean is not None for _, mean in results):
        return RegionForecast(_series([]), _totals(tree, {}), champions)
    means = np.array([np.full(ahead, np.nan) if m is None else m for _, m in results])
    fitted = reconcile(means, _variances(means, tree, champions.daily), tree)
    rows: list[tuple[object, ...]] = []
    totals: dict[str, tuple[float, float, float]] = {}
    for position, node in enumerate(tree.nodes):
        if results[position][1] is None or is_rest(node):
            continue
        name, mean = results[position][0], fitted[position]
        rows += _rows(node, first, mean, champions.daily, measure=measure, model=name)
        if node[1] == "" and node != CITY:
            total = np.array([float(mean[: len(weights)] @ weights)])
            least, _, most = champions.total.of(name_of(node), total)
            totals[node[0]] = (float(total[0]), float(least[0]), float(most[0]))
    for service, nodes in tree.services().items():
        mean = fitted[[tree.nodes.index(node) for node in nodes]].sum(axis=0)
        rows += _rows((ALL, service), first, mean, champions.daily, measure=measure, model=SUM)
    return RegionForecast(_series(rows), _totals(tree, totals), champions)


def _rows(
    node: Node, first: date, mean: Array, bounds: Bounds, *, measure: str, model: str
) -> list[tuple[object, ...]]:
    lower, median, upper = bounds.of(name_of(node), mean)
    days = [first + timedelta(days=offset) for offset in range(len(mean))]
    columns = (days, mean.tolist(), lower.tolist(), median.tolist(), upper.tolist())
    return [(*node, measure, *values, model) for values in zip(*columns, strict=True)]


def _variances(means: Array, tree: Tree, bounds: Bounds) -> Array:
    """Variance of one day's error of each node: its dispersion times its mean."""
    phi = np.array([bounds.phi.get(name_of(n), bounds.phi.get("", 1.0)) for n in tree.nodes])
    level = np.nan_to_num(means).mean(axis=1)
    return np.asarray(np.maximum(phi * level, _MIN_VARIANCE))


def _series(rows: list[tuple[object, ...]]) -> pd.DataFrame:
    columns = [
        "region_id", "service", "measure", "day", "mean", "lower", "median", "upper", "model",
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def _totals(tree: Tree, found: Mapping[str, tuple[float, float, float]]) -> pd.DataFrame:
    nothing = (np.nan, np.nan, np.nan)
    regions = [r for r, service in tree.nodes if service == "" and r and not is_rest((r, ""))]
    return pd.DataFrame(
        [(region, *found.get(region, nothing)) for region in regions],
        columns=[
            "region_id", "expected_tickets", "expected_tickets_lower", "expected_tickets_upper",
        ],
    )  # fmt: skip


def day_weights(origin: datetime, horizon_h: int, zone: str) -> Array:
    """Share of each local day, from the origin's own on, that lies within the horizon.

    A day of 24 hours is taken as evenly filled: at 18:00 a quarter of today is still to come.
    """
    local = origin.astimezone(ZoneInfo(zone))
    gone = local.hour + local.minute / 60
    left, weights = float(horizon_h), []
    room = 24 - gone
    while left > 1e-9:
        part = min(left, room)
        weights.append(part / 24)
        left, room = left - part, 24.0
    return np.array(weights)
