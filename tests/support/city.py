"""A small plausible Beijing as a snapshot content, for tests of pages; nothing here is shipped."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
import shapely

from dashboard.snapshot import KpiDay, SnapshotContent
from forecasting.cells.evidence import COLUMNS as EVIDENCE
from forecasting.cells.playbook import playbook_table
from forecasting.cells.quality import agreement
from geo.boundaries import beijing, label_points, to_feature_collection
from geo.neighbours import neighbours
from geo.relations import relations
from tests.support.complaints import city_complaints
from tests.support.outlook import sample_outlook
from tests.support.snapshots import AS_OF, ZONE, empty, kpi_days, tiny

CELLS = 126
NAMES = (
    "望京西",
    "国贸桥",
    "中关村",
    "回龙观",
    "亦庄",
    "五棵松",
    "西单",
    "通州北苑",
    "良乡",
    "天通苑",
)
POLICY = {
    "name": "default",
    "capacity": 12,
    "cells": {"red_probability": 0.25, "yellow_probability": 0.1},
    "tickets": {"red_ratio": 1.5, "yellow_ratio": 1.2},
    "quality": {"bad_below": 60.0, "degraded_below": 85.0},
}
CAUSES = ("hardware", "interference", "congestion", "transport", "unknown")


def city(*, as_of: datetime = AS_OF, seed: int = 7, reds: int = 9, cells: int = CELLS, **changes):
    """16 districts; ``reds`` red cells, twice as many yellow, five unknown, the rest green."""
    random = np.random.default_rng(seed)
    regions = beijing().merge(label_points(beijing()), on="region_id")
    frame = with_quality(_cells(regions, random, as_of, reds, cells))
    daily = series(regions["region_id"].tolist(), as_of, random)
    told = _regions(regions, frame)
    values = {
        "complaints": city_complaints(daily, as_of),
        "more": {
            "causes": _evidence(frame, as_of),
            "playbook": playbook_table(),
            "region_services": of_city(daily),
            **sample_outlook(told, daily, as_of, judged=[(20.0, 26.0), (22.0, 15.0), (19.0, 21.0)]),
        },
        "policy": POLICY,
        "model": {"model_id": "test"},
        "cells": frame,
        "drivers": _drivers(frame),
        "regions": told,
        "regions_geojson": to_feature_collection(beijing()),
        "region_series": daily,
        "tickets": _tickets(frame, as_of, random),
        "works": _works(frame, as_of),
        "neighbours": _relations(frame),
        "history": _history(as_of, reds),
    }
    return tiny(as_of=as_of, **(values | changes))


def _relations(cells: pd.DataFrame) -> pd.DataFrame:
    """Each cell hands over to the cells around it and to a far one; the nearest share a border."""
    drawn = neighbours(cells, k=4)
    far = pd.DataFrame(
        {"cell_id": cells["cell_id"], "neighbour_id": np.roll(cells["cell_id"], 40)}
    ).assign(attempts=2000)
    near = drawn[["cell_id", "neighbour_id"]].assign(attempts=(9000 * drawn["weight"]).astype(int))
    told = pd.concat([near, far], ignore_index=True)
    sides = drawn[drawn["kind"] == "near"].groupby("cell_id").head(1)
    borders = sides[["cell_id", "neighbour_id"]].assign(border_m=400.0)
    return relations(neighbours(cells, k=4, handovers=told), borders, cells)


def city_kpis(content: SnapshotContent, *, days: int = 16) -> dict[date, KpiDay]:
    """Hourly KPIs of the first twelve cells, the worst ones among them."""
    worst = content.cells.sort_values("probability", ascending=False)["cell_id"].head(12)
    last = content.as_of.astimezone(ZONE).date() - timedelta(days=1)
    return kpi_days(sorted(worst), last=last, days=days)


def states(*, as_of: datetime = AS_OF) -> SnapshotContent:
    """Tickets mode: the same districts, no cells, no subscribers, no satisfaction."""
    random = np.random.default_rng(3)
    regions = beijing().merge(label_points(beijing()), on="region_id")
    n = len(regions)
    expected = random.gamma(2, 6, n).round(2)
    known = np.arange(n) != 3
    frame = pd.DataFrame(
        {
            "region_id": regions["region_id"],
            "name": regions["name"],
            "parent_id": None,
            "level": 1,
            "subscribers": np.nan,
            "status": np.where(
                known,
                np.select([expected > 18, expected > 12], ["red", "yellow"], "green"),
                "unknown",
            ),
            "expected_low_complaints": np.nan,
            "rate_per_10k": np.nan,
            "quality_index": np.nan,
            "cells": 0,
            "red_cells": 0,
            "yellow_cells": 0,
            "unknown_cells": 0,
            "expected_tickets": np.where(known, expected, np.nan),
            "expected_tickets_lower": np.where(known, (expected * 0.6).round(), np.nan),
            "expected_tickets_upper": np.where(known, (expected * 1.5).round() + 2, np.nan),
            "label_longitude": regions["label_longitude"],
            "label_latitude": regions["label_latitude"],
        }
    )
    daily = series(regions["region_id"].tolist(), as_of, random, low=False)
    return tiny(
        as_of=as_of,
        mode="tickets",
        more=sample_outlook(frame, daily, as_of, measure="tickets"),
        data_time=None,
        policy=POLICY,
        cells=empty("cells"),
        regions=frame,
        regions_geojson=to_feature_collection(beijing()),
        region_series=daily,
    )


def _cells(regions, random, as_of: datetime, reds: int, n: int) -> pd.DataFrame:
    sites = n // 3
    # Dense in the middle, thin outside, always inside a district.
    weight = 1 / np.sqrt(shapely.area(regions.geometry.to_numpy()))
    home = random.choice(len(regions), sites, p=weight / weight.sum())
    points = [_inside(regions.geometry.iloc[i], random) for i in home]
    site = np.repeat(np.arange(sites), 3)
    status = np.array(["red"] * reds + ["yellow"] * 2 * reds + ["unknown"] * 5)
    status = np.concatenate([status, np.repeat("green", 3 * sites - len(status))])
    probability = np.concatenate(
        [
            np.linspace(0.71, 0.27, reds),
            np.linspace(0.24, 0.1, 2 * reds),
            np.full(5, np.nan),
            random.uniform(0.002, 0.09, 3 * sites - 3 * reds - 5),
        ]
    )
    order = random.permutation(3 * sites)
    status, probability = status[order], probability[order]
    flagged = np.isin(status, ["red", "yellow"])
    quiet = random.random(3 * sites) < 0.7
    return pd.DataFrame(
        {
            "cell_id": [
                f"BJ{s:05d}-{k + 1}" for s, k in zip(site, np.tile([0, 1, 2], sites), strict=True)
            ],
            "name": [
                f"{NAMES[s % 10]}{s // 10 + 1}站-{k + 1}"
                for s, k in zip(site, np.tile([0, 1, 2], sites), strict=True)
            ],
            "site_id": [f"BJ{s:05d}" for s in site],
            "region_id": regions["region_id"].to_numpy()[home][site],
            "technology": np.where(site % 3 == 0, "LTE", "NR"),
            "band": np.where(site % 3 == 0, "B3", "n78"),
            "vendor": "A",
            "longitude": np.array([p[0] for p in points])[site],
            "latitude": np.array([p[1] for p in points])[site],
            "azimuth_deg": np.tile([0.0, 120.0, 240.0], sites),
            "subscribers": random.integers(400, 2600, 3 * sites).astype(float),
            "status": status,
            "probability": probability,
            "expected_low_complaints": -np.log1p(-probability),
            "cause": np.where(flagged, np.array(CAUSES)[np.arange(3 * sites) % 5], None),
            "quiet": quiet,
            "tickets_7d": np.where(quiet, 0.0, random.integers(1, 5, 3 * sites)),
            "last_kpi_at": [None if s == "unknown" else as_of for s in status],
        }
    )


def with_quality(cells: pd.DataFrame) -> pd.DataFrame:
    """KPIs bad at most cells at risk, and at one calm cell in forty."""
    number = np.arange(len(cells))
    risky = cells["status"].isin(["red", "yellow"]).to_numpy()
    bad = np.where(risky, number % 4 != 0, number % 40 == 0)
    index = np.where(bad, 28.0 + number % 30, 88.0 + number % 12)
    index = np.where(cells["status"] == "unknown", np.nan, index)
    state = pd.Series(np.select([np.isnan(index), bad], ["unknown", "bad"], "good"), cells.index)
    return cells.assign(
        quality_now=index,
        quality_state=state,
        quality_kpi=np.where(bad, "drop_rate_pct", None),
        agreement=agreement(cells["status"], state),
    )


def _evidence(cells: pd.DataFrame, as_of: datetime) -> pd.DataFrame:
    rows = []
    for row in cells[cells["cause"].notna()].itertuples():
        pieces = [
            {"kind": "works", "code": "cutover", "text": "传输割接",
             "since": as_of - timedelta(hours=50), "until": as_of - timedelta(hours=46)},
            {"kind": "kpi", "kpi": "drop_rate_pct", "window": "24h", "value": 1.42, "normal": 0.31,
             "hours": 31.0},
            {"kind": "limit", "kpi": "prb_util_dl_pct", "normal": 85.0, "hours": 7.0},
            {"kind": "site", "cells": 2, "site_cells": 3},
            {"kind": "neighbours", "kpi": "active_users", "value": 1.4},
            {"kind": "missing", "value": 0.12},
            {"kind": "alarm", "code": "major", "text": "RRU 链路异常",
             "since": as_of - timedelta(hours=20), "until": None},
            {"kind": "alarm", "code": "minor", "text": "小区不可用",
             "since": as_of - timedelta(hours=30), "until": as_of - timedelta(hours=29)},
        ]  # fmt: skip
        rows += [{"cell_id": row.cell_id, "rank": n, **p} for n, p in enumerate(pieces, start=1)]
    return pd.DataFrame(rows, columns=EVIDENCE)


def _inside(area, random) -> tuple[float, float]:
    west, south, east, north = area.bounds
    while True:
        lon, lat = random.uniform(west, east), random.uniform(south, north)
        if area.contains(shapely.Point(lon, lat)):
            return lon, lat


def _regions(regions, cells: pd.DataFrame) -> pd.DataFrame:
    by = cells.groupby("region_id")
    count = lambda s: by["status"].apply(lambda x: int((x == s).sum()))  # noqa: E731
    frame = pd.DataFrame(
        {
            "cells": by.size(),
            "red_cells": count("red"),
            "yellow_cells": count("yellow"),
            "unknown_cells": count("unknown"),
            "subscribers": by["subscribers"].sum(),
            "expected_low_complaints": by["expected_low_complaints"].sum(),
        }
    ).reindex(regions["region_id"])
    counts = ["cells", "red_cells", "yellow_cells", "unknown_cells"]
    frame[counts] = frame[counts].fillna(0).astype(int)
    # the sample's cells stand for many more; every district has about as many complaints
    frame["subscribers"] = 250_000.0 + 9_000 * np.arange(len(frame))
    frame = frame.reset_index()
    frame["name"] = regions["name"].to_numpy()
    frame["parent_id"], frame["level"] = None, 1
    frame["status"] = np.select(
        [frame["cells"] == 0, frame["red_cells"] > 1, frame["yellow_cells"] > 1],
        ["unknown", "red", "yellow"],
        "green",
    )
    frame["rate_per_10k"] = 1e4 * frame["expected_low_complaints"] / frame["subscribers"]
    frame["quality_index"] = 90.0
    frame["expected_tickets"] = 8 * frame["expected_low_complaints"]
    frame["expected_tickets_lower"] = (0.6 * frame["expected_tickets"]).round()
    frame["expected_tickets_upper"] = (1.6 * frame["expected_tickets"]).round() + 1
    frame["label_longitude"] = regions["label_longitude"].to_numpy()
    frame["label_latitude"] = regions["label_latitude"].to_numpy()
    return frame


def _drivers(cells: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for cell_id in cells.loc[cells["status"].isin(["red", "yellow"]), "cell_id"]:
        rows += [
            (cell_id, 1, "drop_rate_pct.dev_24h", "drop_rate_pct", 1.42, 0.31, 1.9),
            (cell_id, 2, "prb_util_dl_pct.dev_24h", "prb_util_dl_pct", 88.2, 54.0, 0.8),
            (cell_id, 3, "tickets_7d", None, 3.0, 0.0, 0.5),
            (cell_id, 4, "near:pain_24h", None, 1.7, 0.2, 0.3),
            (cell_id, 5, "retainability.pain_72h", None, 4.0, 1.1, 0.2),
            (cell_id, 6, "works_age_h", None, 12.0, None, 0.1),
        ]
    names = ["cell_id", "rank", "feature", "kpi", "value", "normal", "contribution"]
    return pd.DataFrame(rows, columns=names)


def _tickets(cells: pd.DataFrame, as_of: datetime, random) -> pd.DataFrame:
    worst = cells.sort_values("probability", ascending=False).head(12)
    rows = []
    for i, (cell_id, region_id) in enumerate(
        zip(worst["cell_id"], worst["region_id"], strict=True)
    ):
        for k in range(3):
            created = as_of - timedelta(hours=float(random.uniform(2, 300)))
            score = [3, None, 9][k]
            rows.append(
                {
                    "ticket_id": f"T{i}-{k}",
                    "created_at": created,
                    "recorded_at": created,
                    "closed_at": created + timedelta(hours=1) if score else None,
                    "channel": "热线",
                    "service": "数据业务",
                    "category": "上网慢",
                    "description": "晚上在家上网特别慢，视频一直转圈，请回电138****0000",
                    "cell_id": cell_id,
                    "attribution": "position" if k else "cell",
                    "weight": 0.62 if k else 1.0,
                    "region_id": region_id,
                    "satisfaction": score,
                    "low": None if score is None else score <= 6,
                    "status": "closed" if score else "open",
                }
            )
    return pd.DataFrame(rows).astype({"satisfaction": "Int64", "low": "boolean"})


def _works(cells: pd.DataFrame, as_of: datetime) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "work_id": ["W1"],
            "site_id": [cells.sort_values("probability", ascending=False)["site_id"].iloc[0]],
            "cell_id": [None],
            "region_id": [None],
            "starts_at": [as_of + timedelta(hours=9)],
            "ends_at": [as_of + timedelta(hours=13)],
            "announced_at": [as_of - timedelta(days=3)],
            "kind": ["cutover"],
            "description": ["传输割接"],
        }
    )


def _history(as_of: datetime, reds: int) -> pd.DataFrame:
    times = [as_of - timedelta(hours=h) for h in range(36, -1, -1)]
    return pd.DataFrame(
        {
            "as_of": times,
            "red": [max(0, reds - 3 + (i // 9)) for i in range(len(times))],
            "yellow": 18,
            "green": 90,
            "unknown": 5,
            "expected_low_complaints": 9.0,
        }
    )


def series(region_ids: list[str], as_of: datetime, random, *, low: bool = True) -> pd.DataFrame:
    """60 days back and 7 ahead of daily counts."""
    today = as_of.astimezone(ZONE).date()
    rows = []
    for region_id in region_ids:
        for measure, level in (("tickets", 12.0), ("low_complaints", 2.0)):
            if measure == "low_complaints" and not low:
                continue
            for d in range(-60, 7):
                day, past = today + timedelta(days=d), d < 0
                mean = level * (1 + 0.2 * np.sin(2 * np.pi * day.toordinal() / 7))
                rows.append(
                    (
                        region_id,
                        measure,
                        day,
                        float(random.poisson(mean)) if past else None,
                        None if past else mean,
                        None if past else max(0.0, mean - 2 * np.sqrt(mean)),
                        None if past else mean + 2 * np.sqrt(mean),
                        "prophet",
                    )
                )
    names = ["region_id", "measure", "day", "observed", "mean", "lower", "upper", "model"]
    return pd.DataFrame(rows, columns=names)


def of_city(daily: pd.DataFrame) -> pd.DataFrame:
    """The whole city's daily tickets: regions summed up, as if they erred apart."""
    rows = daily[daily["measure"] == "tickets"].assign(
        below=lambda rows: (rows["mean"] - rows["lower"]) ** 2,
        above=lambda rows: (rows["upper"] - rows["mean"]) ** 2,
    )
    sums = rows.groupby("day")[["observed", "mean", "below", "above"]].sum(min_count=1)
    return sums.assign(
        region_id="",
        service="",
        lower=(sums["mean"] - np.sqrt(sums["below"])).clip(lower=0),
        upper=sums["mean"] + np.sqrt(sums["above"]),
        model="prophet",
    ).reset_index()
