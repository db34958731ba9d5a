"""A PostgreSQL server of the tests' own: a folder under /tmp, a socket in it, nothing else.

Nothing reaches it but this user (and root): it listens on no address, and its folder is closed to
others. A keeper process starts and ends it, and ends with the process that asked for it, however
that one ends: the keeper reads a pipe that breaks.
"""

from __future__ import annotations

import json
import os
import pwd
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from itertools import count
from pathlib import Path
from tempfile import mkdtemp

import psycopg
import pytest
from psycopg import sql

OWNER = "foresite"
_START_S = 30
_POLL_S = 0.02

# Nothing survives the tests, so nothing need reach the disk.
_OPTIONS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "shared_buffers": "32MB",
    "max_connections": "100",
    "timezone": "America/New_York",  # neither UTC nor the operator's: nothing may rely on it
    "log_min_messages": "fatal",
}

_KEEPER = """
import json, os, shutil, signal, subprocess, sys
told = json.loads(sys.argv[1])
with open(os.path.join(told["folder"], "log"), "wb") as log:
    server = subprocess.Popen(
        told["command"], stdin=subprocess.DEVNULL, stdout=log, stderr=log, **told["identity"]
    )
sys.stdin.read()
server.send_signal(signal.SIGQUIT)
server.wait(30)
shutil.rmtree(told["folder"], ignore_errors=True)
"""


class NoPostgresError(Exception):
    """There is no PostgreSQL to be had here; the message says what is missing."""


@cache
def programs() -> Path:
    """The folder with ``initdb`` and ``postgres``; Debian keeps it off the PATH.

    Raises:
        NoPostgresError: there is none.
    """
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).resolve().parent
    debian = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = max(debian, key=lambda file: float(file.parts[-3]), default=None)
    if newest is None:
        raise NoPostgresError("no initdb: .ci/setup dev, or apt-get install postgresql")
    return newest.parent


def _identity() -> dict[str, object]:
    """Whom the server runs as: PostgreSQL refuses root.

    Raises:
        NoPostgresError: we are root, and there is nobody else.
    """
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            user = pwd.getpwnam(name)
            return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    raise NoPostgresError("PostgreSQL does not run as root, and there is no user to run it as")


class Postgres:
    """A running server.

    Attributes:
        folder: with its socket.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._numbers = count(1)
        self._done: list[str] = []

    def url(self, database: str) -> str:
        """SQLAlchemy's address of a database."""
        return f"postgresql+psycopg://{OWNER}@/{database}?host={self.folder}"

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        """A bare connection that commits each statement."""
        return psycopg.connect(
            dbname=database, user=OWNER, host=str(self.folder), autocommit=True, connect_timeout=10
        )

    @contextmanager
    def fresh(self) -> Iterator[str]:
        """The address of an empty database.

        It is dropped when the next one is asked for: whoever used it has let go by then, and the
        server need not wait for that (0.1 s).
        """
        name = f"t{os.getpid()}_{next(self._numbers)}"
        with self.connect() as control:
            while self._done:
                drop = sql.SQL("DROP DATABASE {} WITH (FORCE)")
                control.execute(drop.format(sql.Identifier(self._done.pop())))
            control.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield self.url(name)
        finally:
            self._done.append(name)


@contextmanager
def server() -> Iterator[Postgres]:
    """A server that lives as long as this block, and not longer than this process.

    Raises:
        NoPostgresError: there is none to be had here.
    """
    bin_dir, identity = programs(), _identity()
    folder = Path(mkdtemp(prefix="foresite-pg-", dir="/tmp"))
    try:
        if identity:
            os.chown(folder, identity["user"], identity["group"])
        made = subprocess.run(
            [
                *(bin_dir / "initdb", "--pgdata", folder / "data", "--username", OWNER),
                *("--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--no-sync"),
            ],
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            **identity,
        )
        if made.returncode:
            raise NoPostgresError(f"initdb failed: {made.stderr.strip()}")
        with _kept(bin_dir, folder, identity):
            running = Postgres(folder)
            _await(running)
            yield running
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _kept(bin_dir: Path, folder: Path, identity: dict[str, object]) -> Iterator[None]:
    options = {**_OPTIONS, "unix_socket_directories": str(folder)}
    command = [str(bin_dir / "postgres"), "-D", str(folder / "data")]
    for name, value in options.items():
        command += ["-c", f"{name}={value}"]
    told = {"command": command, "folder": str(folder), "identity": identity}
    keeper = subprocess.Popen(
        [sys.executable, "-c", _KEEPER, json.dumps(told)],
        stdin=subprocess.PIPE,
        cwd="/",
        start_new_session=True,  # Ctrl-C is for the tests, which then end it themselves
    )
    try:
        yield
    finally:
        keeper.stdin.close()
        keeper.wait(40)


def _await(running: Postgres) -> None:
    end = time.monotonic() + _START_S
    while True:
        try:
            running.connect().close()
        except psycopg.OperationalError as error:
            if time.monotonic() > end:
                log = (running.folder / "log").read_text(errors="replace")
                raise NoPostgresError(f"it does not answer: {error}; {log[-500:]}") from error
            time.sleep(_POLL_S)
        else:
            return


def missing(error: NoPostgresError) -> None:
    """Without PostgreSQL that half is left out and says why; where CI counts on it, it fails."""
    if os.environ.get("CI", "").lower() in ("1", "true", "yes"):
        pytest.fail(f"PostgreSQL is needed in CI: {error}", pytrace=False)
    pytest.skip(f"no PostgreSQL: {error}")
