"""What can go wrong with the ops database."""

from dashboard.errors import DashboardError


class OpsError(DashboardError):
    """The ops database cannot be used; the message says why. Ingest goes on without it."""
