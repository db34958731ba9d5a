"""`foresite doctor`: is everything in order, and if not, what to do."""

from dashboard.doctor.checks import Finding, Status, examine

__all__ = ["Finding", "Status", "examine"]
