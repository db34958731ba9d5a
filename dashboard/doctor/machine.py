"""Checks of the machine: disk, time zones, clock, fonts, browser, libraries."""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dashboard.doctor.findings import Finding

GIGABYTE = 10**9
LITTLE_ROOM, NO_ROOM = 5 * GIGABYTE, GIGABYTE // 2
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "firefox")
RELEASED = datetime(2026, 11, 1, tzinfo=UTC)


def data_directory(data: Path) -> Finding:
    """Does it exist, and may we write there?"""
    name = "data directory"
    if not data.exists():
        return Finding(
            name, "warn", f"{data} does not exist yet", "`foresite ingest` or `demo` makes it"
        )
    if not data.is_dir():
        return Finding(name, "fail", f"{data} is a file", "name a directory with --data")
    if not os.access(data, os.R_OK | os.W_OK | os.X_OK):
        return Finding(
            name, "fail", f"{data} is not writable for this user", "mend its owner or its mode"
        )
    return Finding(name, "ok", str(data.resolve()))


def disk(data: Path) -> Finding:
    """Is there room to write?"""
    place = next(path for path in (data, *data.resolve().parents) if path.exists())
    free = shutil.disk_usage(place).free
    message = f"{free / GIGABYTE:.1f} GB free at {place}"
    if free < NO_ROOM:
        return Finding("disk", "fail", message, "make room: jobs stop when the disk is full")
    if free < LITTLE_ROOM:
        return Finding("disk", "warn", message, "make room before it is needed")
    return Finding("disk", "ok", message)


def time_zones(zone: str) -> Finding:
    """Can times be read in the operator's zone and in UTC?"""
    try:
        for name in (zone, "UTC"):
            ZoneInfo(name)
    except ZoneInfoNotFoundError as error:
        return Finding(
            "time zones", "fail", f"no time zone database: {error}", "install the package tzdata"
        )
    return Finding("time zones", "ok", f"{zone} is known")


def machine_clock(now: datetime) -> Finding:
    """Is the machine's clock plausible? A clock in the past would hide all data as future."""
    message = f"{now.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    if now < RELEASED:
        return Finding(
            "machine clock",
            "fail",
            f"{message} is before this program was made",
            "set the clock; keep it set with NTP (timedatectl set-ntp true)",
        )
    return Finding("machine clock", "ok", message)


def fonts() -> Finding:
    """Is there a font with Chinese characters for a browser on this machine?"""
    lister = shutil.which("fc-list")
    if lister is None:
        return Finding(
            "fonts",
            "warn",
            "cannot tell: fc-list is missing",
            "install fontconfig if screens hang on this machine",
        )
    listed = subprocess.run(  # noqa: S603  fixed arguments
        [lister, ":lang=zh", "family"], capture_output=True, text=True, timeout=30, check=False
    )
    families = {line.split(",")[0] for line in listed.stdout.splitlines() if line.strip()}
    if not families:
        return Finding(
            "fonts",
            "warn",
            "no font with Chinese characters",
            "screens on this machine would show boxes: apt-get install fonts-noto-cjk",
        )
    return Finding("fonts", "ok", f"{len(families)} with Chinese characters, {min(families)}")


def browser() -> Finding:
    """Is there a browser on this machine? Only needed where a screen hangs, and for tests."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        return Finding(
            "browser",
            "warn",
            "none found on this machine",
            "needed only for a screen on this machine and for browser tests: "
            "apt-get install chromium",
        )
    return Finding("browser", "ok", found)


def libraries() -> Finding:
    """Can the model libraries be loaded (LightGBM needs the system's OpenMP)?"""
    for module in ("lightgbm", "prophet", "geopandas"):
        try:
            importlib.import_module(module)
        except (ImportError, OSError) as error:
            return Finding(
                "libraries",
                "fail",
                f"{module} cannot be loaded: {str(error).splitlines()[0]}",
                "run `make setup`; on Debian also apt-get install libgomp1",
            )
    return Finding("libraries", "ok", "LightGBM, Prophet and GeoPandas load")
