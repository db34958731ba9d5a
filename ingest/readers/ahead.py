"""Reads ahead in a thread, so that reading and working overlap."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import TypeVar, cast

T = TypeVar("T")
_END = object()


@contextmanager
def read_ahead(items: Iterator[T], most: int = 3) -> Iterator[Iterator[T]]:
    """The same items, of which up to ``most`` are made ahead by a thread.

    What making an item raises is raised where the item is asked for. The thread ends with the
    ``with`` block, whether the items are used up or not.
    """
    queue: Queue[object] = Queue(most)
    stop = Event()

    def make() -> None:
        try:
            for item in items:
                if not _put(queue, item, stop):
                    return
            _put(queue, _END, stop)
        except BaseException as error:  # noqa: BLE001  raised anew where the item is asked for
            _put(queue, _Failure(error), stop)

    def take() -> Iterator[T]:
        while (item := queue.get()) is not _END:
            if isinstance(item, _Failure):
                raise item.error
            yield cast("T", item)

    thread = Thread(target=make, name="read ahead", daemon=True)
    thread.start()
    try:
        yield take()
    finally:
        stop.set()
        while thread.is_alive():
            try:
                queue.get(timeout=0.05)
            except Empty:
                continue
        thread.join()


class _Failure:
    def __init__(self, error: BaseException) -> None:
        self.error = error


def _put(queue: Queue[object], item: object, stop: Event) -> bool:
    """Put it when there is room; False when nobody wants it any more."""
    while not stop.is_set():
        try:
            queue.put(item, timeout=0.05)
        except Full:  # look again whether it is wanted
            continue
        return True
    return False
