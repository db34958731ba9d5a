"""One forecast, start to end: from what was known at a moment to cells, regions and colours."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import duckdb
import pandas as pd

from forecasting import queries
from forecasting.areas.status import region_table
from forecasting.bursts.pipeline import find_bursts, keep_bursts
from forecasting.calendar import Calendar, load_calendar
from forecasting.cells import fallback
from forecasting.cells.drivers import COLUMNS as DRIVER_COLUMNS
from forecasting.cells.evidence import COLUMNS as EVIDENCE_COLUMNS
from forecasting.cells.explain import Explained, explain
from forecasting.cells.features import FeatureMaker
from forecasting.cells.inventory import Inventory
from forecasting.cells.live import Live, live_model
from forecasting.cells.playbook import playbook_table
from forecasting.cells.score import score_cells
from forecasting.cells.tickets import attributed
from forecasting.cells.training import Trainer
from forecasting.crews import Capacity, capacity_at
from forecasting.errors import ForecastingError, NotEnoughHistoryError
from forecasting.policy import Policy, load_policy
from forecasting.regions.pipeline import LOW, TICKETS, forecast_regions, reconcile
from forecasting.regions.shown import shown_series, shown_services
from forecasting.settings import ForecastingSettings
from forecasting.wall import refuse_undated
from ingest.catalogue import Catalogue, load_catalogue
from ingest.warehouse import transaction

Mode = Literal["cells", "tickets"]


@dataclass(frozen=True)
class Forecast:
    """All that one forecast says; frames have the columns of the snapshot's tables.

    Attributes:
        as_of: the moment whose knowledge it rests on (UTC); nothing later moved a digit of it.
        made_at: when it was made.
        mode: ``cells``, or ``tickets`` where no cells with KPIs are known.
        horizon_h: hours ahead.
        time_zone: of local days.
        model_id: of the cells' model; ``fallback:…`` without one, None in tickets mode.
        model: what made the forecast and how it did on its later slice.
        policy: parameters of the colour policy, with ``capacity`` (the largest number of reds)
            and ``crews`` (where that number comes from, see ``crews.Capacity``).
        data_time: end of the newest KPI interval known, None without KPIs.
        ticket_time: creation of the newest ticket known, None without tickets.
        cells: one row per cell (see ``cells.score``).
        drivers: of red and yellow cells.
        causes: evidence for the cause of each red, yellow or bad cell (see ``cells.evidence``).
        playbook: what to do about each cause.
        regions: one row per region; also the usual levels. No label positions.
        region_series: 60 days back, and the days ahead.
        region_services: the same of the city, and by service; empty ids stand for all.
        neighbours: of every cell.
        tickets: attributed tickets of the last 28 days, one row per ticket and probable cell.
        bursts: batch complaints that stand; columns of ``bursts.pipeline``.
        inventory: cells and regions known, and the way to attribute further tickets.
        warnings: what people in front of the screens should know.
    """

    as_of: datetime
    made_at: datetime
    mode: Mode
    horizon_h: int
    time_zone: str
    model_id: str | None
    model: dict[str, Any]
    policy: dict[str, Any]
    data_time: datetime | None
    ticket_time: datetime | None
    cells: pd.DataFrame
    drivers: pd.DataFrame
    causes: pd.DataFrame
    playbook: pd.DataFrame
    regions: pd.DataFrame
    region_series: pd.DataFrame
    region_services: pd.DataFrame
    neighbours: pd.DataFrame
    tickets: pd.DataFrame
    bursts: pd.DataFrame
    inventory: Inventory
    warnings: tuple[str, ...]


def forecast(
    connection: duckdb.DuckDBPyConnection,
    as_of: datetime,
    *,
    models_dir: Path,
    settings: ForecastingSettings,
    made_at: datetime,
    catalogue: Catalogue | None = None,
) -> Forecast:
    """Score every cell and region with what was known at ``as_of``, and keep it in the warehouse.

    Args:
        connection: the warehouse, open for writing.
        as_of: aware; facts that became known later are not looked at.
        models_dir: where models are kept; the one of the last local midnight is trained into it
            when it is not there.
        settings: of forecasting.
        made_at: the present moment, from a clock; it is only written down.
        catalogue: the KPIs; the built-in one by default.

    Raises:
        NotEnoughHistoryError: neither cells with KPIs nor tickets are known at ``as_of``.
        ForecastingError: ``as_of`` has no time zone; the settings or the policy cannot be used.
    """
    if as_of.tzinfo is None or made_at.tzinfo is None:
        raise ForecastingError(f"as_of {as_of} and made_at {made_at} need a time zone")
    as_of = as_of.astimezone(UTC)
    scene = _Scene.open(connection, as_of, settings, catalogue or load_catalogue())
    policy = load_policy(settings.policy_file)
    inventory = scene.maker.inventories.as_of(connection, as_of)
    crews = Capacity(0, "share")
    if scene.mode == "cells":
        crews = capacity_at(connection, as_of, policy, len(inventory.cells))
    cells, told, live, tickets = scene.cells(models_dir, policy, crews.cells)
    counts, ahead = forecast_regions(
        connection,
        as_of,
        inventory,
        settings=settings,
        calendar=scene.calendar,
        zone=scene.zone,
        models_dir=models_dir,
        with_low=scene.mode == "cells",
    )
    regions = region_table(
        inventory,
        cells if scene.mode == "cells" else None,
        counts,
        ahead[TICKETS],
        policy=policy,
        horizon_h=settings.horizon_h,
    )
    series = shown_series(counts, ahead)
    if LOW in ahead:
        expected = regions.set_index("region_id")["expected_low_complaints"]
        low = (series["measure"] == LOW) & series["mean"].notna()
        bounds = ahead[LOW].champions.daily
        series.loc[low] = reconcile(
            series[low],
            expected,
            as_of,
            horizon_h=settings.horizon_h,
            zone=scene.zone,
            bounds=bounds,
        )
    model_id = None if live is None else _model_id(live)
    result = Forecast(
        as_of=as_of,
        made_at=made_at.astimezone(UTC),
        mode=scene.mode,
        horizon_h=settings.horizon_h,
        time_zone=scene.zone,
        model_id=model_id,
        model=_papers(live, model_id),
        policy=crews.as_policy(policy),
        data_time=scene.data_time,
        ticket_time=scene.ticket_time,
        cells=cells,
        drivers=told.drivers,
        causes=told.evidence,
        playbook=playbook_table(settings.playbook_file),
        regions=regions,
        region_series=series,
        region_services=shown_services(counts, ahead[TICKETS]),
        neighbours=inventory.neighbours,
        tickets=tickets,
        bursts=find_bursts(
            connection,
            as_of,
            inventory,
            settings=settings.bursts,
            zone=scene.zone,
            models_dir=models_dir,
        ),
        inventory=inventory,
        warnings=(
            *scene.warnings(),
            *(live.warnings if live else ()),
            *crews.warnings,
        ),
    )
    _keep(connection, result)
    return result


@dataclass(frozen=True)
class _Scene:
    """What is known at the moment, and the tools to work on it."""

    connection: duckdb.DuckDBPyConnection
    as_of: datetime
    settings: ForecastingSettings
    calendar: Calendar
    maker: FeatureMaker
    zone: str
    mode: Mode
    data_time: datetime | None
    ticket_time: datetime | None

    @classmethod
    def open(
        cls,
        connection: duckdb.DuckDBPyConnection,
        as_of: datetime,
        settings: ForecastingSettings,
        catalogue: Catalogue,
    ) -> _Scene:
        refuse_undated(connection)
        zone = queries.session_zone(connection)
        calendar = load_calendar(settings.holiday_country)
        span = queries.frame(connection, "data_span", {"origin": as_of}).iloc[0]
        with_cells = span["cells"] > 0 and pd.notna(span["newest_kpi"])
        if not with_cells and span["tickets"] == 0:
            raise NotEnoughHistoryError(
                f"neither cells with KPIs nor tickets are known at {as_of:%Y-%m-%dT%H:%MZ}:"
                " load some, or choose a later moment"
            )
        return cls(
            connection,
            as_of,
            settings,
            calendar,
            FeatureMaker(settings, catalogue, calendar, zone),
            zone,
            "cells" if with_cells else "tickets",
            _moment(span["newest_kpi"]),
            _moment(span["newest_ticket"]),
        )

    def cells(
        self, models_dir: Path, policy: Policy, capacity: int
    ) -> tuple[pd.DataFrame, Explained, Live | None, pd.DataFrame]:
        """Scored cells, why, the model and the attributed tickets of the last weeks."""
        if self.mode == "tickets":
            inventory = self.maker.inventories.as_of(self.connection, self.as_of)
            since = self.as_of - timedelta(days=28)
            span: dict[str, queries.Value] = {"origin": self.as_of, "since": since}
            known = queries.frame(self.connection, "tickets_known", span)
            limit = self.settings.low_satisfaction_limit
            cells = pd.DataFrame(columns=[*inventory.cells.columns, *_SCORED])
            nothing = Explained(
                pd.DataFrame(columns=DRIVER_COLUMNS),
                pd.Series(dtype=object),
                pd.DataFrame(columns=EVIDENCE_COLUMNS),
            )
            return cells, nothing, None, attributed(known, inventory, limit)
        live = live_model(self.connection, self.as_of, Trainer(self.maker), models_dir)
        features = self.maker.at(self.connection, self.as_of)
        model = live.stored.model if live.stored else None
        kpis = self.maker.catalogue
        cells = score_cells(
            features,
            model,
            settings=self.settings,
            policy=policy,
            catalogue=kpis,
            capacity=capacity,
        )
        told = explain(self.connection, features, cells, model, kpis)
        return cells.assign(cause=told.causes), told, live, features.tickets

    def warnings(self) -> list[str]:
        """Holidays that are not known, a horizon that reaches into them."""
        local = self.as_of.astimezone(ZoneInfo(self.zone)).date()
        last = local + timedelta(days=self.settings.region_horizon_days)
        return self.calendar.warnings(local, last)


_SCORED = (
    "status", "probability", "expected_low_complaints", "cause", "quiet", "tickets_7d",
    "last_kpi_at",
)  # fmt: skip


def _moment(value: pd.Timestamp) -> datetime | None:
    return None if pd.isna(value) else value.to_pydatetime()


def _model_id(live: Live) -> str:
    return live.stored.model_id if live.stored else fallback.LABEL


def _papers(live: Live | None, model_id: str | None) -> dict[str, Any]:
    if live is None or live.stored is None:
        return {"model_id": model_id}
    return {
        "model_id": model_id,
        "trained_as_of": live.stored.trained_as_of.isoformat(),
        **live.stored.report,
    }


def _keep(connection: duckdb.DuckDBPyConnection, made: Forecast) -> None:
    """Write the forecast into the warehouse; one of the same moment is replaced."""
    details = {
        "horizon_h": made.horizon_h,
        "policy": made.policy,
        "model": made.model,
        "data_time": made.data_time.isoformat() if made.data_time else None,
        "ticket_time": made.ticket_time.isoformat() if made.ticket_time else None,
        "warnings": list(made.warnings),
    }
    run = pd.DataFrame(
        {
            "as_of": [made.as_of],
            "mode": [made.mode],
            "model_id": [made.model_id],
            "made_at": [made.made_at],
            "details": [json.dumps(details, ensure_ascii=False, sort_keys=True)],
        }
    )
    ahead = made.region_series[made.region_series["mean"].notna()]
    moment: dict[str, queries.Value] = {"as_of": made.as_of}
    queries.put(connection, "fc_run", run)
    queries.put(connection, "fc_run_regions", ahead)
    if len(made.cells):
        queries.put(connection, "fc_run_cells", made.cells[["cell_id", *_SCORED[:5]]])
    with transaction(connection):
        for table in ("forecast_runs", "cell_forecasts", "region_forecasts"):
            queries.run(connection, f"forget_{table}", moment)
        queries.run(connection, "write_run")
        if len(made.cells):
            queries.run(connection, "write_cells", moment)
        queries.run(connection, "write_regions", moment)
        keep_bursts(connection, made.as_of, made.bursts)
