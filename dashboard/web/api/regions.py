"""``/api/v1/regions``: the districts with their state, as GeoJSON."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response

from dashboard.web.api.respond import look_of, only_known, respond
from dashboard.web.context import Context, Look

_VALUES = ("expected_low_complaints", "rate_per_10k", "quality_index")


def register(server: Flask, context: Context) -> None:
    """Add the route."""

    @server.get("/api/v1/regions")
    def regions() -> Response:
        only_known()
        look = look_of(context)
        return respond(look, lambda: _collection(look), mimetype="application/geo+json")


def _collection(look: Look) -> dict[str, Any]:
    geometry = {
        feature["properties"]["region_id"]: feature.get("geometry")
        for feature in look.snapshot.geojson.get("features", [])
    }
    rows = look.snapshot.rows("regions")
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "id": row["region_id"],
                "properties": _properties(look, row),
                "geometry": geometry.get(row["region_id"]),
            }
            for row in rows
        ],
    }


def _properties(look: Look, row: dict[str, Any]) -> dict[str, Any]:
    fresh = look.freshness.fresh
    return {
        "region_id": row["region_id"],
        "name": row["name"],
        "status": look.freshness.status(row["status"]),
        **{name: row[name] for name in _VALUES},
        # Counts by colour are colours too: unknown when stale.
        "red_cells": row["red_cells"] if fresh else None,
        "yellow_cells": row["yellow_cells"] if fresh else None,
        "as_of": look.snapshot.manifest.as_of,
        "fresh": fresh,
    }
