"""Why a cell is at risk, in plain words: what the model weighed, against the cell's own normal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dashboard.web.context import Look
from dashboard.web.view import words as w
from dashboard.web.view.words import Words

SHOWN = 8


@dataclass(frozen=True)
class Driver:
    """One reason.

    Attributes:
        label: what was looked at.
        evidence: its value against the normal one; empty when it has none.
        share: length of the bar, -1 … 1 of the strongest driver; negative lowers the risk.
        contribution: log-odds, as text.
    """

    label: str
    evidence: str
    share: float
    contribution: str


def drivers_of(look: Look, cell_id: str) -> tuple[Driver, ...]:
    """The drivers of a cell, the strongest first; only red and yellow cells have any."""
    rows = look.snapshot.rows("drivers", {"cell_id": cell_id})[:SHOWN]
    most = max((abs(row["contribution"] or 0.0) for row in rows), default=0.0) or 1.0
    return tuple(
        Driver(
            label=label(look.words, row["feature"], row["kpi"]),
            evidence=_evidence(look.words, row),
            share=(row["contribution"] or 0.0) / most,
            contribution=f"{row['contribution'] or 0.0:+.2f}",
        )
        for row in rows
    )


def label(words: Words, feature: str, kpi: str | None) -> str:
    """``掉线率 近24小时偏离``; a feature without words of its own keeps its name."""
    aspect = feature.rpartition(".")[2]
    said = words.texts.get(f"driver.{feature.replace('.', '_')}")
    if said:
        return said
    if kpi:
        told = words.texts.get(f"driver_aspect.{aspect}")
        return f"{words.kpi_label(kpi)} {told}" if told else words.kpi_label(kpi)
    return words.texts.get(f"driver.{aspect}") or feature


def _evidence(words: Words, row: dict[str, Any]) -> str:
    value, normal = row["value"], row["normal"]
    if w.absent(value):
        return ""
    kpi = words.kpi(row["kpi"]) if row["kpi"] else None
    shown = words.with_unit(value, kpi) if kpi else w.measure(value)
    if w.absent(normal):
        return shown
    usual = words.with_unit(normal, kpi) if kpi else w.measure(normal)
    return words.texts("driver.evidence", value=shown, normal=usual)
