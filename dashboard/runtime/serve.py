"""`foresite web` and `foresite serve`: the web application, alone or supervised with the worker."""

from __future__ import annotations

import errno
import ipaddress
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import NoReturn

import structlog

from dashboard.errors import LockedError, ServeError
from dashboard.runtime import locks
from dashboard.runtime.children import ChildSpec, foresite_command
from dashboard.settings import Settings
from ingest.clock import Clock

log = structlog.get_logger()

LOOPBACK = "127.0.0.1"
CONNECTIONS = 1000
THREADS = 8


def require_loopback(host: str) -> str:
    """The address to bind to.

    Raises:
        ServeError: not a loopback address; without sign-in anyone who reaches it could read all.
    """
    if host == "localhost":
        return LOOPBACK
    try:
        if ipaddress.ip_address(host).is_loopback:
            return host
    except ValueError:
        pass
    raise ServeError(
        f"--host {host}: there is no sign-in yet, so the server listens on the loopback address "
        f"{LOOPBACK} only; to look from another machine use an SSH tunnel (ssh -L 8050:{LOOPBACK}"
        ":8050 …)"
    )


def require_free_port(host: str, port: int) -> None:
    """Raise ServeError when the port cannot be bound now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise _cannot_bind(host, port, error) from error


def address(host: str, port: int) -> str:
    """The URL that people open."""
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def run_web(
    data: Path,
    settings: Settings,
    clock: Clock,
    *,
    host: str,
    port: int,
    ready: Callable[[], None],
) -> None:
    """Serve the web application until SIGTERM or Ctrl-C.

    Args:
        data: the data directory; only snapshots are read.
        settings: of the data directory.
        clock: tells the present moment, for freshness.
        host: a loopback address.
        port: TCP port.
        ready: called when connections are accepted.

    Raises:
        ServeError: the address is not loopback, or the port is taken.
    """
    host = require_loopback(host)
    require_free_port(host, port)

    import waitress

    from dashboard.dispatch.desk import DispatchDesk
    from dashboard.dispatch.sla import make_rules
    from dashboard.ops.desk import OpsDesk
    from dashboard.ops.reading import states_of
    from dashboard.reports.history import ReportHistory
    from dashboard.snapshot import SnapshotStore
    from dashboard.web.app import create_app

    catalogue, store = settings.ingest.load_catalogue(), SnapshotStore(data)
    app = create_app(
        data,
        clock=clock,
        settings=settings.web,
        catalogue=catalogue,
        states=states_of(data, settings.ops.address),
        ops=OpsDesk(
            data,
            settings.ops.address,
            tuple(source.name for source in settings.ingest.sources if source.enabled),
        ),
        reports=ReportHistory(data, settings.ops.address, settings.reports),
        dispatch=DispatchDesk(
            data,
            settings.ops.address,
            settings.dispatch,
            rules=make_rules(
                settings.dispatch.sla, settings.zone, settings.forecasting.holiday_country
            ),
        ),
        store=store,
    )
    try:
        server = waitress.create_server(
            app.server,
            host=host,
            port=port,
            threads=THREADS,
            connection_limit=CONNECTIONS,
            asyncore_use_poll=True,  # select() ends at descriptor 1024
            ident="foresite",
        )
    except OSError as error:
        raise _cannot_bind(host, port, error) from error
    signal.signal(signal.SIGTERM, _end)
    log.info("web ready", address=address(host, port), only="loopback, until sign-in exists")
    ready()
    with store.watched():
        server.run()
    log.info("web stopped")


def supervised(data: Path, *, host: str, port: int) -> tuple[ChildSpec, ...]:
    """Worker and web as children of one supervisor.

    Raises:
        ServeError: the address is not loopback, or the port is taken.
        LockedError: another process writes to the data directory already.
    """
    host = require_loopback(host)
    require_free_port(host, port)
    require_unlocked(data)
    return (
        ChildSpec("worker", foresite_command(data, "worker")),
        ChildSpec("web", foresite_command(data, "web", "--host", host, "--port", str(port))),
    )


def require_unlocked(data: Path) -> None:
    """Raise LockedError naming the holder when another process writes to ``data``."""
    other = locks.holder(data)
    if other:
        raise LockedError(
            f"{data} is in use by process {other.pid} ({other.command}); stop it first"
        )


def _cannot_bind(host: str, port: int, error: OSError) -> ServeError:
    if error.errno == errno.EADDRINUSE:
        return ServeError(f"port {port} on {host} is in use; choose another one with --port")
    return ServeError(f"cannot listen on {host} port {port}: {error.strerror or error}")


def _end(_number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)
