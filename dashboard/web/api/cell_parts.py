"""Parts of ``/api/v1/cells/<cell_id>``: the way to its probability, and earlier episodes."""

from __future__ import annotations

from typing import Any

from dashboard.web.context import Look
from dashboard.web.view.drivers import probability_of, waterfall_of
from dashboard.web.view.episodes import episode_rows
from dashboard.web.view.timeline import events_near

_EPISODE = (
    "cell_id", "name", "kind", "since", "until", "status", "probability", "cause", "forecasts",
    "technology", "region_id", "complaint_at", "low_complaints", "tickets", "treated_at",
    "treatment", "over", "end",
)  # fmt: skip
_EVENT = (
    "event_id", "name", "kind", "starts_at", "ends_at", "announced_at", "region_id", "longitude",
    "latitude", "radius_m",
)  # fmt: skip


def waterfall(look: Look, row: dict[str, Any]) -> dict[str, Any] | None:
    """What leads from the median cell to this one; None without drivers.

    ``base`` plus the drivers' ``contribution`` plus ``remainder`` is ``end``, on the scale
    ``ln(-ln(1 - p))``, the logarithm of the expected complaints.
    """
    found = waterfall_of(look, row["cell_id"], row["probability"])
    if found is None:
        return None
    return {
        "scale": "ln(-ln(1-p))",
        "base_probability": probability_of(found.base),
        "base": found.base,
        "contributions": [step.after - step.before for step in found.steps],
        "remainder": found.other,
        "end": found.end,
        "end_probability": probability_of(found.end),
        "cells": found.cells,
    }


def episodes(look: Look, row: dict[str, Any]) -> list[dict[str, Any]]:
    """Earlier times at risk like the present, this cell's own first."""
    return [{name: found[name] for name in _EPISODE} for found in episode_rows(look, row)]


def events(look: Look, cell_id: str) -> list[dict[str, Any]]:
    """Events that touch the cell."""
    return [{name: found[name] for name in _EVENT} for found in events_near(look, cell_id)]
