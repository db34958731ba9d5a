"""The outlook as tables of the snapshot: the horizon's total with interval, and its hours."""

from __future__ import annotations

import pandas as pd

from dashboard.snapshot import SnapshotContent
from forecasting.calendar import load_calendar
from forecasting.outlook.pipeline import CITY, Ahead, Measure, outlook
from forecasting.run import Forecast
from forecasting.settings import ForecastingSettings


def told_outlook(
    made: Forecast, content: SnapshotContent, settings: ForecastingSettings
) -> dict[str, pd.DataFrame]:
    """The snapshot's tables ``outlook`` and ``outlook_hours``.

    Nothing is read here: the forecast and the facts beside it are as known at ``made.as_of``.
    """
    measure: Measure = "low_complaints" if made.mode == "cells" else "tickets"
    column = "expected_low_complaints" if made.mode == "cells" else "expected_tickets"
    regions = content.regions[["region_id", "parent_id"]].assign(
        expected=content.regions[column].astype(float)
    )
    whole = made.cells if made.mode == "cells" else _lowest(regions)
    total = float(whole[column if made.mode == "cells" else "expected"].astype(float).sum())
    ahead = Ahead(
        as_of=made.as_of,
        horizon_h=made.horizon_h,
        zone=made.time_zone,
        measure=measure,
        total=total,
        regions=regions,
        series=_series(made, measure),
        tickets=content.tickets,
        judged=_judged(content.more.get("accuracy"), measure),
    )
    totals, hours = outlook(ahead, load_calendar(settings.holiday_country))
    return {"outlook": totals, "outlook_hours": hours}


def _lowest(regions: pd.DataFrame) -> pd.DataFrame:
    """Regions that hold no others: they sum up to the city."""
    return regions[~regions["region_id"].isin(regions["parent_id"].dropna())]


def _series(made: Forecast, measure: str) -> pd.DataFrame:
    """The days ahead by region; the city's own where it is forecast itself."""
    columns = ["region_id", "day", "mean", "lower", "upper"]
    rows = made.region_series
    parts = [rows.loc[rows["measure"] == measure, columns]]
    if measure == "tickets":
        services = made.region_services
        city = (services["region_id"] == CITY) & (services["service"] == "")
        parts.append(services.loc[city, columns])
    return pd.concat(parts, ignore_index=True)


def _judged(accuracy: pd.DataFrame | None, measure: str) -> pd.DataFrame:
    """Settled forecasts of the days before: complaints expected, complaints that came."""
    if accuracy is None or accuracy.empty or measure != "low_complaints":
        return pd.DataFrame({"expected": [], "observed": []}, dtype=float)
    own = (accuracy["scope"] == "all") & (accuracy["score"] == "forecast") & accuracy["settled"]
    return accuracy.loc[own, ["expected", "observed"]].astype(float)
