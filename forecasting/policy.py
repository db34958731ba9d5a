"""The colour policy: probabilities in, green / yellow / red / unknown out."""

from __future__ import annotations

import math
import tomllib
from functools import cache
from pathlib import Path
from typing import Self

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from forecasting.errors import PolicyError

BUILT_IN = Path(__file__).with_name("policy.toml")
GREEN, YELLOW, RED, UNKNOWN = "green", "yellow", "red", "unknown"
STATUSES = (GREEN, YELLOW, RED, UNKNOWN)


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CellPolicy(_Table):
    """When a cell is red, yellow, green or unknown."""

    crew_share: float = Field(gt=0, le=1)
    crew_max: int = Field(ge=1)
    visit_h: float = Field(2.5, gt=0, le=24)
    red_probability: float = Field(gt=0, lt=1)
    yellow_probability: float = Field(gt=0, lt=1)
    unknown_after_h: float = Field(gt=0)
    min_history_h: float = Field(ge=0)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.yellow_probability > self.red_probability:
            raise ValueError("yellow_probability must not exceed red_probability")
        return self


class LevelPolicy(_Table):
    """How far above its own usual level an area is yellow or red."""

    red_ratio: float = Field(gt=1)
    yellow_ratio: float = Field(gt=1)
    sigma: float = Field(ge=0)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.yellow_ratio > self.red_ratio:
            raise ValueError("yellow_ratio must not exceed red_ratio")
        return self


class RegionPolicy(LevelPolicy):
    """When an area (region, hexagon, city) is red, yellow, green or unknown, from its cells."""

    unknown_share: float = Field(gt=0, le=1)


class TicketPolicy(LevelPolicy):
    """When a region without cells is red, yellow, green or unknown, from its tickets."""

    min_days: int = Field(ge=7)
    min_tickets: int = Field(ge=1)

    def exceeds(self, expected: pd.Series, usual: pd.Series, ratio: float) -> pd.Series:
        """Is ``expected`` at least ``ratio`` x ``usual`` and beyond its Poisson noise?"""
        beyond = expected > usual + self.sigma * np.sqrt(usual.clip(lower=0))
        clearly: pd.Series = (expected >= ratio * usual) & beyond
        return clearly


class AreaPolicy(_Table):
    """What is known of small areas, and when one holds a red cell (see ``forecasting.areas``)."""

    certainty: float = Field(2.0, gt=0)
    red_share: float = Field(0.25, gt=0, le=1)


class QualityPolicy(_Table):
    """How KPIs become the index of quality now, and when it is bad (see ``cells.quality``)."""

    bad_below: float = Field(60.0, gt=0, lt=100)
    degraded_below: float = Field(85.0, gt=0, le=100)
    unknown_after_h: float = Field(6.0, gt=0)
    newest_share: float = Field(0.6, ge=0, le=1)
    worst_share: float = Field(0.5, ge=0, le=1)
    points_per_stray: float = Field(12.5, gt=0)
    limit_points: float = Field(50.0, ge=0, le=100)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.bad_below > self.degraded_below:
            raise ValueError("bad_below must not exceed degraded_below")
        return self


class Policy(_Table):
    """All colour rules of one operator."""

    name: str
    cells: CellPolicy
    regions: RegionPolicy
    tickets: TicketPolicy
    quality: QualityPolicy = QualityPolicy()
    areas: AreaPolicy = AreaPolicy()

    def capacity(self, cells: int) -> int:
        """Cells that crews can serve in a day, where no roster tells (see ``crews``); 0 without."""
        return min(math.ceil(self.cells.crew_share * cells), self.cells.crew_max)


