"""Parts of the page of trends: what one may choose, the key figures, the league table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from dashboard.trends.query import DIMENSIONS, UNKNOWN
from dashboard.web.components import parts
from dashboard.web.context import Look
from dashboard.web.view import trend_words as tw
from dashboard.web.view.trend_choice import MEASURES, RANGES, Choice
from dashboard.web.view.trend_verdict import Change, change
from dashboard.web.view.trends import Trends, current_row, side
from dashboard.web.view.words import NOTHING

PATH = "/trends"
HEAD = (
    "rate_per_10k",
    "tickets",
    "timely_rate",
    "repeat_rate",
    "low_share",
    "satisfaction",
    "reply_p80_min",
)
CONTROLS = ("region", "channel", "service", "category", "technology", "split", "from", "to")


def filters(look: Look, choice: Choice, values: Mapping[str, Sequence[str | None]]) -> Component:
    """Period, range, dates, filters and split; all of it ends in the address."""
    texts, query = look.words.texts, choice.query
    dates = [
        _date(look, "from", query.first.isoformat()),
        _date(look, "to", query.last.isoformat()),
    ]
    return html.Section(
        [
            html.Div(
                [
                    _chips(look, "by", query.by, [(by, texts(f"trends_by.{by}")) for by in RANGES]),
                    _chips(
                        look,
                        "range",
                        choice.range,
                        [(name, texts(f"trends_range.{name}")) for name in RANGES[query.by]],
                    ),
                    html.Div(dates, className="trend-dates"),
                ],
                className="trend-row",
            ),
            html.Div(
                [_select(look, choice, name, values.get(name, ())) for name in DIMENSIONS]
                + [_split(look, choice), _reset(look, choice)],
                className="trend-row",
            ),
        ],
        className="panel trend-filters no-print",
        **parts.aria(label=texts("trends.range")),
    )


def skeleton() -> list[Component]:
    """The ids of the controls, for validation of callbacks."""
    return [
        *(dmc.Select(id=f"trends-{name}", data=[]) for name in (*DIMENSIONS, "split")),
        *(dcc.Input(id=f"trends-{name}") for name in ("from", "to")),
    ]


def measures(look: Look, choice: Choice) -> Component:
    """Which measure the main chart shows."""
    texts = look.words.texts
    return _chips(
        look, "measure", choice.measure, [(m, texts(f"trends_measure.{m}")) for m in MEASURES]
    )


def head(look: Look, choice: Choice, found: Trends) -> Component:
    """The key figures of the newest whole period, against the one before and last year."""
    texts, row = look.words.texts, current_row(found)
    if row is None:
        return html.Div()
    when = tw.period(look.words, choice.query.by, row["period_start"], row["period_end"])
    title = html.H2(
        [
            texts("trends.key_figures"),
            html.Small(texts("trends.subject", period=when, where=where(look, found))),
        ]
    )
    cards = [_card(look, choice, measure, row) for measure in HEAD]
    return html.Section(
        [title, html.Div(cards, className="trend-cards"), *_said(look, choice, found)],
        className="panel trend-head",
    )


def where(look: Look, found: Trends) -> str:
    """Which complaints are counted, in words: the region and the other filters."""
    texts, filters = look.words.texts, found.query.filters
    names = dict(found.regions)
    region = filters.get("region")
    said = [names.get(region, texts("trends.unknown_value")) if region else texts("trends.city")]
    said += [
        tw.name_of(look.words, dimension, filters[dimension], names)
        for dimension in DIMENSIONS
        if dimension != "region" and dimension in filters
    ]
    return " · ".join(said)


def _card(look: Look, choice: Choice, measure: str, row: dict[str, Any]) -> Component:
    texts, words = look.words.texts, look.words
    now = side(row, "")
    before = change(measure, now, {**side(row, "_before")})
    year = change(measure, now, {**side(row, "_last_year")})
    compared = texts("trends.compare_before", before=texts(f"trends_before.{choice.query.by}"))
    lines = [_against(look, measure, compared, before)]
    if year.verdict != "unknown":
        lines.append(_against(look, measure, texts("trends.compare_year"), year))
    label = html.Span(
        texts(f"trends_measure.{measure}"),
        className="trend-label has-help",
        title=f"{texts(f'trends_help.{measure}')}\n{texts('trends_help.compare')}",
    )
    here = " here" if measure == choice.measure else ""
    return html.Div(
        [
            html.Dt(dcc.Link(label, href=look.state.here(PATH, measure=measure))),
            html.Dd(
                [
                    html.Span(tw.value(words, measure, row[measure]), className="trend-value"),
                    html.Span(texts(f"trends_unit.{measure}"), className="trend-unit"),
                ]
            ),
            *lines,
        ],
        className=f"trend-card{here}",
    )


def _against(look: Look, measure: str, compared: str, found: Change) -> Component:
    texts = look.words.texts
    verdict = texts(f"trends_verdict.{found.verdict}")
    if found.points is None:
        amount = NOTHING
    elif measure in tw.SHARES:
        amount = f"{100 * found.points:+.1f} pp"
    elif measure == "satisfaction":
        amount = f"{found.points:+.2f}"
    else:
        amount = NOTHING if found.relative is None else f"{100 * found.relative:+.1f}%"
    then = tw.value(look.words, measure, found.then)
    return html.Dd(
        [
            html.Span(compared, className="trend-compared"),
            html.Span(amount.replace("-", "−"), className="trend-amount"),
            html.Span(verdict, className=f"trend-verdict {found.verdict}"),
        ],
        className="trend-against",
        title=f"{compared} {then}\n{texts('trends_help.compare')}",
    )


def _said(look: Look, choice: Choice, found: Trends) -> list[Component]:
    """What one should know before believing: an unfinished period, values left out."""
    texts = look.words.texts
    said = []
    table, manifest = found.table, look.snapshot.manifest
    last = table.iloc[-1]
    if not bool(last["complete"]) and last["tickets"] == last["tickets"]:
        when = tw.period(look.words, choice.query.by, last["period_start"], last["period_end"])
        said.append(
            texts("trends.provisional", period=when, time=look.words.moment(manifest.as_of))
        )
    if not table["tickets_last_year"].notna().any():
        said.append(texts("trends.no_last_year"))
    return [html.P(line, className="panel-note") for line in said] + ignored(look, choice)


def ignored(look: Look, choice: Choice) -> list[Component]:
    """What the address holds that could not be used."""
    texts = look.words.texts
    said = [texts("trends.ignored", name=name, value=value) for name, value in choice.ignored]
    return [html.P(line, className="panel-note") for line in said]


def _chips(look: Look, name: str, chosen: str | None, values: list[tuple[str, str]]) -> Component:
    gone: dict[str, str | None] = {}
    if name == "by":
        gone = {"range": None, "from": None, "to": None}
    elif name == "range":
        gone = {"from": None, "to": None}
    links = []
    for value, label in values:
        changes = {**gone, name: value}
        here = value == chosen
        links.append(
            dcc.Link(
                label,
                href=look.state.here(PATH, **changes),
                className="chip here" if here else "chip",
            )
        )
    return html.Div(
        links,
        className="chips",
        role="group",
        **parts.aria(label=look.words.texts(f"trends.{name}")),
    )


def _date(look: Look, name: str, value: str) -> Component:
    label = html.Span(look.words.texts(f"trends.{name}"), className="trend-date-label")
    box = dmc.TextInput(
        id=f"trends-{name}", value=value, debounce=True, size="sm", className="trend-date",
        attributes={"input": {"type": "date"}},
    )  # fmt: skip
    return html.Label([label, box])


def _select(look: Look, choice: Choice, dimension: str, values: Sequence[str | None]) -> Component:
    texts, words = look.words.texts, look.words
    chosen = choice.query.filters.get(dimension)
    if dimension == "region":
        rows = look.snapshot.rows("trend_regions")
        data = [{"value": r["region_id"], "label": r["name"] or r["region_id"]} for r in rows]
    else:
        data = [{"value": v, "label": words.code(dimension, v)} for v in values if v is not None]
        if None in values:
            data.append({"value": UNKNOWN, "label": texts("trends.unknown_value")})
    if chosen is not None and all(entry["value"] != chosen for entry in data):
        data.append({"value": chosen, "label": tw.name_of(words, dimension, chosen, {})})
    label = texts(f"trends_dimension.{dimension}")
    return html.Label(
        [
            html.Span(label, className="trend-date-label"),
            dmc.Select(
                id=f"trends-{dimension}",
                data=data,
                value=chosen,
                placeholder=texts("trends.every"),
                clearable=True,
                searchable=len(data) > 8,
                size="sm",
                className="trend-select",
            ),
        ]
    )


def _split(look: Look, choice: Choice) -> Component:
    texts = look.words.texts
    data = [{"value": d, "label": texts(f"trends_dimension.{d}")} for d in DIMENSIONS]
    return html.Label(
        [
            html.Span(texts("trends.split"), className="trend-date-label"),
            dmc.Select(
                id="trends-split",
                data=data,
                value=choice.split,
                placeholder=texts("trends.split_none"),
                clearable=True,
                size="sm",
                className="trend-select",
            ),
        ]
    )


def _reset(look: Look, choice: Choice) -> Component:
    gone: dict[str, str | None] = dict.fromkeys(DIMENSIONS)
    href = look.state.here(PATH, **gone)
    shown = "trend-reset" if choice.query.filters else "trend-reset unseen"
    return dcc.Link(look.words.texts("trends.reset"), href=href, className=shown)
