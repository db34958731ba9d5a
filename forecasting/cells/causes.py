"""The probable cause of a cell's risk, from what its KPIs look like and what the model went by."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from forecasting.errors import ForecastingError

FILE = Path(__file__).with_name("causes.toml")
UNKNOWN = "unknown"
_CUT = 8.0
_WORKS_H = 168.0
_WINDOWS = ("6h", "24h", "72h")
_MIN_CONTRIBUTION = 0.1  # log-odds that KPIs must have added before they are called the cause


class Signature(BaseModel):
    """What one cause looks like (see ``causes.toml``)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    strays: dict[str, float]
    absent: dict[str, float] = Field(default_factory=dict)
    needs: float = Field(gt=0)
    works: bool = False


@cache
def load_signatures(path: Path = FILE) -> dict[str, Signature]:
    """The signatures by cause, in the order of the file.

    Raises:
        ForecastingError: the file cannot be read or has unknown keys.
    """
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
        return {cause: Signature.model_validate(table) for cause, table in raw.items()}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, ValidationError) as error:
        raise ForecastingError(f"{path}: cannot read the causes: {error}") from error


def probable_cause(features: pd.DataFrame, contributions: pd.DataFrame) -> pd.Series:
    """The cause of each cell's risk.

    Args:
        features: the model's features of some cells.
        contributions: what each feature added to the log of the expected count; same index. None
            of its columns: only the KPIs are gone by.

    Returns:
        A cause of ``causes.toml``, or ``unknown`` where no signature has enough evidence, or where
        the KPIs added little to the risk (then tickets or the place did).
    """
    evidence = pd.DataFrame(
        {cause: _evidence(features, s) / s.needs for cause, s in load_signatures().items()}
    )
    best = evidence.max(axis=1)
    # Nothing to name where every signature lacks a KPI: idxmax needs at least one number.
    cause = evidence.fillna(-np.inf).idxmax(axis=1).astype(object)
    kpis = [name for name in contributions if "." in str(name)]
    moved = contributions[kpis].sum(axis=1) >= _MIN_CONTRIBUTION if kpis else True
    return cause.where((best >= 1) & moved, UNKNOWN)


def _evidence(features: pd.DataFrame, signature: Signature) -> pd.Series:
    """Strays of the window in which they are strongest, less what speaks against the cause."""
    by_window = pd.DataFrame(
        {
            window: _mean(features, signature.strays, window)
            - _mean(features, signature.absent, window).fillna(0.0)
            * min(1.0, sum(signature.absent.values()))
            for window in _WINDOWS
        }
    )
    evidence = by_window.max(axis=1)
    if signature.works:
        return evidence.where(features["works_age_h"] <= _WORKS_H)
    return evidence


def _mean(features: pd.DataFrame, weights: dict[str, float], window: str) -> pd.Series:
    total = pd.Series(0.0, index=features.index)
    weight = pd.Series(0.0, index=features.index)
    for kpi, share in weights.items():
        name = f"{kpi}.dev_{window}"
        if name in features:
            stray = features[name].clip(0.0, _CUT)
            total += share * stray.fillna(0.0)
            weight += share * stray.notna()
    return total / weight.where(weight > 0)
