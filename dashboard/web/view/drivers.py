"""Why a cell is at risk, in plain words: what the model weighed, against the cell's own normal."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from dashboard.web.context import Look
from dashboard.web.view import words as w
from dashboard.web.view.words import Words
from forecasting.cells.drivers import describe

SHOWN = 8
# Sums of weighted strays and fading counts are the model's own: their numbers tell people nothing.
_COUNTS = ("tickets", "alarms", "works", "events", "static")
_FADING = ("tickets_fresh", "tickets_decayed", "generation")


@dataclass(frozen=True)
class Driver:
    """One reason.

    Attributes:
        label: what was looked at.
        evidence: its value against the normal one; empty when it has none to show.
        share: length of the bar, -1 … 1 of the strongest driver; negative lowers the risk.
        factor: by how much it multiplies the expected complaints, as text.
    """

    label: str
    evidence: str
    share: float
    factor: str


def drivers_of(look: Look, cell_id: str) -> tuple[Driver, ...]:
    """The drivers of a cell, the strongest first; only red and yellow cells have any."""
    rows = look.snapshot.rows("drivers", {"cell_id": cell_id})[:SHOWN]
    most = max((abs(row["contribution"] or 0.0) for row in rows), default=0.0) or 1.0
    return tuple(
        Driver(
            label=label(look.words, row["feature"]),
            evidence=_evidence(look.words, row),
            share=(row["contribution"] or 0.0) / most,
            factor=f"×{w.measure(math.exp(min(row['contribution'] or 0.0, 20.0)))}",
        )
        for row in rows
    )


def label(words: Words, feature: str) -> str:
    """What a feature is about, in words; a new one is told by its kind, never by its raw name."""
    about = describe(feature, words.catalogue)
    if about.place is not None:
        inner = label(words, feature.partition(":")[2])
        around = words.texts.get(f"driver_place.{about.place}")
        return around.format(what=inner) if around else inner
    window = words.texts.get(f"window.{about.window}") or ""
    if about.kpi is not None:
        name = words.kpi_label(about.kpi)
        kind = about.measure if words.texts.get(f"driver_kpi.{about.measure}") else "other"
        return words.texts(f"driver_kpi.{kind}", kpi=name, window=window).strip()
    own = words.texts.get(f"driver_feature.{feature}")
    if own is not None:
        return own
    if about.kind == "group":
        group = feature.rpartition(".")[0] or "all"
        name = words.texts.get(f"kpi_group.{group}") or words.texts("kpi_group.all")
        return words.texts("driver_kpi.group", group=name, window=window).strip()
    return words.texts(f"driver_kind.{about.kind}", window=window).strip()


def _evidence(words: Words, row: dict[str, Any]) -> str:
    value, normal, feature = row["value"], row["normal"], row["feature"]
    if w.absent(value):
        return ""
    kpi = words.kpi(row["kpi"]) if row["kpi"] else None
    if kpi is not None:
        shown = words.with_unit(value, kpi)
        if w.absent(normal):
            return shown
        return words.texts("driver.normal", value=shown, normal=words.with_unit(normal, kpi))
    about = describe(feature, words.catalogue)
    if about.kind not in _COUNTS or about.place is not None or feature in _FADING:
        return ""
    unit = words.texts("unit.hours") if feature.endswith("_h") else ""
    if w.absent(normal):
        return f"{w.measure(value)}{unit}"
    return words.texts(
        "driver.median", value=f"{w.measure(value)}{unit}", median=f"{w.measure(normal)}{unit}"
    )
