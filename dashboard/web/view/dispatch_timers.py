"""The timer of an order that runs now, as cards show it: of the rules, or the time of proof."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboard.dispatch.model import Order
from dashboard.dispatch.proofs import Proof
from dashboard.dispatch.sla import Rules
from dashboard.dispatch.timers import timers
from dashboard.dispatch.verify_settings import VerifySettings


@dataclass(frozen=True, slots=True)
class Running:
    """A timer that runs. Times are UTC.

    Attributes:
        name: ``accept``, ``arrive``, ``repair``, ``proof``, or ``unproven``: the hours of proof are
            over, something is still missing, and at the end the order reopens.
        begun_at: since when.
        warn_at: from when on it warns; None: it does not.
        due_at: when it runs out.
        proof: whether it is the time of proof after a repair: nobody is late.
    """

    name: str
    begun_at: datetime
    warn_at: datetime | None
    due_at: datetime
    proof: bool = False


def running(
    order: Order, rules: Rules, verify: VerifySettings, proof: Proof | None = None
) -> Running | None:
    """The timer of the order's state; None where none runs.

    Args:
        order: as it stands.
        rules: the limits.
        verify: how long a repair has to prove itself: without complaints, and until those that are
            recorded late are in.
        proof: what the newest look at its repair said: complaints begin the quiet hours anew, and
            KPIs that are not back when they are over keep the order waiting until it reopens.
    """
    if order.state == "repaired" and order.repaired_at is not None:
        since, end = order.repaired_at, timedelta(hours=verify.quiet_h + verify.recording_h)
        if proof is None or not proof.holds(order):
            return Running("proof", since, None, since + end, proof=True)
        until = max(proof.band_until, proof.quiet_until)
        if proof.as_of >= until:
            return Running("unproven", since, None, proof.give_up_at, proof=True)
        return Running("proof", proof.quiet_since, None, until, proof=True)
    # Which timer runs does not depend on the moment; whether it is late does, and is told later.
    found = timers(order, rules, order.since)
    return next((Running(t.name, t.since, t.warn_at, t.due_at) for t in found), None)
