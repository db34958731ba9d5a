"""Were the counts of regions within their intervals? The region part of a backtest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import pandas as pd

from forecasting import queries
from forecasting.calendar import Calendar
from forecasting.cells.inventory import InventoryCache
from forecasting.regions.counts import node_counts, services_of_city, with_leaves
from forecasting.regions.nodes import ALL, CITY, build
from forecasting.regions.pipeline import TICKETS, forecast_regions
from forecasting.settings import ForecastingSettings


@dataclass(frozen=True)
class SeriesJudgement:
    """One series: the city, a region, or a service of one of them.

    Attributes:
        days: forecasts judged (day x origin).
        coverage: share of counts within their interval.
        error: mean absolute error of the median, the number that absolute errors ask for.
        mean_error: mean absolute error of the mean, which adds up over regions.
        naive_error: that of the same weekday of the week before the origin's, on the same days.
        bias: expected over observed; NaN where nothing came.
    """

    days: int
    coverage: float
    error: float
    mean_error: float
    naive_error: float
    bias: float

    @property
    def mase(self) -> float:
        """Error over seasonal-naive's; NaN where that made none."""
        return self.error / self.naive_error if self.naive_error else float("nan")

    def to_json(self) -> dict[str, Any]:
        """Plain numbers; None where a measure is not defined."""
        names = ("coverage", "error", "mean_error", "naive_error", "mase", "bias")
        values = {name: _number(getattr(self, name)) for name in names}
        return {"days": self.days, **values}


@dataclass(frozen=True)
class RegionJudgement:
    """Daily tickets per series, forecast at each origin for the days of the horizon.

    Attributes:
        nominal: coverage that the intervals promise.
        overall: all region-days; None without any.
        regions: by region.
        city: the whole city; None without any.
        services: by service over the whole city.
        region_services: by region and service.
        services_overall: all days of regions' services; None without any.
    """

    nominal: float
    overall: SeriesJudgement | None
    regions: dict[str, SeriesJudgement]
    city: SeriesJudgement | None
    services: dict[str, SeriesJudgement]
    region_services: dict[tuple[str, str], SeriesJudgement]
    services_overall: SeriesJudgement | None

    @property
    def region_days(self) -> int:
        """Forecasts judged (region x day x origin)."""
        return self.overall.days if self.overall else 0

    @property
    def coverage(self) -> float:
        """Share of region-days within their interval; NaN without any."""
        return self.overall.coverage if self.overall else float("nan")

    @property
    def mase(self) -> float:
        """Mean absolute error over seasonal-naive's, over all region-days; NaN without any."""
        return self.overall.mase if self.overall else float("nan")

    @property
    def worst_mase(self) -> tuple[str, float] | None:
        """The region that gains least against seasonal-naive; None where nothing was judged."""
        known = {r: j.mase for r, j in self.regions.items() if np.isfinite(j.mase)}
        return max(known.items(), key=lambda pair: pair[1]) if known else None

    def to_json(self) -> dict[str, Any]:
        """Plain numbers; None where nothing could be judged."""
        overall = self.overall
        head = {
            name: _number(getattr(overall, name)) if overall else None
            for name in ("coverage", "error", "mean_error", "naive_error", "mase", "bias")
        }
        worst = self.worst_mase
        return {
            "region_days": self.region_days,
            "nominal": self.nominal,
            **head,
            "worst_region": worst[0] if worst else None,
            "worst_mase": worst[1] if worst else None,
            "city": self.city.to_json() if self.city else None,
            "regions": {name: j.to_json() for name, j in self.regions.items()},
            "services": {name: j.to_json() for name, j in self.services.items()},
            "region_services": [
                {"region_id": region, "service": service, **judged.to_json()}
                for (region, service), judged in self.region_services.items()
            ],
            "services_overall": self.services_overall.to_json() if self.services_overall else None,
        }

    def line(self) -> str:
        """For people."""
        if self.overall is None:
            return "regions: no complete day to judge"
        text = (
            f"regions: {self.coverage:.1%} of {self.region_days} region-days within their"
            f" {self.nominal:.0%} interval; mean absolute error {self.overall.error:.2f},"
            f" seasonal naive {self.overall.naive_error:.2f} (MASE {self.mase:.3f}"
        )
        worst = self.worst_mase
        text += f", at worst {worst[1]:.3f} in {worst[0]})" if worst else ")"
        if self.services_overall is not None:
            text += (
                f"; by service {self.services_overall.coverage:.1%},"
                f" MASE {self.services_overall.mase:.3f}"
            )
        return text


def judge_regions(
    connection: duckdb.DuckDBPyConnection,
    origins: Sequence[datetime],
    over: datetime,
    *,
    settings: ForecastingSettings,
    calendar: Calendar,
    zone: str,
) -> RegionJudgement:
    """Forecast daily tickets at each origin as known then, and hold them against what came.

    Args:
        connection: the warehouse.
        origins: local midnights, in order.
        over: until when facts are known; days that end later are not judged.
        settings: horizon, interval.
        calendar: holidays.
        zone: IANA zone of the days.
    """
    rows, came = region_rows(
        connection, origins, over, settings=settings, calendar=calendar, zone=zone
    )
    return judge(rows, came, settings.interval)


