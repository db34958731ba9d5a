"""Hands the present snapshot to web threads; notices a new one by one ``stat``."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from threading import Event, Lock, Thread

from dashboard.errors import SnapshotError
from dashboard.snapshot import files
from dashboard.snapshot.reader import Snapshot, list_snapshots

Ready = Callable[[Snapshot], None]
"""Makes ready what the first viewers of a snapshot will ask for; never raises."""


class SnapshotStore:
    """The present snapshot, and the last few older ones that somebody asked for.

    Snapshots are not closed when they are replaced: a request may still be reading one. They go
    with the last reference.
    """

    def __init__(self, data: Path, *, keep_older: int = 4) -> None:
        self._data = data
        self._keep_older = keep_older
        self._seen: tuple[int, int] | None = None
        self._present: Snapshot | None = None
        self._opening = Lock()
        self._older: OrderedDict[str, Snapshot] = OrderedDict()
        self._older_lock = Lock()
        self._watched = False
        self._before: list[Ready] = []
        self._after: list[Ready] = []

    @property
    def present(self) -> Snapshot | None:
        """What is shown now; nothing is looked for."""
        return self._present

    def when_opened(self, before: Ready, after: Ready) -> None:
        """What to do with each snapshot that is opened ahead (:meth:`watched`).

        Args:
            before: while all others are still shown the snapshot before it.
            after: when it is shown; may take longer.
        """
        self._before.append(before)
        self._after.append(after)

    def get(self, at: datetime | None = None) -> Snapshot:
        """The newest snapshot, or the newest with ``as_of <= at``.

        While one thread opens a new snapshot, the others go on with the one before.

        Raises:
            SnapshotError: there is none; the message says what to do.
        """
        if at is not None:
            with self._older_lock:
                return self._at(at)
        present = self._present
        if present is not None and self._watched:
            return present  # a newer one is on its way
        mark = self._mark()
        if present is not None and mark == self._seen:
            return present
        if not self._opening.acquire(blocking=present is None):
            assert present is not None
            return present
        try:
            return self._open(mark)
        finally:
            self._opening.release()

    @contextmanager
    def watched(self, every_s: float = 1.0) -> Iterator[None]:
        """Within the block a new snapshot is opened soon after it came, before anybody asks for it.

        Opening it, and making what its first viewers will ask for, costs more than any answer; no
        viewer shall wait for it.
        """
        end = Event()

        def look() -> None:
            try:
                while True:
                    with suppress(SnapshotError):  # whoever asks is told
                        self.renew()
                    if end.wait(every_s):
                        return
            finally:  # whatever ends this, from now on those who ask look for themselves
                self._watched = False

        thread = Thread(target=look, name="snapshots", daemon=True)
        self._watched = True
        thread.start()
        try:
            yield
        finally:
            end.set()
            thread.join()

    def published(self) -> tuple[datetime, ...]:
        """as_of (UTC, whole seconds) of all kept snapshots, ascending; from their names alone."""
        return tuple(sorted({as_of for as_of, _ in list_snapshots(self._data)}))

    def renew(self) -> None:
        """Open what is new, and have it made ready: what :meth:`watched` does again and again.

        Raises:
            SnapshotError: there is none, and none was there before.
        """
        before = self._present
        mark = self._mark()
        if before is not None and mark == self._seen:
            return
        with self._opening:
            # Where there is nothing to look at yet, nobody waits for more than the opening.
            opened = self._open(mark, self._before if before is not None else ())
        if opened is before:
            return
        for make in (*(() if before is not None else self._before), *self._after):
            make(opened)

    def _open(self, mark: tuple[int, int] | None, make_ready: Sequence[Ready] = ()) -> Snapshot:
        if self._present is not None and mark == self._seen:
            return self._present  # another thread has opened it meanwhile
        try:
            opened = Snapshot.open(self._data)
        except SnapshotError:
            # What is loaded stays up; the next look tries again.
            if self._present is None:
                raise
            return self._present
        for make in make_ready:
            make(opened)
        self._present, self._seen = opened, mark
        return opened

    def _at(self, at: datetime) -> Snapshot:
        wanted = Snapshot.locate(self._data, at)
        if wanted is not None and wanted in self._older:
            self._older.move_to_end(wanted)
            return self._older[wanted]
        snapshot = Snapshot.open(self._data, at)
        self._older[wanted or snapshot.id] = snapshot
        while len(self._older) > self._keep_older:
            self._older.popitem(last=False)
        return snapshot

    def _mark(self) -> tuple[int, int] | None:
        try:
            status = (files.snapshots_dir(self._data) / files.CURRENT).stat()
        except FileNotFoundError:
            return None
        return status.st_ino, status.st_mtime_ns
