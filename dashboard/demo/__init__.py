"""`foresite demo`: a simulated city, ingested, forecast, served, and living on."""

from dashboard.demo.plan import Plan
from dashboard.demo.run import run_demo

__all__ = ["Plan", "run_demo"]
