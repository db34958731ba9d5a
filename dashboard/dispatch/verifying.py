"""Verifies, reopens and closes orders by what was known at the moment of a publish."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd
import structlog

from dashboard.dispatch.errors import AlreadyOpenError, ConflictError, NotPossibleError
from dashboard.dispatch.model import Order, Step
from dashboard.dispatch.store import Orders
from dashboard.dispatch.verify import (
    Complaint,
    Facts,
    KpiFact,
    Repaired,
    Verdict,
    decide,
)
from dashboard.dispatch.verify_settings import VerifySettings
from dashboard.dispatch.verify_words import said
from forecasting.recovery import LONGEST, Band, Recovery, recovery
from forecasting.settings import ForecastingSettings
from ingest.catalogue import Catalogue

if TYPE_CHECKING:
    import duckdb

log = structlog.get_logger()

WHO = "foresite"
_MOST = 100_000


@dataclass(frozen=True)
class Rules:
    """What verification goes by.

    Attributes:
        verify: its own rules.
        forecasting: of normals, and of whose a complaint is.
        catalogue: the KPIs.
    """

    verify: VerifySettings
    forecasting: ForecastingSettings
    catalogue: Catalogue


def verify_orders(
    warehouse: duckdb.DuckDBPyConnection,
    orders: Orders,
    rules: Rules,
    *,
    as_of: datetime,
    now: datetime,
) -> dict[str, int]:
    """Decide about every repaired and verified order; ``verify``, ``reopen``, ``close`` by count.

    An order that somebody changed meanwhile is left to the next time.

    Args:
        warehouse: open for writing.
        orders: the ops database's.
        rules: of verification.
        as_of: nothing that became known later is used.
        now: the events' time; not before ``as_of``.
    """
    done = {"verify": 0, "reopen": 0, "close": 0}
    found = [
        order
        for order in orders.find(states=("repaired", "verified"), limit=_MOST)
        if order.repaired_at is not None and order.changed_at <= as_of
    ]
    for order, verdict in verdicts(warehouse, found, rules, as_of):
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
    return done


def verdicts(
    warehouse: duckdb.DuckDBPyConnection, orders: Sequence[Order], rules: Rules, as_of: datetime
) -> list[tuple[Order, Verdict]]:
    """What becomes of each repaired or verified order by what was known at ``as_of``."""
    facts = facts_of(_facts(warehouse, orders, rules, as_of))
    made = []
    for order in orders:
        if order.repaired_at is None:
            continue
        repaired = Repaired(order.draft.cell_ids, order.repaired_at, order.verified_at)
        verdict = decide(repaired, facts.get(order.name, Facts()), as_of, rules.verify)
        made.append((order, verdict))
    return made


def _facts(
    warehouse: duckdb.DuckDBPyConnection, orders: Sequence[Order], rules: Rules, as_of: datetime
) -> Recovery:
    settle, longest = timedelta(hours=rules.verify.settle_h), as_of - LONGEST
    rows = [
        {
            "ask": order.name,
            "cell_id": cell,
            "repaired_at": order.repaired_at,
            "since": max(order.repaired_at + settle, longest),
        }
        for order in orders
        if order.repaired_at is not None
        for cell in order.draft.cell_ids
    ]
    asked = pd.DataFrame(rows, columns=["ask", "cell_id", "repaired_at", "since"])
    for name in ("repaired_at", "since"):
        asked[name] = pd.to_datetime(asked[name], utc=True).astype("datetime64[us, UTC]")
    band = Band(rules.verify.band_h, rules.verify.strays, rules.verify.least_users)
    return recovery(
        warehouse, asked, as_of, settings=rules.forecasting, catalogue=rules.catalogue, band=band
    )


def facts_of(found: Recovery) -> Mapping[str, Facts]:
    """Facts by order, as plain values."""
    kpis: dict[str, list[KpiFact]] = {}
    for row in found.kpis.to_dict("records"):
        values = {str(key): _plain(value) for key, value in row.items()}
        ask = str(values.pop("ask"))
        for key in ("worst", "first"):
            del values[key]
        kpis.setdefault(ask, []).append(KpiFact(**values))
    complaints: dict[str, list[Complaint]] = {}
    for row in found.complaints.to_dict("records"):
        told = Complaint(
            row["ticket_id"], row["cell_id"], _plain(row["created_at"]), float(row["weight"])
        )
        complaints.setdefault(str(row["ask"]), []).append(told)
    return {
        ask: Facts(tuple(kpis.get(ask, ())), tuple(complaints.get(ask, ())))
        for ask in {*kpis, *complaints}
    }


def _plain(value: Any) -> Any:  # noqa: ANN401  a value of a frame
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime()
    return None if pd.isna(value) else value
