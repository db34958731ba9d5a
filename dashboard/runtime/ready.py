"""Says once that the pages answer."""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable

PATIENCE_S = 90.0
_PAUSE_S = 0.5


class Ready:
    """Called again and again by the supervisor's loop until `/healthz` answers.

    Args:
        host: where the web application listens.
        port: its port.
        answered: called once when it answers.
        late: called once when it has not answered for ``PATIENCE_S`` seconds.
    """

    def __init__(
        self, host: str, port: int, *, answered: Callable[[], None], late: Callable[[], None]
    ) -> None:
        self.host, self.port = host, port
        self.answered, self.late = answered, late
        self.done = False
        self._next = time.monotonic()
        self._deadline: float | None = self._next + PATIENCE_S

    def tick(self) -> None:
        """Ask, at most twice a second."""
        now = time.monotonic()
        if self.done or now < self._next:
            return
        self._next = now + _PAUSE_S
        if self._answers():
            self.done = True
            self.answered()
        elif self._deadline is not None and now > self._deadline:
            self._deadline = None
            self.late()

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection(self.host, self.port, timeout=2)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
