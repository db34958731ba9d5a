"""What is kept how long: roll-ups of KPIs, and the end of old facts."""

from ingest.retention.purge import Retained, apply_retention
from ingest.retention.rollups import update_rollups
from ingest.retention.tend import tend

__all__ = ["Retained", "apply_retention", "tend", "update_rollups"]
