"""A made-up record of forecasts and a made-up state of the data, as tables of a snapshot."""

from __future__ import annotations

import json
from datetime import datetime, time, timedelta

import numpy as np
import pandas as pd

from dashboard.snapshot import SnapshotContent
from forecasting.fates.scores import EDGES
from tests.support.snapshots import ZONE

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
RULES = {"forecast": 0.7, "persistence": 0.42, "kpi_rule": 0.36, "seasonal_naive": 0.25,
         "last_week_rate": 0.3}  # fmt: skip
CAUSES = ("hardware", "interference", "congestion", "transport", "unknown")


def record(content: SnapshotContent, *, days: int = 56, reds: int = 30, seed: int = 5) -> dict:
    """Tables of the scoreboard of the last days before ``content.as_of``.

    Of a forecast the horizon and the time for recording are over after 84 hours; it is settled
    after eleven days.
    """
    random = np.random.default_rng(seed)
    cells = content.cells[["cell_id", "region_id", "technology"]].reset_index(drop=True)
    today = content.as_of.astimezone(ZONE).date()
    judged = []
    for back in range(days + 3, 3, -1):
        day = today - back * DAY
        as_of = datetime.combine(day, time(0, 10), ZONE)
        if as_of + 84 * HOUR <= content.as_of:
            judged.append((day, as_of, as_of + 11 * DAY <= content.as_of))
    fates = [_fates(cells, random, reds, *one) for one in judged]
    return {
        "accuracy": pd.concat([_scores(random, len(cells), reds, *one) for one in judged]),
        "fates": pd.concat(fates),
        "accuracy_reliability": pd.concat([_bins(random, len(cells), *one) for one in judged]),
        "accuracy_leads": _leads(fates),
        "accuracy_firsts": _firsts(fates, random),
        "accuracy_regions": _regions(content, random, judged),
        "accuracy_reds": _reds(fates),
        "accuracy_orders": _orders(cells, random, today),
    }


