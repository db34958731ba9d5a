"""A synthetic city with hidden causes: canonical feeds for demo and tests, and the truth apart."""

from ingest.simulator.live import LiveCity
from ingest.simulator.run import DEFAULT_END, simulate

__all__ = ["DEFAULT_END", "LiveCity", "simulate"]
