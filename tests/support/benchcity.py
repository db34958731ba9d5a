"""A synthetic network of any size, written as feeds quickly: for benchmarks of what work costs."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

END = datetime(2026, 9, 17, 4, tzinfo=UTC)  # a Thursday noon in Beijing
SPACING = 0.005  # degrees between sites, about half a kilometre
DEGREES = (116.0, 39.5)
FAULTY = 0.02  # share of cells with a fault, of two days each
# mean, stray, and what a fault adds
KPIS = {
    "availability_pct": (99.9, 0.03, -5),
    "accessibility_pct": (99.4, 0.15, -6),
    "handover_success_pct": (98.0, 0.4, -4),
    "drop_rate_pct": (0.3, 0.06, 3),
    "packet_loss_pct": (0.1, 0.02, 1),
    "prb_util_dl_pct": (40.0, 6.0, 30),
    "prb_util_ul_pct": (20.0, 4.0, 10),
    "throughput_dl_mbps": (40.0, 5.0, -30),
    "throughput_ul_mbps": (8.0, 1.0, -5),
    "latency_ms": (30.0, 3.0, 60),
    "rsrp_dbm": (-95.0, 1.5, -8),
    "sinr_db": (10.0, 1.0, -8),
    "interference_dbm": (-115.0, 1.0, 10),
    "voice_mos": (4.0, 0.05, -1),
    "active_users": (32.0, 5.0, 0),
    "traffic_dl_gb": (2.0, 0.4, -1),
    "traffic_ul_gb": (0.25, 0.05, 0),
}


class City:
    """Cells on a square of sites, faults of two days, KPIs and tickets that follow from them."""

    def __init__(self, cells: int, days: int) -> None:
        self.days, self.start = days, END - timedelta(days=days)
        number = np.arange(cells)
        site = number // 3
        width = math.ceil(math.sqrt(site[-1] + 1))
        self.width = width
        self.names = np.array([f"C{n:06d}" for n in number])
        self.frame = pd.DataFrame(
            {
                "cell_id": self.names,
                "site_id": [f"S{n:06d}" for n in site],
                "technology": np.where(number % 3 == 0, "NR", "LTE"),
                "longitude": np.round(DEGREES[0] + SPACING * (site % width), 6),
                "latitude": np.round(DEGREES[1] + SPACING * (site // width), 6),
                "azimuth_deg": 120 * (number % 3),
                "subscribers": 300 + number % 400,
            }
        )
        rng = np.random.default_rng(1)
        self.level = rng.normal(0, 1, (cells, len(KPIS))).astype("float32")
        self.faulty = rng.random((cells, days // 2 + 2)) < FAULTY

    def write(self, folder: Path) -> None:
        """All feeds; the last hour of KPIs in a file of its own, ``hour.parquet``."""
        (folder / "feeds").mkdir(parents=True)
        self.frame.to_csv(folder / "feeds" / "cells.csv", index=False)
        (folder / "feeds" / "regions.geojson").write_text(json.dumps(self.regions()))
        self.tickets().to_csv(folder / "feeds" / "tickets.csv", index=False)
        for day in range(self.days):
            pq.write_table(self.kpis(24 * day, 24), folder / "feeds" / f"kpis_{day:03}.parquet")
        pq.write_table(self.kpis(24 * self.days, 1), folder / "kpis_hour.parquet")

    def kpis(self, first: int, hours: int) -> pa.Table:
        """Rows of some hours, hour after hour."""
        rng = np.random.default_rng(1000 + first)
        cells = len(self.names)
        at = [self.start + timedelta(hours=first + h) for h in range(hours)]
        busy = np.array([1 + 0.5 * math.sin((t.hour - 4) / 24 * 2 * math.pi) for t in at])
        bad = np.concatenate([self.faulty[:, (first + h) // 48] for h in range(hours)])
        columns: dict[str, object] = {
            "cell_id": np.tile(self.names, hours),
            "ts": np.repeat(np.array([t.replace(tzinfo=None) for t in at], "M8[us]"), cells),
            "period_min": np.full(cells * hours, 60, "int32"),
        }
        for k, (name, (mean, stray, fault)) in enumerate(KPIS.items()):
            values = mean + stray * (rng.standard_normal(cells * hours) + bad * 0)
            values += stray * np.tile(self.level[:, k], hours) + fault * bad
            if name.startswith(("active", "traffic", "prb")):
                values *= np.repeat(busy, cells)
            high = 100.0 if name.endswith("pct") else np.inf
            low = -150.0 if mean < 0 else 0.0
            columns[name] = np.round(np.clip(values, low, high), 3).astype("float32")
        table = pa.table(columns)
        ts = table["ts"].cast(pa.timestamp("us", tz="UTC"))
        return table.set_column(1, "ts", ts)

    def tickets(self) -> pd.DataFrame:
        """Rare ones everywhere, many where a fault is; a third without a score."""
        rng = np.random.default_rng(2)
        parts: list[tuple[npt.NDArray[np.intp], npt.NDArray[np.float64]]] = []
        for day in range(self.days):
            count = rng.poisson(np.where(self.faulty[:, day // 2], 0.5, 0.003))
            who = np.repeat(np.arange(len(count)), count)
            parts.append((who, day + rng.random(len(who))))
        cell, moment = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
        created = pd.to_datetime(self.start) + pd.to_timedelta(np.round(moment * 86400), unit="s")
        named = rng.random(len(cell)) < 0.7
        score = pd.Series(rng.integers(1, 11, len(cell)))
        place = self.frame.iloc[cell]
        return pd.DataFrame(
            {
                "ticket_id": [f"T{n:07d}" for n in range(len(cell))],
                "created_at": created,
                "recorded_at": created + pd.Timedelta(minutes=5),
                "closed_at": created + pd.Timedelta(hours=20),
                "category": "上网慢",
                "cell_id": np.where(named, place["cell_id"], None),
                "longitude": (place["longitude"] + 0.001).round(6).to_numpy(),
                "latitude": (place["latitude"] + 0.001).round(6).to_numpy(),
                "satisfaction": pd.Series(score)
                .where(rng.random(len(cell)) < 0.67)
                .astype("Int64"),
            }
        )

    def regions(self) -> dict[str, object]:
        """Sixteen squares over all sites."""
        side, features = SPACING * self.width / 4, []
        for n in range(16):
            west = DEGREES[0] - SPACING / 2 + side * (n % 4)
            south = DEGREES[1] - SPACING / 2 + side * (n // 4)
            east, north = west + side, south + side
            ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
            features.append(
                {
                    "type": "Feature",
                    "properties": {"region_id": f"R{n:02}", "name": f"R{n:02}", "level": 1},
                    "geometry": {"type": "Polygon", "coordinates": [ring]},
                }
            )
        return {"type": "FeatureCollection", "features": features}
