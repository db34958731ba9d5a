"""Results kept in the models' folder, under a hash of all that they follow from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from forecasting.regions.forecast import Champions
from forecasting.regions.intervals import Bounds
from forecasting.settings import ForecastingSettings

_FORMAT = 3
_KEPT = 8  # files of older choices that stay


def kept(
    folder: Path, kind: str, foundation: bytes, make: Callable[[], dict[str, Any]]
) -> dict[str, Any]:
    """What was made from the same foundation before, read; else made and written.

    Args:
        folder: of models.
        kind: first part of the file's name.
        foundation: all that the result follows from, see ``foundation_of``.
        make: makes the result, as plain values.
    """
    name = hashlib.sha256(f"{_FORMAT}|{kind}|".encode() + foundation).hexdigest()[:16]
    path = folder / f"regions-{kind}-{name}.json"
    try:
        found = json.loads(path.read_bytes())
        if isinstance(found, dict):
            return found
    except (OSError, ValueError):
        pass
    made = make()
    folder.mkdir(parents=True, exist_ok=True)
    aside = path.with_suffix(".tmp")
    aside.write_text(json.dumps(made, sort_keys=True), "utf-8")
    aside.replace(path)
    _prune(folder, kind, path)
    return made


def foundation_of(counts: pd.DataFrame, settings: ForecastingSettings, facts: bytes) -> bytes:
    """Counts, settings, and calendar, events and works as one hash."""
    what = hashlib.sha256(settings.model_dump_json(exclude={"threads", "policy_file"}).encode())
    what.update(repr([tuple(map(str, c)) for c in counts.columns]).encode())
    what.update(repr([str(day) for day in counts.index]).encode())
    what.update(counts.to_numpy(float).tobytes())
    what.update(facts)
    return what.digest()


def plain(champions: Champions) -> dict[str, Any]:
    """Champions as JSON can hold them."""
    parts = {"daily": champions.daily, "total": champions.total}
    bounds = {name: {"phi": dict(b.phi), "reach": list(b.reach)} for name, b in parts.items()}
    return {"models": dict(champions.models), **bounds}


def champions_from(found: dict[str, Any]) -> Champions:
    """The opposite of ``plain``."""
    daily, total = (
        Bounds(dict(found[name]["phi"]), tuple(found[name]["reach"])) for name in ("daily", "total")
    )
    return Champions(dict(found["models"]), daily, total)


def _prune(folder: Path, kind: str, newest: Path) -> None:
    """Let go of the oldest files, never of the one just written."""
    found = [p for p in folder.glob(f"regions-{kind}-*.json") if p != newest]
    for path in sorted(found, key=lambda p: p.stat().st_mtime, reverse=True)[_KEPT:]:
        path.unlink(missing_ok=True)
