"""What goes wrong when a table is made into a file."""

from __future__ import annotations

from dashboard.errors import DashboardError


class ExportError(DashboardError):
    """A table cannot be made into a file of that kind."""
