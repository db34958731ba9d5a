"""Settings of the timers of work orders: how long what may take, and when other limits hold."""

from __future__ import annotations

from datetime import time
from typing import Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

TimerName = Literal["accept", "arrive", "repair"]
"""Each is called after the step that it waits for."""
TIMERS: tuple[TimerName, ...] = get_args(TimerName)
Days = Literal["every_day", "workdays", "days_off"]


class _Limits(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    accept_min: float | None = Field(
        None, gt=0, le=10080, description="Minutes within which a proposed order is accepted."
    )
    arrive_min: float | None = Field(
        None, gt=0, le=10080, description="Minutes from acceptance until the crew is on site."
    )
    repair_min: float | None = Field(
        None, gt=0, le=43200, description="Minutes from arrival until the repair is reported."
    )

    def limit(self, timer: TimerName) -> float | None:
        """Minutes of a timer; None: nothing is said of it here."""
        value: float | None = getattr(self, f"{timer}_min")
        return value


class SlaRule(_Limits):
    """Other limits for some hours, days or orders; what it does not say holds as otherwise."""

    name: str = Field(min_length=1, max_length=60, description="What people call it: `night`.")
    starts: time | None = Field(
        None, description="Local time from which it holds, such as `22:00`; whole days without it."
    )
    ends: time | None = Field(
        None, description="Local time until which it holds; before `starts`: over midnight."
    )
    days: Days = Field(
        "every_day",
        description="`every_day`, `workdays` or `days_off` (weekends and public holidays; make-up "
        "workdays are workdays), by the local date of each minute.",
    )
    min_avoided: float = Field(
        0.0, ge=0, description="Only orders that are expected to spare so many complaints."
    )
    rests: tuple[TimerName, ...] = Field(
        (), description="Timers that stand still meanwhile: `accept`, `arrive`, `repair`."
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if (self.starts is None) != (self.ends is None):
            raise ValueError(f"rule {self.name!r}: give both starts and ends, or neither")
        if self.starts is not None and self.starts == self.ends:
            raise ValueError(f"rule {self.name!r}: starts and ends are the same; leave both out")
        if any(t is not None and t.tzinfo is not None for t in (self.starts, self.ends)):
            raise ValueError(f"rule {self.name!r}: local times have no offset: write 22:00")
        both = [timer for timer in self.rests if self.limit(timer) is not None]
        if both:
            raise ValueError(f"rule {self.name!r}: {both[0]} has a limit and rests; choose one")
        if not self.rests and all(self.limit(timer) is None for timer in TIMERS):
            raise ValueError(f"rule {self.name!r} says nothing: give a limit or what rests")
        return self


class SlaSettings(_Limits):
    """Timers of work orders: limits, rules for nights and days off, warnings, escalation."""

    accept_min: float | None = Field(
        15.0, gt=0, le=10080, description="Minutes within which a proposed order is accepted."
    )
    arrive_min: float | None = Field(
        120.0,
        gt=0,
        le=10080,
        description="Minutes from acceptance until the crew is on site; of remote work until it is "
        "done.",
    )
    repair_min: float | None = Field(
        None,
        gt=0,
        le=43200,
        description="Minutes from arrival until the repair is reported; no such timer without it.",
    )
    rules: tuple[SlaRule, ...] = Field(
        (SlaRule(name="night", starts=time(22), ends=time(6), accept_min=30.0, arrive_min=240.0),),
        description="Other limits by hour, day and worth; of each timer the first rule that holds "
        "in a minute and speaks of it counts for that minute. Tables `[[dispatch.sla.rules]]`; "
        "they replace the default: a night from 22:00 to 06:00, 30 minutes to accept, 240 to "
        "arrive.",
    )
    warn_share: float = Field(
        0.7, gt=0, lt=1, description="A timer warns when so much of its time is used up."
    )
    escalate_to: tuple[str, ...] = Field(
        ("shift lead", "duty manager"),
        min_length=1,
        max_length=9,
        description="Who is told when a timer has run out: the first then, the next ones later.",
    )
    escalate_again: float = Field(
        1.0,
        gt=0,
        le=100,
        description="The next one of `escalate_to` is told when so many limits more are used up.",
    )
