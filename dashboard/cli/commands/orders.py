"""`foresite orders`: work orders at a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dashboard.cli.session import DataOption, JsonOption, Session, begin
from dashboard.cli.terminal import user

if TYPE_CHECKING:
    from dashboard.dispatch.desk import DispatchDesk
    from dashboard.dispatch.model import Event, Order

app = typer.Typer(
    help="Work orders: list them, see what happened to one, do something to it.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
_OPEN = "open"


@app.command("list")
def orders(
    context: typer.Context,
    *,
    state: Annotated[
        list[str] | None,
        typer.Option("--state", help="A state, or open for all that are; default: all."),
    ] = None,
    team: Annotated[str | None, typer.Option(metavar="ID", help="Of this team alone.")] = None,
    site: Annotated[str | None, typer.Option(metavar="ID", help="Of this site alone.")] = None,
    cell: Annotated[str | None, typer.Option(metavar="ID", help="With this cell.")] = None,
    cause: Annotated[str | None, typer.Option(help="Of this cause alone.")] = None,
    words: Annotated[
        str, typer.Option("--words", help="Words that id, place, cells, team or note hold.")
    ] = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 50,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Work orders, the newest first."""
    session = begin(context, data, as_json)
    from dashboard.dispatch.as_json import order_json
    from dashboard.dispatch.states import OPEN, STATES

    known = (_OPEN, *STATES)
    if wrong := [name for name in state or () if name not in known]:
        raise typer.BadParameter(f"{wrong[0]}: use {', '.join(known)}", param_hint="--state")
    states = [s for s in STATES if s in (state or ()) or (s in OPEN and _OPEN in (state or ()))]
    with _desk(session) as desk:
        tables, now, book = desk.reading(), session.clock.now(), desk.book()
        found = [] if tables is None else tables.find(
            states=states, team_id=team, site_id=site, cell_id=cell,
            cause=cause, words=words, limit=limit,
        )  # fmt: skip
        payload = {"orders": [order_json(desk, order, now, book) for order in found]}
    session.out.result(payload, [_line(order) for order in found] or ["no such order"])


@app.command("show")
def show(
    context: typer.Context,
    order_id: Annotated[str, typer.Argument(metavar="ORDER", help="Such as WO-000123, or 123.")],
    *,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """One order, and all that happened to it."""
    session = begin(context, data, as_json)
    from dashboard.dispatch.as_json import event_json, order_json
    from dashboard.dispatch.errors import UnknownOrderError
    from dashboard.dispatch.model import fold, name_of

    number = _number(order_id)
    with _desk(session) as desk:
        tables = desk.reading()
        events = [] if tables is None else tables.events(number)
        if not events:
            raise UnknownOrderError(f"there is no work order {name_of(number)}")
        order = fold(events)
        told = order_json(desk, order, session.clock.now(), desk.book())
    payload = {"order": told, "events": [event_json(event) for event in events]}
    session.out.result(payload, [_line(order), *_about(order), *map(_event_line, events)])


@app.command("act")
def act(
    context: typer.Context,
    order_id: Annotated[str, typer.Argument(metavar="ORDER", help="Such as WO-000123, or 123.")],
    event: Annotated[
        str,
        typer.Argument(
            metavar="EVENT", help="accept, reject, assign, dispatch, arrive, repair, cannot, …"
        ),
    ],
    *,
    reason: Annotated[
        str, typer.Option(help="Why: a code, a colon, words; of a comment its words.")
    ] = "",
    team: Annotated[
        str | None, typer.Option(metavar="ID", help="Of dispatch and assign; else the suggested.")
    ] = None,
    found_cause: Annotated[
        str | None, typer.Option("--found-cause", help="Of repair: what it was.")
    ] = None,
    seen: Annotated[
        int | None,
        typer.Option(min=1, help="Number of the newest event you saw; later decisions win."),
    ] = None,
    crew: Annotated[bool, typer.Option("--crew", help="A crew does it, not a desk.")] = False,
    by: Annotated[
        str, typer.Option("--by", metavar="NAME", help="Who; default: the account.")
    ] = "",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Do something to an order.

    What is not possible in its state is refused, and what would be is named.
    """
    session = begin(context, data, as_json)
    from dashboard.dispatch.as_json import order_json
    from dashboard.dispatch.model import Step
    from dashboard.dispatch.states import KINDS
    from dashboard.dispatch.whom import with_team
    from ingest.masks import mask_text

    if event not in KINDS:
        raise typer.BadParameter(f"{event}: use {', '.join(KINDS)}", param_hint="EVENT")
    number = _number(order_id)
    given = {"team_id": team, "found_cause": found_cause}
    details: dict[str, Any] = {name: value for name, value in given.items() if value}
    step = Step(
        event, by or user(), "crew" if crew else "person", mask_text(reason) or "",
        details,
    )  # fmt: skip
    with _desk(session) as desk:
        now = session.clock.now()
        whole = with_team(desk.order(number), step)
        order = desk.act(number, [whole], at=now, seen=seen)
        told = order_json(desk, order, now, desk.book())
    session.out.result({"order": told}, [_line(order)])


@contextmanager
def _desk(session: Session) -> Iterator[DispatchDesk]:
    from dashboard.dispatch.desk import DispatchDesk
    from dashboard.dispatch.sla import make_rules

    settings = session.settings
    rules = make_rules(settings.dispatch.sla, settings.zone, settings.forecasting.holiday_country)
    desk = DispatchDesk(session.data, settings.ops.address, settings.dispatch, rules=rules)
    try:
        yield desk
    finally:
        desk.close()


def _number(name: str) -> int:
    from dashboard.dispatch.model import id_of

    number = id_of(name)
    if number is None:
        raise typer.BadParameter("use a name such as WO-000123", param_hint="ORDER")
    return number


def _line(order: Order) -> str:
    draft = order.draft
    team = order.team_id or "-"
    since = f"{order.since:%Y-%m-%d %H:%M} UTC"
    return f"{order.name}  {order.state:10} {draft.cause:14} {team:8} {since}  {draft.title}"


def _about(order: Order) -> list[str]:
    draft = order.draft
    lines = [f"site {draft.site_id}, cells {', '.join(draft.cell_ids)}"]
    if draft.expected is not None:
        lines.append(f"{draft.expected:.2f} low-satisfaction complaints expected")
    return [*lines, *([f"note: {draft.note}"] if draft.note else [])]


def _event_line(event: Event) -> str:
    why = f": {event.reason}" if event.reason else ""
    return f"{event.seq:4}  {event.at:%Y-%m-%d %H:%M} UTC  {event.kind:9} by {event.who}{why}"
