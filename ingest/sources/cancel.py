"""A word from outside that ends a fetch, wherever it stands."""

from __future__ import annotations

import contextlib
import socket
import threading
import weakref

from ingest.sources.errors import CancelledError


class Cancel:
    """Told once, heard at every step; sockets that are watched are shut, so that no read waits."""

    def __init__(self) -> None:
        self._told = threading.Event()
        self._lock = threading.Lock()
        self._sockets: weakref.WeakSet[socket.socket] = weakref.WeakSet()
        self.reason = ""

    @property
    def told(self) -> bool:
        """Whether the fetch is to end."""
        return self._told.is_set()

    def cancel(self, reason: str) -> None:
        """End the fetch; the first reason counts."""
        with self._lock:
            if self.told:
                return
            self.reason = reason
            self._told.set()
            sockets = list(self._sockets)
        for sock in sockets:
            _shut(sock)

    def check(self) -> None:
        """Raise CancelledError when the fetch is to end."""
        if self.told:
            raise CancelledError(self.reason)

    def wait(self, seconds: float) -> None:
        """Wait, unless the fetch is to end; raises CancelledError then."""
        self._told.wait(seconds)
        self.check()

    def watch(self, sock: socket.socket) -> None:
        """Shut this socket when the fetch is to end."""
        with self._lock:
            self._sockets.add(sock)
        if self.told:
            _shut(sock)


def _shut(sock: socket.socket) -> None:
    # The plain socket's shutdown, past TLS: a farewell to a peer that hangs would hang as well.
    with contextlib.suppress(OSError):
        socket.socket.shutdown(sock, socket.SHUT_RDWR)
