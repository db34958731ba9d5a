"""Judges the forecasts whose horizon is over; only what is new is done again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import pandas as pd

from forecasting import queries
from forecasting.cells.inventory import InventoryCache
from forecasting.cells.tickets import attributed
from forecasting.fates.due import due
from forecasting.fates.happened import Happened
from forecasting.fates.mark import mark
from forecasting.fates.scores import reliability_sums, score_sums
from forecasting.judging.baselines import TICKET_DAYS, baselines
from forecasting.settings import ForecastingSettings
from ingest.catalogue import Catalogue
from ingest.warehouse import transaction

WINDOW = timedelta(days=90)  # how far back forecasts are judged and shown
KINDS = ("judgements", "fates", "scores", "reliability")


@dataclass(frozen=True)
class Judged:
    """Judgements of forecasts as of a moment.

    Attributes:
        judgements: ``as_of, known_at, made_at, horizon_h, settled, daily``, one row per forecast.
        made: what was judged just now, by kind (``KINDS``): the rows of the tables
            ``forecast_<kind>``.
        kept: moments of forecasts whose stored judgement holds.
    """

    judgements: pd.DataFrame
    made: dict[str, pd.DataFrame]
    kept: pd.Index


def judge_due(
    connection: duckdb.DuckDBPyConnection,
    as_of: datetime,
    *,
    settings: ForecastingSettings,
    catalogue: Catalogue,
) -> Judged:
    """Judge every forecast of the last 90 days whose horizon was over at ``as_of``.

    What is stored and still holds is left alone. What is new or to be revised is judged by the
    facts known at its moment (``due``) and stored. Asked for an older moment than what is stored,
    the older judgement is made anew and handed back, but not stored.

    Args:
        connection: the warehouse, open for writing.
        as_of: aware; nothing that became known later is used.
        settings: horizon of forecasts that do not name their own, limit of low satisfaction.
        catalogue: limits of the KPIs, for the rule that goes by them.
    """
    runs = _runs(connection, as_of, settings.horizon_h)
    todo = runs[~runs["holds"]]
    frames: dict[str, list[pd.DataFrame]] = {kind: [] for kind in KINDS}
    work = _Work(connection, settings, catalogue)
    for known_at, group in todo.groupby("known_at", sort=True):
        for kind, rows in work.judge(pd.Timestamp(str(known_at)).to_pydatetime(), group):
            frames[kind].append(rows)
    frames["judgements"] = [todo[_JUDGEMENT]]
    made = {kind: pd.concat(rows, ignore_index=True) for kind, rows in frames.items() if rows}
    store = todo[todo["store"]]
    if len(store):
        _store(connection, store, made)
    return Judged(runs[_JUDGEMENT], made, pd.Index(runs.loc[runs["holds"], "as_of"]))


_JUDGEMENT = ["as_of", "known_at", "made_at", "horizon_h", "settled", "daily"]


def _runs(connection: duckdb.DuckDBPyConnection, as_of: datetime, horizon_h: int) -> pd.DataFrame:
    """Forecasts that can be judged at ``as_of``, by which knowledge, and what is stored of them.

    Adds to the columns of a judgement ``capacity``, ``holds`` (what is stored is right) and
    ``store`` (the new judgement is to be stored).
    """
    zone = ZoneInfo(queries.session_zone(connection))
    span: dict[str, queries.Value] = {"since": as_of - WINDOW, "until": as_of}
    runs = queries.frame(connection, "fates_runs", span)
    details = [json.loads(text) for text in runs["details"]]
    runs["horizon_h"] = [int(d.get("horizon_h") or horizon_h) for d in details]
    runs["capacity"] = [int(d.get("policy", {}).get("capacity") or 0) for d in details]
    runs["daily"] = ~runs["as_of"].dt.tz_convert(zone).dt.date.duplicated()
    moments = [
        due(made.to_pydatetime(), hours, as_of)
        for made, hours in zip(runs["as_of"], runs["horizon_h"], strict=True)
    ]
    judgeable = np.array([moment is not None for moment in moments], dtype=bool)
    runs = runs[judgeable].reset_index(drop=True)
    told = [moment for moment in moments if moment is not None]
    runs["known_at"] = pd.to_datetime([m.known_at for m in told], utc=True).as_unit("us")
    runs["settled"] = np.array([m.settled for m in told], dtype=bool)
    same = (
        (runs["judged_made_at"] == runs["made_at"])
        & (runs["judged_daily"].fillna(False).astype(bool) == runs["daily"])
        & runs["judged_known_at"].notna()
    )
    newer = runs["judged_known_at"] > runs["known_at"]
    return runs.assign(holds=same & (runs["judged_known_at"] == runs["known_at"]), store=~newer)


class _Work:
    """Judges groups of forecasts that are judged by the knowledge of one moment."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        settings: ForecastingSettings,
        catalogue: Catalogue,
    ) -> None:
        self.connection, self.settings, self.catalogue = connection, settings, catalogue
        self.inventories = InventoryCache()

    def judge(self, known_at: datetime, group: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
        """Rows of the stored tables, by kind."""
        since = group["as_of"].min().to_pydatetime()
        happened = Happened.read(
            self.connection,
            self.inventories.as_of(self.connection, known_at),
            since,
            known_at,
            self.settings.low_satisfaction_limit,
        )
        queries.put(self.connection, "fc_judged", group[["as_of", "daily"]])
        cells_told = happened.complaints[["cell_id"]].drop_duplicates()
        queries.put(self.connection, "fc_complained", cells_told)
        cells = queries.frame(self.connection, "fates_cells")
        parts = dict(iter(cells.groupby("as_of")))
        for run in group.to_dict("records"):
            part = parts.get(run["as_of"], cells.iloc[:0]).drop(columns="as_of")
            part = part.astype({"cell_id": "str"}).reset_index(drop=True)
            origin = run["as_of"].to_pydatetime()
            came = happened.after(origin, run["horizon_h"])
            named = {"as_of": run["as_of"], "known_at": run["known_at"]}
            yield "fates", mark(part, came).assign(**named)
            if run["daily"]:
                rows = self._beside_rules(origin, run["horizon_h"], part, came)
                yield "scores", score_sums(rows, run["capacity"]).assign(**named)
                yield "reliability", reliability_sums(rows).assign(**named)

    def _beside_rules(
        self, origin: datetime, horizon_h: int, cells: pd.DataFrame, came: pd.DataFrame
    ) -> pd.DataFrame:
        """All cells that had a forecast, with what came and what each rule said at the origin."""
        inventory = self.inventories.as_of(self.connection, origin)
        span: dict[str, queries.Value] = {
            "origin": origin,
            "since": origin - timedelta(days=TICKET_DAYS),
        }
        known = queries.frame(self.connection, "tickets_known", span)
        tickets = attributed(known, inventory, self.settings.low_satisfaction_limit)
        rules = baselines(
            self.connection,
            origin,
            pd.Index(cells["cell_id"]),
            tickets,
            catalogue=self.catalogue,
            horizon_h=horizon_h,
        )
        table = cells.join(rules, on="cell_id").join(came, on="cell_id").assign(as_of=origin)
        table = table.fillna({"low_complaints": 0.0, "hit": 0.0})
        return table[table["probability"].notna()].reset_index(drop=True)


def _store(
    connection: duckdb.DuckDBPyConnection, runs: pd.DataFrame, made: dict[str, pd.DataFrame]
) -> None:
    queries.put(connection, "fc_judged", runs[["as_of", "daily"]])
    with transaction(connection):
        for kind in KINDS:
            queries.run(connection, f"forget_forecast_{kind}")
            rows = made.get(kind)
            if rows is None or rows.empty:
                continue
            queries.put(connection, f"fc_new_{kind}", rows[rows["as_of"].isin(runs["as_of"])])
            queries.run(connection, f"write_{kind}")