def _fates(cells, random, reds, day, as_of, settled) -> pd.DataFrame:
    n = min(len(cells) // 3, reds)
    picked = cells.sample(3 * n, random_state=int(random.integers(1 << 31)))
    status = np.repeat(["red", "yellow", "green"], n)
    draw = random.random(3 * n)
    likely = np.where(status == "red", 0.66, 0.3)
    fate = np.select(
        [status == "green", draw < likely, draw < 0.82, draw < 0.87],
        ["miss", "hit", "treated", "treated_not"],
        "false_alarm",
    )
    treated = np.isin(fate, ["treated", "treated_not"])
    kind = np.where(random.random(3 * n) < 0.75, "order", "works")
    keep = (status != "green") | (draw < 0.3)
    came = np.isin(fate, ["hit", "miss", "treated_not"])
    first = [as_of + timedelta(hours=float(h)) for h in random.uniform(6, 72, 3 * n)]
    frame = picked.assign(
        day=day,
        as_of=as_of,
        settled=settled,
        status=status,
        fate=fate,
        quiet=random.random(3 * n) < 0.7,
        cause=np.where(status == "green", None, np.array(CAUSES)[random.integers(5, size=3 * n)]),
        probability=np.where(status == "red", 0.4, 0.1) + 0.2 * random.random(3 * n),
        low_complaints=np.where(came, 1.0, 0.0),
        first_complaint_at=[at if c else None for at, c in zip(first, came, strict=True)],
        treated_at=[as_of + 5 * HOUR if done else None for done in treated],
        treatment=np.where(treated, kind, None),
    )
    return frame[keep].sort_values("cell_id", ignore_index=True)


def _reds(fates: list[pd.DataFrame]) -> pd.DataFrame:
    """As if a day had twelve forecasts, all with the fates of the first; three days are not due."""
    red = pd.concat(fates).query("status == 'red'")
    counts = red.groupby(["day", "fate", "treatment"], dropna=False).size() * 12
    rows = counts.rename("reds").reset_index()
    last = max(rows["day"])
    waiting = [{"day": last + n * DAY, "fate": "waiting", "reds": 360} for n in (1, 2, 3)]
    return pd.concat([rows, pd.DataFrame(waiting)], ignore_index=True)


OUTCOMES = (("verified", 55), ("verified_later", 9), ("reopened", 6), ("waiting", 12),
            ("rejected", 9), ("cancelled", 3), ("open", 6))  # fmt: skip
REASONS = {"reopened": ("out_of_band", "complaint", "no_change"),
           "verified_later": ("complaint", "out_of_band"),
           "rejected": ("no_fault", "planned_works", "duplicate", "recovered")}  # fmt: skip


def _orders(cells, random, today) -> pd.DataFrame:
    """A few orders a day; two thirds of the found causes are as named."""
    names, weights = zip(*OUTCOMES, strict=True)
    rows = []
    for number in range(240):
        cell = cells.iloc[int(random.integers(len(cells)))]
        outcome = names[int(random.choice(len(names), p=np.array(weights) / sum(weights)))]
        cause = CAUSES[int(random.integers(5))]
        found = cause if random.random() < 0.66 else CAUSES[int(random.integers(4))]
        day = today - int(random.integers(1, 56)) * DAY
        opened = datetime.combine(day, time(8, number % 60), ZONE)
        repaired = outcome not in ("rejected", "cancelled", "open")
        reasons = REASONS.get(outcome)
        rows.append({
            "day": day, "order_id": f"WO-{number + 1:06d}", "opened_at": opened,
            "region_id": cell["region_id"], "technology": cell["technology"], "cause": cause,
            "found_cause": found if repaired else None, "cells": 1 + number % 3,
            "outcome": outcome,
            "reason": reasons[int(random.integers(len(reasons)))] if reasons else None,
            "reopened": int(outcome in ("reopened", "verified_later")),
            "repaired_at": opened + 3 * HOUR if repaired else None,
            "verified_at": opened + 90 * HOUR if outcome.startswith("verified") else None,
        })  # fmt: skip
    return pd.DataFrame(rows).sort_values(["opened_at", "order_id"], ignore_index=True)


def _scores(random, cells, reds, day, as_of, settled) -> pd.DataFrame:
    rows = []
    for scope, size in (("all", cells), ("quiet", int(0.7 * cells))):
        positives = float(random.poisson(0.12 * size)) + 1
        quiet = 0.8 if scope == "quiet" else 1.0
        finds = {
            score: float(random.binomial(reds, share * quiet)) for score, share in RULES.items()
        }
        positives = max(positives, 1.4 * max(finds.values()))
        for score, share in RULES.items():
            found = finds[score]
            rows.append(
                {
                    "day": day,
                    "as_of": as_of,
                    "settled": settled,
                    "scope": scope,
                    "score": score,
                    "cells": size,
                    "positives": max(positives, found),
                    "visits": float(reds),
                    "found": found,
                    "visits_1pct": size / 100,
                    "found_1pct": size / 100 * share,
                    "average_precision": share * 0.9,
                    "expected": 1.05 * positives if score == "forecast" else np.nan,
                    "observed": positives,
                }
            )
    return pd.DataFrame(rows)


def _bins(random, cells, day, as_of, settled) -> pd.DataFrame:
    edges = np.array(EDGES)
    middle = (edges + np.append(edges[1:], 0.9)) / 2
    n = np.maximum(1, (cells * 0.5 ** np.arange(1, len(edges) + 1))).astype(int)
    return pd.DataFrame(
        {
            "day": day, "as_of": as_of, "settled": settled, "bin": edges, "cells": n,
            "forecast": n * middle, "observed": random.binomial(n, middle * 0.95).astype(float),
        }
    )  # fmt: skip


def _leads(fates: list[pd.DataFrame]) -> pd.DataFrame:
    reds = pd.concat(fates).query("status == 'red'").drop_duplicates("cell_id").copy()
    lead = (reds["first_complaint_at"] - reds["as_of"]).dt.total_seconds() / 3600
    return pd.DataFrame(
        {
            "cell_id": reds["cell_id"], "red_since": reds["as_of"],
            "red_until": reds["as_of"] + 24 * HOUR, "complaint_at": reds["first_complaint_at"],
            "lead_h": lead, "over": True, "cause": reds["cause"], "region_id": reds["region_id"],
            "technology": reds["technology"],
        }
    )  # fmt: skip


def _firsts(fates: list[pd.DataFrame], random) -> pd.DataFrame:
    came = pd.concat(fates)
    came = came[came["first_complaint_at"].notna()].drop_duplicates("cell_id").copy()
    warned = (came["status"] == "red").to_numpy()
    return pd.DataFrame(
        {
            "cell_id": came["cell_id"], "created_at": came["first_complaint_at"],
            "warned": warned, "lead_h": np.where(warned, random.uniform(1, 72, len(came)), np.nan),
            "region_id": came["region_id"], "technology": came["technology"],
        }
    )  # fmt: skip


def _regions(content, random, judged) -> pd.DataFrame:
    rows = []
    for day, as_of, settled in judged:
        for region in content.regions["region_id"]:
            for measure, level in (("tickets", 12.0), ("low_complaints", 2.0)):
                half = 1.64 * level**0.5
                came = float(random.poisson(level))
                said = (settled, region, measure, level, max(0.0, level - half), level + half, came)
                rows += [(day + DAY, as_of, n, *said, "damped_counts") for n in (1, 2, 3)]
    names = ["day", "as_of", "ahead", "settled", "region_id", "measure", "mean", "lower", "upper",
             "observed", "model"]  # fmt: skip
    return pd.DataFrame(rows, columns=names)


def deliveries(content: SnapshotContent, *, seed: int = 9) -> dict:
    """Tables ``quality_*`` of two sources: one late and with a hole, one well."""
    random = np.random.default_rng(seed)
    as_of = content.as_of
    newest = as_of.replace(minute=0, second=0, microsecond=0) - HOUR
    hours = []
    for source, cells in (("oss", 80), ("nms", 40)):
        for back in range(14 * 24, -1, -1):
            hour = newest - back * HOUR
            lost = source == "oss" and 30 <= back < 36
            share = 0.0 if lost else 1.0 if random.random() < 0.97 else 0.9
            hours.append((source, hour, cells, round(cells * share), 4 * cells,
                          round(4 * cells * share)))  # fmt: skip
    rejected = [
        {
            "loaded_at": as_of - back * HOUR, "source": "crm", "feed": "tickets",
            "file": f"tickets_{back:03d}.csv", "row_number": 7 + back,
            "column_name": None if back % 3 == 2 else ("created_at", "satisfaction")[back % 3],
            "value": ("24:61", "满意", "来电[电话]投诉,上网慢")[back % 3],
            "reason": ("bad_time", "not_a_number", "wrong_field_count")[back % 3],
        }
        for back in range(60)
    ]  # fmt: skip
    flaws = [
        ("gaps", 3.0, {"source": "oss", "share": 0.25}),
        ("rejected", 2.0, {"source": "crm", "feed": "tickets", "share": 0.031,
                           "reason": "bad_time:created_at"}),
        ("unit", 1.0, {"kpi": "throughput_dl_mbps", "vendor": "A", "source": "oss",
                       "factor": 1000.0, "since": (as_of - 2 * DAY).isoformat()}),
    ]  # fmt: skip
    today = as_of.astimezone(ZONE).date()
    return {
        "quality_flaws": pd.DataFrame(
            [(i, code, weight, json.dumps(about)) for i, (code, weight, about) in enumerate(flaws)],
            columns=["rank", "code", "weight", "about"],
        ),
        "quality_hours": pd.DataFrame(
            hours,
            columns=["source", "hour", "cells_expected", "cells_present", "intervals_expected",
                     "intervals_present"],
        ),
        "quality_sources": pd.DataFrame(
            [
                ("crm", "tickets", as_of - HOUR, as_of - 2 * HOUR, as_of - HOUR, 320, 1, 120.0),
                ("nms", "kpis", as_of - HOUR / 4, as_of, as_of, 1300, 0, 0.0),
                ("oss", "kpis", as_of - 7 * HOUR, as_of - 8 * HOUR, as_of - 7 * HOUR, 1300, 2,
                 480.0),
            ],
            columns=["source", "feed", "delivered_at", "data_time", "known_at", "files",
                     "files_refused", "age_min"],
        ),
        "quality_rhythm": pd.DataFrame(
            [("crm", "tickets", 320, 60.0, as_of - HOUR), ("nms", "kpis", 1300, 15.0, as_of),
             ("oss", "kpis", 1300, 60.0, as_of - 7 * HOUR)],
            columns=["source", "feed", "deliveries", "usual_min", "newest_at"],
        ),
        "quality_rejected": pd.DataFrame(
            [("crm", "tickets", today - i * DAY, 900, 12 + i,
              json.dumps({"bad_time:created_at": 8 + i, "not_a_number:satisfaction": 4}))
             for i in range(7)],
            columns=["source", "feed", "day", "rows_read", "rows_rejected", "reasons"],
        ),
        "quality_rejected_rows": pd.DataFrame(rejected),
        "quality_refused": pd.DataFrame(
            [(as_of - 3 * HOUR, "oss", "kpis", "pm_1200.csv",
              "pm_1200.csv: column cell_id is missing; the file has CELLID, TS")],
            columns=["loaded_at", "source", "feed", "file", "reason"],
        ),
        "quality_columns": pd.DataFrame(
            [("oss", "kpis", "thp_dl_kbps", as_of - 2 * DAY, as_of, 48, 900, True, False),
             ("oss", "kpis", "remark", as_of - 30 * DAY, as_of - 9 * DAY, 500, 900, False, True)],
            columns=["source", "feed", "column_name", "first_seen", "last_seen", "files_with",
                     "files", "came", "gone"],
        ),
        "quality_shifts": pd.DataFrame(
            [("level", "throughput_dl_mbps", "oss", "A", "NR", as_of - 2 * DAY, as_of, True, 40,
              38_000.0, 38.0, 30.0),
             ("nulls", "latency_ms", "oss", "A", "NR", as_of - 2 * DAY, as_of, True, 40, 1.0, 0.0,
              9.0)],
            columns=["kind", "kpi", "source", "vendor", "technology", "since", "until", "lasting",
                     "cells", "value", "usual", "z"],
        ),
        "quality_inventory": pd.DataFrame(
            [("X-1", "not_in_inventory", "oss", as_of), ("BJ00001-1", "no_kpis", None, None)],
            columns=["cell_id", "kind", "source", "data_time"],
        ),
        "quality_attribution": pd.DataFrame(
            [(today - i * DAY, place, n, 1 if place == "region" else 0)
             for i in range(14) for place, n in (("cell", 40), ("position", 25), ("region", 5))],
            columns=["day", "attribution", "tickets", "unknown_cell"],
        ),
        "coordinates": pd.DataFrame(
            [("tickets", "cells", "same", "wgs84", "wgs84", "high", 488, 3.0, -2.0, 18.5,
              "mean offset of tickets from the cells that they name, 488 places (± 19 m)")],
            columns=["first", "second", "verdict", "first_system", "second_system", "sure",
                     "compared", "east_m", "north_m", "error_m", "text"],
        ),
        "boundary_remarks": pd.DataFrame(
            [("overlap", True, "districts 110101 and 110102 overlap by 0.4 km²", "110101",
              "110102", 400_000.0, 116.4, 39.9)],
            columns=["code", "grave", "text", "region_id", "other_id", "area_m2", "longitude",
                     "latitude"],
        ),
    }  # fmt: skip
