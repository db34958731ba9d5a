"""What is kept how long: roll-ups of KPIs, and the end of old facts."""

from ingest.retention.purge import Retained, apply_retention
from ingest.retention.rollups import update_rollups

__all__ = ["Retained", "apply_retention", "update_rollups"]
