"""The probable cause of a cell's trouble: a small table of rules that a person can check.

What causes look like is not learned: operators have no labelled causes to begin with. It stands in
``causes.toml``; measured hit rates and the confusion table are in docs/forecasting.md. What crews
find later weighs where several causes fit (``order_labels``).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from forecasting.cells.cause_facts import CauseFacts
from forecasting.errors import ForecastingError

FILE = Path(__file__).with_name("causes.toml")
UNKNOWN = "unknown"
MUST_STRAY = 1.0
_CUT = 8.0
# A mean over more hours is steadier: less of it is as unlikely by chance.
_WINDOW_NEEDS = {"6h": 1.0, "24h": 0.8, "72h": 0.65}
_MIN_CONTRIBUTION = 0.1  # log-odds that KPIs must have added before they are called the cause
_SPREAD = 0.25  # how much the other cells of the mast speak for or against
_ALARM, _SWELL = 1.3, 1.2
# Strays of the neighbours' users (more users than usual are negative), and what they are worth:
# where they lost users too, it is the day, not the cell.
SWOLLEN, _DRAINED, _DRAIN = -0.5, 0.75, 0.6


class Signature(BaseModel):
    """What one cause looks like (see ``causes.toml``)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    strays: dict[str, float]
    falls: dict[str, float] = Field(default_factory=dict)
    absent: dict[str, float] = Field(default_factory=dict)
    limits: dict[str, float] = Field(default_factory=dict)
    must: tuple[str, ...] = ()
    needs: float = Field(gt=0)
    spread: Literal["site", "cell", ""] = ""
    swell: bool = False
    works_h: float | None = Field(None, gt=0)
    alarms: tuple[str, ...] = ()

    @property
    def kpis(self) -> tuple[str, ...]:
        """KPIs that speak for it, the weightiest first."""
        weights = self.strays | self.falls | dict.fromkeys(self.limits, 0.0) | self.strays
        return tuple(sorted(weights, key=lambda kpi: (-weights[kpi], kpi)))


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


def probable_cause(
    table: pd.DataFrame,
    cells: pd.Index,
    facts: CauseFacts,
    moved: pd.Series | None = None,
    believed: Mapping[str, float] | None = None,
) -> pd.Series:
    """The cause of each cell's trouble.

    Args:
        table: features of all cells, by ``cell_id``; missing columns speak for nothing.
        cells: those asked about.
        facts: places, alarms and works known at the origin; cells without a site stand alone.
        moved: what KPIs added to the log of the expected count, by cell; cells to whose risk they
            added little are *unknown* (then tickets or the place did). None: not looked at.
        believed: by cause, how readily it is believed where several fit (see ``order_labels``);
            1 where nothing is told.

    Returns:
        A cause of ``causes.toml``, or ``unknown`` where no signature has enough evidence.
    """
    scores = pd.DataFrame(
        {
            cause: strength(table, cells, facts, signature)
            for cause, signature in load_signatures().items()
        },
        index=cells,
    )
    best = scores.max(axis=1)
    choice = scores
    if believed:
        worth = pd.Series(believed).reindex(scores.columns).fillna(1.0)
        choice = scores.where(scores >= 1).mul(worth, axis=1)
    # Nothing to name where every signature lacks a KPI: idxmax needs at least one number.
    cause = choice.fillna(-np.inf).idxmax(axis=1).astype(object)
    known = best >= 1
    if moved is not None:
        known &= ~(moved.reindex(cells) < _MIN_CONTRIBUTION)
    return cause.where(known, UNKNOWN)


def strength(
    table: pd.DataFrame, cells: pd.Index, facts: CauseFacts, signature: Signature
) -> pd.Series:
    """How well one cause fits: 1 is enough to be named; NaN where nothing is known."""
    every = evidence(table, signature) / signature.needs
    fits = every.reindex(cells)
    alarmed = facts.alarmed(cells, signature.alarms, mast=signature.spread == "site")
    if signature.must:
        shown = pd.DataFrame({kpi: _strongest(table, kpi) for kpi in signature.must})
        fits = fits.where((shown.reindex(cells) >= MUST_STRAY).any(axis=1) | alarmed)
    if signature.works_h is not None:
        age = facts.works_age_h(cells)
        fits = fits.where(age <= signature.works_h)
    if signature.spread:
        shared = others_share(every >= 0.5, facts.places["site_id"]).reindex(cells)
        side = 1.0 if signature.spread == "site" else -1.0
        fits *= 1 + side * _SPREAD * (2 * shared.fillna(0.5) - 1)
    if signature.swell:
        near = _strongest(table, "near:active_users").reindex(cells)
        fits *= np.select([near >= _DRAINED, near <= SWOLLEN], [_DRAIN, _SWELL], 1.0)
    return fits * np.where(alarmed, _ALARM, 1.0)


def evidence(table: pd.DataFrame, signature: Signature) -> pd.Series:
    """Strays of the window in which they are strongest, less what speaks against the cause."""
    weights = signature.strays | {f"-{kpi}": share for kpi, share in signature.falls.items()}
    by_window = pd.DataFrame(
        {
            window: (
                _mean(table, weights, window)
                - _mean(table, signature.absent, window).fillna(0.0)
                * min(1.0, sum(signature.absent.values()))
            )
            / needs
            for window, needs in _WINDOW_NEEDS.items()
        }
    )
    for kpi, worth in signature.limits.items():
        if f"{kpi}.beyond_24h" in table:
            by_window[kpi] = worth * table[f"{kpi}.beyond_24h"]
    return by_window.max(axis=1)


def others_share(shows: pd.Series, sites: pd.Series) -> pd.Series:
    """Share of the other cells of the same site that show it; NaN for a cell alone on its site."""
    site = sites.reindex(shows.index)
    by = shows.astype(float).groupby(site)
    count = by.transform("size")
    others: pd.Series = (by.transform("sum") - shows) / (count - 1).where(count > 1)
    return others


def _strongest(table: pd.DataFrame, kpi: str) -> pd.Series:
    columns = [f"{kpi}.dev_{window}" for window in _WINDOW_NEEDS if f"{kpi}.dev_{window}" in table]
    return table[columns].max(axis=1)


def _mean(table: pd.DataFrame, weights: dict[str, float], window: str) -> pd.Series:
    """Weighted mean of the known strays; a KPI named with a minus counts when it falls."""
    total, weight = np.zeros(len(table)), np.zeros(len(table))
    for kpi, share in weights.items():
        name = f"{kpi.removeprefix('-')}.dev_{window}"
        if name in table:
            sign = -1.0 if kpi.startswith("-") else 1.0
            stray = np.clip(sign * table[name].to_numpy(), 0.0, _CUT)
            known = ~np.isnan(stray)
            total += share * np.where(known, stray, 0.0)
            weight += share * known
    unknown = np.full(len(table), np.nan)
    return pd.Series(np.divide(total, weight, out=unknown, where=weight > 0), index=table.index)
