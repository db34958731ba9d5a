"""Settings of the burst scan; embedded in the settings of forecasting."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class BurstSettings(BaseModel):
    """Where, how far back and how rarely in vain the scan for batch complaints raises an alarm."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    false_alarm_days: float = Field(
        30.0,
        gt=0,
        le=3650,
        description="Days in which the whole city may give one alarm by chance, scanned every hour."
        " More days: fewer alarms, found later.",
    )
    min_tickets: float = Field(
        5.0, ge=2, le=1000, description="Tickets that a burst needs at the least."
    )
    resolution: int = Field(
        8,
        ge=4,
        le=10,
        description="H3 resolution of the smallest disc: 8 is about 1 km across, one less 2.6"
        " times as wide.",
    )
    rings: int = Field(
        2, ge=0, le=6, description="Rings of H3 cells around the middle one in the largest disc."
    )
    windows_h: tuple[int, ...] = Field(
        (6, 12, 24, 48, 72),
        description="Hours back from the moment of the scan that are looked at.",
    )
    ends_after_h: int = Field(
        24, ge=1, le=168, description="Hours without a sign of it after which a burst is over."
    )
    memory_days: int = Field(
        14, ge=1, le=60, description="Days back over which a burst is followed to its beginning."
    )
    learn_days: int = Field(
        28,
        ge=7,
        le=365,
        description="Days from which the usual complaints of each place are learnt.",
    )
    simulated_tickets: int = Field(
        24_000,
        ge=1_000,
        le=1_000_000,
        description="Tickets drawn, once a week, to learn how high chance alone can reach.",
    )
    seed: int = Field(20261122, ge=0, description="Seed of these draws.")

    @model_validator(mode="after")
    def _windows_rise(self) -> Self:
        hours = self.windows_h
        if not hours or list(hours) != sorted(set(hours)) or not 1 <= hours[0] <= hours[-1] <= 168:
            raise ValueError(
                f"windows_h={list(hours)}: give rising whole hours between 1 and 168, each once"
            )
        return self
