"""The parts of the page of all cells: head, table, map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from dashboard.web.components import parts
from dashboard.web.context import Context, Look
from dashboard.web.figures import theme
from dashboard.web.i18n import Texts
from dashboard.web.view import cells as view
from dashboard.web.view import policy
from dashboard.web.view.cells_columns import COLUMNS
from dashboard.web.view.cells_query import MOST_MARKED, CellsQuery

Children = list[Any]
# The first entry of each list to choose from.
_EVERY = {
    "region_id": "cells.region",
    "technology": "cells.technology",
    "cause": "cells.cause",
    "agreement": "cells.agreement_any",
    "quiet": "cells.quiet_any",
}


def controls(context: Context, look: Look, query: CellsQuery) -> Children:
    """Search and lists: they stay while the rest of the head is written anew."""
    texts = look.words.texts
    label = texts("cells.search")
    search: Any = dmc.TextInput
    search = search(
        id="cells-search",
        value=query.q,
        placeholder=label,
        debounce=250,
        className="cells-search",
        **{"data-search": "yes", "aria-label": label},
    )
    return [
        html.Div(search, title=texts("cells.search_help"), className="cells-search-box"),
        *(_select(context, look, query, name) for name in view.SELECTS),
    ]


def select_id(name: str) -> str:
    """The id of a list to choose from."""
    return f"cells-{name.removesuffix('_id')}"


def _select(context: Context, look: Look, query: CellsQuery, name: str) -> Component:
    texts = look.words.texts
    every = texts(_EVERY[name])
    select: Any = dmc.Select
    made: Component = select(
        id=select_id(name),
        data=view.choices(context, look, name),
        value=query.chosen.get(name),
        placeholder=every,
        clearable=True,
        searchable=name in ("region_id", "cause"),
        nothingFoundMessage=texts("cells.nothing_found"),
        className=f"cells-select cells-by-{name.removesuffix('_id')}",
        **{"aria-label": every},
    )
    return made


def chips(head: view.Head, texts: Texts) -> Children:
    """Statuses with their counts; several may be chosen."""
    links = []
    for chip in head.chips:
        inside: Children = [] if chip.status is None else [parts.status_mark(chip.status)]
        inside += [html.Span(chip.text), html.Span(chip.count, className="chip-count")]
        name = "chip here" if chip.chosen else "chip"
        links.append(dcc.Link(inside, href=chip.href, className=name))
    if head.area is not None:
        name, out = head.area
        leave = html.Span("×", title=texts("cells.area_clear"), **parts.aria(hidden="true"))
        links.append(dcc.Link([html.Span(name), leave], href=out, className="chip here area"))
    return links


def notes(head: view.Head) -> Children:
    """What the page could not do as asked."""
    return [html.P(note, className="cells-note") for note in head.notes]


def tools(head: view.Head, texts: Texts) -> Children:
    """Comparison and files."""
    made: Children = []
    if head.compare:
        label = texts("cells.compare", n=head.marked)
        made.append(dcc.Link(label, href=head.compare, className="cells-tool compare"))
    else:
        key = "cells.compare_few" if head.marked == 1 else "cells.compare_none"
        made.append(html.Span(texts(key, most=MOST_MARKED), className="cells-hint"))
    if head.marked:
        made.append(dcc.Link(texts("cells.compare_clear"), href=head.unmark,
                             className="cells-tool"))  # fmt: skip
    made += [
        html.A(
            texts(f"export.{form}"),
            href=href,
            download="",
            title=told,
            className=f"cells-tool file {form}",
            **parts.aria(label=told),
        )
        for form, href, told in head.files
    ]
    return made


def empty(head: view.Head, texts: Texts) -> Children:
    """Says which filters leave nothing, with one way out; nothing where some cells fit."""
    if not head.empty:
        return []
    clear = dcc.Link(texts("cells.clear"), href=head.clear, className="button")
    lines = [html.H2(texts("cells.empty_title")), html.P(head.empty), clear]
    return [html.Div(lines, className="cells-none", role="status")]


def columns(look: Look, query: CellsQuery) -> Component:
    """Which columns there are."""
    texts = look.words.texts
    box: Any = dmc.Checkbox
    group: Any = dmc.CheckboxGroup
    boxes = [box(label=texts(f"cells.column.{c.key}"), value=c.key, size="sm") for c in COLUMNS]
    inside = [
        html.Div(texts("cells.columns_title"), className="cells-columns-title"),
        group(html.Div(boxes, className="cells-columns-boxes"), id="cells-columns",
              value=list(query.shown)),
        html.Button(texts("cells.columns_reset"), id="cells-columns-reset", className="cells-tool"),
    ]  # fmt: skip
    popover: Any = dmc.Popover
    target = html.Button(
        texts("cells.columns"), className="cells-tool", title=texts("cells.columns_help")
    )
    made: Component = popover(
        [dmc.PopoverTarget(target), dmc.PopoverDropdown(inside, className="cells-columns")],
        position="bottom-end",
        trapFocus=True,
        returnFocus=True,
        withinPortal=False,
    )
    return made


def card(found: view.Card | None, texts: Texts) -> Children:
    """The selected cell in words, as the map and its row show it."""
    if found is None:
        return [html.P(texts("cells.card_none"), className="cells-card-none")]
    link = dcc.Link(texts("cells.open"), href=found.href, className="cells-tool")
    title = html.Div([parts.status_mark(found.status), html.H2(found.name), link],
                     className="cells-card-head")  # fmt: skip
    facts = [
        html.Div(
            [html.Dt(label, title=told), html.Dd(value, title=value)],
            className="cells-fact wide" if wide else "cells-fact",
        )
        for label, value, told, wide in found.facts
    ]
    return [title, html.Dl(facts, className="cells-facts")]


def legend(look: Look) -> Component:
    """What the signs promise."""
    items = [
        html.Li([parts.status_mark(status), html.Span(text)])
        for status, text in policy.legend(look.snapshot.manifest, look.words)
        if status in (*theme.SYMBOL, "bad_kpis")  # signs of cells; the wall has some of districts
    ]
    return html.Ul(items, className="cells-legend")


def place(look: Look) -> Component:
    """The map's place: drawn by the browser, said in words by the table."""
    texts = look.words.texts
    buttons = [
        html.Button(
            sign,
            className=f"cells-map-tool {name}",
            title=texts(f"cells.map_{name}"),
            **parts.aria(label=texts(f"cells.map_{name}")),
        )
        for name, sign in (("in", "+"), ("out", "−"), ("all", "⤢"))
    ]
    return html.Div(
        [
            html.Canvas(className="cells-canvas", role="img"),
            html.Div(className="cells-tip", **parts.aria(hidden="true")),
            html.Div(buttons, className="cells-map-tools", role="group"),
            html.Div(texts("cells.map_loading"), className="cells-map-state"),
        ],
        id="cells-map",
        className="cells-map panel",
    )


