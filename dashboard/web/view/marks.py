"""What the map draws: a district's state, a cell as a point."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RegionMark:
    """What the map says of a district; ``hover`` is shown under the pointer."""

    region_id: str
    status: str
    red_cells: int
    hover: str


@dataclass(frozen=True)
class CellMark:
    """A cell drawn as a point (red or yellow)."""

    cell_id: str
    status: str
    longitude: float
    latitude: float
    hover: str


def plain(text: str) -> str:
    """Names come from files: no markup in them is ours (Plotly reads a little HTML)."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
