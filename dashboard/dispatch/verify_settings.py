"""When a repair counts as a cure: the rules of verification."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class VerifySettings(BaseModel):
    """Repaired is not cured: what must hold before an order is verified, and what reopens it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    band_h: int = Field(
        24, ge=1, le=72, description="Hours for which the KPIs must be back in their normal band."
    )
    quiet_h: int = Field(
        72, ge=1, le=168, description="Hours in which no network complaint of the cells came."
    )
    recording_h: float = Field(
        12.0,
        ge=0,
        le=48,
        description="Hours waited after them, since complaints are recorded late.",
    )
    settle_h: float = Field(
        1.0,
        ge=0,
        le=24,
        description="Hours after a repair whose KPIs do not count: restarts, users coming back.",
    )
    echo_h: float = Field(
        12.0,
        ge=0,
        le=72,
        description="Hours after a repair in which customers still complain about the time before:"
        " these complaints do not reopen an order, but the quiet hours begin anew with them.",
    )
    strays: float = Field(
        2.0,
        gt=0,
        le=10,
        description="End of the normal band: so many usual strays off, the bad way.",
    )
    out_share: float = Field(
        0.25,
        ge=0,
        lt=1,
        description="Share of the hours that a KPI of a sound cell may be off by chance: verified"
        " only with no more of them.",
    )
    stray_share: float = Field(
        1 / 3,
        gt=0,
        le=1,
        description="Share of the hours off with which an order reopens; between this and out_share"
        " it waits.",
    )
    at_once_h: float = Field(
        6.0,
        gt=0,
        le=72,
        description="A repair that changed nothing is told after so many hours with users.",
    )
    at_once_share: float = Field(
        2 / 3, gt=0, le=1, description="Share of all hours since the repair off that tells it."
    )
    known_share: float = Field(
        0.8, gt=0, le=1, description="Share of the hours whose KPIs must be known."
    )
    used_h: float = Field(
        6.0, gt=0, le=24, description="Hours of them in which the cell must have had users."
    )
    least_users: float = Field(
        1.0, ge=0, description="Users from which on an hour tells something about a cell."
    )
    give_up_h: float = Field(
        168.0,
        gt=0,
        le=720,
        description="Hours after a repair at which an order reopens that could not be verified.",
    )
    close_h: float = Field(
        168.0, ge=0, le=2160, description="Hours after which a verified order closes by itself."
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.stray_share < self.out_share:
            raise ValueError("stray_share is below out_share: it must not be")
        if self.give_up_h < max(self.quiet_h + self.recording_h, self.settle_h + self.band_h):
            raise ValueError("give_up_h ends before anything could be verified: raise it")
        return self
