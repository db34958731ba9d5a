"""The record of forecasts in panels: squares of a hundred, key figures, tables with bars."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboard.web.components import parts
from dashboard.web.components.cell import table
from dashboard.web.i18n import Texts
from dashboard.web.view import words as w
from dashboard.web.view.record import FLAGGED, Group, Record, Rule
from dashboard.web.view.sure import Share
from dashboard.web.view.words import Words

LEAST = 10
"""Of fewer known outcomes no share is told."""


def hundred(counts: Sequence[tuple[str, int]], label: str) -> Component:
    """A hundred squares, shared out by largest remainders; ``label`` says the same in words."""
    squares = [
        html.I(className=f"square {kind}")
        for kind, n in zip(
            (kind for kind, _ in counts), shared([n for _, n in counts]), strict=True
        )
        for _ in range(n)
    ]
    return html.Div(squares, className="hundred", role="img", **parts.aria(label=label))


def shared(counts: Sequence[int], total: int = 100) -> list[int]:
    """``total`` shared out in proportion, whole numbers that add up to it (Hamilton's method)."""
    whole = sum(counts)
    if not whole:
        return [0] * len(counts)
    exact = [total * n / whole for n in counts]
    made = [int(share) for share in exact]
    order = sorted(range(len(counts)), key=lambda i: (made[i] - exact[i], i))
    for i in order[: total - sum(made)]:
        made[i] += 1
    return made


def reds_panel(record: Record, words: Words, horizon_h: int) -> Component:
    """What the reds brought, in words and squares."""
    texts, total = words.texts, record.total
    known = total.red["hit"] + total.red["false_alarm"]
    if not total.reds:
        return _panel(texts, "reds", [html.P(texts("accuracy.reds_none"), className="none")])
    fates = [(fate, total.red[fate]) for fate in FLAGGED]
    of_hundred = dict(zip(FLAGGED, shared([n for _, n in fates]), strict=True))
    sentence = texts("accuracy.reds_sentence", hours=horizon_h, **of_hundred)
    body = [
        html.P(sentence, className="said"),
        html.Div(
            [hundred(fates, sentence), _legend(texts, fates, total.reds, "fate")],
            className="hundred-row",
        ),
        html.P(_treated(record, texts, known), className="panel-note"),
    ]
    return _panel(texts, "reds", body)


def _treated(record: Record, texts: Texts, known: int) -> str:
    """By what the treated ones were treated, and what that means for the precision."""
    total, kinds = record.total, record.orders.treatments
    by = {
        f"{kind}_{fate}": w.number(kinds.get((kind, fate), 0))
        for kind in ("order", "works")
        for fate in ("treated", "treated_not")
    }
    told = texts("accuracy.reds_treated_by", **by)
    rest = texts("accuracy.reds_treated", known=w.number(known), hit=w.number(total.red["hit"]))
    return f"{told}{rest}"


def misses_panel(record: Record, words: Words) -> Component:
    """How many of the complaints had been announced; as large as the panel of the reds."""
    texts, total = words.texts, record.total
    if record.chosen.cause is not None:
        note = html.P(texts("accuracy.misses_cause"), className="none")
        return _panel(texts, "misses", [note])
    if not total.complained:
        return _panel(texts, "misses", [html.P(texts("accuracy.misses_none"), className="none")])
    seen = [("red", total.foreseen), ("yellow", total.watched), ("miss", total.misses)]
    red, yellow, miss = shared([n for _, n in seen])
    sentence = texts("accuracy.misses_sentence", red=red, yellow=yellow, miss=miss)
    kinds = [(f"seen-{kind}", n) for kind, n in seen]
    body = [
        html.P(sentence, className="said"),
        html.Div(
            [hundred(kinds, sentence), _legend(texts, seen, total.complained, "seen")],
            className="hundred-row",
        ),
        html.P(texts("accuracy.no_claim"), className="panel-note"),
    ]
    return _panel(texts, "misses", body)


def _panel(texts: Texts, key: str, body: list[Component]) -> Component:
    head = html.H2(
        texts(f"accuracy.{key}_title"), title=texts(f"accuracy.{key}_help"), className="has-help"
    )
    return html.Section([head, *body], className="panel verdict")


def _legend(texts: Texts, counts: Sequence[tuple[str, int]], total: int, group: str) -> Component:
    items = []
    for kind, n in counts:
        name = kind if group == "fate" else f"seen-{kind}"
        hint = texts(f"accuracy.fate_{kind}_help") if group == "fate" else None
        items.append(
            html.Li(
                [
                    html.I(className=f"square {name}", **parts.aria(hidden="true")),
                    html.Span(texts(f"accuracy.{group}_{kind}"), className="legend-name"),
                    html.Strong(w.number(n)),
                    html.Span(w.percent(n / total), className="legend-share"),
                ],
                title=hint,
            )
        )
    return html.Ul(items, className="fate-legend")


def key_figures(record: Record, words: Words) -> Component:
    """Five figures, each with its interval and a sentence."""
    texts, total = words.texts, record.total
    lead, expected = record.lead, record.expected
    median, lower = lead.quantile(0.5), lead.quantile(0.25)
    cover = record.coverage.get("tickets") or record.coverage.get("low_complaints")
    tiles = [
        _tile(
            texts,
            "precision",
            w.percent(total.precision.value),
            _in_hundred(texts, "accuracy.precision_words", total.precision),
            between(total.precision, texts),
        ),
        _tile(
            texts,
            "recall",
            w.NOTHING if total.recall is None else w.percent(total.recall.value),
            texts("accuracy.recall_none")
            if total.recall is None
            else _in_hundred(texts, "accuracy.recall_words", total.recall),
            "" if total.recall is None else between(total.recall, texts),
        ),
        _tile(
            texts,
            "lead_time",
            w.NOTHING if median is None else f"{median:.0f}{texts('unit.hours')}",
            texts("accuracy.lead_none")
            if median is None or lower is None
            else texts("accuracy.lead_words", median=f"{median:.0f}", lower=f"{lower:.0f}"),
            ""
            if lead.firsts.value is None
            else texts("accuracy.firsts_words", share=w.percent(lead.firsts.value)),
            hint="lead_help",
        ),
        _tile(
            texts,
            "expected_title",
            w.number(expected.value, 2),
            texts(
                "accuracy.expected_words",
                expected=w.number(expected.above),
                observed=w.number(expected.below),
            ),
            between(expected, texts, as_percent=False),
            hint="expected_help",
        ),
        _tile(
            texts,
            "coverage_title",
            w.percent(cover[0].inside.value) if cover else w.NOTHING,
            _in_hundred(texts, "accuracy.coverage_words", cover[0].inside)
            if cover
            else texts("accuracy.coverage_none"),
            between(cover[0].inside, texts) if cover else "",
            hint="coverage_help",
        ),
    ]
    return html.Dl(tiles, className="key-figures")


def _tile(
    texts: Texts, key: str, value: str, sentence: str, below: str, *, hint: str | None = None
) -> Component:
    name = html.Dt(
        texts(f"accuracy.{key}"), title=texts(f"accuracy.{hint or key + '_help'}"),
        className="has-help",
    )  # fmt: skip
    told = html.Dd([html.Strong(value), html.P(sentence), html.P(below, className="panel-note")])
    return html.Div([name, told], className="panel key-figure")


def _in_hundred(texts: Texts, key: str, share: Share) -> str:
    return "" if share.value is None else texts(key, n=round(100 * share.value))


def between(share: Share, texts: Texts, *, as_percent: bool = True) -> str:
    """The interval in words; that there is none, where there are too few days."""
    if share.value is None:
        return ""
    if share.lower is None or share.upper is None:
        return texts("accuracy.no_interval")
    told = [
        w.percent(end) if as_percent else w.number(end, 2) for end in (share.lower, share.upper)
    ]
    return texts("accuracy.interval", lower=told[0], upper=told[1])


def rules_sentence(record: Record, texts: Texts) -> str:
    """How often as many cells the forecast finds as the best rule; empty when it cannot be told."""
    if record.gain is None or record.gain[1].value is None:
        return ""
    best, gain = record.gain
    told = {"rule": texts(f"accuracy.rule_{best}"), "times": w.number(gain.value, 1)}
    if gain.lower is None:
        return texts("accuracy.rules_sentence_short", **told)
    ends = {"lower": w.number(gain.lower, 1), "upper": w.number(gain.upper, 1)}
    return texts("accuracy.rules_sentence", **told, **ends)


def rules_table(rules: Sequence[Rule], texts: Texts) -> Component:
    """The figures behind the chart of rules."""
    rows = []
    for rule in sorted(rules, key=lambda each: -(each.precision.value or 0.0)):
        name = html.Span(
            texts(f"accuracy.rule_{rule.score}"),
            title=texts(f"accuracy.rule_{rule.score}_help"),
            className="has-help" + (" own" if rule.score == "forecast" else ""),
        )
        lift = w.NOTHING
        if rule.lift is not None:
            lift = texts("accuracy.lift", times=w.number(rule.lift, 1))
        rows.append(
            [
                name,
                w.percent(rule.precision.value),
                w.percent(rule.recall.value),
                lift,
                w.number(rule.average_precision, 2),
            ]
        )
    heads = [
        texts(f"accuracy.column_{key}") for key in ("rule", "precision", "recall", "lift", "ap")
    ]
    return table(heads, rows, texts("accuracy.rules_none"))


def calibration_sentence(record: Record, texts: Texts) -> str:
    """One bin in words: that of the most reds, where the promise is made."""
    told = [each for each in record.bins if each.observed.value is not None and each.forecast > 0.1]
    if not told:
        return texts("accuracy.calibration_none") if not record.bins else ""
    bin_ = max(told, key=lambda each: each.cells * each.forecast)
    said, came = w.percent(bin_.forecast), w.percent(bin_.observed.value)
    return texts("accuracy.calibration_sentence", said=said, came=came)


def groups(record: Record, kind: str, words: Words) -> Component:
    """A table of regions, causes or technologies: reds by fate as a bar, misses, shares."""
    texts = words.texts
    found = record.by[kind]
    most = max([group.reds for group in found] or [1]) or 1
    rows = [_group_row(group, kind, most, words) for group in found]
    heads = [texts(f"accuracy.column_{key}") for key in ("what", "reds", "fates", "misses")]
    heads += [texts("accuracy.precision"), texts("accuracy.recall")]
    if kind == "cause":
        heads = [head for n, head in enumerate(heads) if n not in (3, 5)]
        rows = [[cell for n, cell in enumerate(row) if n not in (3, 5)] for row in rows]
    content = table(heads, rows, texts("accuracy.by_none"))
    return html.Section(
        [
            html.H2(
                texts(f"accuracy.by_{kind}"),
                title=texts("accuracy.by_help", least=LEAST),
                className="has-help",
            ),
            html.Div(content, className="group-table"),
        ],
        className="panel",
    )


def _group_row(group: Group, kind: str, most: int, words: Words) -> list[Any]:
    texts = words.texts
    name = texts("accuracy.untold")
    if group.value is not None:
        name = words.cause(group.value) if kind == "cause" else group.name or group.value
    label = ", ".join(f"{texts(f'accuracy.fate_{fate}')} {group.red[fate]}" for fate in FLAGGED)
    bar = html.Div(
        [
            html.I(className=f"part {fate}", style={"width": f"{100 * n / most:.2f}%"})
            for fate, n in ((fate, group.red[fate]) for fate in FLAGGED)
            if n
        ],
        className="fate-bar",
        role="img",
        title=label,
        **parts.aria(label=label),
    )
    return [
        name,
        w.number(group.reds),
        bar,
        w.number(group.misses),
        _told_share(group.precision, texts),
        w.NOTHING if group.recall is None else _told_share(group.recall, texts),
    ]


def _told_share(share: Share, texts: Texts) -> Component:
    counts = texts("accuracy.of", above=w.number(share.above), below=w.number(share.below))
    if share.below < LEAST:
        return html.Span(texts("accuracy.too_few"), className="panel-note", title=counts)
    hint = f"{counts} · {between(share, texts)}"
    return html.Span(w.percent(share.value), title=hint)
