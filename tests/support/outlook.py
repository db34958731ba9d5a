"""The outlook of a sample city, made by the product's own functions."""

from __future__ import annotations

import numpy as np
import pandas as pd

from forecasting.calendar import Calendar
from forecasting.outlook.pipeline import Ahead, outlook


def sample_outlook(
    regions: pd.DataFrame, series: pd.DataFrame, as_of, *, measure="low_complaints", judged=()
) -> dict[str, pd.DataFrame]:
    """Tables ``outlook`` and ``outlook_hours``: evenings busier than nights.

    Args:
        regions: of the snapshot.
        series: its ``region_series``.
        as_of: the origin.
        measure: what is counted.
        judged: pairs of expected and observed complaints of forecasts before.
    """
    column = "expected_low_complaints" if measure == "low_complaints" else "expected_tickets"
    hours = pd.date_range(end=as_of, periods=24 * 28, freq="h")
    local = hours.tz_convert("Asia/Shanghai").hour
    weight = 1 + 3 * np.exp(-((local - 20.0) ** 2) / 8) + 1.5 * np.exp(-((local - 11.0) ** 2) / 8)
    tickets = pd.DataFrame({"created_at": hours, "weight": weight, "low": True})
    ahead = Ahead(
        as_of=as_of,
        horizon_h=72,
        zone="Asia/Shanghai",
        measure=measure,
        total=float(regions[column].sum()),
        regions=regions[["region_id", "parent_id"]].assign(expected=regions[column]),
        series=series[(series["measure"] == measure) & series["mean"].notna()],
        tickets=tickets,
        judged=pd.DataFrame(judged, columns=["expected", "observed"], dtype=float),
    )
    totals, spent = outlook(ahead, Calendar(None))
    return {"outlook": totals, "outlook_hours": spent}
