"""``/api/v1/areas``: hexagons, regions of every level and the city."""

from __future__ import annotations

import json
from typing import Any

from flask import Flask, Response, request

from dashboard.web.api.cells import limit_of, status_of
from dashboard.web.api.errors import ApiError
from dashboard.web.api.respond import look_of, only_known, respond
from dashboard.web.context import Context, Look

KINDS = ("city", "region", "hexagon", "outside")
_LEVELS = range(1000)
# Counts by colour, and what colours are made of, are colours too: unknown when stale.
_COLOURS = ("red_cells", "yellow_cells", "unknown_cells")


def register(server: Flask, context: Context) -> None:
    """Add the route."""

    @server.get("/api/v1/areas")
    def areas() -> Response:
        only_known("kind", "level", "region_id", "status", "limit")
        parameters = {
            "kind": _kind(),
            "level": _level(),
            "region_id": request.args.get("region_id"),
            "status": status_of(),
            "limit": limit_of(context),
        }
        look = look_of(context)
        return respond(look, lambda: _list(look, parameters))


def _kind() -> str | None:
    kind = request.args.get("kind")
    if kind is not None and kind not in KINDS:
        raise ApiError(
            400, "bad_parameter", f"kind={kind[:20]!r} is unknown", f"use {', '.join(KINDS)}"
        )
    return kind


def _level() -> int | None:
    text = request.args.get("level")
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 3 or int(text) not in _LEVELS:
        raise ApiError(
            400,
            "bad_parameter",
            f"level={text[:20]!r} cannot be used",
            f"use a whole number from 0 to {_LEVELS[-1]}",
        )
    return int(text)


def _list(look: Look, parameters: dict[str, Any]) -> list[dict[str, Any]]:
    fresh = look.freshness.fresh
    if not fresh and parameters["status"] not in (None, "unknown"):
        return []  # stale: every area is unknown
    if not fresh:
        parameters = parameters | {"status": None}
    return [_area(look, row) for row in look.snapshot.rows("areas", parameters)]


def _area(look: Look, row: dict[str, Any]) -> dict[str, Any]:
    fresh = look.freshness.fresh
    return {
        **row,
        "status": look.freshness.status(row["status"]),
        **{name: row[name] if fresh else None for name in _COLOURS},
        "kpis": json.loads(row["kpis"] or "{}"),
        "as_of": look.snapshot.manifest.as_of,
        "fresh": fresh,
    }
