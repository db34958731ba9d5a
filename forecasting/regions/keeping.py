"""Champions kept in the models' folder, under a hash of what they were chosen from."""

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

_FORMAT = 2
_KEPT = 8  # files of older choices that stay


def kept_champions(
    folder: Path,
    measure: str,
    counts: pd.DataFrame,
    *,
    settings: ForecastingSettings,
    facts: bytes,
    choose: Callable[[], Champions],
) -> Champions:
    """The champions chosen from these counts, read or else chosen and written.

    Args:
        folder: of models.
        measure: what is counted.
        counts: what the choice rests on.
        settings: of forecasting.
        facts: calendar, events and works that the choice rests on.
        choose: makes the choice.
    """
    what = hashlib.sha256(
        settings.model_dump_json(exclude={"threads", "policy_file", "bursts"}).encode()
    )
    what.update(f"{_FORMAT}|{measure}".encode())
    what.update(repr([tuple(map(str, c)) for c in counts.columns]).encode())
    what.update(repr([str(day) for day in counts.index]).encode())
    what.update(counts.to_numpy(float).tobytes())
    what.update(facts)
    path = folder / f"regions-{measure}-{what.hexdigest()[:16]}.json"
    try:
        return _read(json.loads(path.read_bytes()))
    except (OSError, ValueError, KeyError, TypeError):
        champions = choose()
    folder.mkdir(parents=True, exist_ok=True)
    aside = path.with_suffix(".tmp")
    aside.write_text(json.dumps(_plain(champions), sort_keys=True), "utf-8")
    aside.replace(path)
    _prune(folder, measure, path)
    return champions


def _plain(champions: Champions) -> dict[str, Any]:
    parts = {"daily": champions.daily, "total": champions.total}
    bounds = {name: {"phi": dict(b.phi), "reach": list(b.reach)} for name, b in parts.items()}
    return {"models": dict(champions.models), **bounds}


def _read(kept: dict[str, Any]) -> Champions:
    daily, total = (
        Bounds(dict(kept[name]["phi"]), tuple(kept[name]["reach"])) for name in ("daily", "total")
    )
    return Champions(dict(kept["models"]), daily, total)


def _prune(folder: Path, measure: str, newest: Path) -> None:
    """Let go of the oldest files, never of the one just written."""
    found = [p for p in folder.glob(f"regions-{measure}-*.json") if p != newest]
    for path in sorted(found, key=lambda p: p.stat().st_mtime, reverse=True)[_KEPT:]:
        path.unlink(missing_ok=True)
