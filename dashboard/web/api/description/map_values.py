"""``/api/v1/map``: a snapshot's values for the features of its map layers."""

from __future__ import annotations

from dashboard.layers.values import NO_STEP, STEPS
from dashboard.web.api.description.fields import (
    Schema,
    about_snapshot,
    listed,
    maybe,
    record,
    ref,
    text,
)
from dashboard.web.api.description.model import Operation, Subject
from dashboard.web.api.description.shared import ALWAYS, refused, told
from dashboard.web.api.map_values import MOST_HOT
from dashboard.web.settings import WebSettings

_LETTERS = "A letter each: `r` red, `y` yellow, `g` green, `u` unknown."
_STATUS: Schema = {"type": "string", "description": _LETTERS, "pattern": "^[rygu]*$"}
_QUALITY = text("Quality by KPIs: `g` good, `d` degraded, `b` bad, `u` unknown.")
_CHANCE = text(
    f"The probability, a sign each: step k of `{STEPS}` stands for (k / 63)²; `{NO_STEP}`: unknown."
)
_MAP: dict[str, Schema] = {
    "version": text("Changes whenever something is to be drawn anew."),
    "snapshot_id": text("Which snapshot."),
    **about_snapshot(),
    "layers": maybe(text("Name of the set of layers under `/layers/`; null: there is none.")),
    "regions": record(
        "Of the regions, by their `n`.",
        {
            "status": _STATUS,
            "expected": listed({"type": ["number", "null"]}, "Expected complaints (tickets).",
                               **{"x-unit": "complaints"}),
        },
        optional=["expected"],
    ),
    "hexagons": record("Of the hexagons.", {"status": _STATUS, "chance": _CHANCE}),
    "cells": record(
        "Of the cells.",
        {"status": _STATUS, "quality": _QUALITY, "chance": _CHANCE},
    ),
    "sites": record("Of the masts: the worst of their cells.", {"status": _STATUS}),
    "hot": listed(
        {
            "type": "array",
            "description": "`n`, longitude, latitude, identifier, name.",
            "prefixItems": [
                {"type": "integer"}, {"type": "number"}, {"type": "number"}, {"type": "string"},
                {"type": ["string", "null"]},
            ],
            "minItems": 5,
            "maxItems": 5,
        },
        f"Red and yellow cells with a place; at most {MOST_HOT:,}.",
    ),
}  # fmt: skip
_OPTIONAL = ("regions", "hexagons", "cells", "sites", "hot")


def subject(settings: WebSettings) -> Subject:  # noqa: ARG001  the same for every subject
    """What the map draws."""
    operation = Operation(
        "get", "/map", "getMapValues", "Values of everything on the map, as short as can be",
        (*told(ref("MapValues"), "The values; compressed with gzip for who accepts that."),
         refused(400), refused(503)),
        about="The geometry is in `/layers/<set>/index.json`; `n` of a feature is its place in "
        "these lists. docs/how-to/map.md says more.",
        parameters=ALWAYS,
    )  # fmt: skip
    schemas = {"MapValues": record("Values of the map.", _MAP, optional=_OPTIONAL)}
    return Subject("map", "What the map draws.", (operation,), schemas)
