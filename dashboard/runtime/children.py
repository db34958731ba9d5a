"""A child process of the supervisor, and the child's watch over its parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SUPERVISED = "--supervised"
_LAST_GRACE_S = 15.0


@dataclass(frozen=True)
class ChildSpec:
    """What to run.

    Attributes:
        name: as shown in logs.
        command: the whole command line.
        environment: variables on top of the supervisor's own.
        log: file that takes the child's output; the supervisor's own stderr when None.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] | None = None
    log: Path | None = None


def foresite_command(data: Path, *arguments: str) -> tuple[str, ...]:
    """The command line of this very program, whatever is on PATH."""
    return (sys.executable, "-m", "dashboard.cli", "--data", str(data), *arguments, SUPERVISED)


def start(spec: ChildSpec) -> subprocess.Popen[bytes]:
    """Start a child in a session of its own, its stdin a pipe that only we hold open.

    Its own session: Ctrl-C in the terminal reaches the supervisor alone, which then ends the
    children in order. The pipe: when the supervisor dies, however it dies, the child sees its end.
    """
    log = spec.log.open("ab") if spec.log else None
    try:
        return subprocess.Popen(  # noqa: S603  our own program
            spec.command,
            stdin=subprocess.PIPE,
            stdout=log or sys.stderr.fileno(),
            stderr=log or sys.stderr.fileno(),
            env={**os.environ, **(spec.environment or {})},
            start_new_session=True,
        )
    finally:
        if log:
            log.close()


def stop(process: subprocess.Popen[bytes], grace_s: float) -> None:
    """Ask the child to end; after ``grace_s`` seconds kill it with everything it has started."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(grace_s)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    if process.stdin:
        process.stdin.close()


def watch_parent() -> None:
    """End this process when its supervisor is gone: its end of our stdin pipe closes then."""
    threading.Thread(target=_end_with_parent, name="watch-parent", daemon=True).start()


def _end_with_parent() -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_LAST_GRACE_S)
    os._exit(1)
