"""The worker's step that holds repaired orders against KPIs and complaints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import structlog

from dashboard.dispatch.model import Order
from dashboard.dispatch.proofs import Proofs
from dashboard.dispatch.store import Orders
from dashboard.dispatch.verify import Facts
from dashboard.dispatch.verifying import verify_orders
from dashboard.publish import newest_as_of
from dashboard.publish.recovered import recovered

if TYPE_CHECKING:
    from dashboard.runtime.dispatching import Scene

log = structlog.get_logger()


def verify_repairs(scene: Scene) -> None:
    """Verify, reopen and close by what was known at the moment of the newest publish.

    Raises:
        OpsError: the ops database failed.
    """
    warehouse, as_of = scene.warehouse, newest_as_of(scene.data)
    if warehouse is None or as_of is None:
        return

    def facts(orders: Sequence[Order]) -> Mapping[str, Facts]:
        return recovered(warehouse, orders, as_of, scene.settings)

    rules = scene.settings.dispatch.verify
    now = max(scene.now, as_of)
    keep = Proofs(scene.engine).replace
    done = verify_orders(Orders(scene.engine), facts, rules, keep, as_of=as_of, now=now)
    if any(done.values()):
        log.info("orders held against what came after them", **done)
