"""What is being done about a cell: its open work order, what one press would do, past orders."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.dispatch.desk import DispatchDesk
from dashboard.dispatch.model import Draft, Order
from dashboard.dispatch.states import State
from dashboard.ops.errors import OpsError
from dashboard.web.context import Context, Look
from dashboard.web.view.cell import Cell
from dashboard.web.view.dispatch_teams import teams_of
from dashboard.web.view.dispatch_timers import Running, running
from dashboard.web.view.order import Past, moment_of, order_at, past_of
from dashboard.web.view.order_now import TO_SEND, drafts_for
from dashboard.web.view.state import path_to

PAST = 4
AT_RISK = ("red", "yellow")
_LOOKED_AT = 12


@dataclass(frozen=True)
class Standing:
    """The open order: where it leads, its state, who has it, and its timer."""

    name: str
    href: str
    state: State
    since: str
    team: str
    timer: Running | None


@dataclass(frozen=True)
class Offer:
    """What one press would do: which cells the order would be about, and who would go.

    Of a calm cell that is reckoned when somebody presses: ``team`` is None until then.
    """

    cells: tuple[str, ...]
    team: str | None


@dataclass(frozen=True)
class CellOrder:
    """All of it.

    Attributes:
        standing: the open order; None without one.
        offer: None where somebody has taken an order on, in a replay, and in a kiosk.
        past: earlier orders and what helped, the newest first.
        failed: why the ops database cannot be read; empty otherwise.
        version: changes whenever the panel has to be drawn anew.
    """

    standing: Standing | None = None
    offer: Offer | None = None
    past: tuple[Past, ...] = ()
    failed: str = ""
    version: str = ""


def cell_order(context: Context, look: Look, cell: Cell) -> CellOrder | None:
    """None where nobody tells of orders."""
    desk = context.dispatch
    if desk is None:
        return None
    at = moment_of(look)
    try:
        version = desk.version()
        found = []
        for order in desk.orders().find(cell_id=cell.cell_id, limit=_LOOKED_AT):
            if at is None:
                found.append(order)
            elif order.opened_at <= at:
                found.append(order_at(desk, order.id, at)[0])
        still = next((order for order in found if order.open), None)
        ended = [past_of(look, order) for order in found if not order.open][:PAST]
        offer = None
        if at is None and not look.state.kiosk and (still is None or still.state in TO_SEND):
            offer = _offered(context, look, desk, cell, still)
    except OpsError as error:
        return CellOrder(failed=str(error))
    standing = None if still is None else _standing(context, look, still)
    return CellOrder(standing, offer, tuple(ended), version=version)


def _offered(
    context: Context, look: Look, desk: DispatchDesk, cell: Cell, still: Order | None
) -> Offer:
    if still is not None:
        stop = desk.book().plan.get(still.id)
        team_id = stop.team_id if stop else still.draft.team_id
        return _offer(context, look, still.draft, team_id)
    if cell.status not in AT_RISK:
        return Offer((), None)
    (draft, *_) = drafts_for(look, desk, [cell.cell_id], context.clock.now())
    return _offer(context, look, draft, draft.team_id)


def _offer(context: Context, look: Look, draft: Draft, team_id: str | None) -> Offer:
    rows = look.snapshot.rows("cell_names", {"cell_ids": list(draft.cell_ids)})
    names = tuple(row["name"] or row["cell_id"] for row in rows)
    team = teams_of(context, look).name(team_id) if team_id else ""
    return Offer(names, team)


def _standing(context: Context, look: Look, order: Order) -> Standing:
    desk = context.dispatch
    teams, team_id = teams_of(context, look), order.team_id or order.draft.team_id
    timer = None
    if desk is not None:
        proof = desk.book(moment_of(look)).proofs.get(order.id)
        timer = running(order, desk.rules, desk.settings.verify, proof)
    return Standing(
        name=order.name,
        href=look.state.href(path_to("dispatch", order.name)),
        state=order.state,
        since=look.words.texts("order.since", time=look.words.moment(order.since), who=order.by),
        team=teams.name(team_id) if team_id else "",
        timer=timer,
    )
