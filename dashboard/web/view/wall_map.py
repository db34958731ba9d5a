"""What the wall's map shows: districts, cells at risk, cells that are bad now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboard.plain import absent
from dashboard.web.context import Look
from dashboard.web.view import kpi_quality as quality
from dashboard.web.view import words as w
from dashboard.web.view.marks import CellMark, RegionMark, plain
from dashboard.web.view.policy import POOR_SHARE
from dashboard.web.view.wall_scope import flagged_rows, region_rows


def region_marks(look: Look) -> dict[str, RegionMark]:
    """By region; quality now where it is known."""
    cells_mode = look.snapshot.manifest.mode == "cells"
    poor = _poor_shares(look) if cells_mode and look.freshness.fresh else {}
    marks = {}
    for row in region_rows(look.snapshot):
        region_id = row["region_id"]
        status = look.freshness.status(row["status"])
        share = poor.get(region_id)
        hover = _region_hover(look, row, status, share, cells_mode=cells_mode)
        reds = int(row["red_cells"] or 0) if cells_mode else 0
        bad = share is not None and share >= POOR_SHARE
        marks[region_id] = RegionMark(region_id, status, reds, hover, poor=bad)
    return marks


def _poor_shares(look: Look) -> dict[str, float]:
    rows = look.snapshot.rows("wall_quality")
    return {row["region_id"]: row["poor_share"] or 0.0 for row in rows if row["region_id"]}


def _region_hover(
    look: Look, row: Mapping[str, Any], status: str, poor: float | None, *, cells_mode: bool
) -> str:
    texts = look.words.texts
    lines = [
        f"<b>{plain(row['name'] or row['region_id'])}</b>",
        look.words.status(status, look.snapshot.manifest.mode),
    ]
    if cells_mode:
        lines.append(
            texts(
                "wall.hover_cells",
                red=row["red_cells"] or 0,
                yellow=row["yellow_cells"] or 0,
                cells=row["cells"] or 0,
            )
        )
        lines.append(texts("wall.hover_low", value=w.expected(row["expected_low_complaints"])))
        if not absent(row["rate_per_10k"]):
            lines.append(texts("wall.hover_rate", value=w.measure(row["rate_per_10k"])))
        if not absent(row["quality_index"]) and look.freshness.fresh:
            lines.append(texts("wall.hover_quality", value=w.number(row["quality_index"])))
        if poor is not None:
            lines.append(texts("wall.hover_poor", value=w.percent(poor)))
    else:
        lines.append(texts("wall.hover_tickets", value=interval(row)))
    return "<br>".join(lines)


def interval(row: Mapping[str, Any]) -> str:
    """``12 (8 – 17)``: expected tickets with their interval."""
    if absent(row["expected_tickets"]):
        return w.NOTHING
    lower, upper = row["expected_tickets_lower"], row["expected_tickets_upper"]
    ends = "" if absent(lower) else f" ({w.number(lower)}–{w.number(upper)})"
    return f"{w.number(row['expected_tickets'], 0 if row['expected_tickets'] >= 10 else 1)}{ends}"


def flagged(look: Look) -> tuple[CellMark, ...]:
    """Cells at risk."""
    if not look.freshness.fresh:
        return ()
    said = _Sayings(look).of if not look.state.kiosk else _nothing
    return tuple(_mark(row, said(row)) for row in flagged_rows(look.snapshot))


def bad_now(look: Look) -> tuple[CellMark, ...]:
    """Cells whose KPIs are bad now; one at risk speaks by its own sign."""
    if not look.freshness.fresh:
        return ()
    rows = look.snapshot.rows("bad_quality_cells")
    said = _Sayings(look).of if not look.state.kiosk else _nothing
    risky = ("red", "yellow")
    return tuple(_mark(row, "" if row["status"] in risky else said(row)) for row in rows)


def _nothing(_: Mapping[str, Any]) -> str:
    """Nobody points at a screen that has no pointer."""
    return ""


def _mark(row: Mapping[str, Any], hover: str) -> CellMark:
    return CellMark(row["cell_id"], row["status"], row["longitude"], row["latitude"], hover)


class _Sayings:
    """What is said of cells; many say the same apart from their name."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._said: dict[tuple[object, ...], str] = {}

    def of(self, row: Mapping[str, Any]) -> str:
        """Lines under the pointer."""
        index = row["quality_now"]
        key = (
            row["status"], w.percent(row["probability"]), row["cause"], row["quality_state"],
            None if absent(index) else round(index), row["agreement"],
        )  # fmt: skip
        if key not in self._said:
            self._said[key] = self._lines(row)
        return f"<b>{plain(row['name'] or row['cell_id'])}</b><br>{self._said[key]}"

    def _lines(self, row: Mapping[str, Any]) -> str:
        look = self._look
        lines = [
            look.words.status(row["status"], "cells"),
            look.words.texts("wall.hover_probability", value=w.percent(row["probability"])),
            look.words.cause(row["cause"]),
            quality.index_and_state(look, row),
            quality.agreement(look, row),
        ]
        return "<br>".join(line for line in lines if line)
