"""Settings of trends: what the complaint rate is meant to become."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class TrendsSettings(BaseModel):
    """The target that regions are measured by."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    target_change: float = Field(
        -0.15,
        gt=-1,
        lt=1,
        description="Change of the complaint rate that a year is to bring; -0.15 is 15 % less.",
    )
    baseline_year: int | None = Field(
        None,
        ge=2000,
        le=2100,
        description="Year against which the target counts, one step of `target_change` a year; the "
        "same period of last year when left out.",
    )
