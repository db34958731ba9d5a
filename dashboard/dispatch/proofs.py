"""How far the proof of each repair is, by the newest look at it: kept beside the orders.

What was decided stands in the events; this is what an order waits for, replaced by each look.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, bindparam, delete, func, insert, select

from dashboard.dispatch.bodies import as_text
from dashboard.dispatch.model import Order
from dashboard.dispatch.verify import (
    Decision,
    Facts,
    Repaired,
    Verdict,
    in_band,
    likely,
    quiet_since,
)
from dashboard.dispatch.verify_settings import VerifySettings
from dashboard.ops.engine import explained, reading
from dashboard.ops.order_schema import work_order_proofs, work_orders

_UNKNOWN = frozenset({"not_known", "nobody"})
MOST_REASONS = 40
_FIELDS = (
    "order_id", "repaired_at", "decision", "more", "kpis", "kpis_back", "known_h", "of_h",
    "complaints", "band_until", "quiet_since", "quiet_until", "give_up_at", "as_of", "looked_at",
)  # fmt: skip


@dataclass(frozen=True)
class Proof:
    """What one look at a repaired or verified order said. Times are UTC.

    Attributes:
        order_id: of the order.
        repaired_at: the repair that is proven; of another one nothing is known yet.
        decision: what became of the order; ``wait``: it is not proven yet.
        reasons: as ``Reason.as_json`` gives them; at most ``MOST_REASONS``.
        more: how many were left out.
        kpis: how many are asked about, over all cells.
        kpis_back: of these in their normal band, by the hours known so far.
        known_h: hours known of the least known one, of ``of_h``.
        complaints: so many came since the repair.
        band_until: until then KPIs are watched at least.
        quiet_since, quiet_until: since when nobody complained, and until when that must last.
        give_up_at: not proven until then, the order reopens.
        as_of: by what was known then.
        looked_at: when.
    """

    order_id: int
    repaired_at: datetime
    decision: Decision
    reasons: tuple[Mapping[str, Any], ...]
    more: int
    kpis: int
    kpis_back: int
    known_h: float
    of_h: float
    complaints: int
    band_until: datetime
    quiet_since: datetime
    quiet_until: datetime
    give_up_at: datetime
    as_of: datetime
    looked_at: datetime

    def holds(self, order: Order) -> bool:
        """Whether it is about the order as it stands: its newest repair, and still unproven."""
        return (
            self.decision == "wait"
            and order.state in ("repaired", "verified")
            and self.repaired_at == order.repaired_at
        )


class Mark(NamedTuple):
    """The newest look, and how many orders were looked at."""

    at: datetime
    orders: int


def proof_of(
    order_id: int,
    repaired: Repaired,
    facts: Facts,
    verdict: Verdict,
    rules: VerifySettings,
    *,
    as_of: datetime,
    now: datetime,
) -> Proof:
    """What a look said, in figures.

    Args:
        order_id: of the order.
        repaired: what was looked at.
        facts: known of it at ``as_of``.
        verdict: what was decided.
        rules: of verification.
        as_of: the moment that is known.
        now: the moment of the look.
    """
    hours = [min(fact.window_h, rules.band_h) for fact in facts.kpis]
    silent = set(repaired.cell_ids) - {fact.cell_id for fact in facts.kpis}
    quiet, since = quiet_since(repaired, facts), repaired.repaired_at
    complaints = likely(facts.complaints, after=since)
    # What is wrong comes before what is merely not known yet: it must not fall to the limit.
    telling = sorted(verdict.reasons, key=lambda reason: reason.code in _UNKNOWN)
    reasons = tuple(reason.as_json() for reason in telling[:MOST_REASONS])
    return Proof(
        order_id=order_id,
        repaired_at=since,
        decision=verdict.decision,
        reasons=reasons,
        more=len(verdict.reasons) - len(reasons),
        kpis=len(facts.kpis),
        kpis_back=sum(in_band(fact, rules) for fact in facts.kpis),
        known_h=0.0 if silent else float(min(hours, default=0.0)),
        of_h=float(rules.band_h),
        complaints=len(complaints),
        band_until=since + timedelta(hours=rules.settle_h + rules.band_h),
        quiet_since=quiet,
        quiet_until=quiet + timedelta(hours=rules.quiet_h + rules.recording_h),
        give_up_at=since + timedelta(hours=rules.give_up_h),
        as_of=as_of,
        looked_at=now,
    )


class Proofs:
    """The table ``work_order_proofs``. Methods raise OpsError."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def replace(self, proofs: Sequence[Proof]) -> None:
        """The newest look in place of the one before, in one transaction.

        Of orders that were not looked at this time the old look stays while they are repaired or
        verified.
        """
        t, o = work_order_proofs.c, work_orders.c
        rows = [{**asdict(proof), "reasons": as_text(list(proof.reasons))} for proof in proofs]
        waiting = select(o.id).where(o.state.in_(("repaired", "verified")))
        with explained(self._engine), self._engine.begin() as connection:
            connection.execute(delete(work_order_proofs).where(t.order_id.not_in(waiting)))
            if rows:
                one = [{"one": proof.order_id} for proof in proofs]
                connection.execute(
                    delete(work_order_proofs).where(t.order_id == bindparam("one")), one
                )
                connection.execute(insert(work_order_proofs), rows)

    def read(self) -> dict[int, Proof]:
        """The newest looks by order."""
        with reading(self._engine) as connection:
            return read_proofs(connection)


def read_proofs(connection: Connection) -> dict[int, Proof]:
    """As :meth:`Proofs.read`, within a transaction of the caller's."""
    query = select(work_order_proofs).order_by(work_order_proofs.c.order_id)
    found = {}
    for row in connection.execute(query):
        values = {name: getattr(row, name) for name in _FIELDS}
        found[int(row.order_id)] = Proof(**values, reasons=tuple(json.loads(row.reasons)))
    return found


def mark_of(connection: Connection) -> Mark | None:
    """Changes with each look; None: there was none."""
    at, count = connection.execute(
        select(func.max(work_order_proofs.c.looked_at), func.count())
    ).one()
    return None if at is None else Mark(at, int(count))
