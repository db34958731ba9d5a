"""The map of the board as numbers: districts, orders by state, teams and their ways."""

from __future__ import annotations

from typing import Any

import numpy as np

from dashboard.dispatch.states import ENDED
from dashboard.web.context import Context, Look
from dashboard.web.figures.cells_map import Ground, ground
from dashboard.web.figures.geometry import shapes_of
from dashboard.web.view.dispatch_query import BoardQuery
from dashboard.web.view.dispatch_rows import Row, Rows, picked, rows_of
from dashboard.web.view.dispatch_teams import duties

_ON_THE_WAY = ("accepted", "dispatched", "on_site")


def picture(context: Context, look: Look, query: BoardQuery) -> dict[str, Any]:
    """Positions in units of the picture (10 m), from its upper left corner.

    Returns:
        ``size``, ``districts`` (assets/dispatch_map.js draws them as the map of cells does);
        ``orders``: id, state, x, y, site, cause and whether it is late, those that fit and have a
        position; ``lost``: how many have none; ``teams``: id, name, state, x, y of their bases;
        ``ways``: each team's stops in their order, as x, y one after the other, from its base.

    Raises:
        OpsError: the ops database cannot be read.
    """
    rows, now = rows_of(context, look), look.freshness.now
    fit = [row for row in picked(rows.all, query, now) if _shown(row, query)]
    under = _ground(context, look, rows)
    places = [(row.order.draft.longitude, row.order.draft.latitude) for row in fit]
    x, y = under.units(np.array(places, dtype=float).reshape(-1, 2))
    known = np.isfinite(x) & np.isfinite(y)
    teams, ways = _teams(look, rows, under, query)
    return {
        "size": list(under.size),
        "districts": list(under.districts),
        "orders": [
            [row.order.name, row.order.state, round(x[n]), round(y[n]), row.order.draft.title,
             look.words.cause(row.order.draft.cause)]
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
    look: Look, rows: Rows, under: Ground, query: BoardQuery
) -> tuple[list[list[Any]], list[list[int]]]:
    plan = [row.stop for row in rows.all if row.stop is not None]
    found = duties(rows.teams, (row.order for row in rows.all), plan, look.freshness.now)
    by_team: dict[str, list[Row]] = {}
    for row in rows.all:
        if row.order.state in _ON_THE_WAY and row.order.team_id and row.order.draft.on_site:
            by_team.setdefault(row.order.team_id, []).append(row)
    teams: list[list[Any]] = []
    ways: list[list[int]] = []
    for duty in found:
        team = duty.team
        if team.place is None or (query.team and query.team != team.team_id):
            continue
        stops = sorted(
            by_team.get(team.team_id, []),
            key=lambda r: (_ON_THE_WAY[::-1].index(r.order.state), r.stop.place if r.stop else 99),
        )
        path = [team.place, *((r.order.draft.longitude, r.order.draft.latitude) for r in stops)]
        x, y = under.units(np.array(path, dtype=float).reshape(-1, 2))
        keep = np.isfinite(x) & np.isfinite(y)
        points = np.column_stack([x[keep], y[keep]]).round().astype(int)
        teams.append([team.team_id, team.name, duty.state, *points[0].tolist()])
        if len(points) > 1:
            ways.append(points.ravel().tolist())
    return teams, ways
