"""`foresite outbox`: what others were told of work orders, and sending it again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from dashboard.cli.session import DataOption, JsonOption, begin
from dashboard.cli.terminal import user
from dashboard.errors import DashboardError

if TYPE_CHECKING:
    from dashboard.dispatch.outbound.message import Message

app = typer.Typer(
    help="What others were told of work orders: the outbox, and sending dead letters again.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
_STATES = ("waiting", "sending", "sent", "dead", "unsure")


@app.command("list")
def history(
    context: typer.Context,
    *,
    state: Annotated[
        list[str] | None,
        typer.Option("--state", help="waiting, sending, sent, dead or unsure; default: all."),
    ] = None,
    endpoint: Annotated[
        str | None, typer.Option("--endpoint", metavar="NAME", help="Of this endpoint alone.")
    ] = None,
    order: Annotated[
        str | None, typer.Option("--order", metavar="WO-…", help="Of this order alone.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 50,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """What became of messages, the newest first.

    sent: taken. waiting: to be tried (again). dead: refused for good, or tried often enough.
    unsure: a mail that was perhaps taken; it is not sent again by itself.
    """
    session = begin(context, data, as_json)
    from dashboard.dispatch.model import id_of
    from dashboard.dispatch.outbound.history import History
    from dashboard.ops.engine import open_ops_to_read

    if wrong := [name for name in state or () if name not in _STATES]:
        raise typer.BadParameter(f"{wrong[0]}: use {', '.join(_STATES)}", param_hint="--state")
    order_id = None
    if order is not None and (order_id := id_of(order)) is None:
        raise typer.BadParameter("use a name such as WO-000123", param_hint="--order")
    engine = open_ops_to_read(session.data, session.settings.ops.address)
    found: list[Message] = []
    counts = {}
    if engine is not None:
        try:
            told = History(engine)
            found = told.find(states=state or (), endpoint=endpoint, order_id=order_id, limit=limit)
            counts = told.counts()
        finally:
            engine.dispose()
    lines = [_line(entry) for entry in found] or ["no such message"]
    payload = {"messages": [entry.as_dict() for entry in found], "counts": counts}
    session.out.result(payload, lines)


@app.command("resend")
def resend(
    context: typer.Context,
    ids: Annotated[
        list[int] | None, typer.Argument(metavar="[ID]...", help="Numbers of messages.")
    ] = None,
    *,
    every: Annotated[
        str | None,
        typer.Option("--all-of", metavar="NAME", help="All dead ones of this endpoint instead."),
    ] = None,
    by: Annotated[
        str, typer.Option("--by", metavar="NAME", help="Who asks; kept with the message.")
    ] = "",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Send dead and unsure messages again, with the same keys; the running worker does it."""
    session = begin(context, data, as_json)
    from dashboard.dispatch.outbound.desk import OutboxDesk
    from dashboard.ops.engine import open_ops
    from ingest.clock import SystemClock

    if bool(ids) == (every is not None):
        raise typer.BadParameter("give numbers of messages, or --all-of NAME")
    now, who = SystemClock().now(), by or user()
    engine = open_ops(session.data, session.settings.ops.address)
    try:
        desk = OutboxDesk(session.settings.dispatch.outbound, lambda: engine, lambda: engine)
        if every is not None:
            done, refused = desk.resend_all(every, who, now)
        else:
            done, refused = desk.resend(ids or (), who, now)
    finally:
        engine.dispose()
    payload = {
        "waiting": [message.as_dict() for message in done],
        "refused": {str(number): why for number, why in refused.items()},
    }
    lines = [f"{message.id}: waits to be sent again" for message in done]
    lines += [f"{number}: not sent again: {why}" for number, why in refused.items()]
    session.out.result(payload, lines or ["nothing to send again"])
    if refused and not done:
        raise DashboardError("no message is sent again: " + next(iter(refused.values())))


@app.command("drop")
def drop(
    context: typer.Context,
    ids: Annotated[list[int], typer.Argument(metavar="ID...", help="Numbers of messages.")],
    *,
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="Who asks; for the log.")] = "",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take dead and unsure messages off the list: somebody saw to it otherwise."""
    session = begin(context, data, as_json)
    from dashboard.dispatch.outbound.desk import OutboxDesk
    from dashboard.ops.engine import open_ops

    engine = open_ops(session.data, session.settings.ops.address)
    try:
        desk = OutboxDesk(session.settings.dispatch.outbound, lambda: engine, lambda: engine)
        gone = desk.drop(ids, by or user())
    finally:
        engine.dispose()
    if not gone:
        raise DashboardError("no such message is dead or unsure; `foresite outbox list` shows all")
    lines = [f"{message.id}: dropped" for message in gone]
    session.out.result({"dropped": [message.as_dict() for message in gone]}, lines)


def _line(entry: Message) -> str:
    told = entry.as_dict()
    when = f"{entry.changed_at:%Y-%m-%d %H:%M} UTC"
    to = entry.recipient or entry.endpoint
    tries = f", {entry.attempts} attempts" if entry.attempts > 1 else ""
    more = f"  {entry.message}" if entry.message and entry.state != "sent" else ""
    what = f"{told['order']} {entry.event_kind:9} {to}"
    return f"{entry.id:6} {entry.state:8} {what}  ({when}{tries}){more}"
