"""The state of the sources in panels: warnings, deliveries, rejected rows, structure, places."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.plain import absent
from dashboard.web.components import parts
from dashboard.web.components.cell import table
from dashboard.web.context import Look
from dashboard.web.i18n import Texts
from dashboard.web.view import words as w
from dashboard.web.view.data import Delivery, Row, delivery, renamed_from
from dashboard.web.view.quality import KINDS, sentence
from dashboard.web.view.state import path_to
from dashboard.web.view.words import Words

SHOWN = 100
INCOMPLETE, REMARKS = 12, 20


def panel(
    texts: Texts, key: str, body: list[Any], *, beside: parts.Children = None, names: str = ""
) -> Component:
    """A titled panel with its definition on hover."""
    help_ = texts.get(f"data.{key}_help")
    title = html.H2(texts(f"data.{key}"), title=help_, className="has-help" if help_ else None)
    head = title if beside is None else html.Header([title, beside], className="data-head")
    return html.Section([head, *body], className=f"panel {names}".strip())


def minutes(texts: Texts, value: float | None) -> str:
    """``45 min``, ``7 h``, ``3 d``."""
    if value is None or absent(value):
        return w.NOTHING
    if value < 90:
        return texts("data.minutes", n=f"{value:.0f}")
    if value < 48 * 60:
        return texts("data.hours", n=f"{value / 60:.0f}")
    return texts("data.days", n=f"{value / 1440:.0f}")


def flaws(look: Look) -> Component:
    """Warnings in words, the gravest first, each with what to do."""
    texts, words = look.words.texts, look.words
    rows = look.snapshot.rows("quality_flaws")
    if not rows:
        key = "no_flaws" if look.snapshot.rows("quality_sources") else "no_flaws_old"
        sign = "✓" if key == "no_flaws" else "▨"
        mark = html.Span(sign, className="flaw-mark", **parts.aria(hidden="true"))
        return panel(texts, "flaws", [html.P([mark, texts(f"data.{key}")], className="well")])
    items = [
        html.Li(
            [
                html.P(sentence(row["code"], json.loads(row["about"]), words)),
                html.P(texts.get(f"data.todo_{row['code']}") or "", className="panel-note"),
            ]
        )
        for row in rows
    ]
    count = html.Span(w.number(len(rows)), className="count")
    return panel(texts, "flaws", [html.Ol(items, className="flaws")], beside=count)


def deliveries(look: Look) -> Component:
    """Each source and feed: when it last came, what is usual, what is late and since when."""
    texts, words = look.words.texts, look.words
    as_of = look.snapshot.manifest.as_of
    found = [delivery(row, as_of) for row in look.snapshot.rows("quality_source_rhythm")]
    found.sort(key=lambda each: (each.state != "late",))
    keys = ("source", "feed", "state", "delivered", "usual", "data_time", "age", "files", "refused")
    heads = [texts(f"data.column_{key}") for key in keys]
    rows = [_delivery(each, words, as_of) for each in found]
    return panel(
        texts, "sources", [html.Div(table(heads, rows, texts("data.no_sources")), className="wide")]
    )


def _delivery(each: Delivery, words: Words, as_of: datetime) -> list[Any]:
    texts, row = words.texts, each.row
    late = each.late_since is not None
    state = texts(f"data.state_{each.state}", since=words.short_moment(each.late_since, as_of))
    sign = {"late": "◷", "well": "✓"}.get(each.state, "·")
    mark = html.Span(sign, className="state-mark", **parts.aria(hidden="true"))
    return [
        row["source"],
        feed(texts, row["feed"]),
        html.Span([mark, state], className=f"state {'late' if late else each.state}"),
        words.short_moment(row["delivered_at"], as_of),
        minutes(texts, row["usual_min"]),
        words.short_moment(row["data_time"], as_of),
        minutes(texts, row["age_min"]),
        w.number(row["files"]),
        html.Span(
            w.number(row["files_refused"]), className="bad" if row["files_refused"] else None
        ),
    ]


def feed(texts: Texts, name: str) -> str:
    """A feed's name; itself when it has no text."""
    return texts.get(f"data.feed_{name}") or name


def reason(texts: Texts, code: str) -> str:
    """Why a row was rejected, in words; the code itself when it has none."""
    return texts.get(f"reject.{code}") or code


