"""What a command says: results on stdout, everything else on stderr."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # rich is slow to import and only needed on a terminal
    from rich.progress import Progress, TaskID

Payload = dict[str, Any]
Report = Callable[[str, float], None]
"""Progress of long work: what is being done, and the share of it that is done, 0 … 1."""


class Output:
    """A command's voice; with ``as_json`` stdout carries one JSON object and nothing else."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json

    def result(self, payload: Payload, lines: Sequence[str] = ()) -> None:
        """The command's result: the payload as JSON, or the lines for people."""
        if self.as_json:
            ascii_only = "utf" not in (sys.stdout.encoding or "").lower()
            text = json.dumps(payload, ensure_ascii=ascii_only, allow_nan=False)
            sys.stdout.write(text + "\n")
        else:
            for line in lines:
                sys.stdout.write(_printable(line, sys.stdout.encoding) + "\n")
        sys.stdout.flush()

    def note(self, text: str) -> None:
        """A line beside the result: what is happening, what was noticed."""
        sys.stderr.write(_printable(text, sys.stderr.encoding) + "\n")
        sys.stderr.flush()

    @contextmanager
    def progress(self) -> Iterator[Report]:
        """A progress display on stderr; a plain line per new task where stderr is no terminal."""
        if sys.stderr.isatty():
            with _bars() as report:
                yield report
        else:
            yield _plain(self.note)


def by_files(report: Report) -> Callable[[int, int, str], None]:
    """For work that counts files: (files done, files in all, name of the next)."""

    def files(done: int, total: int, _name: str) -> None:
        report(f"load {total} file{'' if total == 1 else 's'}", done / total if total else 1.0)

    return files


def _printable(text: str, encoding: str | None) -> str:
    """Text that the stream can take; a terminal without Chinese shows escapes, not a crash."""
    encoding = encoding or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)


def _plain(note: Callable[[str], None]) -> Report:
    """Says each task once when it begins, and every ten seconds where it is."""
    last_task, last_at = "", 0.0

    def report(task: str, share: float) -> None:
        nonlocal last_task, last_at
        now = time.monotonic()
        if task != last_task:
            note(f"▸ {task}")
        elif now - last_at >= 10:
            note(f"  {task}: {share:.0%}")
        else:
            return
        last_task, last_at = task, now

    return report


@contextmanager
def _bars() -> Iterator[Report]:
    """One bar per task; the earlier ones stay, ticked off."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        SpinnerColumn,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
    )

    columns = (
        SpinnerColumn(finished_text="✓"),
        TextColumn("{task.description}"),
        BarColumn(bar_width=28),
        TaskProgressColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bars:
        tasks: dict[str, TaskID] = {}

        def report(task: str, share: float) -> None:
            if task not in tasks:
                _tick_off(bars, tasks)
                tasks[task] = bars.add_task(task, total=1.0)
            bars.update(tasks[task], completed=min(1.0, max(0.0, share)))

        yield report
        _tick_off(bars, tasks)


def _tick_off(bars: Progress, tasks: dict[str, TaskID]) -> None:
    for identifier in tasks.values():
        bars.update(identifier, completed=1.0)
