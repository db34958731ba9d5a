"""Earlier times at which cells were at risk, and how they ended: a table of the snapshot."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pandas as pd

from dashboard.publish import queries
from dashboard.snapshot.schemas import OPTIONAL
from forecasting.fates.happened import WHOSE

if TYPE_CHECKING:
    import duckdb

BACK = timedelta(days=90)
COLUMNS = OPTIONAL["episodes"].names


def told_episodes(
    connection: duckdb.DuckDBPyConnection,
    as_of: datetime,
    *,
    cells: pd.DataFrame,
    tickets: pd.DataFrame,
    horizon_h: int,
) -> pd.DataFrame:
    """One row per cell and stretch of consecutive forecasts that had it red or yellow.

    What followed is looked for from the beginning of the stretch until the horizon of its last
    forecast is over, and only among what is known at ``as_of``.

    Args:
        connection: the warehouse.
        as_of: nothing that became known later is in it.
        cells: ``cell_id, site_id, technology, region_id`` as known then.
        tickets: ``cell_id, created_at, weight, low`` of the last 90 days as known then.
        horizon_h: of the forecasts.

    Returns:
        The snapshot's ``episodes``: ``cell_id, since, until`` (first and last forecast)``, status``
        (the worst)``, probability`` (the highest)``, cause`` (named then)``, forecasts, technology,
        region_id, complaint_at`` (first low-satisfaction complaint)``, low_complaints, tickets,
        treated_at, treatment`` (kind of the first works on the cell or its site, or ``order``: it
        was reported as repaired)``, over`` (nothing more can follow).
    """
    if cells.empty:
        return pd.DataFrame(columns=COLUMNS)
    span = {"as_of": as_of, "since": as_of - BACK, "horizon_h": horizon_h}
    runs = queries.frame(connection, "episodes", span)
    place = cells[["cell_id", "site_id", "technology", "region_id"]].astype({"cell_id": "str"})
    runs = runs.astype({"cell_id": "str"}).merge(place, on="cell_id", how="inner")
    if runs.empty:
        return pd.DataFrame(columns=COLUMNS)
    runs["number"] = range(len(runs))
    runs["ends"] = runs["until"] + pd.Timedelta(hours=horizon_h)
    complaints = _complaints(runs, tickets)
    works = queries.frame(connection, "episode_works", {"as_of": as_of, "since": as_of - BACK})
    table = runs.join(complaints, on="number").join(_treatments(runs, works), on="number")
    counts = table[["low_complaints", "tickets"]].fillna(0)
    table = table.assign(over=table["ends"] <= pd.Timestamp(as_of), **counts)
    ordered: pd.DataFrame = table.sort_values(["cell_id", "since"], ignore_index=True)[COLUMNS]
    return ordered


def _within(runs: pd.DataFrame, things: pd.DataFrame, key: str, at: str) -> pd.DataFrame:
    """Pairs of a stretch and a thing of the same ``key`` that came in it, or in its horizon."""
    pairs = runs[["number", key, "since", "ends"]].merge(things, on=key, how="inner")
    return pairs[(pairs[at] > pairs["since"]) & (pairs[at] <= pairs["ends"])]


def _complaints(runs: pd.DataFrame, tickets: pd.DataFrame) -> pd.DataFrame:
    """``complaint_at, low_complaints, tickets`` by ``number``; shares of a ticket are counted."""
    own = tickets.loc[tickets["cell_id"].notna(), ["cell_id", "created_at", "weight", "low"]]
    pairs = _within(runs, own.astype({"cell_id": "str"}), "cell_id", "created_at")
    low = pairs[pairs["low"].fillna(False).astype(bool)]
    first = low[low["weight"] >= WHOSE].groupby("number")["created_at"].min()
    return pd.DataFrame(
        {
            "complaint_at": first,
            "low_complaints": low.groupby("number")["weight"].sum(),
            "tickets": pairs.groupby("number")["weight"].sum(),
        }
    )


def _treatments(runs: pd.DataFrame, works: pd.DataFrame) -> pd.DataFrame:
    """``treated_at, treatment`` by ``number``: the first works or repair of cell or site."""
    on_cell = works[works["cell_id"].notna()].astype({"cell_id": "str"}).drop(columns="site_id")
    on_site = works[works["cell_id"].isna()].drop(columns="cell_id")
    pairs = pd.concat(
        [
            _within(runs, on_cell, "cell_id", "starts_at")[["number", "starts_at", "kind"]],
            _within(runs, on_site, "site_id", "starts_at")[["number", "starts_at", "kind"]],
        ],
        ignore_index=True,
    )
    first = pairs.sort_values(["number", "starts_at"], kind="stable").groupby("number").first()
    return first.rename(columns={"starts_at": "treated_at", "kind": "treatment"})
