"""What the table of cells asks for while one scrolls, filters and points: rows, marks, positions.

``/api/v1/cells-table`` rows in words, a block at a time; ``/api/v1/cells-view`` which cells fit, as
bits; ``/api/v1/cells-map`` where all cells are.
"""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
from flask import Flask, Response, request

from dashboard.layers import values
from dashboard.web.api.errors import ApiError
from dashboard.web.api.respond import look_of, only_known, tagged
from dashboard.web.compress import pack, send, send_packed
from dashboard.web.context import Context, Look
from dashboard.web.figures.cells_map import picture
from dashboard.web.figures.geometry import shapes_of
from dashboard.web.view.cells_columns import COLUMNS
from dashboard.web.view.cells_query import FILTERS
from dashboard.web.view.cells_table import CellsTable, Rows, picked, query_of, table_of
from dashboard.web.view.wall_orders import version_of

MOST_ROWS = 500
_CHOICE = (*FILTERS, "sort", "selected")


def register(server: Flask, context: Context) -> None:
    """Add the three routes."""

    @server.get("/api/v1/cells-table")
    def rows() -> Response:
        only_known(*_CHOICE, "start", "end", "n")
        start, end, one = _number("start", 0), _number("end", 100), _number("n", -1)
        look = look_of(context)
        response = tagged(look, "application/json", version_of(context, look))
        if response.status_code == 304:
            return response
        query = query_of(context, look, request.args)
        fit, table = picked(context, look, query), table_of(context, look)
        block = fit[start : min(end, start + MOST_ROWS)]
        if one >= 0:  # of the map: the cell under the pointer
            block = fit[fit == one]
        return _answer(response, {"total": len(fit), "rows": rows_in_words(table, block)})

    @server.get("/api/v1/cells-view")
    def view() -> Response:
        only_known(*_CHOICE)
        look = look_of(context)
        response = tagged(look, "application/json", version_of(context, look))
        if response.status_code == 304:
            return response
        query = query_of(context, look, request.args)
        fit, table = picked(context, look, query), table_of(context, look)
        return _answer(response, {
            "version": look.version,
            "total": len(fit),
            "of": len(table),
            "fit": _bits(fit, len(table)),
            **_selected(table, fit, query.selected),
        })  # fmt: skip

    @server.get("/api/v1/cells-map")
    def places() -> Response:
        only_known()
        look = look_of(context)
        response = tagged(look, "application/json")
        if response.status_code == 304:
            return response
        return send_packed(response, packed_places(context, look))


def rows_in_words(table: CellsTable, rows: Rows) -> list[dict[str, Any]]:
    """Each row's number, id, status code, share of probability, and the words of all columns."""
    chance = table.numbers["probability"]
    return [
        {
            "n": int(n),
            "id": table.ids[n],
            "code": table.codes["status"][n],
            "state": table.codes["quality"][n],
            "p": None if np.isnan(chance[n]) else round(float(chance[n]), 4),
            **{column.key: table.texts[column.key][n] for column in COLUMNS},
        }
        for n in rows
    ]


def packed_places(context: Context, look: Look) -> bytes:
    """What ``/api/v1/cells-map`` sends, gzipped; kept."""
    key = ("cells map", look.version)
    return context.cells_memo.get(key, lambda: _places(context, look))


def _places(context: Context, look: Look) -> bytes:
    table = table_of(context, look)
    labels = {
        row["region_id"]: (row["label_longitude"], row["label_latitude"])
        for row in look.snapshot.rows("regions")
    }
    shapes = shapes_of(look.snapshot.geojson, labels)
    letters = [values.LETTERS.get(code, values.UNKNOWN) for code in table.codes["status"]]
    return pack(_json({
        "version": look.version,
        "ids": table.ids.tolist(),
        "status": "".join(letters),
        "quality": "".join("b" if code == "bad" else "." for code in table.codes["quality"]),
        **picture(shapes, table.places),
    }))  # fmt: skip


def _selected(table: CellsTable, fit: Rows, cell_id: str | None) -> dict[str, Any]:
    """Number of the cell in the table and its row among those that fit; null: none."""
    n = None if cell_id is None else table.place_of.get(cell_id)
    found = np.flatnonzero(fit == n) if n is not None else fit[:0]
    return {"n": n, "row": int(found[0]) if len(found) else None}


def _bits(fit: Rows, n: int) -> str:
    """One bit a cell, in the table's order; base64 of bytes, the first cell the highest bit."""
    fits = np.zeros(n, dtype=bool)
    fits[fit] = True
    return base64.b64encode(np.packbits(fits).tobytes()).decode()


def _number(name: str, default: int) -> int:
    text = request.args.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        message = f"{name}={text[:20]!r} cannot be used"
        raise ApiError(400, "bad_parameter", message, "use a whole number from 0 on")
    return int(text)


def _answer(response: Response, said: dict[str, Any]) -> Response:
    return send(response, _json(said))


def _json(said: dict[str, Any]) -> bytes:
    text = json.dumps(said, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode()
