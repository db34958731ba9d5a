"""Opens proposals, and withdraws those that nobody touched and that nothing speaks for any more."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from dashboard.dispatch.book import Book
from dashboard.dispatch.model import Draft, Order, Step
from dashboard.dispatch.plan_settings import PlanSettings
from dashboard.dispatch.store import Orders

WHO = "foresite"
WITHDRAWN = "no_longer_red"


@dataclass(frozen=True)
class Proposing:
    """What a forecast brought: orders opened, proposals withdrawn, drafts left out for a rest."""

    opened: int = 0
    withdrawn: int = 0
    resting: int = 0


def propose_orders(
    orders: Orders,
    book: Book,
    drafts: Sequence[Draft],
    lately_red: AbstractSet[tuple[str, str]],
    *,
    now: datetime,
    settings: PlanSettings,
) -> Proposing:
    """Open what is new, tell open orders of it, withdraw what is over.

    Args:
        orders: the store.
        book: all open orders, and those that ended within ``rest_h`` at least.
        drafts: of the newest forecast.
        lately_red: cell and cause of every red of the forecasts of the last ``withdraw_after_h``.
        now: by the clock of the facts (aware).
        settings: how long what rests.

    Raises:
        OpsError: the ops database failed.
    """
    resting = {
        (order.draft.site_id, order.draft.cause)
        for order in book.orders
        if order.state in ("rejected", "cancelled")
        and order.by != WHO
        and now - order.changed_at < timedelta(hours=settings.rest_h)
    }
    standing = {(o.draft.site_id, o.draft.cause): o.draft for o in book.open}
    wanted = []
    for draft in drafts:
        key = (draft.site_id, draft.cause)
        if key in standing:  # what was promised does not move with every forecast
            wanted.append(replace(draft, due_at=standing[key].due_at))
        elif key not in resting:
            wanted.append(draft)
    made = orders.propose(wanted, at=now, step=Step("propose", WHO, "system"))
    over = [order for order in book.open if _is_over(order, lately_red, now, settings)]
    reason = f"{WITHDRAWN}: {settings.withdraw_after_h:g} h"
    gone = orders.act_on_many(
        [(order.id, order.seq) for order in over],
        [Step("cancel", WHO, "system", reason)],
        at=now,
    )
    return Proposing(sum(one.new for one in made), len(gone.orders), len(drafts) - len(wanted))


def _is_over(
    order: Order,
    lately_red: AbstractSet[tuple[str, str]],
    now: datetime,
    settings: PlanSettings,
) -> bool:
    """A proposal of the product's own that nobody touched, and none of whose cells was red."""
    untouched = (
        order.state == "proposed"
        and order.opener == "system"
        and order.team_id is None
        and order.comments == 0
    )
    return (
        untouched
        and now - order.opened_at >= timedelta(hours=settings.withdraw_after_h)
        and not any((cell, order.draft.cause) in lately_red for cell in order.draft.cell_ids)
    )
