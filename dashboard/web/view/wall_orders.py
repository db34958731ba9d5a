"""Work orders on the wall: how many in which state, and the state of each red's order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from dashboard.dispatch.book import Book
from dashboard.dispatch.model import Order
from dashboard.dispatch.states import State
from dashboard.ops.errors import OpsError
from dashboard.web.context import Context, Look
from dashboard.web.view import words as w
from dashboard.web.view.marks import CellMark
from dashboard.web.view.order import moment_of
from dashboard.web.view.order_now import TO_SEND
from dashboard.web.view.order_words import close_to_late, late, state_word
from dashboard.web.view.wall_areas import AreaRow
from dashboard.web.view.wall_scope import Scope

ROWS = 8
"""Lines of the list where the panel of orders stands above it."""
SPAN_D = 7
"""Days over which verified orders are counted."""
_FAR: Mapping[State | None, int] = {
    None: 0, "proposed": 1, "reopened": 2, "accepted": 3, "dispatched": 4, "on_site": 5,
    "repaired": 6, "verified": 7, "closed": 8,
}  # fmt: skip


@dataclass(frozen=True)
class Tally:
    """One of the panel's numbers: what it counts, and a smaller one beside it."""

    key: str
    number: str
    note: str


@dataclass(frozen=True)
class WallOrders:
    """What the wall says of orders.

    Attributes:
        version: changes whenever it says something else.
        tallies: dashes where the ops database cannot be read.
        by_cell: the order of a cell that matters: the open one, else one verified lately.
        help: the definitions.
    """

    version: str
    tallies: tuple[Tally, ...]
    by_cell: Mapping[str, Order] = field(default_factory=lambda: MappingProxyType({}))
    help: str = ""


@dataclass(frozen=True)
class Said:
    """The orders of a line's reds in one word.

    Attributes:
        state: the least advanced; None: one has no order.
        text: in words; with how many of how many where they differ.
        title: each by its name.
        to_send: red cells that nobody has taken on.
    """

    state: State | None
    text: str
    title: str
    to_send: tuple[str, ...]


def version_of(context: Context, look: Look) -> str:
    """Changes whenever the wall has to say something else; costs next to nothing."""
    if context.dispatch is None or look.state.at_text:
        return look.version
    try:
        return f"{look.version}/{context.dispatch.version()}"
    except OpsError:
        return f"{look.version}/unread"


def wall_orders(context: Context, look: Look, scope: Scope) -> WallOrders | None:
    """Of the city or the region in focus; None where nobody tells of orders."""
    if context.dispatch is None:
        return None
    texts = look.words.texts
    at = moment_of(look)
    try:
        book = context.dispatch.book(at)
    except OpsError:
        dashes = (Tally(key, w.NOTHING, "") for key in ("open", "way", "verified", "overdue"))
        return WallOrders("unread", tuple(dashes), help=texts("wall_orders.unread"))
    span = min(SPAN_D, round(context.dispatch.settings.shown_days))
    within = _within(book, scope)
    help_text = texts("wall_orders.help", days=span)
    tallies = _tallies(look, within, look.freshness.now, span)
    return WallOrders(book.version, tallies, _by_cell(book), help_text)


def _within(book: Book, scope: Scope) -> list[Order]:
    if scope.within is None:
        return list(book.orders)
    return [order for order in book.orders if order.draft.region_id in scope.within]


def orders_by_cell(context: Context, look: Look) -> Mapping[str, Order]:
    """The order of each cell that has one that matters; none where they cannot be read."""
    if context.dispatch is None:
        return {}
    try:
        return _by_cell(context.dispatch.book(moment_of(look)))
    except OpsError:
        return {}


def _by_cell(book: Book) -> Mapping[str, Order]:
    """The first of a cell's orders is the open one, if any; ended otherwise than well: none."""
    found = {}
    for cell_id, orders in book.by_cell.items():
        if orders[0].open or orders[0].state in ("verified", "closed"):
            found[cell_id] = orders[0]
    return found


def _tallies(look: Look, orders: Sequence[Order], now: datetime, days: int) -> tuple[Tally, ...]:
    texts, zone = look.words.texts, look.words.zone
    by_state = {state: sum(o.state == state for o in orders) for state in ("proposed", "on_site")}
    verified = [o.verified_at for o in orders if o.verified_at is not None and not o.open]
    recent = [at for at in verified if now - timedelta(days=days) < at <= now]
    today = sum(at.astimezone(zone).date() == now.astimezone(zone).date() for at in recent)
    numbers = {
        "open": (
            sum(o.open for o in orders),
            texts("wall_orders.open_note", n=by_state["proposed"]),
        ),
        "way": (
            sum(o.state == "dispatched" for o in orders),
            texts("wall_orders.way_note", n=by_state["on_site"]),
        ),
        "verified": (len(recent), texts("wall_orders.verified_note", days=days, n=today)),
        "overdue": (
            sum(late(o) for o in orders),
            texts("wall_orders.overdue_note", n=sum(close_to_late(o) for o in orders)),
        ),
    }
    return tuple(Tally(key, w.number(n), note) for key, (n, note) in numbers.items())


def said_of(row: AreaRow, orders: WallOrders, look: Look) -> Said | None:
    """The orders of a line's red cells; None where it has none."""
    if not row.reds:
        return None
    texts = look.words.texts
    found = [orders.by_cell.get(cell_id) for cell_id in row.reds]
    states: list[State | None] = [None if o is None else o.state for o in found]
    least = min(states, key=lambda state: _FAR[state])
    many = sum(state == least for state in states)
    word = texts("wall_orders.none") if least is None else texts(f"order_short.{least}")
    text = word
    if many < len(states):
        text = texts("wall_orders.some", n=many, of=len(states), state=word)
    named = {o.name: o for o in found if o is not None}
    lines = [
        texts("wall_orders.hover", name=name, state=state_word(texts, order.state))
        for name, order in named.items()
    ]
    if None in states:
        lines.append(texts("wall_orders.hover_none"))
    to_send = tuple(
        cell_id
        for cell_id, state in zip(row.reds, states, strict=True)
        if state is None or state in TO_SEND
    )
    return Said(least, text, "\n".join(lines), to_send)


def marked(
    cells: Iterable[CellMark], orders: WallOrders | None, look: Look
) -> tuple[CellMark, ...]:
    """Red cells with the state of their orders, in words under the pointer."""
    if orders is None:
        return tuple(cells)
    texts = look.words.texts
    none = "" if look.state.kiosk else f"<br>{texts('wall_orders.hover_none')}"
    made = []
    for cell in cells:
        order = orders.by_cell.get(cell.cell_id)
        if cell.status != "red":
            made.append(cell)
        elif order is None:
            made.append(replace(cell, hover=f"{cell.hover}{none}"))
        else:
            state = state_word(texts, order.state)
            line = texts("wall_orders.hover", name=order.name, state=state)
            hover = "" if look.state.kiosk else f"{cell.hover}<br>{line}"
            made.append(replace(cell, hover=hover, order=order.state))
    return tuple(made)
