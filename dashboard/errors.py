"""The exception tree of the dashboard package."""


class DashboardError(Exception):
    """Something a person must mend; the message says what and how."""


class SnapshotError(DashboardError):
    """A snapshot is missing, incomplete or damaged."""


class LockedError(DashboardError):
    """Another process holds the data directory; the message names its PID."""
