"""The scoreboard as tables of the snapshot: what became of the forecasts before."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pandas as pd
import structlog

from forecasting.errors import ForecastingError
from forecasting.fates import accuracy_tables
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
