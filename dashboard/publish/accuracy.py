"""The scoreboard as tables of the snapshot: what became of the forecasts before."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pandas as pd
import structlog

from dashboard.publish import queries
from forecasting.errors import ForecastingError
from forecasting.fates import accuracy_tables
from forecasting.fates.due import RECORDING, SETTLING
from forecasting.settings import ForecastingSettings
from ingest.catalogue import Catalogue

if TYPE_CHECKING:
    import duckdb

log = structlog.get_logger()


def told_accuracy(
    connection: duckdb.DuckDBPyConnection,
    as_of: datetime,
    settings: ForecastingSettings,
    catalogue: Catalogue,
) -> dict[str, pd.DataFrame]:
    """Judge the forecasts whose horizon is over, and give the scoreboard's tables.

    A judgement that cannot be made keeps no forecast from the screens: it is logged, and the tables
    are empty.
    """
    try:
        return accuracy_tables(connection, as_of, settings=settings, catalogue=catalogue)
    except ForecastingError as error:
        log.warning("forecasts not judged", reason=str(error))
        return {}


REGIONS_BACK = timedelta(days=60)
_COVERAGE = [
    "day", "as_of", "ahead", "settled", "region_id", "measure", "mean", "lower", "upper",
    "observed", "model",
]  # fmt: skip


def told_coverage(
    connection: duckdb.DuckDBPyConnection,
    as_of: datetime,
    region_series: pd.DataFrame,
    zone: ZoneInfo,
) -> pd.DataFrame:
    """What was forecast of regions' days beside what came: the table ``accuracy_regions``.

    The first forecast of each local day speaks of the three days after it. A day is judged once it
    is over and the time for recording complaints has passed; it is settled a week later, when
    scores have come in.

    Args:
        connection: the warehouse.
        as_of: nothing that became known later is used.
        region_series: ``region_id, measure, day, observed`` as counted by what was known then.
        zone: of local days.
    """
    span = {"as_of": as_of, "since": as_of - REGIONS_BACK}
    said = queries.frame(connection, "region_forecasts", span)
    seen = region_series.dropna(subset=["observed"])
    seen = seen[["region_id", "measure", "day", "observed"]]
    if said.empty or seen.empty:
        return pd.DataFrame(columns=_COVERAGE)
    judged = _by_day(said).merge(_by_day(seen), on=["region_id", "measure", "day"])
    ends = {
        day: datetime.combine(day + timedelta(days=1), time(), zone) for day in set(judged["day"])
    }
    judged["settled"] = [ends[day] + SETTLING <= as_of for day in judged["day"]]
    over = [ends[day] + RECORDING <= as_of for day in judged["day"]]
    order = ["day", "ahead", "region_id", "measure"]
    return judged.loc[over, _COVERAGE].sort_values(order, ignore_index=True)


def _by_day(rows: pd.DataFrame) -> pd.DataFrame:
    """With plain dates, whatever the frame came from."""
    return rows.assign(day=[pd.Timestamp(day).date() for day in rows["day"]])
