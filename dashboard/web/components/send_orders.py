"""One press that sends a crew: from a line of the wall, or from a cell's page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.dispatch.model import Order
from dashboard.errors import DashboardError
from dashboard.web.api.errors import ApiError
from dashboard.web.api.local import require_local
from dashboard.web.components.who import named
from dashboard.web.context import Context, Look
from dashboard.web.view.order_now import Sent
from dashboard.web.view.order_now import send as send_now


@dataclass(frozen=True)
class Told:
    """What became of it: in words, and the orders that stand for the cells now."""

    text: str
    orders: tuple[Order, ...] = ()


def send(context: Context, look: Look, cell_ids: Sequence[str], name: object) -> Told:
    """Open, accept and dispatch orders for these cells, unless somebody was first.

    Args:
        context: of the application.
        look: what the person sees.
        cell_ids: red cells.
        name: what the browser keeps of the person's name.
    """
    texts, desk = look.words.texts, context.dispatch
    if desk is None or look.state.at_text or not cell_ids:
        return Told(texts("order.no_desk"))
    try:
        who = named(name, require_local())
        sent = send_now(look, desk, cell_ids, who=who, at=context.clock.now())
    except ApiError:
        return Told(texts("order.not_local"))
    except DashboardError as error:
        return Told(texts("wall_orders.failed", reason=str(error)))
    return Told(
        texts("order.join").join(_line(look, one) for one in sent), tuple(one.order for one in sent)
    )


def _line(look: Look, sent: Sent) -> str:
    texts, order = look.words.texts, sent.order
    if sent.done and order.state == "accepted":
        return texts("order_cell.taken", name=order.name)
    if sent.done:
        return texts("order_cell.made", name=order.name)
    return texts("order_cell.stands", name=order.name, who=order.by)
