"""The grid of all work orders; rows come a block at a time (assets/dispatch_table.js)."""

from __future__ import annotations

from typing import Any

import dash_ag_grid as dag
from dash.development.base_component import Component

from dashboard.web.components.cells import grid_texts
from dashboard.web.context import Look
from dashboard.web.view.dispatch_query import BoardQuery
from dashboard.web.view.dispatch_table import COLUMNS, OrderColumn

BLOCK = 100
_RIGHT = ("integer", "number", "time")


def grid(look: Look, query: BoardQuery, total: int, scale: float) -> Component:
    """The grid with the order of an address.

    Args:
        look: words of the heads.
        query: what the address asks for.
        total: rows that fit, for the first scroll bar.
        scale: pixels of a unit; 1 at 1920 x 1080.
    """
    options = {
        "rowHeight": round(34 * scale),
        "headerHeight": round(36 * scale),
        "cacheBlockSize": BLOCK,
        "maxBlocksInCache": 30,
        "infiniteInitialRowCount": max(min(total, 30), 1),
        "maxConcurrentDatasourceRequests": 2,
        "blockLoadDebounceMillis": 40,
        "rowBuffer": 20,
        "ensureDomOrder": True,
        "suppressColumnVirtualisation": True,
        "suppressDragLeaveHidesColumns": True,
        "animateRows": False,
        "suppressNoRowsOverlay": True,
        "tooltipShowDelay": 400,
        "localeText": dict(grid_texts(look.words.texts)),
    }
    made: Component = dag.AgGrid(
        id="dispatch-grid",
        className="cells-grid",
        rowModelType="infinite",
        columnDefs=[_mark(scale), *(_column(look, c, query, scale) for c in COLUMNS if c.grid)],
        defaultColDef={"sortable": True, "resizable": True, "suppressHeaderMenuButton": True},
        getRowId="params.data.id",
        dashGridOptions=options,
        style={"height": "100%", "width": "100%"},
    )
    return made


def _mark(scale: float) -> dict[str, Any]:
    width = round(48 * scale)
    return {
        "colId": "mark",
        "headerName": "",
        "cellRenderer": "OrdersMark",
        "cellClass": "cells-mark",
        "pinned": "left",
        "lockPosition": True,
        "width": width,
        "minWidth": width,
        "sortable": False,
        "resizable": False,
    }


def _column(look: Look, column: OrderColumn, query: BoardQuery, scale: float) -> dict[str, Any]:
    texts, key = look.words.texts, column.key
    width = round(column.width * scale)
    order = {name: (place, down) for place, (name, down) in enumerate(query.rows)}
    told: dict[str, Any] = {
        "field": key,
        "colId": key,
        "headerName": texts(f"dispatch.table.{key}"),
        "headerTooltip": texts.get(f"dispatch.table_help.{key}") or "",
        "width": width,
        "minWidth": round(64 * scale),
        "tooltipField": key,
        "cellClass": "right" if column.kind in _RIGHT else "",
        "headerClass": "right" if column.kind in _RIGHT else "",
    }
    if column.grows:
        told |= {"flex": column.grows, "minWidth": width}
    if key in order:
        place, down = order[key]
        told |= {"sortIndex": place, "sort": "desc" if down else "asc"}
    if key in ("name", "state"):
        told["cellRenderer"] = {"name": "OrdersName", "state": "OrdersState"}[key]
    if column.kind in ("number", "integer"):
        told["sortingOrder"] = ["desc", "asc", None]
    return told
