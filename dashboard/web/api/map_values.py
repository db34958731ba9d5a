"""``/api/v1/map``: what a snapshot says of every feature of its map layers, as short as can be."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
from flask import Flask, Response

from dashboard.layers import values
from dashboard.layers.store import Ids
from dashboard.plain import plain
from dashboard.web.api.respond import look_of, only_known, tagged
from dashboard.web.compress import pack, send_packed
from dashboard.web.context import Context, Look

# Red and yellow cells come with their points, so that they show at every zoom; so many at most.
MOST_HOT = 1000


def register(server: Flask, context: Context) -> None:
    """Add the route."""

    @server.get("/api/v1/map")
    def map_values() -> Response:
        only_known()
        look = look_of(context)
        response = tagged(look, "application/json")
        if response.status_code == 304:
            return response
        key = ("map values", look.version)
        return send_packed(response, context.memo.get(key, lambda: _packed(context, look)))


def _packed(context: Context, look: Look) -> bytes:
    text = json.dumps(
        plain(_values(context, look)), ensure_ascii=False, allow_nan=False, separators=(",", ":")
    )
    return pack(text.encode())


def _values(context: Context, look: Look) -> dict[str, Any]:
    manifest, fresh = look.snapshot.manifest, look.freshness.fresh
    ids = None if manifest.layers is None else context.layers.ids(manifest.layers)
    said: dict[str, Any] = {
        "version": look.version,
        "snapshot_id": manifest.snapshot_id,
        "as_of": manifest.as_of,
        "fresh": fresh,
        "layers": manifest.layers if ids is not None else None,
    }
    if ids is None:
        return said
    said["regions"] = _regions(look, ids.by_layer.get("region", []))
    if "hexagon" in ids.by_layer:
        said["hexagons"] = _hexagons(look, ids.by_layer["hexagon"])
    if "cell" in ids.by_layer:
        said |= _cells(look, ids)
    return said


def _regions(look: Look, names: list[str]) -> dict[str, Any]:
    if not look.freshness.fresh:
        return {"status": values.UNKNOWN * len(names)}
    known = look.snapshot.frame("regions").set_index("region_id")
    expected = (
        "expected_low_complaints" if look.snapshot.manifest.mode == "cells" else "expected_tickets"
    )
    return {
        "status": values.letters(known["status"], names),
        "expected": values.figures(known[expected], names),
    }


def _hexagons(look: Look, names: list[str]) -> dict[str, str]:
    """All unknown when stale, and in a snapshot from before hexagons were counted."""
    if not look.freshness.fresh:
        return {
            "status": values.UNKNOWN * len(names),
            "chance": values.NO_STEP * len(names),
        }
    known = look.snapshot.frame("map_hexagons").set_index("area_id")
    return {
        "status": values.letters(known["status"], names),
        "chance": values.steps(known["probability"], names, every=2),
    }


def _cells(look: Look, ids: Ids) -> dict[str, Any]:
    names, masts = ids.by_layer["cell"], len(ids.by_layer.get("site", []))
    if not look.freshness.fresh:
        unknown = values.UNKNOWN * len(names)
        return {
            "cells": {"status": unknown, "quality": unknown, "chance": values.NO_STEP * len(names)},
            "sites": {"status": values.UNKNOWN * masts},
            "hot": [],
        }
    known = look.snapshot.frame("map_cells").set_index("cell_id")
    status = values.letters(known["status"], names)
    return {
        "cells": {
            "status": status,
            "quality": values.letters(known["quality_state"], names, values.QUALITY),
            "chance": _chance(known["probability"], names, status),
        },
        "sites": {"status": values.worst(status, ids.mast, masts)},
        "hot": _hot(known, ids, status),
    }


def _chance(probability: pd.Series[float], names: list[str], status: str) -> str:
    """Fine steps for those that anybody asks about; half as many for the green ones."""
    fine = values.steps(probability, names)
    coarse = values.steps(probability, names, every=2)
    return "".join(
        coarse[n] if letter == values.LETTERS["green"] else fine[n]
        for n, letter in enumerate(status)
    )


def _hot(known: pd.DataFrame, ids: Ids, status: str) -> list[list[Any]]:
    """Red and yellow cells with a point: ``n``, longitude, latitude, id, name; by ``n``.

    Where there are more than ``MOST_HOT``, the reds count more, then the probability.
    """
    names = ids.by_layer["cell"]
    letters = np.array(list(status))
    placed = np.isfinite(ids.places).all(axis=1)
    found = np.flatnonzero(np.isin(letters, ["r", "y"]) & placed)
    shown = known.reindex([names[n] for n in found])
    order = np.lexsort((shown["probability"].fillna(0.0).to_numpy(), letters[found] == "r"))
    order = np.sort(order[-MOST_HOT:])  # neighbours in the list are alike: it travels shorter
    named = shown["name"].astype(object).where(shown["name"].notna(), None).tolist()
    return [
        [int(found[i]), *ids.places[found[i]].tolist(), names[found[i]], named[i]] for i in order
    ]
