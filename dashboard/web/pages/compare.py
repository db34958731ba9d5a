"""``/cells?compare=a,b,c``: up to six cells side by side."""

from __future__ import annotations

from typing import Any

import dash
import dash_mantine_components as dmc
from dash import Input, Output, State, dcc, html
from dash.development.base_component import Component

from dashboard.errors import SnapshotError
from dashboard.web.components import compare as rooms
from dashboard.web.components import parts, states
from dashboard.web.components import span as span_tools
from dashboard.web.context import Context, Look
from dashboard.web.figures.compare import compare_figure
from dashboard.web.view.compare import MOST, asked, compare_href, comparison
from dashboard.web.view.lines import kpi_frame, lines_of
from dashboard.web.view.maps import Screen
from dashboard.web.view.span import Span, span_of
from dashboard.web.view.state import BadQueryError

PATH = "/cells"
FOUND = 20  # cells offered for one text


def layout(context: Context, look: Look, screen: Screen) -> Component:
    """Heads, charts and key figures; says which ids it cannot show."""
    texts = look.words.texts
    found = comparison(look, asked(look.state.query.get("compare")))
    span = _span(context, look)
    ids = [cell.cell_id for cell in found.cells]
    kept: dict[str, str | None] = {"compare": ",".join(ids) or None}
    tools = span_tools.ranges(look, PATH, span, kept, "compare-dates", week_before=False)
    body: list[Component] = [
        rooms.head(found, look),
        html.Div([*tools, *_add(look, len(ids))], className="span-tools"),
    ]
    if found.cells:
        body += _charts(look, found.cells, span, screen.desk_scale)
    else:
        back = dcc.Link(texts("nav.cells"), href=look.state.href(PATH), className="button")
        lines = [texts("compare.empty", n=MOST)]
        body.append(parts.message(texts("compare.empty_title"), lines, below=[back]))
    return states.desk(context, look, PATH, body)


def _span(context: Context, look: Look) -> Span:
    return span_of(
        look.state.query,
        as_of=look.snapshot.manifest.as_of,
        zone=look.words.zone,
        ahead_h=1,  # no forecast is drawn here
        days=context.settings.kpi_days,
    )


def _charts(look: Look, cells: tuple[Any, ...], span: Span, scale: float) -> list[Component]:
    """One card a KPI that any of the cells has, then the table."""
    texts, words = look.words.texts, look.words
    try:
        frame = kpi_frame(look, [cell.cell_id for cell in cells], span, words.catalogue.names)
    except SnapshotError as error:
        return [html.P(texts("kpi.failed", reason=str(error)), className="none")]
    names = {cell.cell_id: cell.name for cell in cells}
    colours = dict(zip(names, look.theme.categories, strict=False))
    cards, rows = [], []
    for kpi in words.catalogue.kpis:
        lines = lines_of(frame, kpi.name, names)
        if not lines:
            continue
        figure = compare_figure(
            lines,
            words=words,
            as_of=look.snapshot.manifest.as_of,
            span=(span.start, span.end),
            colours=[colours[line.cell_id] for line in lines],
            limit=kpi.limit,
            scale=scale,
            theme=look.theme,
        )
        missing = [name for cell_id, name in names.items()
                   if cell_id not in {line.cell_id for line in lines}]  # fmt: skip
        cards.append(rooms.card(kpi, figure, words, missing))
        rows.append((kpi, {line.cell_id: line for line in lines}))
    if not cards:
        return [html.P(texts("compare.no_kpi"), className="panel none")]
    return [html.Div(cards, className="kpis"), rooms.figures_table(cells, rows, words)]


def _add(look: Look, count: int) -> list[Component]:
    texts = look.words.texts
    if count >= MOST:
        hidden = dmc.Select(id="compare-add", data=[], style={"display": "none"})
        return [html.Span(texts("compare.full", n=MOST), className="panel-note"), hidden]
    box: Component = dmc.Select(
        id="compare-add",
        data=[],
        placeholder=texts("compare.add_hint"),
        searchable=True,
        clearable=True,
        nothingFoundMessage=texts("compare.nothing_found"),
        size="sm",
        className="compare-add",
        **parts.aria(label=texts("compare.add")),
    )
    return [box]


def skeleton() -> Component:
    """The ids of the page, for validation of callbacks."""
    return html.Div(
        [dmc.Select(id="compare-add", data=[]), dmc.DatePickerInput(id="compare-dates")]
    )


def register(app: dash.Dash, context: Context) -> None:
    """Cells are looked up while one types; what is chosen goes into the address."""

    def look_of(search: str) -> Look:
        try:
            return context.look(context.state(search))
        except (SnapshotError, BadQueryError):
            raise dash.exceptions.PreventUpdate from None

    @app.callback(
        Output("compare-add", "data"),
        Input("compare-add", "searchValue"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def offer(text: str | None, search: str) -> object:
        look = look_of(search)
        ids = asked(look.state.query.get("compare"))
        found = look.snapshot.rows("cells_like", {"text": (text or "").strip(), "limit": FOUND})
        return [
            {
                "value": row["cell_id"],
                "label": f"{row['name'] or row['cell_id']} · {row['cell_id']}",
            }
            for row in found
            if row["cell_id"] not in ids
        ]

    @app.callback(
        Output("url", "href", allow_duplicate=True),
        Input("compare-add", "value"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def add(cell_id: str | None, search: str) -> object:
        look = look_of(search)
        ids = asked(look.state.query.get("compare"))
        if not cell_id or cell_id in ids:
            raise dash.exceptions.PreventUpdate
        return compare_href(look, [*ids, cell_id])

    @app.callback(
        Output("url", "href", allow_duplicate=True),
        Input("compare-dates", "value"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def set_dates(days: list[str | None] | None, search: str) -> object:
        look = look_of(search)
        first, last = [*(days or []), None, None][:2]
        query = look.state.query
        if bool(first) != bool(last) or (first, last) == (query.get("from"), query.get("to")):
            raise dash.exceptions.PreventUpdate
        fields = {"from": first, "to": last}
        return look.state.href(PATH, compare=query.get("compare"), **fields)
