"""What a demo is, and the note it leaves in its data directory."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from dashboard.errors import DashboardError
from dashboard.ops.engine import FILE_NAME as OPS_FILE
from dashboard.runtime import clock
from dashboard.settings import FILE_NAME as SETTINGS_FILE
from ingest.archive.journal import NAME as JOURNAL_FILE
from ingest.warehouse import FILE_NAME as WAREHOUSE_FILE

MARKER = "demo.json"
FOLDER = "demo"
# Everything that a demo makes; nothing else is ever removed.
_MADE = ("inbox", "archive", "rejected", "models", "snapshots", "secrets", "logs", FOLDER)
_FILES = (WAREHOUSE_FILE, JOURNAL_FILE, OPS_FILE)


@dataclass(frozen=True)
class Plan:
    """The arguments that make one city another; equal plans may share a data directory.

    Attributes:
        cells: of the city.
        days: of its history.
        seed: of its fate.
        past: days for which forecasts are made up for; fewer where the history is short.
    """

    cells: int
    days: int
    seed: int
    past: int = 0


def feeds_dir(data: Path) -> Path:
    """Files on their way into the warehouse, other than through the inbox."""
    return data / FOLDER / "feeds"


def state_dir(data: Path) -> Path:
    """The living city's state."""
    return data / FOLDER / "state"


def read_marker(data: Path) -> Plan | None:
    """The plan of the demo that ``data`` holds complete; None otherwise.

    A demo of another version of the program counts as none: its city may live by other rules.
    """
    try:
        raw = json.loads((data / MARKER).read_text("utf-8"))
        if not raw["complete"] or raw["version"] != version("foresite"):
            return None
        return Plan(**raw["plan"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def read_stood_at(data: Path) -> datetime | None:
    """Up to when the city was simulated when it first stood; None where nothing tells."""
    try:
        return datetime.fromisoformat(json.loads((data / MARKER).read_text("utf-8"))["stood_at"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def write_marker(
    data: Path, plan: Plan, *, complete: bool, stood_at: datetime | None = None
) -> None:
    """Say that ``data`` is a demo's, before the first file and again when the city stands."""
    data.mkdir(parents=True, exist_ok=True)
    raw = {
        "plan": asdict(plan),
        "version": version("foresite"),
        "complete": complete,
        "stood_at": None if stood_at is None else stood_at.isoformat(),
    }
    partial = data / f".{MARKER}"
    partial.write_text(json.dumps(raw, indent=2), "utf-8")
    partial.replace(data / MARKER)


def require_demo_directory(data: Path) -> None:
    """Refuse a directory with somebody's real data.

    Raises:
        DashboardError: it holds a warehouse that no demo has made.
    """
    if (data / WAREHOUSE_FILE).exists() and not (data / MARKER).exists():
        raise DashboardError(
            f"{data} holds data that are not a demo's; name another directory, "
            "as in: foresite --data build/demo demo"
        )


def clear(data: Path) -> None:
    """Remove what the demo before has made; settings stay."""
    for name in _MADE:
        shutil.rmtree(data / name, ignore_errors=True)
    files = [path for name in _FILES for path in data.glob(f"{name}*")]
    for path in (*files, data / clock.FILE_NAME):
        if path.name != SETTINGS_FILE:
            path.unlink(missing_ok=True)
