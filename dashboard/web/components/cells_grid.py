"""The grid of all cells: its columns and options; rows come a block at a time (assets/cells.js)."""

from __future__ import annotations

from typing import Any

import dash_ag_grid as dag
from dash.development.base_component import Component

from dashboard.web.components.cells import grid_texts
from dashboard.web.context import Look
from dashboard.web.i18n import Texts
from dashboard.web.view.cells_columns import BY_KEY, COLUMNS, CellColumn
from dashboard.web.view.cells_query import CellsQuery

BLOCK = 100
_OPTIONS = {
    "text": ["contains", "notContains", "equals", "notEqual", "startsWith", "endsWith", "blank",
             "notBlank"],
    "number": ["greaterThanOrEqual", "lessThanOrEqual", "equals", "notEqual", "greaterThan",
               "lessThan", "inRange", "blank", "notBlank"],
    "date": ["equals", "lessThan", "greaterThan", "inRange", "blank", "notBlank"],
}  # fmt: skip
# Drawn by assets/dashAgGridComponentFunctions.js; the others are plain text.
_DRAWN = {"status": "CellsStatus", "name": "CellsName", "probability": "CellsChance",
          "quality": "CellsQuality", "burst": "CellsBurst"}  # fmt: skip
_RIGHT = ("integer", "number", "time")
FIRST_SORT = (("status", False), ("probability", True))


def grid(look: Look, query: CellsQuery, total: int, scale: float) -> Component:
    """The grid with the columns, widths and order of an address.

    Args:
        look: words of the heads.
        query: what the address asks for.
        total: rows that fit, for the first scroll bar.
        scale: pixels of a unit; 1 at 1920 x 1080.
    """
    options = {
        "rowHeight": round(34 * scale),
        "headerHeight": round(36 * scale),
        "floatingFiltersHeight": round(36 * scale),
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
        "suppressNoRowsOverlay": True,  # the page says which filters leave nothing
        "tooltipShowDelay": 400,
        "localeText": dict(grid_texts(look.words.texts)),
    }
    made: Component = dag.AgGrid(
        id="cells-grid",
        className="cells-grid",
        rowModelType="infinite",
        columnDefs=[_mark(look.words.texts, scale), *_columns(look, query, scale)],
        defaultColDef={"sortable": True, "resizable": True, "floatingFilter": True,
                       "suppressHeaderMenuButton": True},
        getRowId="params.data.id",
        rowClassRules={"cells-selected": "isSelectedCell(params)"},
        dashGridOptions=options,
        style={"height": "100%", "width": "100%"},
    )  # fmt: skip
    return made


def _mark(texts: Texts, scale: float) -> dict[str, Any]:
    width = round(48 * scale)
    return {
        "colId": "mark",
        "headerName": "",
        "headerTooltip": texts("cells.mark_help"),
        "cellRenderer": "CellsMark",
        "cellClass": "cells-mark",
        "pinned": "left",
        "lockPosition": True,
        "width": width,
        "minWidth": width,
        "sortable": False,
        "resizable": False,
        "filter": False,
        "floatingFilter": False,
    }


def _columns(look: Look, query: CellsQuery, scale: float) -> list[dict[str, Any]]:
    """Those shown in their order, then the others, hidden."""
    widths = dict(query.columns)
    hidden = [column.key for column in COLUMNS if column.key not in query.shown]
    sort = query.sort or FIRST_SORT
    order = {key: (place, "desc" if down else "asc") for place, (key, down) in enumerate(sort)}
    made = []
    for key in (*query.shown, *hidden):
        column = BY_KEY[key]
        width = widths.get(key, 0)
        told = _column(look.words.texts, column, scale) | {"hide": key in hidden}
        if width:
            told |= {"width": round(width * scale)}
        elif column.grows:
            told["flex"] = column.grows
        if key in order:
            told["sortIndex"], told["sort"] = order[key]
        made.append(told)
    return made


def _column(texts: Texts, column: CellColumn, scale: float) -> dict[str, Any]:
    key, kind = column.key, column.filter
    width = round(column.width * scale)
    told: dict[str, Any] = {
        "field": key,
        "colId": key,
        "headerName": texts(f"cells.column.{key}"),
        "headerTooltip": texts(f"cells.help.{key}"),
        "width": width,
        "minWidth": round(64 * scale) if not column.grows else width,
        "filter": f"ag{kind.title()}ColumnFilter",
        "filterParams": {"maxNumConditions": 1, "filterOptions": _OPTIONS[kind],
                         "debounceMs": 400, "inRangeInclusive": True},
        "cellClass": f"cells-{key}" + (" right" if column.kind in _RIGHT else ""),
        "headerClass": "right" if column.kind in _RIGHT else "",
    }  # fmt: skip
    if kind == "date":  # a day does not fit under the head
        told["floatingFilter"] = False
    if key in _DRAWN:
        told["cellRenderer"] = _DRAWN[key]
    else:
        told["tooltipField"] = key
    if column.kind in ("number", "integer", "percent"):
        told["sortingOrder"] = ["desc", "asc", None]
    return told
