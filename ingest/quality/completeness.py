"""What arrived against what each cell usually delivers, as known at a moment."""

from __future__ import annotations

from typing import Any

import duckdb
import pandas as pd

from ingest.quality.update import cells_sql
from ingest.queries import one_row, queries

CELLS_LISTED = 20_000
_HOURS = range(1, 25)  # lists count from one


def prepare_days(connection: duckdb.DuckDBPyConnection, what: dict[str, Any]) -> None:
    """``quality_days``: arrivals of the last fifteen local days, as known then.

    Days on which something arrived later than that moment are counted anew from ``kpis_as_of``.
    """
    sql = queries("assess")
    connection.execute(sql["late_days"], {"as_of_us": what["as_of_us"], "today": what["today"]})
    connection.execute(sql["days"], {"today": what["today"]})
    if one_row(connection, "SELECT count(*) FROM quality_late_days")[0]:
        known = f"(SELECT * FROM kpis_as_of(make_timestamptz({what['as_of_us']})))"
        made = cells_sql(known, "quality_late_days")
        connection.execute(f"INSERT INTO quality_days BY NAME {made}")


def completeness(
    connection: duckdb.DuckDBPyConnection, what: dict[str, Any], slack_min: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Expected and arrived intervals by source and hour, and the days of cells that lack some.

    Args:
        connection: the warehouse, with ``quality_days``.
        what: ``as_of_us`` and ``today``.
        slack_min: minutes after the end of an interval from which it is missing.

    Returns:
        Frames as ``hours`` and ``cells`` of :class:`~ingest.quality.model.Quality`.
    """
    sql = queries("assess")
    seen = "count(*) FILTER (arrived[{h}] > 0)"
    usual = ", ".join(
        f"CASE WHEN 2 * {seen.format(h=h)} > $today::DATE - min(day) "
        "THEN greatest(1, 60 // arg_max(period_min, day)) ELSE 0 END"
        for h in _HOURS
    )
    connection.execute(sql["profile"].replace("{usual}", usual), {"today": what["today"]})
    connection.execute(sql["due"], {**what, "slack_min": slack_min})
    expected = ", ".join(f"p.usual[{h}] * u.due[{h}]" for h in _HOURS)
    arrived = ", ".join(f"least(coalesce(came[{h}], 0), expected[{h}])" for h in _HOURS)
    grid = sql["grid"].replace("{expected}", expected).replace("{arrived}", arrived)
    connection.execute(grid, {"today": what["today"]})
    hours = sql["hours"]
    for name, each in {
        "cells_expected": "count(*) FILTER (expected[{h}] > 0)",
        "cells_present": "count(*) FILTER (arrived[{h}] > 0)",
        "sum_expected": "sum(expected[{h}])",
        "sum_arrived": "sum(arrived[{h}])",
    }.items():
        hours = hours.replace("{" + name + "}", ", ".join(each.format(h=h) for h in _HOURS))
    return (
        frame(connection, hours),
        frame(connection, sql["cells"], {"limit": CELLS_LISTED}),
    )


def frame(
    connection: duckdb.DuckDBPyConnection, sql: str, parameters: dict[str, Any] | None = None
) -> pd.DataFrame:
    """The rows of a query; times are UTC."""
    rows: pd.DataFrame = connection.sql(sql, params=parameters or {}).to_arrow_table().to_pandas()
    for column in rows.columns:
        if isinstance(rows[column].dtype, pd.DatetimeTZDtype):
            rows[column] = rows[column].dt.tz_convert("UTC")
    return rows
