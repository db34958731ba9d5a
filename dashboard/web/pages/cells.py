"""``/cells``: the cells of a status or a region, the worst first."""

from __future__ import annotations

from typing import Any

import dash
import dash_mantine_components as dmc
from dash import Input, Output, State, dcc, html
from dash.development.base_component import Component

from dashboard.snapshot import COUNT_KEYS
from dashboard.web.components import parts, states
from dashboard.web.components.cell import table
from dashboard.web.context import Context, Look
from dashboard.web.view import kpi_quality
from dashboard.web.view import words as w
from dashboard.web.view.freshness import shown_counts
from dashboard.web.view.maps import Screen
from dashboard.web.view.state import ViewState, path_to

COLUMNS = (
    "cell",
    "region",
    "technology",
    "probability",
    "expected",
    "quality",
    "cause",
    "tickets_7d",
)


def layout(context: Context, look: Look, screen: Screen) -> Component:
    """Filters and the first rows."""
    del screen
    texts, state = look.words.texts, look.state
    status, region_id = _filters(state)
    limit = context.settings.list_limit
    # Stale colours are not shown, so that there is nothing to choose by.
    chosen = status if look.freshness.fresh else None
    rows = look.snapshot.rows(
        "cells", {"status": chosen, "region_id": region_id, "limit": limit + 1}
    )
    more = len(rows) > limit
    shown = texts("cells.first", n=limit) if more else texts("cells.all", n=len(rows))
    heads = ["", *(texts(f"column.{key}") for key in COLUMNS)]
    content = table(heads, [_row(look, row) for row in rows[:limit]], texts("cells.none"))
    return states.desk(
        context,
        look,
        "/cells",
        [
            html.Div(
                [_status_filter(look, status, region_id), _region_filter(look, region_id)],
                className="filters",
            ),
            html.Section([html.P(shown, className="panel-note"), content], className="panel"),
        ],
    )


def frame(look: Look, screen: Screen) -> str:
    """Empty: the page is drawn anew with every change of its address."""
    del look, screen
    return ""


def skeleton() -> Component:
    """The ids of the page, for validation of callbacks."""
    return html.Div(dmc.Select(id="cells-region", data=[]))


def register(app: dash.Dash, context: Context) -> None:
    """The choice of a region goes into the address."""

    @app.callback(
        Output("url", "href", allow_duplicate=True),
        Input("cells-region", "value"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def choose(region_id: str | None, search: str) -> object:
        state = context.state(search)
        status, present = _filters(state)
        if (region_id or None) == present:
            raise dash.exceptions.PreventUpdate
        return state.href("/cells", status=status, region_id=region_id or None)


def _filters(state: ViewState) -> tuple[str | None, str | None]:
    status = state.query.get("status")
    return status if status in COUNT_KEYS else None, state.query.get("region_id") or None


def _row(look: Look, row: dict[str, Any]) -> list[Any]:
    status = look.freshness.status(row["status"])
    link = dcc.Link(
        row["name"] or row["cell_id"],
        href=look.state.href(path_to("cells", row["cell_id"])),
        title=row["cell_id"],
    )
    return [
        parts.status_label(status, look),
        link,
        row["region_name"] or row["region_id"] or w.NOTHING,
        row["technology"] or w.NOTHING,
        w.percent(row["probability"]),
        w.expected(row["expected_low_complaints"]),
        kpi_quality.short(look, row),
        look.words.cause(row["cause"]) if row["status"] in ("red", "yellow") else "",
        w.number(row["tickets_7d"], 0 if (row["tickets_7d"] or 0) % 1 == 0 else 1),
    ]


def _status_filter(look: Look, chosen: str | None, region_id: str | None) -> Component:
    texts = look.words.texts
    counts = shown_counts(look.snapshot.manifest, look.freshness)
    links = [_choice(look, None, region_id, [texts("cells.every")], chosen=chosen is None)]
    for status in COUNT_KEYS:
        content = [parts.status_mark(status), look.words.status(status, "cells")]
        if region_id is None:
            content.append(html.Span(w.number(counts[status]), className="chip-count"))
        links.append(_choice(look, status, region_id, content, chosen=chosen == status))
    return html.Div(links, className="chips", role="group")


def _choice(
    look: Look, status: str | None, region_id: str | None, content: list[Any], *, chosen: bool
) -> Component:
    href = look.state.href("/cells", status=status, region_id=region_id)
    return dcc.Link(content, href=href, className="chip here" if chosen else "chip")


def _region_filter(look: Look, region_id: str | None) -> Component:
    rows = look.snapshot.rows("regions")
    data = [{"value": r["region_id"], "label": r["name"] or r["region_id"]} for r in rows]
    texts = look.words.texts
    made: Component = dmc.Select(
        id="cells-region",
        data=data,
        value=region_id if any(r["region_id"] == region_id for r in rows) else None,
        placeholder=texts("cells.region"),
        clearable=True,
        searchable=True,
        nothingFoundMessage=texts("cells.no_region"),
        className="region-select",
    )
    return made
