"""Where a wall that nobody touches goes, one station after another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dashboard.web.context import Look
from dashboard.web.view.state import ViewState

# Seconds a station stays: what the bar's button starts with, and the bounds of `?rotate=`.
PACE_S, FASTEST_S, SLOWEST_S = 30, 5, 3600
MOST_DISTRICTS = 6
# What tells one station from another in the address.
KEYS = ("focus", "board")


@dataclass(frozen=True)
class Station:
    """One picture of the rotation.

    Attributes:
        query: what it changes in the address, by the names of ``KEYS``; empty for the city.
        name: of the district; empty otherwise.
    """

    query: Mapping[str, str]
    name: str = ""


def stations(look: Look, boards: tuple[str, ...] = ()) -> tuple[Station, ...]:
    """The city, then the districts in trouble (the worst first), then the other boards.

    Stale data tell of no trouble, so that only city and boards remain.

    Args:
        look: what is shown.
        boards: the wall's other compositions, values of ``?board=``.
    """
    found = [Station({})]
    if look.freshness.fresh:
        rows = look.snapshot.rows("regions")
        parents = {row["parent_id"] for row in rows}
        leaves = [row for row in rows if row["region_id"] not in parents]
        hot = [row for row in leaves if row["status"] in ("red", "yellow") or row["red_cells"]]
        hot.sort(key=lambda row: (*_trouble(row), row["region_id"]))
        found += [
            Station({"focus": row["region_id"]}, row["name"] or row["region_id"])
            for row in hot[:MOST_DISTRICTS]
        ]
    return (*found, *(Station({"board": board}) for board in boards))


def _trouble(row: Mapping[str, object]) -> tuple[float, ...]:
    """Sorts the worst first: reds, yellows, then the region's own status."""
    order = {"red": 0.0, "yellow": 1.0}
    reds, yellows = (float(str(row[f"{status}_cells"] or 0)) for status in ("red", "yellow"))
    return -reds, -yellows, order.get(str(row["status"]), 2.0)


def here(state: ViewState, route: tuple[Station, ...]) -> int | None:
    """Which station the address shows; None when it is none of them (any more)."""
    shown = {key: state.query[key] for key in KEYS if state.query.get(key)}
    return next((n for n, station in enumerate(route) if dict(station.query) == shown), None)


def pace_of(state: ViewState, *, kiosk_pace_s: int | None) -> int | None:
    """Seconds a station stays, within bounds; None when the wall stays where it is.

    Args:
        state: the address, with ``rotate`` or without; what is no number is left out.
        kiosk_pace_s: the pace of kiosks whose address says nothing, from the settings.
    """
    said = state.query.get("rotate", "")
    if not said:
        return kiosk_pace_s if state.kiosk else None
    if not said.isascii() or not said.isdigit() or int(said) == 0:
        return None
    return min(max(int(said), FASTEST_S), SLOWEST_S)
