"""The exception tree of the geo package."""


class GeoError(Exception):
    """Geometry that cannot be used; the message says which, where, and what to do."""