@cache
def load_policy(path: Path | None = None) -> Policy:
    """Read a policy file; the built-in one when ``path`` is None.

    Raises:
        PolicyError: the file cannot be read, has unknown keys, or values that contradict.
    """
    path = path or BUILT_IN
    try:
        return Policy.model_validate(tomllib.loads(path.read_text("utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise PolicyError(f"{path}: cannot read the colour policy: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise PolicyError(f"{path}: {key}: {first['msg']}") from error


def colour_cells(cells: pd.DataFrame, policy: Policy, capacity: int | None = None) -> pd.Series:
    """Status of each cell.

    Args:
        cells: ``cell_id``, ``probability``, ``expected_low_complaints``, ``kpi_age_h`` (hours since
            the end of the newest KPI interval), ``kpi_hours`` (hours with KPIs in the last 7 days)
            and ``located`` (has coordinates); NaN means unknown.
        policy: the colour rules.
        capacity: the largest number of reds; by the policy's share of cells when None.

    Returns:
        Status by the index of ``cells``. Reds are the most probable cells at or above the floor,
        at most the capacity; equal probabilities are ordered by expected complaints, then cell_id.
    """
    rules = policy.cells
    known = (
        cells["located"].astype(bool)
        & (cells["kpi_age_h"] <= rules.unknown_after_h)
        & (cells["kpi_hours"] >= rules.min_history_h)
        & np.isfinite(cells["probability"].astype(float))
    )
    ranked = cells[known & (cells["probability"] >= rules.red_probability)].sort_values(
        ["probability", "expected_low_complaints", "cell_id"], ascending=[False, False, True]
    )
    status = pd.Series(GREEN, index=cells.index, dtype=object)
    status[cells["probability"] >= rules.yellow_probability] = YELLOW
    most = policy.capacity(len(cells)) if capacity is None else capacity
    status[ranked.index[:most]] = RED
    status[~known] = UNKNOWN
    return status


def colour_areas(areas: pd.DataFrame, policy: Policy) -> pd.Series:
    """Status of each area from its cells; never green while it holds a red cell.

    Args:
        areas: ``cells, unknown_cells`` (sums of shares), ``holds_red``, ``red_share`` (part of its
            users that red cells serve; NaN: none), ``probability`` (of a complaint within the
            horizon), ``ratio`` and ``ratio_lower`` (expected / usual level and the lower end of its
            credible interval, see ``areas.shrink``; NaN: unknown).
        policy: the colour rules.

    Returns:
        Red: holds a red cell and clearly exceeds its usual level. Yellow: holds a red cell, or
        exceeds its usual level and would be yellow as a cell. Unknown: no cells or too many unknown
        ones, unless it holds a red cell. Green: the rest.
    """
    rules = policy.regions
    holds_red = areas["holds_red"] | (areas["red_share"] >= policy.areas.red_share)
    clearly = areas["ratio_lower"] > 1
    likely = areas["probability"] >= policy.cells.yellow_probability
    status = pd.Series(GREEN, index=areas.index, dtype=object)
    status[holds_red | (clearly & likely & (areas["ratio"] >= rules.yellow_ratio))] = YELLOW
    status[holds_red & clearly & (areas["ratio"] >= rules.red_ratio)] = RED
    blind = (areas["cells"] == 0) | (areas["unknown_cells"] > rules.unknown_share * areas["cells"])
    status[blind & ~holds_red] = UNKNOWN
    return status


def colour_ticket_regions(regions: pd.DataFrame, policy: Policy) -> pd.Series:
    """Status of each region from its tickets alone.

    Args:
        regions: ``expected_tickets`` (of the horizon), ``usual_tickets`` (same length of time, mean
            of the last 28 days), ``history_days`` and ``tickets_28d``; NaN means unknown.
        policy: the colour rules.
    """
    rules = policy.tickets
    expected, usual = regions["expected_tickets"], regions["usual_tickets"]
    status = pd.Series(GREEN, index=regions.index, dtype=object)
    status[rules.exceeds(expected, usual, rules.yellow_ratio)] = YELLOW
    status[rules.exceeds(expected, usual, rules.red_ratio)] = RED
    known = (
        (regions["history_days"] >= rules.min_days)
        & (regions["tickets_28d"] >= rules.min_tickets)
        & expected.notna()
        & usual.notna()
    )
    status[~known] = UNKNOWN
    return status
