"""Settings of dispatch: one frozen model, embedded in the root settings."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class DispatchSettings(BaseModel):
    """Work orders: when they are proposed, planned, timed, verified and told of."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    shown_days: float = Field(
        7.0, gt=0, le=90, description="Days for which ended orders stay on the board."
    )
