"""`foresite worker`, `foresite web`, `foresite serve`: the long-running processes."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Annotated

import typer

from dashboard.cli.session import DataOption, JsonOption, Session, begin
from dashboard.output import Payload

PORT = 8050

PortOption = Annotated[int, typer.Option(min=1, max=65535, help="TCP port of the pages.")]
HostOption = Annotated[
    str, typer.Option(help="Address to listen on; only loopback until sign-in exists.")
]
SupervisedOption = Annotated[bool, typer.Option("--supervised", hidden=True)]


def worker(
    context: typer.Context,
    *,
    supervised: SupervisedOption = False,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run the scheduled jobs.

    Takes files from the inbox, forecasts, publishes snapshots. Logs one line per event on stderr.
    Ends after the step at hand on SIGTERM or Ctrl-C.
    """
    session = begin(context, data, as_json)
    settings, clock = session.settings, session.clock
    from dashboard.runtime.worker import run_worker

    _prepare("worker", supervised)
    pid = os.getpid()
    said = {"pid": pid, "data": str(session.data)}
    lines = [f"Worker {pid} of {session.data}. Ctrl-C stops it."]
    run_worker(session.data, settings, clock, ready=_say(session, supervised, said, lines))


def web(
    context: typer.Context,
    *,
    port: PortOption = PORT,
    host: HostOption = "127.0.0.1",
    supervised: SupervisedOption = False,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Serve pages and API.

    Reads the published snapshots alone. Listens on the loopback address only: there is no sign-in
    yet.
    """
    session = begin(context, data, as_json)
    settings, clock = session.settings, session.clock
    from dashboard.runtime.serve import address, run_web

    _prepare("web", supervised)
    said, lines = _pages(address(host, port))
    ready = _say(session, supervised, said, lines)
    run_web(session.data, settings, clock, host=host, port=port, ready=ready)


def serve(
    context: typer.Context,
    *,
    port: PortOption = PORT,
    host: HostOption = "127.0.0.1",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run worker and web together.

    Restarts whichever ends; stops both on SIGTERM or Ctrl-C. Listens on the loopback address only:
    there is no sign-in yet.
    """
    session = begin(context, data, as_json)
    _ = session.settings, session.clock  # a mistake there is refused now, not by every child
    from dashboard.runtime.ready import Ready
    from dashboard.runtime.serve import address, supervised
    from dashboard.runtime.supervisor import Supervisor

    children = supervised(session.data, host=host, port=port)
    _prepare("serve", supervised=False)
    said, lines = _pages(address(host, port))
    pages = Ready(
        host,
        port,
        answered=_say(session, False, said, lines),
        late=lambda: session.out.note("The pages do not answer yet; the log above says why."),
    )
    Supervisor(children).run(pages.tick)


def _prepare(name: str, supervised: bool) -> None:
    from dashboard.runtime.logs import configure_logging

    configure_logging(name)
    if supervised:
        from dashboard.runtime.children import watch_parent

        watch_parent()


def _pages(address: str) -> tuple[Payload, list[str]]:
    """What is said when the pages answer."""
    line = f"Foresite answers at {address} (this machine only: there is no sign-in yet)."
    return {"address": address}, [line, "Ctrl-C stops it."]


def _say(
    session: Session, supervised: bool, payload: Payload, lines: list[str]
) -> Callable[[], None]:
    """Say it when the time has come; a supervised child leaves the word to its supervisor."""

    def say() -> None:
        if not supervised:
            session.out.result(payload, lines)

    return say
