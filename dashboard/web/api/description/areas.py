"""``/api/v1/regions``, ``/api/v1/areas`` and ``/api/v1/bursts``."""

from __future__ import annotations

from dashboard.web.api.areas import KINDS
from dashboard.web.api.description.bursts import BURST_SCHEMAS, bursts
from dashboard.web.api.description.fields import (
    COLOURS,
    Schema,
    about_snapshot,
    choice,
    listed,
    mapped,
    maybe,
    number,
    record,
    ref,
    share,
    text,
    whole,
)
from dashboard.web.api.description.model import GEOJSON, Operation, Parameter, Subject
from dashboard.web.api.description.shared import ALWAYS, limit, refused, told
from dashboard.web.settings import WebSettings

_REGION: dict[str, Schema] = {
    "region_id": text("Identifier."),
    "name": maybe(text("Its name.")),
    "status": choice("Its colour.", COLOURS),
    "expected_low_complaints": maybe(
        number("Sum over its cells within the horizon (72 h).", "complaints")
    ),
    "rate_per_10k": maybe(number("The same per 10,000 subscribers.", "complaints / 10,000")),
    "quality_index": maybe(number("Quality by KPIs.", "0 … 100, 100 is best")),
    "red_cells": maybe(whole("Red cells; null when not fresh.", "cells")),
    "yellow_cells": maybe(whole("Yellow cells; null when not fresh.", "cells")),
    **about_snapshot(),
}
_GEOMETRY: Schema = {
    "type": ["object", "null"],
    "description": "Polygon or MultiPolygon (RFC 7946); null: it has no shape.",
    "properties": {
        "type": choice("Kind.", ("Polygon", "MultiPolygon")),
        "coordinates": {"type": "array", "description": "Longitude, latitude; °, WGS-84."},
    },
    "required": ["type", "coordinates"],
    "additionalProperties": False,
}
_AREA: dict[str, Schema] = {
    "kind": choice("City, region, hexagon (H3), or what lies outside of all.", KINDS),
    "area_id": text("Identifier among its kind."),
    "level": whole("Level of a region, resolution of a hexagon."),
    "parent_id": maybe(text("The region that holds it.")),
    "name": maybe(text("Its name.")),
    "cells": maybe(number("Cells in it.", "cells")),
    "subscribers": maybe(number("Of its cells.", "users")),
    "users": maybe(number("Busy-hour users by KPIs.", "users")),
    "status": choice("Its colour.", COLOURS),
    "expected_low_complaints": maybe(number("Within the horizon (72 h).", "complaints")),
    "probability": maybe(share("Chance of at least one.")),
    "rate_per_10k": maybe(number("Expected per 10,000 subscribers.", "complaints / 10,000")),
    "rate_shrunk": maybe(
        number("The same, drawn to the common one where little is known.", "complaints / 10,000")
    ),
    "usual_low_complaints": maybe(number("Usual in such a time.", "complaints")),
    "usual_shrunk": maybe(number("Usual rate, drawn likewise.", "complaints / 10,000")),
    "ratio": maybe(number("Expected ÷ usual.")),
    "ratio_lower": maybe(number("Lower end of its interval.")),
    "ratio_upper": maybe(number("Upper end of its interval.")),
    "quality_index": maybe(number("Quality by KPIs.", "0 … 100, 100 is best")),
    "red_cells": maybe(number("Null when not fresh.", "cells")),
    "yellow_cells": maybe(number("Null when not fresh.", "cells")),
    "unknown_cells": maybe(number("Null when not fresh.", "cells")),
    "tickets_24h": maybe(number("In the last 24 hours.", "tickets")),
    "tickets_7d": maybe(number("In the last 7 days.", "tickets")),
    "low_complaints_24h": maybe(number("In the last 24 hours.", "complaints")),
    "low_complaints_7d": maybe(number("In the last 7 days.", "complaints")),
    "cause": maybe(text("The commonest probable cause.")),
    "kpis": mapped(
        record(
            "In the KPI's unit.",
            {"newest": maybe(number("Newest hour.")), "day": maybe(number("Last 24 hours."))},
        ),
        "By name of KPI.",
    ),
    "parent_name": maybe(text("Name of the region that holds it.")),
    **about_snapshot(),
}


def subject(settings: WebSettings) -> Subject:
    """Regions, areas of all kinds, batch complaints."""
    regions = Operation(
        "get", "/regions", "listRegions", "Districts with their state, as GeoJSON",
        (
            *told(ref("RegionCollection"), "The finest regions.", media=GEOJSON),
            refused(400), refused(503),
        ),
        parameters=ALWAYS,
    )  # fmt: skip
    areas = Operation(
        "get", "/areas", "listAreas", "City, regions of all levels, hexagons; the worst first",
        (*told(listed(ref("Area"), "The areas that fit."), "The areas that fit."),
         refused(400), refused(503)),
        parameters=(
            Parameter("kind", "Only these.", choice("Kind.", KINDS)),
            Parameter("level", "Level of regions, or resolution of hexagons.",
                      {"type": "integer", "minimum": 0, "maximum": 999}),
            Parameter("region_id", "The region, its parts, and the hexagons in them.",
                      {"type": "string"}, example="110105"),
            Parameter("status", "Only of this colour.", choice("Colour.", COLOURS)),
            limit(settings.list_limit, settings.api_limit, "areas"),
            *ALWAYS,
        ),
    )  # fmt: skip
    feature = record(
        "A region.",
        {
            "type": {"const": "Feature", "description": "As GeoJSON has it."},
            "id": text("Its `region_id`."),
            "properties": record("What is known of it.", _REGION),
            "geometry": _GEOMETRY,
        },
    )
    collection = record(
        "Regions.",
        {
            "type": {"const": "FeatureCollection", "description": "As GeoJSON has it."},
            "features": listed(ref("Region"), "By identifier."),
        },
    )
    schemas = {
        "RegionCollection": collection,
        "Region": feature,
        "Area": record("An area.", _AREA),
        **BURST_SCHEMAS,
    }
    about = "Regions, hexagons, the city; batch complaints."
    return Subject("areas", about, (regions, areas, bursts()), schemas)
