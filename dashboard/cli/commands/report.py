"""`foresite report`: scheduled reports, what became of them, and one by hand."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from dashboard.cli.session import DataOption, JsonOption, begin
from dashboard.errors import DashboardError

if TYPE_CHECKING:
    from dashboard.reports.deliveries import Delivery

app = typer.Typer(
    help="Weekly and monthly reports: their history, and sending one by hand.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("list")
def history(
    context: typer.Context,
    *,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 50,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """What became of each report for each recipient, the newest periods first.

    sent: taken. failed: not taken, tried again by itself. refused: for good. unsure: the line broke
    after the text was handed over; it may have arrived, and is not sent again by itself.
    """
    session = begin(context, data, as_json)
    from dashboard.ops.engine import open_ops_to_read
    from dashboard.reports.deliveries import Deliveries

    engine = open_ops_to_read(session.data, session.settings.ops.address)
    found: list[Delivery] = []
    if engine is not None:
        try:
            found = Deliveries(engine).history(limit)
        finally:
            engine.dispose()
    lines = [_line(entry) for entry in found] or ["no report has been handed over yet"]
    session.out.result({"reports": [entry.as_dict() for entry in found]}, lines)


@app.command("send")
def send(
    context: typer.Context,
    unit: Annotated[str, typer.Argument(metavar="UNIT", help="week or month.")],
    *,
    day: Annotated[
        str | None,
        typer.Option("--day", metavar="DATE", help="A day of the period; default: the last one."),
    ] = None,
    to: Annotated[
        list[str] | None,
        typer.Option("--to", help="A recipient of the settings, or folder; default: all of them."),
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Also to those who got it, or perhaps got it.")
    ] = False,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make one report now and hand it over to those who have not got it."""
    session = begin(context, data, as_json)
    from dashboard.ops.engine import open_ops
    from dashboard.reports.periods import Unit, period_of
    from dashboard.reports.run import Desk, recipients, send_now
    from ingest.clock import SystemClock

    settings, now = session.settings.reports, session.clock.now()
    if unit not in ("week", "month"):
        raise typer.BadParameter("use week or month", param_hint="UNIT")
    today = now.astimezone(session.settings.zone).date()
    known = recipients(settings)
    chosen = tuple(to) if to else known
    if wrong := [name for name in chosen if name not in known]:
        raise DashboardError(
            f"{wrong[0]} is no recipient of the settings; there are: {', '.join(known)}"
        )
    kind: Unit = "week" if unit == "week" else "month"
    period = period_of(kind, _day(day)) if day else period_of(kind, today).before
    engine = open_ops(session.data, session.settings.ops.address)
    try:
        desk = Desk(session.data, engine, settings, now, SystemClock().now())
        done = send_now(desk, period, chosen, again=again)
    finally:
        engine.dispose()
    payload = {
        "period": period.label,
        "sent": done.sent,
        "failed": done.failed,
        "unsure": done.unsure,
    }
    lines = [f"{state}: {name}" for state, names in vars(done).items() for name in names]
    session.out.result(payload, lines or [f"{period.label}: everybody has got it already"])
    if done.failed or done.unsure:
        raise DashboardError(
            f"{len(done.failed + done.unsure)} not handed over; `foresite report list` says why"
        )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("use a date such as 2026-11-21", param_hint="--day") from None


def _line(entry: Delivery) -> str:
    when = f"{entry.changed_at:%Y-%m-%d %H:%M} UTC"
    more = f"  {entry.message}" if entry.message else ""
    tries = f", {entry.attempts} attempts" if entry.attempts > 1 else ""
    return f"{entry.period.label:9} {entry.state:8} {entry.recipient}  ({when}{tries}){more}"
