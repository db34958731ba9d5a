"""Small, plausible snapshot contents for tests; nothing here is shipped."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa

from dashboard.snapshot import SCHEMAS, KpiDay, SnapshotContent

AS_OF = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)  # Saturday 15:00 in Beijing
ZONE = ZoneInfo("Asia/Shanghai")


def empty(name: str) -> pd.DataFrame:
    return SCHEMAS[name].empty_table().to_pandas()


def squares(n: int = 4) -> dict:
    """n unit squares in a row, near Beijing."""
    features = []
    for i in range(n):
        west, south = 116.0 + i, 39.5
        ring = [(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)]
        features.append(
            {
                "type": "Feature",
                "id": f"R{i}",
                "properties": {"region_id": f"R{i}", "name": f"片区{i}"},
                "geometry": {
                    "type": "Polygon",
                    "coordinates": [[[west + x, south + y] for x, y in ring]],
                },
            }
        )
    return {"type": "FeatureCollection", "features": features}


def tiny(*, as_of: datetime = AS_OF, **changes) -> SnapshotContent:
    """Four districts, five cells: one red, two yellow, one green, one unknown."""
    cells = pd.DataFrame(
        {
            "cell_id": ["C1", "C2", "C3", "C4", "C5"],
            "name": ["望京-1", "望京-2", "中关村-1", "中关村-2", "回龙观-1"],
            "site_id": ["S1", "S1", "S2", "S2", "S3"],
            "region_id": ["R0", "R0", "R1", "R1", "R2"],
            "technology": ["NR", "NR", "LTE", "LTE", "LTE"],
            "band": ["n78", "n78", "B3", "B3", None],
            "vendor": ["A", "A", "B", "B", None],
            "longitude": [116.2, 116.6, 117.3, 117.5, 118.5],
            "latitude": [39.7, 39.8, 39.9, 40.0, 40.1],
            "azimuth_deg": [0.0, 120.0, 0.0, 120.0, None],
            "subscribers": [1200.0, 900.0, 1500.0, 800.0, None],
            "status": ["red", "yellow", "yellow", "green", "unknown"],
            "probability": [0.62, 0.21, 0.18, 0.01, None],
            "expected_low_complaints": [0.97, 0.24, 0.2, 0.01, None],
            "cause": ["drop_rate_pct", "prb_util_dl_pct", None, None, None],
            "quiet": [True, False, True, True, True],
            "tickets_7d": [0.0, 2.0, 0.0, 0.0, 0.0],
            "last_kpi_at": [as_of - timedelta(hours=1)] * 4 + [None],
        }
    )
    regions = pd.DataFrame(
        {
            "region_id": [f"R{i}" for i in range(4)],
            "name": [f"片区{i}" for i in range(4)],
            "parent_id": None,
            "level": 1,
            "subscribers": [50_000.0, 40_000.0, 30_000.0, None],
            "status": ["red", "yellow", "green", "unknown"],
            "expected_low_complaints": [1.21, 0.21, 0.0, None],
            "rate_per_10k": [0.242, 0.0525, 0.0, None],
            "quality_index": [71.0, 88.0, 96.0, None],
            "cells": [2, 2, 1, 0],
            "red_cells": [1, 0, 0, 0],
            "yellow_cells": [1, 1, 0, 0],
            "unknown_cells": [0, 0, 1, 0],
            "expected_tickets": [6.0, 4.0, 1.0, None],
            "expected_tickets_lower": [2.0, 1.0, 0.0, None],
            "expected_tickets_upper": [11.0, 8.0, 3.0, None],
            "label_longitude": [116.5, 117.5, 118.5, 119.5],
            "label_latitude": [40.0] * 4,
        }
    )
    values = {
        "as_of": as_of,
        "mode": "cells",
        "horizon_h": 72,
        "time_zone": "Asia/Shanghai",
        "data_time": as_of,
        "ticket_time": as_of - timedelta(minutes=20),
        "policy": {"capacity": 40},
        "model": {"model_id": "test"},
        "cells": cells,
        "regions": regions,
        "regions_geojson": squares(),
        "drivers": empty("drivers"),
        "region_series": empty("region_series"),
        "tickets": empty("tickets"),
        "works": empty("works"),
        "events": empty("events"),
        "neighbours": empty("neighbours"),
        "history": empty("history"),
    }
    return SnapshotContent(**(values | changes))


def kpi_table(day: date, cell_ids: list[str], *, seed: int = 0) -> pa.Table:
    """Hourly rows of one local day, in a mixed order."""
    random = np.random.default_rng([seed, day.toordinal()])
    start = datetime.combine(day, datetime.min.time(), ZONE).astimezone(UTC)
    hours = [start + timedelta(hours=h) for h in range(24)]
    frame = pd.DataFrame(
        [(cell, hour, 60) for hour in hours for cell in cell_ids],
        columns=["cell_id", "ts", "period_min"],
    )
    wave = 1 + 0.6 * np.sin(2 * np.pi * (frame["ts"].dt.hour + 8 - 9) / 24)
    n = len(frame)
    frame["accessibility_pct"] = np.clip(99.4 + random.normal(0, 0.2, n), 0, 100)
    frame["drop_rate_pct"] = np.clip(0.3 * wave + random.normal(0, 0.05, n), 0, 100)
    frame["prb_util_dl_pct"] = np.clip(42 * wave + random.normal(0, 4, n), 0, 100)
    frame["throughput_dl_mbps"] = np.clip(38 / wave + random.normal(0, 2, n), 0, None)
    frame["latency_ms"] = np.clip(22 * wave + random.normal(0, 2, n), 0, None)
    frame["active_users"] = np.clip(60 * wave + random.normal(0, 5, n), 0, None)
    return pa.Table.from_pandas(frame, preserve_index=False)


def kpi_days(cell_ids: list[str], *, last: date, days: int, seed: int = 0) -> dict[date, KpiDay]:
    """The days up to ``last``; the fingerprint follows from the seed."""

    def one(day: date) -> KpiDay:
        return KpiDay(f"{day}-{seed}", lambda: kpi_table(day, cell_ids, seed=seed))

    listed = [last - timedelta(days=n) for n in reversed(range(days))]
    return {day: one(day) for day in listed}
