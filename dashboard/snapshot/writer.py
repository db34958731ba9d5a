"""Publish a snapshot: written aside, fsynced, renamed; the pointer is replaced last."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq

from dashboard.errors import SnapshotError
from dashboard.snapshot import files
from dashboard.snapshot.content import Manifest, SnapshotContent, require_aware, to_table
from dashboard.snapshot.day_sums import day_sums
from dashboard.snapshot.reader import current_id, list_snapshots, read_manifest
from dashboard.snapshot.schemas import COMPLAINTS, OPTIONAL, SCHEMAS

KEEP_ALL = timedelta(hours=48)
KEEP_DAILY = timedelta(days=35)
_FOLDERS = ("kpis", "complaints", "complaint_days")
# Small row groups let a query skip what is not of its cell, its days or its dimension.
_ROW_GROUP, _ROW_GROUP_COMPLAINTS = 4096, 8192


@dataclass(frozen=True)
class KpiDay:
    """The KPI rows of one local day.

    Attributes:
        fingerprint: changes whenever a row of the day as known at as_of changes.
        load: gives the rows (``cell_id, ts, period_min`` and KPI columns); called only when the
            snapshot before has no day of the same fingerprint.
    """

    fingerprint: str
    load: Callable[[], pa.Table]


def write_snapshot(
    data: Path,
    content: SnapshotContent,
    *,
    kpi_days: Mapping[date, KpiDay],
    published_at: datetime,
) -> str:
    """Write, publish and prune; the caller holds the worker's lock.

    ``CURRENT`` moves only forwards in as_of: a forecast made for a past moment goes into the
    history that ``?at=`` shows, and leaves the screens alone.

    Args:
        data: the data directory.
        content: what to publish.
        kpi_days: KPI rows by local day.
        published_at: the present moment.

    Returns:
        The snapshot's id.

    Raises:
        SnapshotError: a table lacks a column or holds a value that does not fit.
    """
    root = files.snapshots_dir(data)
    root.mkdir(parents=True, exist_ok=True)
    for leftover in root.glob(f"{files.TEMPORARY}*"):
        shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
    aside = root / f"{files.TEMPORARY}{files.stamp(content.as_of)}"
    for folder in _FOLDERS:
        (aside / folder).mkdir(parents=True)
    try:
        _write_tables(aside, content)
        before = current_id(data)
        fingerprints = _write_kpis(aside, root, before, kpi_days)
        complaints = _write_complaints(aside, root, before, content)
        sums = _write_day_sums(aside, root, before, list(complaints))
        months = {"complaints": complaints, "complaint_days": sums}
        snapshot_id = _write_manifest(aside, content, fingerprints, months, published_at)
        for directory in (*(aside / folder for folder in _FOLDERS), aside):
            files.sync(directory)
        target = root / snapshot_id
        if target.exists():  # the same state was published before: nothing to add
            shutil.rmtree(aside)
        else:
            aside.rename(target)
        files.sync(root)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise
    _point_at(data, snapshot_id)
    prune(data, time_zone=content.time_zone)
    return snapshot_id


def prune(data: Path, *, time_zone: str) -> list[str]:
    """Remove snapshots that the keep rule lets go: all of the last 48 h, one a day for 35 days.

    Ages count back from the newest as_of; of a local day the last snapshot is kept.

    Returns:
        The ids removed.
    """
    zone, current = ZoneInfo(time_zone), current_id(data)
    known = list_snapshots(data)  # newest first
    if not known:
        return []
    newest = known[0][0]
    days: set[date] = set()
    removed = []
    for as_of, snapshot_id in known:
        age, day = newest - as_of, as_of.astimezone(zone).date()
        keep = age <= KEEP_ALL or (age <= KEEP_DAILY and day not in days)
        days.add(day)
        if keep or snapshot_id == current:
            continue
        # The manifest goes first: a half-removed snapshot is no snapshot.
        path = files.snapshots_dir(data) / snapshot_id
        (path / files.MANIFEST).unlink(missing_ok=True)
        shutil.rmtree(path, ignore_errors=True)
        removed.append(snapshot_id)
    return removed


def _write_tables(aside: Path, content: SnapshotContent) -> None:
    for name in (*SCHEMAS, *OPTIONAL):
        _write_parquet(content.table(name), aside / f"{name}.parquet")
    geojson = json.dumps(content.regions_geojson, ensure_ascii=False, separators=(",", ":"))
    files.write_durably(aside / "regions.geojson", geojson.encode())


def _write_parquet(table: pa.Table, path: Path, row_group: int = _ROW_GROUP) -> None:
    pq.write_table(table, path, compression="zstd", row_group_size=row_group)
    files.sync(path)


def _write_kpis(
    aside: Path, root: Path, before: str | None, kpi_days: Mapping[date, KpiDay]
) -> dict[str, str]:
    """Link or write each day; file names relative to the snapshot, with their fingerprints."""
    old = _linkable(root / before, "kpis") if before else {}
    fingerprints = {}
    for day, source in sorted(kpi_days.items()):
        linked = old.get((day.isoformat(), source.fingerprint))
        if linked:
            name = f"kpis/{linked.name}"
            os.link(linked, aside / name)
        else:
            name = _write_day(aside, day, source.load())
        fingerprints[name] = source.fingerprint
    return fingerprints


def _write_complaints(
    aside: Path, root: Path, before: str | None, content: SnapshotContent
) -> dict[str, str]:
    """Link or write each month of complaints, as for KPI days."""
    old = _linkable(root / before, "complaints") if before else {}
    fingerprints = {}
    for first, source in sorted(content.complaints.items()):
        month = f"{first:%Y-%m}"
        linked = old.get((month, source.fingerprint))
        if linked:
            name = f"complaints/{linked.name}"
            os.link(linked, aside / name)
        else:
            table = to_table(f"complaints {month}", source.load(), COMPLAINTS)
            raw = aside / "complaints" / f"{files.TEMPORARY}{month}"
            _write_parquet(table, raw, _ROW_GROUP_COMPLAINTS)
            name = f"complaints/{month}.{files.sha256(raw)[:12]}.parquet"
            raw.rename(aside / name)
        fingerprints[name] = source.fingerprint
    return fingerprints


def _write_day_sums(
    aside: Path, root: Path, before: str | None, months: list[str]
) -> dict[str, str]:
    """Link or make the daily sums of each month's file; theirs is its name."""
    old = _linkable(root / before, "complaint_days") if before else {}
    made = {}
    for month in months:
        name = month.replace("complaints/", "complaint_days/")
        linked = old.get((Path(month).name.split(".")[0], month))
        if linked:
            os.link(linked, aside / name)
        else:
            _write_parquet(day_sums(aside / month), aside / name)
        made[name] = month
    return made


