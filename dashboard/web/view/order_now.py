"""Dispatching by one action: from the cause that is shown to a crew that is on its way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboard.dispatch.crews import crews_of
from dashboard.dispatch.cure import learn_cure
from dashboard.dispatch.desk import DispatchDesk
from dashboard.dispatch.model import Draft, Order, Step
from dashboard.dispatch.propose import Means, Shown, drafts_of
from dashboard.dispatch.states import State
from dashboard.web.context import Look
from dashboard.web.view.wall_scope import region_rows

TO_SEND: frozenset[State] = frozenset({"proposed", "reopened"})
"""Orders that nobody has taken on."""


@dataclass(frozen=True)
class Sent:
    """What became of it: the order, and whether a crew was sent by this very action."""

    order: Order
    done: bool


def drafts_for(
    look: Look, desk: DispatchDesk, cell_ids: Sequence[str], now: datetime
) -> list[Draft]:
    """What orders for these cells would be about, with the red ones of the same site and cause.

    Raises:
        OpsError: the ops database cannot be read.
    """
    rows, manifest, settings = look.snapshot.rows, look.snapshot.manifest, desk.settings.plan
    reds = rows("order_reds", {"cell_ids": list(cell_ids)})
    shown = Shown(
        snapshot_id=look.snapshot.id,
        as_of=manifest.as_of,
        horizon_h=manifest.horizon_h,
        reds=reds,
        evidence=rows("order_evidence", {"cell_ids": [row["cell_id"] for row in reds]}),
        playbook=rows("order_playbook"),
        works=rows("order_works", {"since": manifest.as_of}),
    )
    crews = crews_of(rows("order_teams"), rows("dispatch_shifts"), region_rows(look.snapshot))
    means = Means(crews, learn_cure(desk.orders().engine, now, settings), settings)
    return drafts_of(shown, means, now)


def send(
    look: Look, desk: DispatchDesk, cell_ids: Sequence[str], *, who: str, at: datetime
) -> list[Sent]:
    """Open what is not open, accept it, and give it to the team that is planned or suggested.

    An order that is under way already stays as it is, and so does one without a team after it was
    accepted.

    Raises:
        OpsError: the database failed; nothing was changed.
        DispatchError: somebody was first, in this very moment.
    """
    plan = desk.book().plan
    done: set[int] = set()

    def steps_of(order: Order) -> list[Step]:
        stop = plan.get(order.id)
        team = order.team_id or (stop.team_id if stop else None) or order.draft.team_id
        steps = [Step("accept", who)] if order.state in TO_SEND else []
        if team is not None and (order.state in TO_SEND or order.state == "accepted"):
            steps.append(Step("dispatch", who, details={"team_id": team}))
        if steps:
            done.add(order.id)
        return steps

    drafts = drafts_for(look, desk, cell_ids, at)
    made = desk.open_and_act(drafts, steps_of, at=at, step=Step("propose", who))
    return [Sent(one.order, one.order.id in done) for one in made]
