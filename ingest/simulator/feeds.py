"""Writes the canonical feeds of the simulated city, the same bytes for the same facts."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from numpy.typing import NDArray

from ingest.simulator.city import City
from ingest.simulator.crews import Shift, Team
from ingest.simulator.kpis import NAMES
from ingest.simulator.plans import Event, Work
from ingest.simulator.tickets import Ticket

TICKET_COLUMNS = (
    "ticket_id", "created_at", "recorded_at", "due_at", "replied_at", "closed_at", "callback_at",
    "channel", "service", "category", "description", "cell_id", "longitude", "latitude",
    "region_id", "customer_id", "satisfaction", "callback_satisfaction", "status",
)  # fmt: skip
WORK_COLUMNS = (
    "work_id", "site_id", "starts_at", "ends_at", "announced_at", "kind", "description",
)  # fmt: skip
EVENT_COLUMNS = (
    "event_id", "name", "kind", "starts_at", "ends_at", "announced_at", "longitude", "latitude",
    "radius_m",
)  # fmt: skip
ALARM_COLUMNS = (
    "alarm_id", "cell_id", "site_id", "raised_at", "cleared_at", "acknowledged_at", "changed_at",
    "severity", "kind", "probable_cause", "specific_problem", "description", "state",
)  # fmt: skip
TEAM_COLUMNS = ("team_id", "name", "skills", "longitude", "latitude", "region_ids")
SHIFT_COLUMNS = ("team_id", "starts_at", "ends_at", "announced_at")
KPI_SCHEMA = pa.schema(
    [
        pa.field("cell_id", pa.string(), nullable=False),
        pa.field("ts", pa.timestamp("us", tz="UTC"), nullable=False),
        pa.field("period_min", pa.int16(), nullable=False),
        *[pa.field(name, pa.float32()) for name in NAMES],
    ]
)

KpiHour = tuple[datetime, dict[str, NDArray[np.float32]], NDArray[np.bool_]]


def kpi_table(city: City, hours: Sequence[KpiHour]) -> pa.Table:
    """The rows of some hours, sorted by cell and time."""
    n, count = len(city.cells), len(hours)
    arrives = np.stack([h[2] for h in hours], axis=1).ravel()
    starts = np.array([int(h[0].timestamp()) * 1_000_000 for h in hours], "int64")
    columns: list[pa.Array] = [
        pa.array(np.repeat(city.cells["cell_id"].to_numpy(str), count)[arrives], pa.string()),
        pa.array(np.tile(starts, n)[arrives], pa.int64()).cast(pa.timestamp("us", tz="UTC")),
        pa.array(np.full(int(arrives.sum()), 60, "int16")),
    ]
    for name in NAMES:
        values = np.stack([h[1][name] for h in hours], axis=1).ravel()
        columns.append(pa.array(values[arrives]))
    return pa.table(columns, schema=KPI_SCHEMA)


def write_parquet(path: Path, table: pa.Table) -> None:
    """Write one table."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, compression="zstd")


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[dict[str, Any]]) -> None:
    """Write rows; times as ISO 8601 with offset, unknown as empty."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_text(row[name]) for name in columns])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(buffer.getvalue(), "utf-8", newline="\n")


def _text(value: object) -> object:
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, datetime) else value


def write_inventory(out: Path, city: City) -> None:
    """``cells.csv`` and ``regions.geojson``."""
    records = [{str(k): v for k, v in row.items()} for row in city.cells.to_dict("records")]
    write_csv(out / "cells.csv", list(city.cells.columns), records)
    features = [
        {
            "type": "Feature",
            "properties": {
                "region_id": row.region_id,
                "name": row.name,
                "subscribers": int(row.subscribers),
                "level": 1,
            },
            "geometry": json.loads(shapely.to_geojson(row.geometry)),
        }
        for row in city.regions.itertuples(index=False)
    ]
    collection = {"type": "FeatureCollection", "features": features}
    text = json.dumps(collection, ensure_ascii=False, separators=(",", ":"))
    (out / "regions.geojson").write_text(text + "\n", "utf-8")


def work_row(work: Work, site_ids: Sequence[str]) -> dict[str, Any]:
    """A work as the feed has it."""
    return {
        "work_id": f"W{work.number}",
        "site_id": site_ids[work.site],
        "starts_at": work.starts_at,
        "ends_at": work.ends_at,
        "announced_at": work.announced_at,
        "kind": work.kind,
        "description": work.description,
    }


def event_row(event: Event) -> dict[str, Any]:
    """An event as the feed has it."""
    return {
        "event_id": f"E{event.number}",
        "name": event.name,
        "kind": event.kind,
        "starts_at": event.starts_at,
        "ends_at": event.ends_at,
        "announced_at": event.announced_at,
        "longitude": event.longitude,
        "latitude": event.latitude,
        "radius_m": round(event.radius_m),
    }


def team_row(team: Team) -> dict[str, Any]:
    """A team as the feed has it: lists in one text, joined by semicolons."""
    return {
        **asdict(team),
        "skills": ";".join(team.skills),
        "region_ids": ";".join(team.region_ids),
    }


def shift_row(shift: Shift) -> dict[str, Any]:
    """A shift as the feed has it."""
    return asdict(shift)


def ticket_rows(tickets: Iterable[Ticket], at: datetime) -> list[dict[str, Any]]:
    """The tickets as known at that moment; those not yet recorded are left out."""
    return [t.as_known(at) for t in tickets if t.recorded_at <= at]