def region_rows(
    connection: duckdb.DuckDBPyConnection,
    origins: Sequence[datetime],
    over: datetime,
    *,
    settings: ForecastingSettings,
    calendar: Calendar,
    zone: str,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What ``judge_regions`` holds against each other.

    Returns:
        Forecasts: ``region_id, service, day, naive_day, origin_day, mean, lower, median, upper,
        model``; and daily counts as known today (index days, columns (region, service)).
    """
    inventories = InventoryCache()
    days = max(1, round(settings.horizon_h / 24))
    parts = []
    with TemporaryDirectory() as folder:
        for origin in origins:
            _, made = forecast_regions(
                connection,
                origin,
                inventories.as_of(connection, origin),
                settings=settings,
                calendar=calendar,
                zone=zone,
                models_dir=Path(folder),
                with_low=False,
            )
            today = pd.Timestamp(origin.astimezone(ZoneInfo(zone)).date())
            series = made[TICKETS].series
            day = pd.to_datetime(series["day"])
            ahead = series.assign(day=day, naive_day=day - timedelta(days=7), origin_day=today)
            parts.append(ahead[ahead["day"] < today + timedelta(days=days)])
    rows = pd.concat(parts, ignore_index=True)
    came = _observed(connection, inventories, origins[0] - timedelta(days=8), over, zone)
    complete = pd.Timestamp(over.astimezone(ZoneInfo(zone))).tz_localize(None).normalize()
    return rows[rows["day"] < complete], came


def _observed(
    connection: duckdb.DuckDBPyConnection,
    inventories: InventoryCache,
    since: datetime,
    over: datetime,
    zone: str,
) -> pd.DataFrame:
    """Tickets per day as they are known today; a column per region and service (empty: all)."""
    forever = datetime(9999, 12, 31, tzinfo=ZoneInfo("UTC"))
    inventory = inventories.as_of(connection, forever)
    span: dict[str, queries.Value] = {"known_at": forever, "since": since, "until": over}
    known = queries.frame(connection, "tickets_between", span)
    regions = pd.DataFrame(inventory.regions[["region_id", "parent_id"]])
    known = with_leaves(known, inventory, regions).assign(share=1.0)
    tree = build(regions, zip(known["leaf"], known["of_service"], strict=True))
    first, last = (t.astimezone(ZoneInfo(zone)).date() for t in (since, over))
    table = node_counts(known, tree, first, last, zone)
    city = services_of_city(table, tree)
    columns = {node: table[node] for node in tree.nodes}
    columns |= {(ALL, name): city[name] for name in city.columns}
    return pd.DataFrame(columns, index=table.index)


def judge(rows: pd.DataFrame, came: pd.DataFrame, nominal: float) -> RegionJudgement:
    """Hold forecasts against counts.

    Args:
        rows: ``region_id, service, day, naive_day, mean, lower, median, upper``.
        came: counts; index days, columns (region, service). A series that is not there had none.
        nominal: coverage promised.
    """
    if rows.empty:
        return RegionJudgement(nominal, None, {}, None, {}, {}, None)
    keys = list(zip(rows["region_id"], rows["service"], strict=True))
    rows = rows.assign(
        actual=_counts(came, keys, rows["day"]),
        naive=_counts(came, keys, rows["naive_day"]),
    )
    found = {
        (str(region), str(service)): _series(part)
        for (region, service), part in rows.groupby(["region_id", "service"], sort=True)
    }
    regions = {r: j for (r, s), j in found.items() if r != ALL and s == ALL}
    both = {key: j for key, j in found.items() if key[0] != ALL and key[1] != ALL}
    whole = rows[(rows["region_id"] != ALL) & (rows["service"] == ALL)]
    parts = rows[(rows["region_id"] != ALL) & (rows["service"] != ALL)]
    return RegionJudgement(
        nominal=nominal,
        overall=_series(whole) if len(whole) else None,
        regions=regions,
        city=found.get(CITY),
        services={s: j for (r, s), j in found.items() if r == ALL and s != ALL},
        region_services=both,
        services_overall=_series(parts) if len(parts) else None,
    )


def _counts(came: pd.DataFrame, keys: list[tuple[str, str]], days: pd.Series) -> pd.Series:
    place = {(node[0], node[1]): i for i, node in enumerate(came.columns.to_flat_index())}
    table = np.hstack([came.to_numpy(float), np.zeros((len(came), 1))])
    column = [place.get(key, -1) for key in keys]
    return pd.Series(table[came.index.get_indexer(pd.Index(days)), column], index=days.index)


def _series(rows: pd.DataFrame) -> SeriesJudgement:
    actual = rows["actual"]
    total = float(actual.sum())
    return SeriesJudgement(
        days=len(rows),
        coverage=float(((actual >= rows["lower"]) & (actual <= rows["upper"])).mean()),
        error=float((actual - rows["median"]).abs().mean()),
        mean_error=float((actual - rows["mean"]).abs().mean()),
        naive_error=float((actual - rows["naive"]).abs().mean()),
        bias=float(rows["mean"].sum() / total) if total else float("nan"),
    )


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
