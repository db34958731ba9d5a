"""What the snapshot shows of regions: the days that were, and the days ahead."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from forecasting.regions.counts import Counts, services_of_city
from forecasting.regions.forecast import RegionForecast
from forecasting.regions.nodes import ALL, CITY, Node, is_rest
from forecasting.regions.pipeline import TICKETS

_SHOWN_DAYS = 60
_SERIES = ("region_id", "measure", "day", "observed", "mean", "lower", "upper", "model")
_SERVICES = ("region_id", "service", "day", "observed", "mean", "lower", "upper", "model")


def shown_series(counts: Counts, forecasts: dict[str, RegionForecast]) -> pd.DataFrame:
    """``region_series`` of the snapshot: 60 days back (observed) and the days ahead (forecast)."""
    parts = []
    for measure, forecast in forecasts.items():
        ahead = forecast.regions()
        seen = counts.tickets if measure == TICKETS else counts.low
        past = _past({(name, ALL): seen[name] for name in seen.columns})
        models = ahead.drop_duplicates("region_id").set_index("region_id")["model"]
        past = past.assign(measure=measure, model=past["region_id"].map(models))
        parts += [past, ahead.assign(observed=np.nan)]
    return _sorted(parts, _SERIES, ["region_id", "measure", "day"])


def shown_services(counts: Counts, forecast: RegionForecast) -> pd.DataFrame:
    """``region_services`` of the snapshot: tickets by service, of each lowest region and the city.

    An empty ``region_id`` is the whole city, an empty ``service`` all services; the city's total is
    there too. Regions' totals stand in ``region_series``.
    """
    city = services_of_city(counts.nodes, counts.tree)
    found: dict[Node, pd.Series] = {(ALL, name): city[name] for name in city.columns}
    if len(counts.nodes.columns):
        found[CITY] = counts.nodes[CITY]
    for node in counts.tree.nodes:
        if node[1] != ALL and not is_rest(node):
            found[node] = counts.nodes[node]
    rows = forecast.series
    keys = list(zip(rows["region_id"], rows["service"], strict=True))
    ahead = rows[[key in found for key in keys]]
    models = dict(zip(keys, rows["model"], strict=True))
    past = _past(found)
    past["model"] = [
        models.get(key) for key in zip(past["region_id"], past["service"], strict=True)
    ]
    parts = [past, ahead.assign(observed=np.nan)]
    return _sorted(parts, _SERVICES, ["region_id", "service", "day"])


def _past(found: dict[Node, pd.Series]) -> pd.DataFrame:
    """One row per series and day of the last 60."""
    parts = [
        pd.DataFrame(
            {
                "region_id": node[0],
                "service": node[1],
                "day": [day.date() for day in series.index[-_SHOWN_DAYS:]],
                "observed": series.to_numpy(float)[-_SHOWN_DAYS:],
                "mean": np.nan,
                "lower": np.nan,
                "upper": np.nan,
            }
        )
        for node, series in found.items()
    ]
    names = ["region_id", "service", "day", "observed", "mean", "lower", "upper"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=names)


def _sorted(parts: Iterable[pd.DataFrame], columns: tuple[str, ...], by: list[str]) -> pd.DataFrame:
    full = [part[[*columns]] for part in parts if len(part)]
    if not full:
        return pd.DataFrame(columns=[*columns])
    return pd.concat(full, ignore_index=True).sort_values(by, ignore_index=True)
