"""Settings of the forecasting package: one frozen model, embedded in the root settings."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from forecasting.bursts.settings import BurstSettings


class ForecastingSettings(BaseModel):
    """How forecasts are made. Colours are not here: they are policy (see ``policy.toml``)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    horizon_h: int = Field(
        72, ge=1, le=336, description="Hours ahead for which low-satisfaction complaints count."
    )
    low_satisfaction_limit: int = Field(
        6, ge=1, le=10, description="A score at or below this is a low-satisfaction complaint."
    )
    threads: int = Field(2, ge=1, le=256, description="Threads for training and scoring.")
    seed: int = Field(20261121, ge=0, description="Seed of the boosted model.")
    policy_file: Path | None = Field(
        None, description="Colour policy (TOML); the one shipped with the product when unset."
    )
    playbook_file: Path | None = Field(
        None,
        description="What to do about each cause (TOML, in both languages); the one shipped with"
        " the product when unset.",
    )
    holiday_country: str | None = Field(
        "CN",
        pattern=r"^[A-Z]{2}$",
        description="ISO code of the country whose holidays shape the daily counts; unset: none.",
    )

    normal_days: int = Field(
        28, ge=7, le=90, description="Days from which a cell's own normal is taken."
    )
    training_days: int = Field(
        75, ge=7, le=730, description="Days before an origin from which training origins are taken."
    )
    training_rows: int = Field(
        300_000,
        ge=1_000,
        description="Upper bound of training rows; calm ones are thinned out, so twice as many are"
        " looked at. More cells, fewer origins.",
    )
    retrain_days: int = Field(
        1,
        ge=1,
        le=365,
        description="Days from one training to the next; in between, the model is used on. Counted"
        " from a Monday of long ago: 1 trains every day, 7 every Monday, both at local midnight by"
        " what was known then.",
    )
    min_low_complaints: int = Field(
        60,
        ge=1,
        description="Low-satisfaction complaints needed in the training window; below: fallback.",
    )
    calibration_share: float = Field(
        0.2,
        gt=0,
        lt=0.9,
        description="Newest share of training origins, kept from fitting, that calibrates.",
    )
    calibration_limit: float = Field(
        1.6,
        gt=1,
        description="A model whose expected / observed on the later slice is beyond this factor"
        " (or its inverse) does not go live.",
    )

    region_history_days: int = Field(
        400, ge=28, description="Days of daily counts that the region models see."
    )
    region_horizon_days: int = Field(
        7, ge=1, le=60, description="Days ahead of the daily forecast per region."
    )
    interval: float = Field(0.9, gt=0.5, lt=1, description="Nominal coverage of count intervals.")

    bursts: BurstSettings = Field(
        default_factory=BurstSettings, description="The scan for batch complaints."
    )

    @model_validator(mode="after")
    def _days_cover_horizon(self) -> Self:
        if self.region_horizon_days * 24 < self.horizon_h:
            raise ValueError(
                f"region_horizon_days={self.region_horizon_days} is shorter than"
                f" horizon_h={self.horizon_h}: regions could not be compared with their cells"
            )
        return self