def setup(look: Look, query: CellsQuery, total: int, scale: float) -> dict[str, Any]:
    """What the browser has to know (assets/cells.js)."""
    texts, own = look.words.texts, look.words.language
    told = ("table_label", "table_failed", "map_label", "map_failed", "mark", "open", "bursts")
    return {
        "language": own,
        "at": look.state.at_text,
        "scale": scale,
        "total": total,
        "limits": view.limits(look),
        "most": MOST_MARKED,
        "columns": [
            {
                "key": c.key,
                "filter": c.filter,
                "width": round(c.width * scale),
                "shown": c.shown,
            }
            for c in COLUMNS
        ],
        "sort": [["status", "asc"], ["probability", "desc"]],
        "texts": {name: texts(f"cells.{name}") for name in told},
        "selects": {name: select_id(name) for name in view.SELECTS},
        "query": {"marked": list(query.marked), "selected": query.selected},
    }


def grid_texts(texts: Texts) -> Mapping[str, str]:
    """The grid's own words."""
    prefix = "cells.grid."
    return {
        key.removeprefix(prefix): text
        for key, text in texts.table.items()
        if key.startswith(prefix)
    }


def titles(texts: Texts) -> Sequence[tuple[str, str, str]]:
    """Key, title and definition of the columns."""
    return [(c.key, texts(f"cells.column.{c.key}"), texts(f"cells.help.{c.key}")) for c in COLUMNS]
