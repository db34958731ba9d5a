"""The exception tree of the dashboard package."""


class DashboardError(Exception):
    """Something a person must mend; the message says what and how."""


class SnapshotError(DashboardError):
    """A snapshot is missing, incomplete or damaged."""


class LockedError(DashboardError):
    """Another process holds the data directory; the message names its PID."""


class SettingsError(DashboardError):
    """A setting that is unknown or has a bad value; the message names file or variable and key."""


class ServeError(DashboardError):
    """The web application or its supervisor cannot start; the message says what is in the way."""


class LayersError(DashboardError):
    """A set of map layers is missing, incomplete or damaged."""
