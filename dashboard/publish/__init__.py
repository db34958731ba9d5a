"""Turns a forecast and the facts of the warehouse into a published snapshot."""

from dashboard.publish.run import (
    Published,
    forecast_and_publish,
    make_forecast,
    newest_as_of,
    publish,
)

__all__ = ["Published", "forecast_and_publish", "make_forecast", "newest_as_of", "publish"]
