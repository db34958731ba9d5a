"""Costly fits kept from run to run: a day's counts change once a day, runs are made every hour."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from forecasting.regions.models import Model, Past, predict

Array = NDArray[np.float64]

_FORMAT = 1  # to be raised when a model that is kept here comes to say something else


class Memo:
    """Means by model and everything the model saw; a file of those used last."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            kept = json.loads(path.read_bytes())
        except (OSError, ValueError):
            kept = {}
        self._kept: dict[str, list[float]] = kept if isinstance(kept, dict) else {}
        self._used: dict[str, list[float]] = {}

    def get(self, name: str, past: Past, ahead: int, model: Model) -> Array | None:
        """The model's means, or None where it cannot say anything about this series."""
        what = hashlib.sha256(
            f"{_FORMAT}|{name}|{past.node}|{past.counts.index[0]}|{ahead}".encode()
        )
        what.update(past.counts.to_numpy(float).tobytes())
        what.update(np.ascontiguousarray(past.facts.design(past.node, past.days(ahead))).tobytes())
        key = what.hexdigest()
        if key in self._kept:
            self._used[key] = self._kept[key]
            return np.array(self._kept[key])
        mean = predict(model, past, ahead)
        if mean is not None:
            self._used[key] = [float(value) for value in mean]
        return mean

    def save(self) -> None:
        """Write the fits that were asked for, if there is any; the others are forgotten."""
        if not self._used:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        aside = self.path.with_suffix(".tmp")
        aside.write_text(json.dumps(self._used, sort_keys=True), "utf-8")
        aside.replace(self.path)
