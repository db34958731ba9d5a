"""A titled panel around a chart, which can be saved as a picture."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
from dash import html
from dash.development.base_component import Component

from dashboard.web.components import parts
from dashboard.web.context import Look
from dashboard.web.figures.theme import Figure

IMAGES = ("png", "svg")


def chart(
    figure: Figure | go.Figure,
    *,
    title: str,
    name: str,
    help: str,  # noqa: A002  the word that every page uses for it
    look: Look,
    note: str = "",
    box: str = "chart-box",
    graph_id: str | None = None,
    zoom: bool = False,
    tools: parts.Children = None,
    below: parts.Children = None,
) -> Component:
    """A panel: title with its definition on hover, the chart, and its export as PNG and SVG.

    The picture is made in the browser (assets/chart_export.js), with the title above, the note and
    the data time below, on the ground of the page; nothing is sent anywhere.

    Args:
        figure: as made by ``dashboard.web.figures``.
        title: what the chart shows.
        name: of the file, without suffix, as made by ``dashboard.exports.names.file_name``.
        help: definition of the measure, in one sentence.
        look: words and data time.
        note: beside the title: unit, period.
        box: class of the chart's box, which gives its height.
        graph_id: id of the graph, where a callback needs it.
        zoom: the wheel zooms.
        tools: controls beside the title.
        below: what follows the chart.
    """
    props = {"id": graph_id} if graph_id else {}
    head: list[Any] = [
        html.H2(title, title=help or None, className="has-help" if help else None),
        html.Span(note, className="chart-note") if note else None,
        html.Div(
            [*_listed(tools), export_buttons(look, name, title, note)], className="chart-tools"
        ),
    ]
    body = [parts.graph(figure, box, zoom=zoom, **props), *_listed(below)]
    return html.Section(
        [html.Header([part for part in head if part is not None], className="chart-head"), *body],
        className="panel chart",
    )


def export_buttons(look: Look, name: str, title: str, note: str = "") -> Component:
    """PNG and SVG of the one chart in the same panel; the browser's script listens to them."""
    texts, words = look.words.texts, look.words
    moment = look.snapshot.manifest.data_time or look.snapshot.manifest.as_of
    source = f"Foresite · {texts('export.data_time')} {words.full_moment(moment)}"
    shared: dict[str, Any] = {"data-title": title, "data-note": note, "data-source": source}
    buttons = []
    for kind in IMAGES:
        told = {
            "data-export": kind,
            "data-name": name.removesuffix(".png").removesuffix(".svg"),
            **shared,
        }
        label = texts(f"export.{kind}")
        hint = texts("export.image_help", kind=label)
        button = html.Button(label, type="button", className="chart-export", title=hint, **told)
        buttons.append(button)
    return html.Span(
        buttons,
        className="chart-exports no-print",
        role="group",
        **parts.aria(label=texts("export.chart_menu")),
    )


def _listed(children: parts.Children) -> list[Any]:
    if children is None:
        return []
    return list(children) if isinstance(children, list | tuple) else [children]
