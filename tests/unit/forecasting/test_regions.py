"""Daily counts per region: which model wins, honest intervals, nothing below zero."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

from forecasting.calendar import Calendar
from forecasting.errors import NotEnoughHistoryError
from forecasting.regions.champion import Fold, Spread, choose, spread
from forecasting.regions.counts import daily_counts, ticket_regions
from forecasting.regions.forecast import choose_champions, day_weights, forecast_counts
from forecasting.regions.models import PROPHET, SEASONAL_NAIVE, seasonal_naive, weekday_mean
from forecasting.settings import ForecastingSettings

ZONE = "Asia/Shanghai"
SETTINGS = ForecastingSettings()
NO_HOLIDAYS = Calendar(None)


def series(values: list[float] | np.ndarray, start: str = "2026-06-01") -> pd.Series:
    return pd.Series(values, pd.date_range(start, periods=len(values)), dtype=float)


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


def test_days_are_local_and_days_without_tickets_count_zero() -> None:
    created = pd.to_datetime(["2026-06-01T15:59Z", "2026-06-01T16:00Z", "2026-06-03T01:00Z"])
    tickets = pd.DataFrame({"created_at": created, "region_id": ["A", "A", None]})
    counts = daily_counts(tickets, ["A", "B"], date(2026, 6, 1), date(2026, 6, 3), ZONE)
    # 15:59Z is 23:59 of the 1st in Shanghai, 16:00Z is the 2nd; the unknown region is left out.
    assert counts["A"].tolist() == [1.0, 1.0, 0.0]
    assert counts["B"].tolist() == [0.0, 0.0, 0.0]


def test_seasonal_naive_repeats_the_last_week() -> None:
    assert seasonal_naive(series([9, 1, 2, 3, 4, 5, 6, 7]), 9).tolist() == [
        1,
        2,
        3,
        4,
        5,
        6,
        7,
        1,
        2,
    ]
    with pytest.raises(NotEnoughHistoryError, match="7 are needed"):
        seasonal_naive(series([1] * 6), 3)


def test_weekday_mean_is_half_way_between_weekday_and_all() -> None:
    # Each week: 7 on its first day, 0 on the others: mean 1, the first weekday's mean 7.
    assert weekday_mean(series([7, 0, 0, 0, 0, 0, 0] * 4), 2).tolist() == [4.0, 0.5]


def test_champion_has_the_smallest_mean_error_and_ties_go_to_the_first() -> None:
    actual = np.array([2.0, 2.0])
    folds = [
        Fold("A", "naive", np.array([0.0, 2.0]), actual),
        Fold("A", "prophet", np.array([2.0, 2.5]), actual),
        Fold("B", "naive", np.array([1.0, 1.0]), actual),
        Fold("B", "prophet", np.array([3.0, 3.0]), actual),
    ]
    assert choose(folds, ["A", "B", "C"], ["naive", "prophet"]) == {
        "A": "prophet",
        "B": "naive",
        "C": "naive",
    }


def test_a_model_that_could_not_always_forecast_does_not_win_by_it() -> None:
    actual = np.array([2.0])
    folds = [
        Fold("A", "naive", np.array([1.0]), actual),
        Fold("A", "naive", np.array([1.0]), actual),
        Fold("A", "prophet", np.array([2.0]), actual),
    ]
    assert choose(folds, ["A"], ["naive", "prophet"]) == {"A": "naive"}


def test_bounds_are_whole_never_negative_and_hold_the_mean() -> None:
    lower, upper = Spread((-2.0, 2.0), (-2.0, 2.0)).bounds(np.array([0.0, 4.0, 100.0]))
    # √½ = 0.707: 0 ± 1.41 → 0..1; 4 ± 4 → 0..8; 100 ± 20 → 80..120.
    assert lower.tolist() == [0, 0, 80]
    assert upper.tolist() == [1, 8, 120]


def test_spread_without_history_is_poisson_noise() -> None:
    assert spread([], {}, 3, 0.9).daily == (-1.645, 1.645)


def test_intervals_cover_what_they_say_on_poisson_counts() -> None:
    rng = np.random.default_rng(7)
    level = rng.uniform(2, 15, 20)
    counts = pd.DataFrame(
        {f"R{i}": rng.poisson(v, 120).astype(float) for i, v in enumerate(level)},
        index=pd.date_range("2026-05-01", periods=120),
    )
    settings = SETTINGS.model_copy(update={"threads": 1})
    inside = []
    for end in (99, 106, 113):
        known = counts.iloc[:end]
        origin = counts.index[end].tz_localize(ZONE).to_pydatetime()
        # Simple models only: the interval's logic is under test, Prophet costs a second a fold.
        from forecasting.regions import champion, models

        simple = {SEASONAL_NAIVE: models.seasonal_naive, "weekday_mean": models.weekday_mean}
        folds = champion.run_folds(known, simple, 1)
        chosen = champion.choose(folds, list(known), list(simple))
        from forecasting.regions.forecast import Champions

        made = forecast_counts(
            known, origin, zone=ZONE, settings=settings, calendar=NO_HOLIDAYS,
            champions=Champions(chosen, champion.spread(folds, chosen, 3, 0.9)),
        )  # fmt: skip
        for row in made.series.itertuples():
            came = counts.loc[pd.Timestamp(row.day), row.region_id]
            inside.append(row.lower <= came <= row.upper)
    assert 0.85 < np.mean(inside) <= 0.99


def test_prophet_competes_and_wins_where_there_is_a_trend() -> None:
    days = np.arange(84)
    noise = np.random.default_rng(1).normal(0, 1.0, 84)
    counts = pd.DataFrame(
        {"up": 5 + days * 0.8 + noise}, index=pd.date_range("2026-03-01", periods=84)
    )
    champions = choose_champions(counts, settings=SETTINGS, calendar=NO_HOLIDAYS)
    assert champions.models["up"] == PROPHET


def test_a_region_without_tickets_expects_none_and_a_young_one_says_nothing() -> None:
    origin = datetime(2026, 6, 5, tzinfo=ZoneInfo(ZONE))
    counts = pd.DataFrame({"A": [1.0, 0.0, 2.0, 1.0]}, index=pd.date_range("2026-06-01", periods=4))
    made = forecast_counts(counts, origin, zone=ZONE, settings=SETTINGS, calendar=NO_HOLIDAYS)
    assert made.series.empty
    assert made.totals["expected_tickets"].isna().all()
    quiet = pd.DataFrame({"A": np.zeros(30)}, index=pd.date_range("2026-05-06", periods=30))
    made = forecast_counts(quiet, origin, zone=ZONE, settings=SETTINGS, calendar=NO_HOLIDAYS)
    assert made.totals["expected_tickets"].tolist() == [0.0]
    assert (made.series["lower"] == 0).all()


@pytest.mark.parametrize(
    ("hour", "expected"), [(0, [1, 1, 1]), (18, [0.25, 1, 1, 0.75]), (12, [0.5, 1, 1, 0.5])]
)
def test_horizon_is_spread_over_local_days(hour: int, expected: list[float]) -> None:
    origin = datetime(2026, 6, 5, hour, tzinfo=ZoneInfo(ZONE))
    assert day_weights(origin, 72, ZONE).tolist() == expected
