"""How often a repair cures, by cause: learnt from the orders that verification has judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Engine, func, select

from dashboard.dispatch.plan_settings import PlanSettings
from dashboard.ops.engine import reading
from dashboard.ops.order_schema import work_order_events, work_orders


@dataclass(frozen=True)
class Cure:
    """The chance that a repair cures.

    ``(verified + weight × prior) / (judged + weight)``: the mean of a Beta distribution after the
    judged orders of the cause, the prior counting as ``weight`` orders.

    Attributes:
        prior: before any order was judged.
        weight: of the prior.
        judged: verified and judged orders by cause.
    """

    prior: float
    weight: float
    judged: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    def chance(self, cause: str) -> float:
        """Of one cause, 0 … 1."""
        verified, judged = self.judged.get(cause, (0, 0))
        return (verified + self.weight * self.prior) / (judged + self.weight)


def learn_cure(engine: Engine, now: datetime, settings: PlanSettings) -> Cure:
    """Count what became of the repairs of the last ``learn_days``.

    A repair is judged when it is verified or reopened; one reopened after it was verified counts as
    judged, not as verified.

    Raises:
        OpsError: the ops database cannot be read.
    """
    e, o = work_order_events.c, work_orders.c
    query = (
        select(o.cause, e.kind, e.state_before, func.count())
        .join(work_orders, o.id == e.order_id)
        .where(e.kind.in_(("verify", "reopen")), e.at <= now)
        .where(e.at > now - timedelta(days=settings.learn_days))
        .group_by(o.cause, e.kind, e.state_before)
        .order_by(o.cause, e.kind, e.state_before)
    )
    counts: dict[str, tuple[int, int]] = {}
    with reading(engine) as connection:
        for cause, kind, before, number in connection.execute(query):
            verified, judged = counts.get(cause, (0, 0))
            if kind == "verify":
                counts[cause] = (verified + number, judged + number)
            elif before == "repaired":
                counts[cause] = (verified, judged + number)
            else:  # undone: it was judged already, as verified
                counts[cause] = (verified - number, judged)
    known = {cause: (max(0, verified), judged) for cause, (verified, judged) in counts.items()}
    return Cure(settings.cure_prior, settings.cure_weight, known)