def incomplete(look: Look) -> list[Component]:
    """Days of cells that lack the most; nothing where all came."""
    texts, words = look.words.texts, look.words
    rows = look.snapshot.rows("quality_cells", {"limit": INCOMPLETE})
    if not rows:
        return []
    keys = ("cell", "source", "day", "present", "expected")
    heads = [texts(f"data.column_{key}") for key in keys]
    shown = [
        [
            dcc.Link(row["cell_id"], href=look.state.href(path_to("cells", row["cell_id"]))),
            row["source"],
            words.day(row["day"]),
            w.number(row["present"]),
            w.number(row["expected"]),
        ]
        for row in rows
    ]
    return [panel(texts, "cells_missing", [table(heads, shown, "")])]


def rejected_days(look: Look) -> list[Component]:
    """Per source and feed: how much of what was read was rejected in the last two weeks."""
    texts = look.words.texts
    sums: dict[tuple[str, str], list[int]] = {}
    for row in look.snapshot.rows("quality_rejected"):
        told = sums.setdefault((row["source"], row["feed"]), [0, 0])
        told[0] += row["rows_rejected"]
        told[1] += row["rows_read"]
    lines = [
        html.Li(
            [
                html.Span(f"{source} · {feed(texts, name)}", className="who"),
                texts(
                    "data.rejected_share",
                    rejected=w.number(rejected),
                    read=w.number(read),
                    share=share_text(rejected, read),
                ),
            ]
        )
        for (source, name), (rejected, read) in sorted(sums.items(), key=lambda s: -s[1][0])
        if rejected
    ]
    return [html.Ul(lines, className="rejected-shares")] if lines else []


def share_text(part: float, whole: float) -> str:
    """A share with a digit more where it is small."""
    if not whole:
        return w.NOTHING
    share = part / whole
    return f"{100 * share:.2f}%" if 0 < share < 0.1 else w.percent(share)


def rejected_table(look: Look, rows: list[Row]) -> list[Component]:
    """Single rejected rows, as they were set aside: personal data masked."""
    texts, words = look.words.texts, look.words
    as_of = look.snapshot.manifest.as_of
    keys = ("loaded", "source", "feed", "file", "row", "column", "value", "reason")
    heads = [texts(f"data.column_{key}") for key in keys]
    shown = [
        [
            words.short_moment(row["loaded_at"], as_of),
            row["source"],
            feed(texts, row["feed"]),
            row["file"],
            w.number(row["row_number"]),
            row["column_name"] or w.NOTHING,
            html.Code(row["value"] or "", title=row["value"]),
            html.Span(reason(texts, row["reason"]), title=row["reason"]),
        ]
        for row in rows
    ]
    content = html.Div(table(heads, shown, texts("data.no_rejected")), className="wide scroll")
    if not rows:
        return [content]
    line = texts("data.shown_of", shown=len(rows), found=w.number(rows[0]["found"]))
    return [html.Div(content, **parts.data(rows="yes")), html.P(line, className="panel-note")]


def refused(look: Look) -> Component:
    """Files that were refused as a whole, in the words of the refusal."""
    texts, words = look.words.texts, look.words
    as_of = look.snapshot.manifest.as_of
    heads = [texts(f"data.column_{key}") for key in ("loaded", "source", "feed", "file", "reason")]
    rows = [
        [
            words.short_moment(row["loaded_at"], as_of),
            row["source"],
            feed(texts, row["feed"]),
            row["file"],
            html.Span(row["reason"], className="wrap"),
        ]
        for row in look.snapshot.rows("quality_refused", {"limit": SHOWN})
    ]
    content = html.Div(table(heads, rows, texts("data.no_refused")), className="wide scroll short")
    return panel(texts, "refused", [content])


def drift(look: Look) -> Component:
    """Columns that came and went, with what may have been renamed; jumps of levels."""
    texts = look.words.texts
    shifts = look.snapshot.rows("quality_shifts")
    body = [
        html.H3(texts("data.drift_columns")),
        html.Div(_columns(look, shifts), className="wide scroll short"),
        html.H3(texts("data.shifts")),
        html.Div(_shifts(look, shifts), className="wide scroll short"),
    ]
    return panel(texts, "drift", body)


