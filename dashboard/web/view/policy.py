"""The colour policy as it stands beside the map: what each sign promises, with its parameters."""

from __future__ import annotations

from typing import Any

from dashboard.snapshot import Manifest
from dashboard.web.view.words import Words, percent

Legend = tuple[tuple[str, str], ...]

POOR_SHARE = 0.05
"""A district whose subscribers' cells are bad now to this share is outlined."""


def legend(manifest: Manifest, words: Words) -> Legend:
    """Pairs of sign and meaning; without parameters where the manifest holds none.

    ``red, yellow, unknown`` speak of the risk to come, ``bad_kpis, poor`` of quality now.
    """
    texts = words.texts
    values = _values(manifest)
    kind = manifest.mode if values else f"{manifest.mode}_plain"
    values["hours"] = manifest.horizon_h
    pairs = (
        ("red", texts(f"legend.{kind}_red", **values)),
        ("yellow", texts(f"legend.{kind}_yellow", **values)),
        ("unknown", texts(f"legend.{manifest.mode}_unknown")),
    )
    limit = (manifest.policy.get("quality") or {}).get("bad_below")
    if manifest.mode != "cells" or limit is None:  # a snapshot from before there was one
        return pairs
    return (
        *pairs,
        ("bad_kpis", texts("legend.bad_kpis", limit=f"{limit:g}")),
        ("poor", texts("legend.poor", share=percent(POOR_SHARE))),
    )


def _values(manifest: Manifest) -> dict[str, Any]:
    rules: dict[str, Any] = manifest.policy.get(manifest.mode) or {}
    try:
        if manifest.mode == "tickets":
            return {name: f"{rules[f'{name}_ratio']:g}" for name in ("red", "yellow")}
        found = {name: percent(rules[f"{name}_probability"]) for name in ("red", "yellow")}
        return found | {"capacity": manifest.policy["capacity"]}
    except KeyError:
        return {}
