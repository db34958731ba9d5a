"""Settings of dispatch: one frozen model, embedded in the root settings."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from dashboard.dispatch.sla_settings import SlaSettings
from dashboard.dispatch.verify_settings import VerifySettings


class DispatchSettings(BaseModel):
    """Work orders: when they are proposed, planned, timed, verified and told of."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    shown_days: float = Field(
        7.0, gt=0, le=90, description="Days for which ended orders stay on the board."
    )
    sla: SlaSettings = Field(
        SlaSettings(), description="Timers: limits by hour and day, warnings, escalation."
    )
    verify: VerifySettings = Field(
        VerifySettings(), description="When a repair counts as a cure, and what reopens it."
    )
