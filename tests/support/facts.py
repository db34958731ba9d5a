"""A warehouse filled with small hand-made facts; for tests of forecasting."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import shapely

from ingest.catalogue import load_catalogue
from ingest.warehouse import open_warehouse

ZONE = "Asia/Shanghai"
LOCAL = ZoneInfo(ZONE)
ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)
DELAY = timedelta(minutes=15)
NORMAL = {
    "availability_pct": 100.0,
    "accessibility_pct": 99.5,
    "handover_success_pct": 98.0,
    "drop_rate_pct": 0.3,
    "packet_loss_pct": 0.1,
    "prb_util_dl_pct": 40.0,
    "prb_util_ul_pct": 20.0,
    "throughput_dl_mbps": 40.0,
    "throughput_ul_mbps": 8.0,
    "latency_ms": 30.0,
    "rsrp_dbm": -95.0,
    "sinr_db": 10.0,
    "interference_dbm": -115.0,
    "voice_mos": 4.0,
    "active_users": 32.0,
    "traffic_dl_gb": 2.0,
    "traffic_ul_gb": 0.25,
}


def local(*parts: int) -> datetime:
    """A moment in Beijing."""
    return datetime(*parts, tzinfo=LOCAL)  # type: ignore[arg-type]


class Facts:
    """Puts rows straight into a new warehouse; times of knowing follow the rules for history."""

    def __init__(self, data: Path, threads: int = 2) -> None:
        self.connection = open_warehouse(data, time_zone=ZONE, threads=threads)
        self._tickets = 0

    def close(self) -> None:
        self.connection.close()

    def put(self, table: str, rows: pd.DataFrame | list[dict]) -> None:
        """Insert rows by column name."""
        frame = pd.DataFrame(rows)
        if "delivery_id" not in frame:
            frame = frame.assign(delivery_id=1)
        self.connection.register("incoming", frame)
        self.connection.execute(f"INSERT INTO {table} BY NAME SELECT * FROM incoming")
        self.connection.unregister("incoming")

    def cells(self, *cells: dict) -> None:
        """Cells with defaults; known for all time."""
        base = {"technology": "LTE", "subscribers": 1000.0, "state_at": ALWAYS, "known_at": ALWAYS}
        self.put("cell_states", [base | {"site_id": c["cell_id"][:2]} | c for c in cells])

    def regions(self, *regions: dict) -> None:
        """Regions with a square or no shape."""
        rows = []
        for region in regions:
            box = region.pop("box", None)
            shape = None if box is None else shapely.to_wkb(shapely.box(*box))
            rows.append(
                {"name": region["region_id"], "state_at": ALWAYS, "known_at": ALWAYS}
                | region
                | {"geometry": shape}
            )
        self.put("region_states", rows)

    def kpis(self, cell_id: str, start: datetime, hours: int, **columns: object) -> None:
        """Hourly rows at the normal, changed by ``columns`` (a value, or a list by hour)."""
        starts = [start + timedelta(hours=h) for h in range(hours)]
        frame = pd.DataFrame({"cell_id": cell_id, "ts": starts, "period_min": 60, **NORMAL})
        frame = frame.assign(**columns)
        frame["known_at"] = [ts + timedelta(hours=1) + DELAY for ts in starts]
        names = set(load_catalogue().names) | {"cell_id", "ts", "period_min", "known_at"}
        self.put("kpis", frame[[c for c in frame if c in names]])

    def ticket(self, created_at: datetime, **columns: object) -> str:
        """One ticket; recorded at once and closed a day later, unless said otherwise."""
        self._tickets += 1
        row = {
            "ticket_id": f"T{self._tickets:04d}",
            "created_at": created_at,
            "recorded_at": created_at,
            "closed_at": created_at + timedelta(days=1),
            "cell_id": None,
            "longitude": None,
            "latitude": None,
            "satisfaction": None,
            "category": "掉话",
            "status": "closed",
        } | columns
        row["state_at"] = row["closed_at"] or row["created_at"]
        row["known_at"] = row["recorded_at"]
        row["answer_known_at"] = row["closed_at"]
        row["facts"] = 8
        frame = pd.DataFrame([row])
        frame = frame.astype({"longitude": float, "latitude": float, "satisfaction": "Int64"})
        self.put("ticket_states", frame)
        return str(row["ticket_id"])


def two_districts(data: Path) -> Facts:
    """Facts of a town of two districts, west and east of 116.40."""
    facts = Facts(data)
    facts.regions(
        {"region_id": "west", "name": "西城", "box": (116.30, 39.85, 116.40, 39.95)},
        {"region_id": "east", "name": "东城", "box": (116.40, 39.85, 116.50, 39.95)},
    )
    return facts
