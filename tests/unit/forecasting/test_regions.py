"""Daily counts per series: which model wins, what is forecast, nothing below zero."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

from forecasting.calendar import Calendar
from forecasting.cells.serving_regions import ticket_regions
from forecasting.errors import NotEnoughHistoryError
from forecasting.regions.champion import Fold, choose
from forecasting.regions.counts import by_region, node_counts
from forecasting.regions.damped import city_effects, damped_counts, tempered
from forecasting.regions.forecast import (
    Champions,
    calibrate_models,
    choose_models,
    day_weights,
    forecast_counts,
)
from forecasting.regions.intervals import Bounds
from forecasting.regions.keeping import champions_from, foundation_of, kept, plain
from forecasting.regions.known import DayFacts
from forecasting.regions.memo import Memo
from forecasting.regions.models import (
    DAMPED,
    PROPHET,
    SEASONAL_NAIVE,
    Past,
    prophet,
    seasonal_naive,
    weekday_mean,
)
from forecasting.regions.nodes import CITY, build, known_services
from forecasting.regions.pipeline import reconcile
from forecasting.settings import ForecastingSettings

ZONE = "Asia/Shanghai"
SETTINGS = ForecastingSettings(threads=1)
FACTS = DayFacts(Calendar(None))
A, B = ("A", ""), ("B", "")


def past(values: list[float] | np.ndarray, start: str = "2026-06-01") -> Past:
    days = pd.date_range(start, periods=len(values))
    return Past(A, pd.Series(values, days, dtype=float), FACTS, np.zeros(16))


def flat_regions(*names: str) -> pd.DataFrame:
    return pd.DataFrame({"region_id": [*names], "parent_id": None})


def table(start: str = "2026-03-01", **regions: np.ndarray) -> tuple[pd.DataFrame, object]:
    """Counts of a city of flat regions, and its tree."""
    tree = build(flat_regions(*regions), [(name, "other") for name in regions])
    days = pd.date_range(start, periods=len(next(iter(regions.values()))))
    leaves = {(name, ""): np.asarray(values, float) for name, values in regions.items()}
    return tree.sums(leaves, len(days)).set_index(days), tree


def test_ticket_region_given_then_cell_then_place_then_unknown() -> None:
    regions = gpd.GeoDataFrame(
        {"region_id": ["A", "B"]}, geometry=[box(0, 0, 1, 1), box(1, 0, 2, 1)], crs="EPSG:4326"
    )
    cells = pd.DataFrame({"cell_id": ["c1"], "region_id": ["B"]})
    tickets = pd.DataFrame(
        {
            "cell_id": ["c1", "c1", None, None, None],
            "longitude": [np.nan, 0.5, 0.5, np.nan, 80.0],
            "latitude": [np.nan, 0.5, 0.5, np.nan, 40.0],
            "region_id": ["A", None, "elsewhere", None, None],
        }
    )
    assert ticket_regions(tickets, cells, regions).tolist() == ["A", "B", "A", None, None]


def test_days_are_local_and_every_ticket_counts_once_in_the_city() -> None:
    created = pd.to_datetime(["2026-06-01T15:59Z", "2026-06-01T16:00Z", "2026-06-03T01:00Z"])
    tickets = pd.DataFrame(
        {
            "created_at": created,
            "leaf": ["A", "A", "\x00rest"],
            "of_service": ["data", "voice", "data"],
            "share": 1.0,
        }
    )
    regions = flat_regions("A", "B")
    tree = build(regions, zip(tickets["leaf"], tickets["of_service"], strict=True))
    counts = node_counts(tickets, tree, date(2026, 6, 1), date(2026, 6, 3), ZONE)
    # 15:59Z is 23:59 of the 1st in Shanghai, 16:00Z is the 2nd; the third is in no region.
    assert counts[A].tolist() == [1.0, 1.0, 0.0]
    assert counts[("A", "voice")].tolist() == [0.0, 1.0, 0.0]
    assert counts[CITY].tolist() == [1.0, 1.0, 1.0]
    assert by_region(counts, regions)["B"].tolist() == [0.0, 0.0, 0.0]


def test_rare_services_are_counted_together() -> None:
    services = pd.Series(["s1"] * 3 + [f"s{i}" for i in range(2, 12)] + [None, ""])
    named = known_services(services)
    # other (2) and s1 (3) lead, then six of the rest in the order of their names.
    assert set(named) == {"s1", "s10", "s11", "s2", "s3", "s4", "s5", "other"}


def test_seasonal_naive_repeats_the_last_week() -> None:
    made = seasonal_naive(past([9, 1, 2, 3, 4, 5, 6, 7]), 9)
    assert made.tolist() == [1, 2, 3, 4, 5, 6, 7, 1, 2]
    with pytest.raises(NotEnoughHistoryError, match="7 are needed"):
        seasonal_naive(past([1] * 6), 3)


def test_weekday_mean_is_half_way_between_weekday_and_all() -> None:
    # Each week: 7 on its first day, 0 on the others: mean 1, the first weekday's mean 7.
    assert weekday_mean(past([7, 0, 0, 0, 0, 0, 0] * 4), 2).tolist() == [4.0, 0.5]


def test_a_burst_is_cut_and_a_lasting_rise_is_not() -> None:
    burst = np.full(40, 4.0)
    burst[30] = 200
    # Median 4, so at most 4 + 4 * 2 + 1.
    assert tempered(burst)[30] == 13
    rise = np.where(np.arange(60) < 30, 4.0, 40.0)
    assert (tempered(rise)[40:] == 40).all()


def test_the_damped_model_learns_weekdays_and_forgets_a_burst() -> None:
    days = pd.date_range("2026-03-02", periods=91)  # from a Monday on
    calm = np.where(days.day_of_week < 5, 10.0, 4.0)
    design = FACTS.design(CITY, pd.date_range(days[0], periods=105))
    prior = city_effects(calm, design)
    made = damped_counts(calm, design, prior, 7)
    np.testing.assert_allclose(made, [10, 10, 10, 10, 10, 4, 4], rtol=0.2)  # a ridge
    steady = np.full(91, 6.0)
    burst = steady.copy()
    burst[-1] = 300
    shaken = damped_counts(burst, design, np.zeros(design.shape[1]), 14)
    assert shaken[0] < 10
    assert 6 < shaken[13] < shaken[6]  # it fades, from Sunday to Sunday
    assert 5.5 < shaken[7] < shaken[0]


def test_a_holiday_is_told_by_other_holidays_of_the_city() -> None:
    facts = DayFacts(Calendar("CN"))
    days = pd.date_range("2026-06-01", periods=130)  # until 8 October
    design = facts.design(CITY, days)
    # Dragon Boat and Mid-Autumn (2 holidays) saw half of the usual complaints.
    counts = np.where(design[:, 7:14].any(axis=1), 50.0, 100.0)
    exam_free = facts.calendar.kind(date(2026, 6, 19)), facts.calendar.kind(date(2026, 9, 25))
    assert exam_free == ("holiday", "holiday")
    effects = city_effects(counts[:120], design)
    named = dict(zip(range(7, 14), effects[7:14], strict=True))
    assert named[11] < -0.2  # holiday
    assert abs(named[7]) < 1e-9  # Spring Festival was never seen: no effect is made up


def test_champion_has_the_smallest_error_and_noise_does_not_decide() -> None:
    came = np.full(7, 2.0)

    def fold(node: tuple[str, str], model: str, value: float, back: int = 1) -> Fold:
        return Fold(node, model, back, np.full(7, value), came)

    clear = [fold(A, SEASONAL_NAIVE, 9.0), fold(A, DAMPED, 2.2)]
    assert choose(clear, [A, B]) == {A: DAMPED, B: DAMPED}
    tie = [fold(A, SEASONAL_NAIVE, 2.2), fold(A, DAMPED, 2.2)]
    assert choose(tie, [A]) == {A: DAMPED}
    # One region where last week happened to be right, nine where it was far off.
    others = [(f"R{i}", "") for i in range(9)]
    folds = [f for n in others for f in (fold(n, SEASONAL_NAIVE, 9.0), fold(n, DAMPED, 2.2))]
    folds += [fold(A, SEASONAL_NAIVE, 2.9), fold(A, DAMPED, 3.9)]
    assert choose(folds, [A])[A] == DAMPED


def test_models_are_compared_on_the_weeks_that_both_forecast() -> None:
    came = np.full(7, 4.0)
    # Last week's count was far off long ago, when the other model had no history yet; since then it
    # is right and the other is not.
    folds = [
        Fold(A, SEASONAL_NAIVE, 1, np.full(7, 4.0), came),
        Fold(A, SEASONAL_NAIVE, 2, np.full(7, 30.0), came),
        Fold(A, DAMPED, 1, np.full(7, 9.0), came),
    ]
    assert choose(folds, [A]) == {A: SEASONAL_NAIVE}


def test_prophet_competes_and_wins_where_there_is_a_trend() -> None:
    days = np.arange(84)
    noise = np.random.default_rng(1).normal(0, 1.0, 84)
    counts, tree = table(up=5 + days * 2.4 + noise)
    models = choose_models(counts, tree, FACTS, settings=SETTINGS)
    assert models["up\x1f"] == PROPHET


def test_prophet_is_not_fitted_to_a_handful_of_tickets() -> None:
    with pytest.raises(NotEnoughHistoryError, match="a day"):
        prophet(past([0.0, 1.0, 0.0] * 30), 3)


def test_a_region_without_tickets_expects_none_and_a_young_one_says_nothing() -> None:
    champions = Champions({}, Bounds({"": 1.0}, (0.9,) * 5), Bounds({"": 1.0}, (0.9,) * 5))
    origin = datetime(2026, 6, 5, tzinfo=ZoneInfo(ZONE))
    how = {"zone": ZONE, "settings": SETTINGS, "champions": champions}
    counts, tree = table("2026-06-01", A=np.array([1.0, 0.0, 2.0, 1.0]))
    made = forecast_counts(counts, tree, FACTS, origin, **how)
    assert made.series.empty
    assert made.totals["expected_tickets"].isna().all()
    quiet, tree = table("2026-05-06", A=np.zeros(30))
    made = forecast_counts(quiet, tree, FACTS, origin, **how)
    assert made.totals["expected_tickets"].tolist() == [0.0]
    assert (made.series["lower"] == 0).all()


def test_forecasts_add_up_and_are_bounded() -> None:
    random = np.random.default_rng(5)
    regions = flat_regions("A", "B")
    services = [("A", "data"), ("A", "voice"), ("B", "data"), ("B", "voice")]
    tree = build(regions, services)
    level = {"data": 6.0, "voice": 2.0}
    leaves = {n: random.poisson(level[n[1]], 84).astype(float) for n in services}
    counts = tree.sums(leaves, 84).set_index(pd.date_range("2026-03-13", periods=84))
    models = choose_models(counts, tree, FACTS, settings=SETTINGS)
    champions = calibrate_models(counts, tree, FACTS, models, settings=SETTINGS)
    assert set(champions.daily.phi) == {"", *models, "\x1fdata", "\x1fvoice"}
    origin = datetime(2026, 6, 5, tzinfo=ZoneInfo(ZONE))
    made = forecast_counts(
        counts, tree, FACTS, origin, zone=ZONE, settings=SETTINGS, champions=champions
    ).series
    mean = made.pivot_table(index=["region_id", "service"], columns="day", values="mean")
    parts = mean.loc[("A", "")] + mean.loc[("B", "")]
    np.testing.assert_allclose(mean.loc[("", "")], parts)
    np.testing.assert_allclose(mean.loc[("A", "data")] + mean.loc[("A", "voice")], mean.loc[A])
    np.testing.assert_allclose(
        mean.loc[("A", "data")] + mean.loc[("B", "data")], mean.loc["", "data"]
    )
    assert (made["lower"] >= 0).all()
    assert (made["lower"] <= made["median"]).all()
    assert (made["median"] <= made["upper"]).all()
    assert (made[["lower", "median", "upper"]] % 1 == 0).all().all()


def test_low_complaints_are_scaled_to_the_cells() -> None:
    days = [date(2026, 6, 5 + i) for i in range(4)]
    series = pd.DataFrame({"region_id": "A", "day": days, "mean": 1.0, "lower": 0.0, "upper": 3.0})
    origin = datetime(2026, 6, 5, tzinfo=ZoneInfo(ZONE))
    bounds = Bounds({"": 1.0}, (0.9,) * 5)
    how = {"horizon_h": 72, "zone": ZONE, "bounds": bounds}
    made = reconcile(series, pd.Series({"A": 12.0}), origin, **how)
    assert made["mean"].tolist() == [4.0, 4.0, 4.0, 1.0]
    # Poisson(4): P(X <= 0) = .018, P(X <= 1) = .092; P(X <= 7) = .949, P(X <= 8) = .979.
    assert made["lower"].tolist() == [1.0, 1.0, 1.0, 0.0]
    assert made["upper"].tolist() == [8.0, 8.0, 8.0, 3.0]


def test_champions_and_fits_are_kept_and_found_again(tmp_path: Path) -> None:
    counts, _ = table(A=np.arange(30.0))
    bounds = Bounds({"": 1.5, "A\x1f": 2.0}, (0.9, 0.8, 0.7, 0.6, 0.5))
    champions = Champions({"A\x1f": PROPHET}, bounds, bounds)
    calls: list[int] = []

    def make() -> dict[str, Any]:
        calls.append(1)
        return plain(champions)

    known = foundation_of(counts, SETTINGS, b"")
    for _ in range(2):
        assert champions_from(kept(tmp_path, "bounds", known, make)) == champions
    assert len(calls) == 1
    other = foundation_of(counts + 1, SETTINGS, b"")
    kept(tmp_path, "bounds", other, make)
    assert len(calls) == 2
    for path in tmp_path.glob("*.json"):
        path.write_text("{ torn")
    assert champions_from(kept(tmp_path, "bounds", known, make)) == champions


def test_old_choices_are_let_go(tmp_path: Path) -> None:
    for number in range(20):
        kept(tmp_path, "models-tickets", bytes([number]), lambda: {"A": DAMPED})
    assert len(list(tmp_path.iterdir())) == 9


def test_fits_are_not_made_twice(tmp_path: Path) -> None:
    memo = Memo(tmp_path / "fits.json")
    first = memo.get(PROPHET, past(np.arange(10.0)), 3, seasonal_naive)
    memo.save()

    def never(past: Past, ahead: int) -> np.ndarray:
        raise AssertionError("fitted again")

    again = Memo(tmp_path / "fits.json").get(PROPHET, past(np.arange(10.0)), 3, never)
    assert first is not None
    assert again is not None
    assert first.tolist() == again.tolist()


@pytest.mark.parametrize(
    ("hour", "expected"), [(0, [1, 1, 1]), (18, [0.25, 1, 1, 0.75]), (12, [0.5, 1, 1, 0.5])]
)
def test_horizon_is_spread_over_local_days(hour: int, expected: list[float]) -> None:
    origin = datetime(2026, 6, 5, hour, tzinfo=ZoneInfo(ZONE))
    assert day_weights(origin, 72, ZONE).tolist() == expected
