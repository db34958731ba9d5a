"""Verifies, reopens and closes orders by what was known at the moment of a publish."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import structlog

from dashboard.dispatch.errors import AlreadyOpenError, ConflictError, NotPossibleError
from dashboard.dispatch.model import Order, Step
from dashboard.dispatch.proofs import Proof, proof_of
from dashboard.dispatch.store import Orders
from dashboard.dispatch.verify import Facts, Repaired, Verdict, decide
from dashboard.dispatch.verify_settings import VerifySettings
from dashboard.dispatch.verify_words import said

log = structlog.get_logger()

WHO = "foresite"
_MOST = 100_000

FactsOf = Callable[[Sequence[Order]], Mapping[str, Facts]]
"""Gives what is known of some repaired orders, by name, as of one moment."""
Keep = Callable[[Sequence[Proof]], None]
"""Keeps how far proofs are: ``proofs.Proofs.replace``."""


def verify_orders(
    orders: Orders,
    facts_of: FactsOf,
    rules: VerifySettings,
    keep: Keep,
    *,
    as_of: datetime,
    now: datetime,
) -> dict[str, int]:
    """Decide about every repaired and verified order; ``verify``, ``reopen``, ``close`` by count.

    An order that somebody changed meanwhile is left to the next time.

    Args:
        orders: the ops database's.
        facts_of: tells what was known at ``as_of``.
        rules: of verification.
        keep: takes what each look said.
        as_of: orders that changed later are left alone.
        now: the events' time; not before ``as_of``.
    """
    done = {"verify": 0, "reopen": 0, "close": 0}
    found = [
        order
        for order in orders.find(states=("repaired", "verified"), limit=_MOST)
        if order.repaired_at is not None and order.changed_at <= as_of
    ]
    facts, looked = facts_of(found), []
    for order in found:
        verdict, proof = look_at(order, facts.get(order.name, Facts()), rules, as_of, now)
        looked.append(proof)
        if verdict.decision == "wait":
            continue
        step = Step(
            verdict.decision,
            WHO,
            "system",
            said(verdict.reasons),
            {"reasons": [reason.as_json() for reason in verdict.reasons]},
        )
        try:
            orders.act(order.id, [step], at=now, seen=order.seq)
        except (AlreadyOpenError, ConflictError, NotPossibleError) as error:
            log.info("order left as it is", order=order.name, reason=str(error))
            continue
        done[verdict.decision] += 1
        log.info("order", order=order.name, step=verdict.decision, reason=step.reason)
    keep(looked)
    return done


def look_at(
    order: Order, facts: Facts, rules: VerifySettings, as_of: datetime, now: datetime
) -> tuple[Verdict, Proof]:
    """What becomes of an order that was repaired, and how far its proof is.

    Raises:
        ValueError: it was never repaired.
    """
    if order.repaired_at is None:
        raise ValueError(f"{order.name} was never repaired")
    repaired = Repaired(order.draft.cell_ids, order.repaired_at, order.verified_at)
    verdict = decide(repaired, facts, as_of, rules)
    return verdict, proof_of(order.id, repaired, facts, verdict, rules, as_of=as_of, now=now)
