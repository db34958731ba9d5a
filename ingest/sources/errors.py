"""What can go wrong with a source; each message is one line for the operator."""

from __future__ import annotations

from ingest.errors import IngestError


class SourceError(IngestError):
    """A source that cannot be fetched: absent, unreadable, refused, or answering nonsense."""


class TransientError(SourceError):
    """It may go better in a moment: the server did not answer, or asks to be left alone.

    Attributes:
        after_s: seconds that the server asks to wait; None when it says nothing.
        answered: whether the server spoke at all: it may then be this one file that fails.
    """

    def __init__(
        self, message: str, after_s: float | None = None, *, answered: bool = True
    ) -> None:
        super().__init__(message)
        self.after_s = after_s
        self.answered = answered


class BusyServerError(SourceError):
    """The server asks to be left alone for longer than a fetch waits.

    Attributes:
        after_s: seconds until it may be asked again.
    """

    def __init__(self, message: str, after_s: float) -> None:
        super().__init__(message)
        self.after_s = after_s


class AbsentError(SourceError):
    """The server has no such file (404, 410)."""


class CancelledError(SourceError):
    """The fetch was told to end: its time is up, or the worker stops."""
