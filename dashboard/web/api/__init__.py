"""The read API under ``/api/v1`` and what operators of the server watch."""

from __future__ import annotations

from flask import Flask

from dashboard.web.api import (
    accuracy,
    areas,
    bursts,
    cells,
    cells_table,
    data,
    dispatch,
    errors,
    health,
    layers,
    map_values,
    metrics,
    openapi,
    orders,
    orders_write,
    regions,
    tmf,
    trends,
)
from dashboard.web.context import Context


def register(server: Flask, context: Context) -> None:
    """Add all routes; all but requests to the worker (POST) answer GET and HEAD alone."""
    errors.register(server)
    health.register(server, context)
    metrics.register(server, context)
    regions.register(server, context)
    cells.register(server, context)
    cells_table.register(server, context)
    areas.register(server, context)
    bursts.register(server, context)
    data.register(server, context)
    accuracy.register(server, context)
    map_values.register(server, context)
    layers.register(server, context)
    trends.register(server, context)
    dispatch.register(server, context)
    tmf.register(server, context)
    orders.register(server, context)
    orders_write.register(server, context)
    openapi.register(server, context)
