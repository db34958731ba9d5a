"""What the map draws: a district's state, a cell as a point."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RegionMark:
    """What the map says of a district.

    Attributes:
        status: risk of the next hours, told by fill and sign.
        red_cells: how many.
        hover: shown under the pointer.
        poor: quality is poor now, told by an outline.
    """

    region_id: str
    status: str
    red_cells: int
    hover: str
    poor: bool = False


@dataclass(frozen=True)
class CellMark:
    """A cell drawn as a point (red or yellow); ``order``: state of its work order, if any."""

    cell_id: str
    status: str
    longitude: float
    latitude: float
    hover: str
    order: str = ""


def plain(text: str) -> str:
    """Names come from files: no markup in them is ours (Plotly reads a little HTML)."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
