"""The values of the wall: counts, districts, cells at risk, the worst list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from dashboard.snapshot import COUNT_KEYS
from dashboard.web.context import Look
from dashboard.web.view import kpi_quality as quality
from dashboard.web.view import words as w
from dashboard.web.view.bursts import BurstView, bursts
from dashboard.web.view.freshness import shown_counts
from dashboard.web.view.marks import CellMark, RegionMark, plain
from dashboard.web.view.policy import Legend, legend
from dashboard.web.view.state import path_to


@dataclass(frozen=True)
class Row:
    """A line of the worst list: a cell, or in tickets mode a region."""

    key: str
    href: str
    status: str
    name: str
    place: str
    value: str
    detail: str
    title: str


@dataclass(frozen=True)
class Wall:
    """Everything on the wall that changes.

    Attributes:
        counts: text by status; a dash for what stale data cannot tell.
        change: more or fewer reds than a day ago, in words; empty when unknown.
        expected: expected complaints of the horizon.
        expected_note: interval or remark beside it.
        legend: what the signs promise.
        bursts: batch complaints that stand.
    """

    mode: str
    counts: dict[str, str]
    change: str
    expected: str
    expected_note: str
    legend: Legend
    regions: dict[str, RegionMark]
    cells: tuple[CellMark, ...]
    bad: tuple[CellMark, ...]
    rows: tuple[Row, ...]
    bursts: tuple[BurstView, ...]


def wall(look: Look, *, rows: int) -> Wall:
    """The wall of one snapshot in one language."""
    manifest = look.snapshot.manifest
    cells_mode = manifest.mode == "cells"
    expected, note = _expected(look)
    return Wall(
        mode=manifest.mode,
        counts=_counts(look),
        change=_change(look),
        expected=expected,
        expected_note=note,
        legend=legend(manifest, look.words),
        regions=_regions(look),
        cells=_flagged(look) if cells_mode else (),
        bad=_bad_now(look) if cells_mode else (),
        rows=_worst_cells(look, rows) if cells_mode else _worst_regions(look, rows),
        bursts=bursts(look),
    )


def _counts(look: Look) -> dict[str, str]:
    counts = shown_counts(look.snapshot.manifest, look.freshness)
    if look.freshness.fresh:
        return {key: w.number(counts[key]) for key in COUNT_KEYS}
    return dict.fromkeys(COUNT_KEYS, w.NOTHING) | {"unknown": w.number(counts["unknown"])}


def _change(look: Look) -> str:
    manifest = look.snapshot.manifest
    if manifest.mode != "cells" or not look.freshness.fresh:
        return ""
    found = look.snapshot.rows(
        "earlier", {"moment": manifest.as_of - timedelta(hours=24), "hours": 1.5}
    )
    if not found or found[0]["red"] is None:
        return ""
    change = manifest.counts.get("red", 0) - int(found[0]["red"])
    key = "more" if change > 0 else "fewer" if change < 0 else "same"
    return look.words.texts(f"wall.change_{key}", n=abs(change))


def _expected(look: Look) -> tuple[str, str]:
    mode = look.snapshot.manifest.mode
    if mode == "cells":
        total = look.snapshot.rows("totals")[0]["expected_low_complaints"]
    else:
        total = look.snapshot.rows("region_totals")[0]["expected_tickets"]
    note = f"{mode}_note" if look.freshness.fresh else "stale_note"
    return w.expected(total), look.words.texts(f"expected.{note}")


def _regions(look: Look) -> dict[str, RegionMark]:
    cells_mode = look.snapshot.manifest.mode == "cells"
    marks = {}
    for row in look.snapshot.rows("regions"):
        status = look.freshness.status(row["status"])
        hover = _region_hover(look, row, status, cells_mode=cells_mode)
        reds = int(row["red_cells"] or 0) if cells_mode else 0
        marks[row["region_id"]] = RegionMark(row["region_id"], status, reds, hover)
    return marks


def _region_hover(look: Look, row: Mapping[str, Any], status: str, *, cells_mode: bool) -> str:
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
        if not w.absent(row["rate_per_10k"]):
            lines.append(texts("wall.hover_rate", value=w.measure(row["rate_per_10k"])))
        if not w.absent(row["quality_index"]) and look.freshness.fresh:
            lines.append(texts("wall.hover_quality", value=w.number(row["quality_index"])))
    else:
        lines.append(texts("wall.hover_tickets", value=interval(row)))
    return "<br>".join(lines)


def interval(row: Mapping[str, Any]) -> str:
    """``12 (8 – 17)``: expected tickets with their interval."""
    if w.absent(row["expected_tickets"]):
        return w.NOTHING
    lower, upper = row["expected_tickets_lower"], row["expected_tickets_upper"]
    ends = "" if w.absent(lower) else f" ({w.number(lower)}–{w.number(upper)})"
    return f"{w.number(row['expected_tickets'], 0 if row['expected_tickets'] >= 10 else 1)}{ends}"


def _flagged(look: Look) -> tuple[CellMark, ...]:
    """Cells at risk."""
    if not look.freshness.fresh:
        return ()
    rows = look.snapshot.rows("flagged_cells")
    return tuple(_mark(row, _cell_hover(look, row)) for row in rows)


def _bad_now(look: Look) -> tuple[CellMark, ...]:
    """Cells whose KPIs are bad now; one at risk speaks by its own sign."""
    if not look.freshness.fresh:
        return ()
    rows = look.snapshot.rows("bad_quality_cells")
    risky = ("red", "yellow")
    return tuple(
        _mark(row, "" if row["status"] in risky else _cell_hover(look, row)) for row in rows
    )


def _mark(row: Mapping[str, Any], hover: str) -> CellMark:
    return CellMark(row["cell_id"], row["status"], row["longitude"], row["latitude"], hover)


def _cell_hover(look: Look, row: Mapping[str, Any]) -> str:
    lines = [
        f"<b>{plain(row['name'] or row['cell_id'])}</b>",
        look.words.status(row["status"], "cells"),
        look.words.texts("wall.hover_probability", value=w.percent(row["probability"])),
        look.words.cause(row["cause"]),
        quality.index_and_state(look, row),
        quality.agreement(look, row),
    ]
    return "<br>".join(line for line in lines if line)


def _worst_cells(look: Look, limit: int) -> tuple[Row, ...]:
    return tuple(
        Row(
            key=row["cell_id"],
            href=look.state.href(path_to("cells", row["cell_id"])),
            status=look.freshness.status(row["status"]),
            name=row["name"] or row["cell_id"],
            place=row["region_name"] or row["region_id"] or w.NOTHING,
            value=w.percent(row["probability"]),
            detail=look.words.cause(row["cause"]),
            title=row["cell_id"],
        )
        for row in look.snapshot.rows("worst_cells", {"limit": limit})
    )


def _worst_regions(look: Look, limit: int) -> tuple[Row, ...]:
    return tuple(
        Row(
            key=row["region_id"],
            href=look.state.href(path_to("regions", row["region_id"])),
            status=look.freshness.status(row["status"]),
            name=row["name"] or row["region_id"],
            place="",
            value=w.number(
                row["expected_tickets"], 0 if (row["expected_tickets"] or 0) >= 10 else 1
            ),
            detail=f"{w.number(row['expected_tickets_lower'])}–"
            f"{w.number(row['expected_tickets_upper'])}",
            title=row["region_id"],
        )
        for row in look.snapshot.rows("worst_regions", {"limit": limit})
        if not w.absent(row["expected_tickets"])
    )
