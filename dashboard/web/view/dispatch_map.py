"""The map of the board as numbers: districts, orders by state, teams and their ways."""

from __future__ import annotations

from typing import Any

import numpy as np

from dashboard.dispatch.states import ENDED
from dashboard.web.context import Context, Look
from dashboard.web.figures.cells_map import Ground, ground
from dashboard.web.figures.geometry import shapes_of
from dashboard.web.view.dispatch_query import BoardQuery
from dashboard.web.view.dispatch_rows import Row, Rows, lateness, picked, rows_of
from dashboard.web.view.dispatch_teams import duties

_NEXT = ("on_site", "dispatched", "accepted")
MOST_STOPS = 6
"""Of a team's way: what comes later is not settled."""


def picture(context: Context, look: Look, query: BoardQuery) -> dict[str, Any]:
    """Positions in units of the picture (10 m), from its upper left corner.

    Returns:
        ``size``, ``districts`` (assets/dispatch_map.js draws them as the map of cells does);
        ``orders``: id, state, x, y, site, cause and ``""``, ``warned`` or ``missed``, those that
        fit and have a position; ``lost``: how many have none; ``teams``: id, name, state, x, y
        of their bases;
        ``ways``: each team's next stops among these orders, as x, y one after the other, from its
        base.

    Raises:
        OpsError: the ops database cannot be read.
    """
    rows, now = rows_of(context, look), look.freshness.now
    fit = [row for row in picked(rows.all, query, now) if _shown(row, query)]
    under = _ground(context, look, rows)
    places = [(row.order.draft.longitude, row.order.draft.latitude) for row in fit]
    x, y = under.units(np.array(places, dtype=float).reshape(-1, 2))
    known = np.isfinite(x) & np.isfinite(y)
    teams, ways = _teams(look, rows, fit, under)
    return {
        "size": list(under.size),
        "districts": list(under.districts),
        "orders": [
            [row.order.name, row.order.state, round(x[n]), round(y[n]), row.order.draft.title,
             look.words.cause(row.order.draft.cause), lateness(row, now)]
            for n, row in enumerate(fit)
            if known[n]
        ],
        "lost": int((~known).sum()),
        "teams": teams,
        "ways": ways,
    }  # fmt: skip


def _shown(row: Row, query: BoardQuery) -> bool:
    return query.unfolded or row.order.state not in ENDED


def _ground(context: Context, look: Look, rows: Rows) -> Ground:
    def make() -> Ground:
        labels = {
            row["region_id"]: (row["label_longitude"], row["label_latitude"])
            for row in look.snapshot.rows("regions")
        }
        shapes = shapes_of(look.snapshot.geojson, labels)
        places = [(row.order.draft.longitude, row.order.draft.latitude) for row in rows.all]
        return ground(shapes, np.array(places, dtype=float).reshape(-1, 2))

    # Without districts the picture is that of the orders, and changes with them.
    key = rows.version if not look.snapshot.geojson.get("features") else look.snapshot.id
    return context.memo.get(("dispatch ground", key), make)


def _teams(
    look: Look, rows: Rows, fit: list[Row], under: Ground
) -> tuple[list[list[Any]], list[list[int]]]:
    plan = [row.stop for row in rows.all if row.stop is not None]
    found = duties(rows.teams, (row.order for row in rows.all), plan, look.freshness.now)
    stops: dict[str, list[Row]] = {}
    for row in fit:
        if row.order.state in _NEXT and row.order.team_id and row.order.draft.on_site:
            stops.setdefault(row.order.team_id, []).append(row)
    teams: list[list[Any]] = []
    ways: list[list[int]] = []
    for duty in found:
        team = duty.team
        if team.place is None:
            continue
        mine = sorted(stops.get(team.team_id, []), key=_turn)[:MOST_STOPS]
        path = [team.place, *((r.order.draft.longitude, r.order.draft.latitude) for r in mine)]
        x, y = under.units(np.array(path, dtype=float).reshape(-1, 2))
        keep = np.isfinite(x) & np.isfinite(y)
        points = np.column_stack([x[keep], y[keep]]).round().astype(int)
        teams.append([team.team_id, team.name, duty.state, *points[0].tolist()])
        if len(points) > 1:
            ways.append(points.ravel().tolist())
    return teams, ways


def _turn(row: Row) -> tuple[int, int, int]:
    """Where it is, where it goes to, and then in the order of the plan."""
    return _NEXT.index(row.order.state), row.stop.place if row.stop else 99, row.order.id
