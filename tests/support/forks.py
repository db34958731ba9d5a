"""Children that are to be killed, forked from a process that has imported what they need.

Each is a process of its own, as real as one started anew; what it saves is the interpreter's start
and the imports, which cost more than what most of them do until they die. The parent of the forks
has no threads: it imports and forks, nothing else.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

# What a child of ingest needs, and what one of the worker does.
INGEST = ("ingest.inbox", "ingest.retention.tend", "ingest.warehouse", "tests.support.warehouses")
WORKER = (
    *INGEST,
    "dashboard.publish.run",
    "dashboard.runtime.sources",
    "dashboard.runtime.worker",
    "forecasting.run",
)

PARENT = """
import importlib, json, os, sys, traceback

for name in json.loads(sys.argv[1]):
    importlib.import_module(name)
for line in sys.stdin:
    told = json.loads(line)
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            for number, path in ((0, os.devnull), (1, told["out"]), (2, told["err"])):
                opened = os.open(path, os.O_RDONLY if number == 0 else os.O_WRONLY)
                os.dup2(opened, number)
            sys.argv[1:] = told["arguments"]
            exec(compile(told["code"], "child", "exec"), {"__name__": "__main__"})
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    print(pid, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
"""


class Child:
    """One fork; its standard output is read line by line."""

    def __init__(self, parent: subprocess.Popen[str], code: str, arguments: list[str]) -> None:
        self._parent = parent
        self._folder = TemporaryDirectory(prefix="foresite-fork-")
        out, err = (Path(self._folder.name) / name for name in ("out", "err"))
        os.mkfifo(out)
        err.touch()
        told = {"code": code, "arguments": arguments, "out": str(out), "err": str(err)}
        parent.stdin.write(json.dumps(told) + "\n")
        parent.stdin.flush()
        self.pid = int(parent.stdout.readline())
        self.stdout, self._err = out.open(), err
        self.returncode: int | None = None

    def reach(self) -> None:
        """Wait until it says that it has reached its step.

        Raises:
            AssertionError: it ended before; with what it wrote to stderr.
        """
        if self.stdout.readline() != "reached\n":
            self.wait()
            raise AssertionError(f"ended before its step: {self.stderr}")

    def kill(self) -> int:
        """SIGKILL; the exit code, as subprocess gives it."""
        if self.returncode is None:
            with suppress(ProcessLookupError):  # ended by itself
                os.kill(self.pid, signal.SIGKILL)
        return self.wait()

    def wait(self) -> int:
        """The exit code, once it has ended; what it wrote to stderr is then in ``stderr``."""
        if self.returncode is None:
            self.stdout.close()
            self.returncode = int(self._parent.stdout.readline())
            self.stderr = self._err.read_text()
            self._folder.cleanup()
        return self.returncode


def fork(code: str, *arguments: object, imports: tuple[str, ...] = INGEST) -> Child:
    """A child that runs ``code`` with these arguments; one at a time, to be killed or waited for.

    Args:
        code: a program, as for ``python -c``.
        arguments: its ``sys.argv[1:]``.
        imports: modules that are there already.
    """
    return Child(_parent(imports), code, [str(argument) for argument in arguments])


@cache
def _parent(imports: tuple[str, ...]) -> subprocess.Popen[str]:
    """Lives as long as this process: its standard input ends with it."""
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, json.dumps(imports)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    atexit.register(_end, parent)
    return parent


def _end(parent: subprocess.Popen[str]) -> None:
    parent.stdin.close()
    parent.stdout.close()
    parent.wait(60)
