"""Checks of what is stored: lock, warehouse, snapshot, inbox."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from dashboard.doctor.findings import Finding
from dashboard.errors import LockedError, SnapshotError
from dashboard.newest import newest_facts
from dashboard.runtime import locks
from dashboard.runtime.opened import opened_warehouse
from dashboard.settings import Settings
from dashboard.snapshot import Snapshot
from ingest.archive.journal import Journal
from ingest.clock import Clock, ScaledClock, SystemClock
from ingest.errors import WarehouseError
from ingest.warehouse import FILE_NAME

FUTURE = timedelta(minutes=5)
MANY_WAITING = 100


def lock(data: Path) -> Finding:
    """Who writes to the data directory?"""
    other = locks.holder(data)
    if other is None:
        return Finding(
            "worker",
            "warn",
            "no worker is running",
            "nothing is taken from the inbox and no forecast is made: `foresite serve`",
        )
    return Finding("worker", "ok", f"process {other.pid} ({other.command})")


def shared_clock(clock: Clock) -> Finding:
    """Does this directory run on a demo's clock?"""
    if isinstance(clock, ScaledClock):
        ahead = clock.now() - SystemClock().now()
        pace = f"{clock.speed:g} times as fast" if clock.speed else "standing still"
        return Finding(
            "clock",
            "ok",
            f"a demo's: {clock.now():%Y-%m-%d %H:%M} UTC, {pace}, "
            f"{ahead.total_seconds() / 3600:+.1f} h against the machine's",
            "never load real data into this directory",
        )
    return Finding("clock", "ok", "the machine's")


def warehouse(data: Path, settings: Settings, now: datetime) -> Finding:
    """Does it open, and does it hold facts from the future?"""
    name = "warehouse"
    if not (data / FILE_NAME).exists() and not Journal(data).mark().delivery_id:
        return Finding(name, "warn", "there is none yet", "load data: `foresite ingest FILES…`")
    try:
        with (
            locks.write_lock(data, "foresite doctor"),
            opened_warehouse(data, settings) as connection,
        ):
            newest = newest_facts(connection)
    except LockedError as error:
        return Finding(name, "ok", str(error).split(";")[0])
    except WarehouseError as error:
        return Finding(
            name,
            "fail",
            str(error),
            "make it anew from the archive: `foresite rebuild`",
        )
    if newest is None:
        return Finding(name, "warn", "opens, but holds no KPIs and no tickets", "load data")
    if newest > now + FUTURE:
        return Finding(
            name,
            "warn",
            f"holds facts from the future (until {newest:%Y-%m-%d %H:%M} UTC)",
            "check the clock of this machine and the time zones of the files",
        )
    return Finding(name, "ok", f"opens; newest facts {newest:%Y-%m-%d %H:%M} UTC")


def snapshot(data: Path, settings: Settings, now: datetime) -> Finding:
    """Is the published state intact and fresh?"""
    name = "snapshot"
    try:
        shown = Snapshot.open(data)
    except SnapshotError as error:
        return Finding(name, "warn", str(error), "publish one: `foresite forecast`")
    try:
        manifest = shown.manifest
        if shown.notice:
            return Finding(
                name,
                "fail",
                f"the newest is damaged ({shown.notice}); an older one is shown",
                "publish anew: `foresite forecast`; then check the disk",
            )
        times = (manifest.data_time, manifest.ticket_time if manifest.mode == "tickets" else None)
        newest = max((moment for moment in times if moment), default=manifest.as_of)
        age = now - newest
        message = f"{manifest.snapshot_id}, intact; newest data {_age(age)} old"
        if age > timedelta(minutes=settings.web.stale_after_min):
            return Finding(
                name,
                "warn",
                f"{message}: shown grey as stale",
                "deliver newer files; is the worker running?",
            )
        return Finding(name, "ok", message)
    finally:
        shown.close()


def inbox(data: Path) -> Finding:
    """Are files waiting, were files refused?"""
    waiting = _files(data / "inbox")
    refused = [path for path in _files(data / "rejected") if path.name.endswith(".reason.txt")]
    message = f"{len(waiting)} waiting, {len(refused)} refused"
    if len(waiting) > MANY_WAITING:
        return Finding("inbox", "warn", message, "is the worker running?")
    if refused:
        return Finding(
            "inbox", "warn", message, f"read the .reason.txt files in {data / 'rejected'}"
        )
    return Finding("inbox", "ok", message)


def _files(folder: Path) -> list[Path]:
    found = folder.rglob("*") if folder.is_dir() else ()
    return [path for path in found if path.is_file() and not path.name.startswith(".")]


def _age(age: timedelta) -> str:
    hours = age.total_seconds() / 3600
    return f"{hours * 60:.0f} min" if hours < 2 else f"{hours:.0f} h"
