"""``/api/v1/data``: what the data are worth that the forecast rests on."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, Response

from dashboard.web.api.respond import look_of, only_known, respond
from dashboard.web.context import Context, Look
from dashboard.web.view.quality import HOURS_SHOWN, LISTED, Row, summary


def register(server: Flask, context: Context) -> None:
    """Add the route."""

    @server.get("/api/v1/data")
    def data() -> Response:
        only_known()
        look = look_of(context)
        return respond(look, lambda: _data(context, look))


def _data(context: Context, look: Look) -> dict[str, Any]:
    manifest = look.snapshot.manifest
    zone = ZoneInfo(manifest.time_zone)
    parameters: dict[str, Row] = {
        "hours": {"since": manifest.as_of - HOURS_SHOWN},
        "days": {"zone": manifest.time_zone},
        "cells": {"limit": LISTED},
    }

    def rows(name: str) -> list[Row]:
        return look.snapshot.rows(f"quality_{name}", parameters.get(name))

    return {
        "as_of": manifest.as_of,
        "fresh": look.freshness.fresh,
        "data_time": manifest.data_time,
        "ticket_time": manifest.ticket_time,
        "time_zone": manifest.time_zone,
        **summary(rows, (context.words("zh", zone), context.words("en", zone))),
    }
