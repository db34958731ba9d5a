"""Reads performance files ahead of the loader, in processes of their own: two cores for two files.

Processes and not threads, since both lxml and the loop over results hold the interpreter; started
anew and not forked, since the worker has threads.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import mkdtemp
from types import TracebackType
from typing import Any

import pyarrow as pa

from ingest.counters.rows import Measured, Wanted
from ingest.deadline import check_time
from ingest.errors import FileRefusedError
from ingest.profiles.model import Table
from ingest.readers.measurements import read_measurements
from ingest.readers.rows import BadRow
from ingest.settings import MIB, IngestSettings

AHEAD = 2
WORTH_BYTES = 32 * MIB  # below it starting a process takes longer than it saves
_LOOK_S = 0.2
_SETTINGS = {
    "time_zone", "max_file_bytes", "max_decompressed_bytes", "max_ratio", "max_field_bytes",
    "max_columns",
}  # fmt: skip


@dataclass(frozen=True)
class Order:
    """A file to be read, as :func:`~ingest.readers.measurements.read_measurements` takes it."""

    path: Path
    table: Table
    wanted: Wanted


class _Child:
    """One process; it has at most one order at a time."""

    def __init__(self, order: Order, settings: IngestSettings, out: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "ingest.readers.measurements.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self.take(order, settings, out)

    def take(self, order: Order, settings: IngestSettings, out: Path) -> None:
        """Give it its next order."""
        self.order, self.out, self._answer = order, out, b""
        line = json.dumps(
            {
                "path": str(order.path),
                "table": order.table.model_dump(mode="json"),
                "settings": settings.model_dump(mode="json", include=_SETTINGS),
                "wanted": sorted(order.wanted.names or ()),
                "out": str(out),
            }
        )
        pipe = self._process.stdin
        if pipe is not None:
            try:
                pipe.write(line.encode() + b"\n")
                pipe.flush()
            except BrokenPipeError:
                pass  # it is dead: there will be no answer

    def answer(self) -> dict[str, Any]:
        """Wait for what it says of its order; FileRefusedError when it dies over it."""
        pipe = self._process.stdout
        if pipe is None:
            raise FileRefusedError("the process that read it has no output")
        while not self._answer.endswith(b"\n"):
            check_time()
            if select.select([pipe], [], [], _LOOK_S)[0]:
                part = os.read(pipe.fileno(), 1 << 20)
                if not part:
                    raise FileRefusedError(
                        f"the process that read it ended (status {self._process.wait()}): it may "
                        "want more memory than there is; split it, or load it alone"
                    )
                self._answer += part
        return dict(json.loads(self._answer))

    def end(self) -> None:
        """End the process, whatever it does."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except BrokenPipeError:
                    continue


class ReadAhead:
    """Reads files in the order in which they are asked for, at most two ahead.

    Nothing starts before the first file is asked for, so that a delivery that is known by its
    content costs nothing. That file is read by the caller's own process while the others start, and
    so is one that was not announced, or is alone.

    Args:
        orders: the files, in the order of loading.
        settings: zone and limits.
        room: folder in which the rows are kept meanwhile.
        worth_bytes: files that are smaller all together are read by the caller's process.
    """

    def __init__(
        self,
        orders: Sequence[Order],
        settings: IngestSettings,
        room: Path,
        *,
        worth_bytes: int = WORTH_BYTES,
    ) -> None:
        size = sum(order.path.stat().st_size for order in orders)
        self._orders = list(orders) if len(orders) > 1 and size >= worth_bytes else []
        self._settings, self._room = settings, room
        self._folder: Path | None = None
        self._busy: list[_Child] = []  # in the order of loading
        self._idle: list[_Child] = []
        self._count = 0

    def __enter__(self) -> ReadAhead:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for child in (*self._busy, *self._idle):
            child.end()
        self._busy, self._idle, self._orders = [], [], []
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def read(self, path: Path, table: Table, wanted: Wanted) -> Measured:
        """As :func:`~ingest.readers.measurements.read_measurements`.

        Raises:
            FileRefusedError: the file cannot be used, or its process died.
            OSError: its rows cannot be kept, e.g. for want of room.
        """
        order = Order(path, table, wanted)
        self._skip_to(order)
        if self._orders and self._orders[0] == order and not self._idle:
            del self._orders[0]
            self._fill(AHEAD - 1)
            return read_measurements(path, table, self._settings, wanted)
        self._fill(AHEAD)
        if not self._busy or self._busy[0].order != order:
            return read_measurements(path, table, self._settings, wanted)
        child = self._busy.pop(0)
        out = child.out
        try:
            answer = child.answer()
        except BaseException:
            child.end()
            raise
        self._idle.append(child)
        self._fill(AHEAD)
        if "refused" in answer:
            raise FileRefusedError(answer["refused"])
        if "failed" in answer:
            raise OSError(answer["errno"], answer["failed"])
        return _measured(answer, out)

    def _skip_to(self, order: Order) -> None:
        """Give up files before this one: they turned out to be known."""
        if any(child.order == order for child in self._busy):
            while self._busy[0].order != order:
                self._busy.pop(0).end()
        elif order in self._orders:
            while self._busy:
                self._busy.pop(0).end()
            del self._orders[: self._orders.index(order)]

    def _fill(self, count: int) -> None:
        """Keep so many processes at work."""
        while self._orders and len(self._busy) < count:
            if self._folder is None:
                self._room.mkdir(parents=True, exist_ok=True)
                self._folder = Path(mkdtemp(dir=self._room))
            order, self._count = self._orders.pop(0), self._count + 1
            out = self._folder / f"{self._count}.arrow"
            if self._idle:
                child = self._idle.pop()
                child.take(order, self._settings, out)
            else:
                child = _Child(order, self._settings, out)
            self._busy.append(child)


def _measured(answer: dict[str, Any], out: Path) -> Measured:
    begin = answer["begin"]
    return Measured(
        answer["sender"],
        answer["vendor"],
        None if begin is None else datetime.fromisoformat(begin),
        _rows(out),
        answer["rows_read"],
        [BadRow(int(number), reason, value) for number, reason, value in answer["bad"]],
        set(answer["counters_seen"]),
        tuple(answer["ignored"]),
    )


def _rows(out: Path) -> Iterator[pa.RecordBatch]:
    """The rows that a child left; the file goes with the last of them."""
    with pa.OSFile(str(out), "rb") as file, pa.ipc.open_stream(file) as stream:
        yield from stream
    out.unlink()
