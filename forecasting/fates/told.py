"""What the scoreboard shows: fates, scores, reliability and lead times as known at a moment."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb
import pandas as pd

from forecasting import queries
from forecasting.cells.inventory import InventoryCache
from forecasting.fates.happened import WHOSE, Happened
from forecasting.fates.mark import COLUMNS as FATE_COLUMNS
from forecasting.fates.orders import all_reds, order_outcomes
from forecasting.fates.pipeline import WINDOW, Judged, judge_due
from forecasting.fates.scores import COLUMNS as SCORE_COLUMNS
from forecasting.judging.lead import EPISODE_DAYS, RUN_COLUMNS, lead_times
from forecasting.settings import ForecastingSettings
from ingest.catalogue import Catalogue

TABLES = (
    "accuracy", "fates", "accuracy_reliability", "accuracy_leads", "accuracy_firsts",
    "accuracy_reds", "accuracy_orders",
)  # fmt: skip
_PLACE = ["region_id", "technology"]


def accuracy_tables(
    connection: duckdb.DuckDBPyConnection,
    as_of: datetime,
    *,
    settings: ForecastingSettings,
    catalogue: Catalogue,
) -> dict[str, pd.DataFrame]:
    """Judge what is due, and give the scoreboard's tables of the last 90 days.

    Args:
        connection: the warehouse, open for writing.
        as_of: aware; nothing that became known later is used.
        settings: see ``judge_due``.
        catalogue: see ``judge_due``.

    Returns:
        By name (``TABLES``); nothing where no cells are known:

        ``accuracy``: the first forecast of each local day beside rules, by scope and score: ``day,
        as_of, settled, scope, score`` and sums (see ``fates.scores``).

        ``fates``: cells of the same forecasts that were flagged or had a complaint: ``day, as_of,
        settled``, ``fates.mark``'s columns, ``region_id, technology``.

        ``accuracy_reliability``: ``day, as_of, settled, bin, cells, forecast, observed``.

        ``accuracy_leads``: runs of red of all forecasts (see ``judging.lead``), with ``region_id,
        technology, cause`` (named at the first red).

        ``accuracy_firsts``: first complaints of cells: ``cell_id, created_at, warned, lead_h,
        region_id, technology``.

        ``accuracy_reds``: every red of all forecasts by day and fate (see ``fates.orders``).

        ``accuracy_orders``: what became of the work orders (see ``fates.orders``).
    """
    cells = InventoryCache().as_of(connection, as_of).cells
    if cells.empty:
        return {}
    judged = judge_due(connection, as_of, settings=settings, catalogue=catalogue)
    place = cells.astype({"cell_id": "str"}).set_index("cell_id")[_PLACE]
    zone = ZoneInfo(queries.session_zone(connection))

    def daily(kind: str, columns: list[str]) -> pd.DataFrame:
        rows = _of_days(connection, judged, kind)
        rows["day"] = rows["as_of"].dt.tz_convert(zone).dt.date
        return rows[["day", "as_of", "settled", *columns]]

    fates = daily("fates", FATE_COLUMNS)
    runs, firsts = _leads(connection, as_of, settings)
    return {
        "accuracy": daily("scores", SCORE_COLUMNS),
        "fates": fates.astype({"cell_id": "str"}).join(place, on="cell_id"),
        "accuracy_reliability": daily("reliability", ["bin", "cells", "forecast", "observed"]),
        "accuracy_leads": runs.join(place, on="cell_id"),
        "accuracy_firsts": firsts.join(place, on="cell_id"),
        "accuracy_reds": all_reds(connection, as_of, judged),
        "accuracy_orders": order_outcomes(connection, as_of, cells.astype({"cell_id": "str"})),
    }


def _of_days(connection: duckdb.DuckDBPyConnection, judged: Judged, kind: str) -> pd.DataFrame:
    """Rows of the days' first forecasts: what was judged just now, and what is stored and holds."""
    days = judged.judgements[judged.judgements["daily"]]
    queries.put(connection, "fc_judged", days[days["as_of"].isin(judged.kept)][["as_of"]])
    stored = queries.frame(connection, f"stored_{kind}")
    made = judged.made.get(kind, stored.iloc[:0])
    made = made[made["as_of"].isin(days["as_of"])]
    parts = [part for part in (stored, made) if len(part)] or [stored]
    rows = pd.concat(parts, ignore_index=True)
    keys = ["as_of", *(name for name in ("cell_id", "scope", "score", "bin") if name in rows)]
    settled = days.set_index("as_of")["settled"]
    rows = rows.sort_values(keys, ignore_index=True)
    return rows.assign(settled=rows["as_of"].map(settled).astype(bool))


def _leads(
    connection: duckdb.DuckDBPyConnection, as_of: datetime, settings: ForecastingSettings
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Runs of red of all forecasts of the window, and first complaints."""
    since = as_of - WINDOW
    span: dict[str, queries.Value] = {"since": since, "until": as_of}
    runs = queries.frame(connection, "fates_runs", span)
    reds = queries.frame(connection, "fates_reds", span).astype({"cell_id": "str"})
    inventory = InventoryCache().as_of(connection, as_of)
    limit = settings.low_satisfaction_limit
    before = since - timedelta(days=EPISODE_DAYS)
    happened = Happened.read(connection, inventory, before, as_of, limit)
    complaints = happened.complaints[happened.complaints["weight"] >= WHOSE]
    made = lead_times(
        pd.Index(runs["as_of"]),
        reds[["as_of", "cell_id"]],
        complaints[["cell_id", "created_at"]],
        settings.horizon_h,
        pd.Timestamp(as_of),
    )
    first = reds.rename(columns={"as_of": "red_since"})[["cell_id", "red_since", "cause"]]
    named = made.runs[RUN_COLUMNS].merge(first, on=["cell_id", "red_since"], how="left")
    return named, made.firsts