def _linkable(before: Path, folder: str) -> dict[tuple[str, str], Path]:
    """Undamaged files of a folder of the snapshot before, by day (month) and fingerprint."""
    try:
        manifest = read_manifest(before)
    except SnapshotError:
        return {}
    found = {}
    listed = {"kpis": manifest.kpi_days, "complaints": manifest.complaints}.get(
        folder, manifest.complaint_days
    )
    for name, fingerprint in listed.items():
        path = before / name
        # Damage must not travel from snapshot to snapshot: a damaged file is written anew.
        if path.is_file() and files.sha256(path) == manifest.files.get(name):
            found[path.name.split(".")[0], fingerprint] = path
    return found


def _write_day(aside: Path, day: date, table: pa.Table) -> str:
    missing = [name for name in ("cell_id", "ts", "period_min") if name not in table.column_names]
    if missing:
        raise SnapshotError(f"KPI rows of {day}: columns are missing: {', '.join(missing)}")
    ordered = table.sort_by([("cell_id", "ascending"), ("ts", "ascending")])
    raw = aside / "kpis" / f"{files.TEMPORARY}{day.isoformat()}"
    _write_parquet(ordered, raw)
    name = f"kpis/{day.isoformat()}.{files.sha256(raw)[:12]}.parquet"
    raw.rename(aside / name)
    return name


def _write_manifest(
    aside: Path,
    content: SnapshotContent,
    fingerprints: dict[str, str],
    months: Mapping[str, dict[str, str]],
    published_at: datetime,
) -> str:
    listed = sorted(path for path in aside.rglob("*") if path.is_file())
    body: dict[str, Any] = {
        "as_of": require_aware("as_of", content.as_of),
        "published_at": require_aware("published_at", published_at),
        "data_time": require_aware("data_time", content.data_time),
        "ticket_time": require_aware("ticket_time", content.ticket_time),
        "mode": content.mode,
        "horizon_h": content.horizon_h,
        "policy": content.policy,
        "model": content.model,
        "counts": content.counts,
        "warnings": content.warnings,
        "time_zone": content.time_zone,
        "files": {path.relative_to(aside).as_posix(): files.sha256(path) for path in listed},
        "kpi_days": fingerprints,
        **months,
        "layers": content.layers,
    }
    text = Manifest(snapshot_id="", **body).model_dump_json()
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    snapshot_id = f"{files.stamp(content.as_of)}-{digest}"
    manifest = Manifest(snapshot_id=snapshot_id, **body)
    files.write_durably(aside / files.MANIFEST, manifest.model_dump_json(indent=1).encode())
    return snapshot_id


def _point_at(data: Path, snapshot_id: str) -> None:
    current = current_id(data)
    shown = files.as_of_of(current) if current else None
    made = files.as_of_of(snapshot_id)
    intact = current is not None and (files.snapshots_dir(data) / current).is_dir()
    if shown is not None and made is not None and intact and made < shown:
        return
    path = files.snapshots_dir(data) / files.CURRENT
    files.replace_durably(path, f"{snapshot_id}\n".encode())
