"""``/api/v1/cells`` and ``/api/v1/cells/<cell_id>``."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
from flask import Flask, Response, request

from dashboard.dispatch.as_json import order_json
from dashboard.dispatch.book import Book
from dashboard.ops.errors import OpsError
from dashboard.snapshot import COUNT_KEYS
from dashboard.web.api import cell_parts
from dashboard.web.api.errors import ApiError
from dashboard.web.api.respond import attachment, look_of, only_known, respond
from dashboard.web.context import Context, Look
from dashboard.web.view.cell import TICKETS_BACK
from dashboard.web.view.cells_export import cells_file
from dashboard.web.view.cells_query import AREAS, CHOICES, FILTERS, CellsQuery
from dashboard.web.view.cells_table import NONE, Rows, picked, query_of, table_of
from dashboard.web.view.kpis import Series, Values, cut, kpi_series
from dashboard.web.view.span import Span, span_of
from forecasting.saturation import DAYS_AHEAD, Saturation

_LIST = (
    "cell_id", "name", "region_id", "longitude", "latitude", "status", "probability",
    "expected_low_complaints", "cause",
)  # fmt: skip
_TICKETS, _WORKS, _ALARMS = 500, 200, 200
_FORMATS = ("json", "csv", "xlsx")
# Values of these come from the data: one that the snapshot lacks has no cells, which is an answer.
_OPEN = ("region_id", "technology", "cause")
_HINT = "docs/how-to/cells.md lists the values"
_HINTS = {
    "status": f"use {', '.join(COUNT_KEYS)}",
    "area": f"use {' or '.join(AREAS)}, a colon and the id of an area of the snapshot",
    **{name: f"use {', '.join(values)}" for name, values in CHOICES.items()},
}


def register(server: Flask, context: Context) -> None:
    """Add both routes."""

    @server.get("/api/v1/cells")
    def cells() -> Response:
        only_known(*FILTERS, "sort", "columns", "limit", "offset", "format")
        form, limit, offset = _format_of(), limit_of(context), _offset_of()
        look = look_of(context)
        query = query_of(context, look, request.args)
        rows = _rows_of(context, look, query)
        if form != "json":
            return attachment(*cells_file(context, look, query, rows, form))
        answer = respond(look, lambda: _list(context, look, rows[offset : offset + limit]))
        answer.headers["X-Total-Count"] = str(len(rows))
        return answer

    @server.get("/api/v1/cells/<path:cell_id>")
    def cell(cell_id: str) -> Response:
        only_known("range", "from", "to")
        look = look_of(context)
        found = look.snapshot.rows("cell", {"cell_id": cell_id})
        if not found:
            raise ApiError(
                404, "no_such_cell", f"no cell {cell_id!r}", "list them with /api/v1/cells"
            )
        book = _book(context, look)
        orders = "unreadable" if book is None else book.version
        return respond(look, lambda: _detail(context, look, found[0]), also=orders)


def status_of() -> str | None:
    """The parameter ``status``, None without one.

    Raises:
        ApiError: it is no colour.
    """
    status = request.args.get("status")
    if status is not None and status not in COUNT_KEYS:
        choices = ", ".join(COUNT_KEYS)
        raise ApiError(400, "bad_parameter", f"status={status!r} is unknown", f"use {choices}")
    return status


def limit_of(context: Context) -> int:
    """The parameter ``limit``, or the length of a list that nobody asked to be longer.

    Raises:
        ApiError: it is no number, or too large.
    """
    text, most = request.args.get("limit"), context.settings.api_limit
    if text is None:
        return context.settings.list_limit
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= most or len(text) > 9:
        message = f"limit={text[:20]!r} cannot be used"
        raise ApiError(400, "bad_parameter", message, f"use a whole number from 1 to {most}")
    return int(text)


def _format_of() -> str:
    form = request.args.get("format", "json")
    if form not in _FORMATS:
        message = f"format={form[:20]!r} is unknown"
        raise ApiError(400, "bad_parameter", message, f"use {', '.join(_FORMATS)}")
    return form


def _offset_of() -> int:
    text = request.args.get("offset", "0")
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        message = f"offset={text[:20]!r} cannot be used"
        raise ApiError(400, "bad_parameter", message, "use a whole number from 0 on")
    return int(text)


def _rows_of(context: Context, look: Look, query: CellsQuery) -> Rows:
    """The cells that fit; none in a region or of a cause that the snapshot does not know.

    Raises:
        ApiError: a value that a page would leave out: a program is told.
    """
    empty = [(name, "") for name in FILTERS if request.args.get(name) == ""]
    for name, value in (*empty, *query.ignored):
        if name not in _OPEN or not value:
            message, hint = f"{name}={value[:60]!r} cannot be used", _HINTS.get(name, _HINT)
            raise ApiError(400, "bad_parameter", message, hint)
    if not look.freshness.fresh and query.statuses and "unknown" not in query.statuses:
        return NONE  # stale: every cell is unknown
    return NONE if query.ignored else picked(context, look, query)


def _list(context: Context, look: Look, rows: Rows) -> list[Any]:
    facts = table_of(context, look).facts.take(rows).to_pylist()
    return [_cell(look, row) for row in facts]


def _cell(look: Look, row: dict[str, Any]) -> dict[str, Any]:
    return {
        **{name: row[name] for name in _LIST},
        "status": look.freshness.status(row["status"]),
        **_quality(look, row),
        "as_of": look.snapshot.manifest.as_of,
        "fresh": look.freshness.fresh,
    }


def _quality(look: Look, row: dict[str, Any]) -> dict[str, Any]:
    """Quality now and how it goes with the risk; unknown when stale, as the colours are."""
    if not look.freshness.fresh or row["quality_state"] is None:
        return {"quality_now": None, "quality_state": "unknown", "agreement": "unknown"}
    return {name: row[name] for name in ("quality_now", "quality_state", "agreement")}


def _detail(context: Context, look: Look, row: dict[str, Any]) -> dict[str, Any]:
    cell_id, rows, span = row["cell_id"], look.snapshot.rows, _span(context, look)
    since = look.snapshot.manifest.as_of - TICKETS_BACK
    tickets = rows("cell_tickets", {"cell_id": cell_id, "since": since, "limit": _TICKETS})
    neighbours = rows("neighbours", {"cell_id": cell_id})
    shown = ("region_name", "technology", "site_id", "band", "vendor", "azimuth_deg", "quiet")
    return {
        **_cell(look, row),
        **{name: row[name] for name in (*shown, "subscribers", "tickets_7d", "last_kpi_at")},
        "quality_kpi": row["quality_kpi"],
        "evidence": rows("cell_evidence", {"cell_id": cell_id}),
        "playbook": next(iter(rows("play", {"cause": row["cause"]})), None),
        "kpis": [
            _series(cut(series, span.start, span.end))
            for series in kpi_series(context, look, cell_id)
        ],
        "tickets": tickets,
        "drivers": rows("drivers", {"cell_id": cell_id}),
        "waterfall": cell_parts.waterfall(look, row),
        "works": rows("cell_works", {"cell_id": cell_id, "limit": _WORKS}),
        "alarms": rows("cell_alarms", {"cell_id": cell_id, "limit": _ALARMS}),
        "neighbours": [
            near | {"status": look.freshness.status(near["status"])} for near in neighbours
        ],
        "events": cell_parts.events(look, cell_id),
        "episodes": cell_parts.episodes(look, row),
        "work_orders": _orders(context, look, cell_id),
    }


def _book(context: Context, look: Look) -> Book | None:
    """The orders as they stand, or stood at the moment looked at; None: they cannot be read."""
    if context.dispatch is None:
        return Book()
    try:
        return context.dispatch.book(look.freshness.now if look.state.at_text else None)
    except OpsError:
        return None


def _orders(context: Context, look: Look, cell_id: str) -> list[dict[str, Any]] | None:
    """The open ones first, the newest first; a replay says nothing of what can be done."""
    desk, book, now = context.dispatch, _book(context, look), look.freshness.now
    if book is None or desk is None:
        return None if book is None else []
    return [order_json(desk, order, now, book) for order in book.of_cell(cell_id)]


def _span(context: Context, look: Look) -> Span:
    """The same span as on the cell's page (parameters ``range``, ``from``, ``to``)."""
    settings = context.settings
    return span_of(
        look.state.query,
        as_of=look.snapshot.manifest.as_of,
        zone=look.words.zone,
        ahead_h=settings.kpi_forecast_h,
        days=settings.kpi_days,
    )


