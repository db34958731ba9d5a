"""Settings of dispatch: one frozen model, embedded in the root settings."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from dashboard.dispatch.outbound.settings import (
    DeliverySettings,
    Endpoint,
    InboundPeer,
    require_endpoints,
)
from dashboard.dispatch.plan_settings import PlanSettings
from dashboard.dispatch.sla_settings import SlaSettings
from dashboard.dispatch.verify_settings import VerifySettings


class DispatchSettings(BaseModel):
    """Work orders: when they are proposed, planned, timed, verified and told of."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    shown_days: float = Field(
        7.0, gt=0, le=90, description="Days for which ended orders stay on the board."
    )
    plan: PlanSettings = Field(
        PlanSettings(), description="What repairs are worth, how crews travel, what nights allow."
    )
    sla: SlaSettings = Field(
        SlaSettings(), description="Timers: limits by hour and day, warnings, escalation."
    )
    verify: VerifySettings = Field(
        VerifySettings(), description="When a repair counts as a cure, and what reopens it."
    )
    outbound: tuple[Endpoint, ...] = Field(
        (), description="Who is told of orders: tables `[[dispatch.outbound]]`; nobody by default."
    )
    delivery: DeliverySettings = Field(
        DeliverySettings(), description="Allow-list and limits of all that is told to others."
    )
    inbound: tuple[InboundPeer, ...] = Field(
        (),
        description="Systems that may tell what became of orders, each with a token: tables "
        "`[[dispatch.inbound]]`; none by default.",
    )

    @model_validator(mode="after")
    def _others(self) -> Self:
        require_endpoints(self.outbound, self.delivery)
        names = [peer.name for peer in self.inbound]
        if len(set(names)) < len(names):
            raise ValueError("two systems of dispatch.inbound have one name")
        return self
