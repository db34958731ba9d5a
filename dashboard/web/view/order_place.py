"""Where an order is: coordinates in both systems, the site's sectors, and the crew's way there."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from dashboard.dispatch.model import Draft
from dashboard.plain import absent
from dashboard.web.context import Look
from dashboard.web.view import words as w
from dashboard.web.view.dispatch_teams import Team
from geo.crs import from_wgs84

Rows = Sequence[Mapping[str, Any]]
_EARTH_KM = 6371.0


@dataclass(frozen=True)
class Sector:
    """A cell of the site: its beam (None: all around), its status; ``named`` by the order."""

    azimuth: float | None
    status: str
    named: bool


@dataclass(frozen=True)
class Spot:
    """Where to go.

    Attributes:
        longitude: WGS-84 degrees.
        latitude: likewise.
        systems: name of the coordinate system, and latitude and longitude as people read them.
        geo: for the telephone's own maps (RFC 5870: WGS-84).
        sectors: of the site.
        team: who goes; None where nobody does yet.
        way_km: as the crow flies from its base; None where that is not known.
    """

    longitude: float
    latitude: float
    systems: tuple[tuple[str, str], ...]
    geo: str
    sectors: tuple[Sector, ...]
    team: Team | None
    way_km: float | None


def spot_of(look: Look, draft: Draft, cells: Rows, team: Team | None) -> Spot | None:
    """The order's place, else that of its first cell with one; None where none is known.

    Args:
        look: words and freshness.
        draft: what the order is about.
        cells: of query ``order_cells``.
        team: who goes.
    """
    place = _place(draft, cells)
    if place is None:
        return None
    lon, lat = place
    gcj_lon, gcj_lat = (float(value) for value in from_wgs84(lon, lat, "gcj02"))
    systems = (("WGS-84", _told(lat, lon)), ("GCJ-02", _told(gcj_lat, gcj_lon)))
    label = quote(f"{draft.title or draft.site_id}", safe="")
    sectors = tuple(
        Sector(
            None if absent(row["azimuth_deg"]) else float(row["azimuth_deg"]),
            look.freshness.status(row["status"]),
            bool(row["named"]),
        )
        for row in cells
    )
    return Spot(
        longitude=lon,
        latitude=lat,
        systems=systems,
        geo=f"geo:{lat:.6f},{lon:.6f}?q={lat:.6f},{lon:.6f}({label})",
        sectors=sectors,
        team=team,
        way_km=_way(team, lon, lat),
    )


def _way(team: Team | None, lon: float, lat: float) -> float | None:
    return None if team is None or team.place is None else distance_km(*team.place, lon, lat)


def _place(draft: Draft, cells: Rows) -> tuple[float, float] | None:
    if draft.longitude is not None and draft.latitude is not None:
        return draft.longitude, draft.latitude
    for row in cells:
        if not absent(row["longitude"]) and not absent(row["latitude"]):
            return float(row["longitude"]), float(row["latitude"])
    return None


def _told(lat: float, lon: float) -> str:
    """Six digits are a decimetre; latitude first, as maps ask for it."""
    return f"{lat:.6f}, {lon:.6f}"


def distance_km(lon: float, lat: float, to_lon: float, to_lat: float) -> float:
    """Great-circle distance of two places in WGS-84 degrees (haversine)."""
    a, b = math.radians(lat), math.radians(to_lat)
    half = math.sin((b - a) / 2) ** 2
    half += math.cos(a) * math.cos(b) * math.sin(math.radians(to_lon - lon) / 2) ** 2
    return 2 * _EARTH_KM * math.asin(math.sqrt(min(half, 1.0)))


def distance_text(look: Look, kilometres: float) -> str:
    """``850 m``, ``12.4 km``."""
    texts = look.words.texts
    if kilometres < 1:
        return texts("cell.metres", n=w.number(1000 * kilometres))
    return texts("cell.kilometres", n=w.number(kilometres, 1))