def _series(series: Series) -> dict[str, Any]:
    kpi = series.kpi
    return {
        "kpi": kpi.name,
        "unit": kpi.unit,
        "label": {"zh": kpi.zh, "en": kpi.en},
        "ts": _times(series.start, series.step, len(series.value)),
        "value": _numbers(series.value),
        "normal_lower": _numbers(series.lower),
        "normal_median": _numbers(series.median),
        "normal_upper": _numbers(series.upper),
        "forecast": {
            "ts": _times(series.ahead_start, series.ahead_step, len(series.mean)),
            "mean": _numbers(series.mean),
            "lower": _numbers(series.mean_lower),
            "upper": _numbers(series.mean_upper),
            "model": series.model or None,
        },
        "saturation": _saturation(series.saturation),
    }


def _saturation(found: Saturation | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "state": found.state,
        "busy_hour": float(f"{found.busy_hour:.6g}"),
        "limit": found.limit,
        "per_week": float(f"{found.per_week:.6g}"),
        "day": found.day,
        "earliest": found.earliest,
        "latest": found.latest,
        "days_ahead": DAYS_AHEAD,
        "days_known": found.days_known,
    }


def _times(start: datetime | None, step: timedelta, n: int) -> list[datetime]:
    return [] if start is None else [start + i * step for i in range(n)]


def _numbers(values: Values) -> list[float | None]:
    return [float(f"{value:.6g}") if np.isfinite(value) else None for value in values]