def _columns(look: Look, shifts: list[Row]) -> Component:
    texts, words = look.words.texts, look.words
    as_of = look.snapshot.manifest.as_of
    rows = []
    for row in look.snapshot.rows("quality_columns"):
        change = "came" if row["came"] else "gone" if row["gone"] else "steady"
        since = {"came": row["first_seen"], "gone": row["last_seen"]}.get(change)
        old = renamed_from(row, shifts)
        told: list[Any] = [texts(f"data.change_{change}")]
        if old is not None:
            note = texts("data.maybe_renamed", kpi=words.kpi_label(old))
            told.append(html.Div(note, className="panel-note"))
        rows.append(
            [
                html.Code(row["column_name"]),
                f"{row['source']} · {feed(texts, row['feed'])}",
                html.Div(told, className=change),
                words.short_moment(since, as_of),
                texts("data.of_files", n=w.number(row["files_with"]), all=w.number(row["files"])),
            ]
        )
    keys = ("name", "source", "change", "since", "share")
    heads = [texts(f"data.column_{key}") for key in keys]
    return table(heads, rows, texts("data.no_columns"))


def _shifts(look: Look, shifts: list[Row]) -> Component:
    texts, words = look.words.texts, look.words
    as_of = look.snapshot.manifest.as_of
    rows = []
    for row in shifts[:SHOWN]:
        kpi = words.kpi(row["kpi"])
        ends = [row["usual"], row["value"]]
        if row["kind"] == "nulls":
            told = [w.percent(end) for end in ends]
        else:
            told = [w.measure(e) if kpi is None else words.with_unit(e, kpi) for e in ends]
        what = texts(
            f"data.shift_{row['kind']}",
            kpi=words.kpi_label(row["kpi"]),
            usual=told[0],
            value=told[1],
        )
        who = " · ".join(p for p in (row["source"], row["vendor"], row["technology"]) if p)
        until = words.short_moment(row["until"], as_of)
        rows.append(
            [
                what,
                who,
                words.short_moment(row["since"], as_of),
                texts("data.lasting") if row["lasting"] else until,
            ]
        )
    heads = [texts(f"data.column_{key}") for key in ("what", "source", "since", "until")]
    return table(heads, rows, texts("data.no_shifts"))


def places(look: Look) -> Component:
    """Whether cells, tickets and regions fit together."""
    texts = look.words.texts
    kinds = dict.fromkeys(KINDS, 0)
    for row in look.snapshot.rows("quality_inventory"):
        kinds[row["kind"]] = kinds.get(row["kind"], 0) + 1
    sums = dict.fromkeys(("cell", "position", "region", "none"), 0)
    for row in look.snapshot.rows("quality_attribution"):
        sums[row["attribution"]] = sums.get(row["attribution"], 0) + row["tickets"]
    whole = sum(sums.values())
    told = {key: share_text(n, whole) for key, n in sums.items()}
    numbers = {key: w.number(n) for key, n in kinds.items()}
    body = [
        html.Dl(
            [
                html.Dt(texts("data.inventory")),
                html.Dd(texts("data.inventory_line", **numbers)),
                html.Dt(texts("data.attribution")),
                html.Dd(texts("data.attribution_line", **told) if whole else w.NOTHING),
            ],
            className="place-lines",
        ),
        html.H3(texts("data.coordinates")),
        _coordinates(look),
        html.H3(texts("data.boundaries")),
        *_boundaries(look),
    ]
    return panel(texts, "places", body)


def _coordinates(look: Look) -> Component:
    texts = look.words.texts
    rows = [
        [
            " – ".join(texts.get(f"data.kind_{row[k]}") or row[k] for k in ("first", "second")),
            texts.get(f"data.verdict_{row['verdict']}") or row["verdict"],
            html.Span(row["text"], className="wrap"),
        ]
        for row in look.snapshot.rows("quality_coordinates")
    ]
    heads = [texts(f"data.column_{key}") for key in ("compared", "verdict", "what")]
    return table(heads, rows, texts("data.no_coordinates"))


def _boundaries(look: Look) -> list[Component]:
    texts = look.words.texts
    rows = look.snapshot.rows("quality_boundaries", {"limit": REMARKS})
    if not rows:
        return [html.P(texts("data.no_boundaries"), className="none")]
    items = [html.Li(row["text"], className="grave" if row["grave"] else None) for row in rows]
    more = []
    if rows[0]["found"] > len(rows):
        line = texts("data.boundaries_more", n=len(rows), found=w.number(rows[0]["found"]))
        more = [html.P(line, className="panel-note")]
    return [html.Ul(items, className="remarks"), *more]
