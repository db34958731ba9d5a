"""Settings of proposing and planning: worth of a repair, ways of crews, what nights allow."""

from __future__ import annotations

from datetime import time

from pydantic import BaseModel, ConfigDict, Field

from ingest.crews import Skill


class PlanSettings(BaseModel):
    """From red cells to proposed orders, and from orders to the plan of the shifts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cure_prior: float = Field(
        0.6,
        gt=0,
        lt=1,
        description="Chance that a repair cures, before any was judged; afterwards it is learnt "
        "from the verified among the judged orders of the same cause.",
    )
    cure_weight: float = Field(
        10.0, gt=0, le=1000, description="`cure_prior` counts as much as so many judged orders."
    )
    learn_days: int = Field(
        180, ge=1, le=3650, description="Days of judged orders that the chance is learnt from."
    )
    withdraw_after_h: float = Field(
        6.0,
        ge=0,
        le=720,
        description="A proposal that nobody touched is withdrawn when none of its cells was red "
        "with its cause for so many hours.",
    )
    rest_h: float = Field(
        24.0,
        ge=0,
        le=720,
        description="Hours for which a site and cause is not proposed again after a person "
        "rejected or cancelled its order.",
    )
    speed_kmh: float = Field(
        30.0, gt=0, le=200, description="How fast crews travel, stops and parking included."
    )
    detour: float = Field(
        1.4, ge=1, le=5, description="Length of the way over the straight line between two places."
    )
    unknown_way_min: float = Field(
        45.0, ge=0, le=600, description="Minutes of a way whose beginning or end is not known."
    )
    unknown_arrival_h: float = Field(
        4.0,
        ge=0,
        le=72,
        description="Hours until somebody may be there, where no crew with the skill is on a "
        "roster.",
    )
    night_starts: time = Field(time(22), description="Local time at which the night begins.")
    night_ends: time = Field(time(6), description="Local time at which it ends.")
    night_factor: float = Field(
        1.25, ge=1, le=5, description="Work on site that begins by night takes so much longer."
    )
    not_at_night: tuple[Skill, ...] = Field(
        ("antenna",), description="Skills whose work on site is not done by night: climbing."
    )
    ahead_h: float = Field(
        24.0,
        ge=0,
        le=48,
        description="Shifts that begin within so many hours are planned beside those under way.",
    )
    least_worth: float = Field(
        0.02,
        ge=0,
        description="What an order that a person accepted is worth at least, in complaints: it is "
        "planned though the forecast has calmed down.",
    )
    hour_cost: float = Field(
        0.001,
        ge=0,
        description="Complaints that an hour of a crew must spare at least to be worth it.",
    )
    most_orders: int = Field(
        400,
        ge=1,
        le=5000,
        description="Orders that one plan looks at; of more, those worth most per crew hour.",
    )
    replan_min: float = Field(
        10.0,
        gt=0,
        le=1440,
        description="Minutes after which a plan is made anew though nothing changed.",
    )
