"""The cells around a cell: where they stand, how they are, and which KPI is set side by side."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from dashboard.plain import absent
from dashboard.web.context import Look
from dashboard.web.view import words as w
from dashboard.web.view.marks import plain
from dashboard.web.view.state import path_to

SHOWN = 12
BESIDE = 6  # so many neighbours' KPI stands beside the cell's own
_METRES = 111_320.0  # a degree of latitude


@dataclass(frozen=True)
class Place:
    """A cell on the small map.

    Attributes:
        cell_id: which.
        name: as people call it.
        href: its page.
        status: that may be shown.
        east: metres east of the cell in the middle.
        north: metres north of it.
        azimuth: degrees from north; None for a cell that sends all around.
        hover: what the pointer is told.
        own: the cell in the middle.
    """

    cell_id: str
    name: str
    href: str
    status: str
    east: float
    north: float
    azimuth: float | None
    hover: str
    own: bool


def near_rows(look: Look, cell_id: str) -> list[dict[str, Any]]:
    """The cell and its neighbours, the cell first, then its mast, then what shares most."""
    return look.snapshot.rows("near_cells", {"cell_id": cell_id, "limit": SHOWN + 1})


def places_of(look: Look, rows: list[dict[str, Any]], path: str) -> tuple[Place, ...]:
    """Those with a position, in metres around the first row; () where that one has none.

    Distances are small: degrees are metres times the cosine of the latitude.
    """
    if not rows or absent(rows[0]["longitude"]) or absent(rows[0]["latitude"]):
        return ()
    lon, lat = rows[0]["longitude"], rows[0]["latitude"]
    shrink = math.cos(math.radians(lat))
    kept = {name: look.state.query.get(name) for name in ("range", "from", "to", "ghost", "kpi")}
    found = []
    for number, row in enumerate(rows):
        if absent(row["longitude"]) or absent(row["latitude"]):
            continue
        status = look.freshness.status(row["status"])
        name = row["name"] or row["cell_id"]
        told = [f"<b>{plain(name)}</b>", look.words.status(status, "cells")]
        if number:
            told.append(relation(look, row))
        if not absent(row["probability"]) and look.freshness.fresh:
            told.append(look.words.texts("near.risk", risk=w.percent(row["probability"])))
        found.append(
            Place(
                cell_id=row["cell_id"],
                name=name,
                href=look.state.href(path_to(path, row["cell_id"]), **kept),
                status=status,
                east=(row["longitude"] - lon) * _METRES * shrink,
                north=(row["latitude"] - lat) * _METRES,
                azimuth=None if absent(row["azimuth_deg"]) else float(row["azimuth_deg"]),
                hover="<br>".join(told),
                own=number == 0,
            )
        )
    return tuple(found)


def relation(look: Look, row: dict[str, Any]) -> str:
    """What ties the cell to this one, and how far it is where it is not on the same mast."""
    texts = look.words.texts
    kind, metres = texts(f"relation.{row['kind']}"), row["distance_m"]
    if absent(metres) or metres < 1:
        return kind
    if metres < 1000:
        return f"{kind} · {texts('cell.metres', n=w.number(metres))}"
    return f"{kind} · {texts('cell.kilometres', n=w.number(metres / 1000, 1))}"


def chosen_kpi(look: Look, row: dict[str, Any]) -> str:
    """The KPI set side by side: the one asked for, else the one that tells most of this cell.

    That is its cause where the cause is a KPI, the KPI of its strongest driver, or the one that
    costs its quality most; else the catalogue's first.
    """
    names = look.words.catalogue.names
    drivers = look.snapshot.rows("drivers", {"cell_id": row["cell_id"]})
    wanted = [
        look.state.query.get("kpi"),
        row["cause"],
        *(driver["kpi"] for driver in drivers),
        row["quality_kpi"],
    ]
    return next((name for name in wanted if name in names), names[0])
