"""The quality of the data: what is missing, late, refused, out of line, and where it shows."""

from ingest.quality.assess import assess
from ingest.quality.model import Flaw, Quality
from ingest.quality.update import update_quality

__all__ = ["Flaw", "Quality", "assess", "update_quality"]
