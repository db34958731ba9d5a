"""What goes wrong with reports."""

from __future__ import annotations

from dashboard.errors import DashboardError


class ReportError(DashboardError):
    """A report cannot be made or handed over."""


class MailError(ReportError):
    """A mail did not go out: the server has not taken it, and it is safe to try again.

    Attributes:
        final: the server refused it for good; trying again would not help.
    """

    def __init__(self, message: str, *, final: bool = False) -> None:
        super().__init__(message)
        self.final = final


class UnsureError(ReportError):
    """The connection broke after the text was handed over: nobody knows whether it was taken."""
