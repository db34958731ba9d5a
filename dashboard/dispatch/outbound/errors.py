"""What goes wrong when others are told; a message is one line and holds no secret."""

from __future__ import annotations

from dashboard.dispatch.errors import DispatchError


class OutboundError(DispatchError):
    """An endpoint cannot be used as it is set."""


class NotTakenError(OutboundError):
    """The peer has not taken the message, or nobody knows: it is sent again with the same key.

    Attributes:
        final: the peer refused it for good; sending it again would not help.
        answered: whether the peer spoke at all.
        after_s: seconds that the peer asks to wait; None when it says nothing.
        status: of its answer; None without one.
    """

    def __init__(
        self,
        message: str,
        *,
        final: bool = False,
        answered: bool = True,
        after_s: float | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(message)
        self.final, self.answered = final, answered
        self.after_s, self.status = after_s, status
