"""Region forecasts do not see past ``as_of``, and do not depend on threads or on what is kept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from forecasting.calendar import load_calendar
from forecasting.cells.inventory import InventoryCache
from forecasting.regions.pipeline import LOW, TICKETS, forecast_regions
from forecasting.regions.shown import shown_series, shown_services
from tests.support import smallcity
from tests.support.facts import ZONE

pytestmark = pytest.mark.slow

AS_OF = smallcity.before_end(days=4, hours=-9)  # nine in the morning
STATES = ("ticket_states", "event_states", "work_states")


def made(
    data: Path,
    change: Callable[[duckdb.DuckDBPyConnection], None] | None = None,
    *,
    threads: int = 2,
    times: int = 1,
) -> list[pd.DataFrame]:
    connection = smallcity.warehouse(data, threads)
    settings = smallcity.SETTINGS.model_copy(update={"threads": threads})
    try:
        if change is not None:
            change(connection)
        inventory = InventoryCache().as_of(connection, AS_OF)
        for _ in range(times):
            counts, ahead = forecast_regions(
                connection,
                AS_OF,
                inventory,
                settings=settings,
                calendar=load_calendar("CN"),
                zone=ZONE,
                models_dir=data / "models",
                with_low=True,
            )
    finally:
        connection.close()
    return [
        ahead[TICKETS].series,
        ahead[TICKETS].totals,
        ahead[LOW].series,
        shown_series(counts, ahead),
        shown_services(counts, ahead[TICKETS]),
    ]


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> list[pd.DataFrame]:
    return made(tmp_path_factory.mktemp("first"))


def same(one: list[pd.DataFrame], other: list[pd.DataFrame]) -> None:
    for left, right in zip(one, other, strict=True):
        pd.testing.assert_frame_equal(left, right, check_exact=True)


def test_without_the_future(first: list[pd.DataFrame], tmp_path: Path) -> None:
    def forget(connection: duckdb.DuckDBPyConnection) -> None:
        for table in STATES:
            connection.execute(f"DELETE FROM {table} WHERE known_at > ?", [AS_OF])

    same(first, made(tmp_path, forget))


def test_one_thread_and_what_was_kept_give_the_same_digits(
    first: list[pd.DataFrame], tmp_path: Path
) -> None:
    same(first, made(tmp_path, threads=1, times=2))


def test_all_series_add_up(first: list[pd.DataFrame]) -> None:
    series = first[0]
    mean = series.pivot_table(index=["region_id", "service"], columns="day", values="mean")
    regions = [r for r, s in mean.index if s == "" and r != ""]
    totals = mean.loc[[(region, "") for region in regions]].sum()
    # Tickets in no region belong to the city alone.
    assert (mean.loc[("", "")] >= totals - 1e-9).all()
    for region in regions:
        own = [key for key in mean.index if key[0] == region and key[1] != ""]
        if own:
            pd.testing.assert_series_equal(
                mean.loc[own].sum(), mean.loc[(region, "")], check_names=False
            )
