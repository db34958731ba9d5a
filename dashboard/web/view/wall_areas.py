"""The worst areas: the operator's grids where there are some, else hexagons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import h3

from dashboard.plain import absent
from dashboard.web.context import Look
from dashboard.web.view import words as w
from dashboard.web.view.state import path_to
from dashboard.web.view.wall_scope import Scope, flagged_rows, region_rows

Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class AreaRow:
    """A line of the list: an area, or in tickets mode a region.

    Attributes:
        key: kind and id of the area.
        href: its one cell's page, else its cells; of a region in tickets mode, the region's page.
        status: the worst of its cells'.
        name: by which a person finds it.
        place: the district it lies in; empty when the name says it.
        value: how many reds (in tickets mode, expected tickets).
        detail: the main cause (in tickets mode, the interval).
        title: what is shown under the pointer.
        reds: ids of its red cells, the worst first.
    """

    key: str
    href: str
    status: str
    name: str
    place: str
    value: str
    detail: str
    title: str
    reds: tuple[str, ...] = ()


def worst_areas(look: Look, scope: Scope, limit: int) -> tuple[AreaRow, ...]:
    """Areas with cells at risk: most reds first, then most expected complaints of these cells.

    A cell belongs to the finest region that it lies in where the regions have more than one level,
    else to the hexagon where it stands; a snapshot without hexagons names its districts.
    """
    rows = [
        row
        for row in flagged_rows(look.snapshot)
        if scope.within is None or row["region_id"] in scope.within
    ]
    kind, homes = _homes(look, rows)
    members: dict[str, list[Mapping[str, Any]]] = {}
    for row, home in zip(rows, homes, strict=True):
        if home is not None:
            members.setdefault(home, []).append(row)
    ranked = sorted(members.items(), key=lambda item: (*_trouble(item[1]), item[0]))[:limit]
    asked = {"kind": kind, "ids": [area_id for area_id, _ in ranked]}
    told = {row["area_id"]: row for row in look.snapshot.rows("wall_areas", asked)}
    found = (_area(look, scope, f"{kind}:{key}", cells, told.get(key)) for key, cells in ranked)
    # In one district there is no need to name it in every line.
    return tuple(replace(row, place="") if row.place == scope.name else row for row in found)


def worst_regions(look: Look, limit: int) -> tuple[AreaRow, ...]:
    """In tickets mode: the regions with the most tickets to come."""
    return tuple(
        AreaRow(
            key=f"region:{row['region_id']}",
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
        if not absent(row["expected_tickets"])
    )


def _homes(look: Look, rows: Rows) -> tuple[str, list[str | None]]:
    """Kind of the areas, and the area of each cell."""
    regions = {row["region_id"]: row["parent_id"] for row in region_rows(look.snapshot)}
    nested = any(parent in regions for parent in regions.values())
    level = look.snapshot.rows("wall_area_level")[0]["level"]
    if nested or level is None:
        return "region", [row["region_id"] for row in rows]
    return "hexagon", [h3.latlng_to_cell(row["latitude"], row["longitude"], level) for row in rows]


def _trouble(cells: Rows) -> tuple[float, float]:
    reds = sum(cell["status"] == "red" for cell in cells)
    return -reds, -sum(cell["expected_low_complaints"] or 0.0 for cell in cells)


def _area(
    look: Look, scope: Scope, area: str, cells: Rows, told: Mapping[str, Any] | None
) -> AreaRow:
    texts, state = look.words.texts, look.state
    # The reds come last and by rising probability (see the query): the worst is the last one.
    worst = cells[-1]
    reds = [cell for cell in cells if cell["status"] == "red"]
    speaking = reds or cells
    one = len(speaking) == 1
    name = worst["name"] or worst["cell_id"]
    cause = worst["cause"] if one or told is None or not told["cause"] else told["cause"]
    # The list holds the cells of this line: those of the area, in focus the region's among them.
    within = {} if scope.region_id is None else {"region_id": scope.region_id}
    href = path_to("cells", speaking[0]["cell_id"]) if one else "/cells"
    expected = None if told is None else told["expected_low_complaints"]
    return AreaRow(
        key=area,
        href=state.href(href) if one else state.href(href, area=area, **within),
        status=look.freshness.status(worst["status"]),
        name=name,
        place=worst["region_name"] or worst["region_id"] or "",
        value=w.number(len(reds)),
        detail=look.words.cause(cause),
        title=texts(
            "worst.title",
            name=name,
            risk=w.percent(worst["probability"]),
            red=len(reds),
            yellow=len(cells) - len(reds),
            expected=w.expected(expected),
        ),
        reds=tuple(cell["cell_id"] for cell in reversed(reds)) if look.freshness.fresh else (),
    )
