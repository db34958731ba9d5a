"""Charts of the record of forecasts; what may still be revised is drawn hollow or hatched."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from dashboard.web.figures.axes import (
    categories,
    errors,
    font,
    layout_of,
    legend,
    numbers,
    percent,
)
from dashboard.web.figures.theme import Figure, Theme
from dashboard.web.view.marks import plain
from dashboard.web.view.record import COVERAGE, FATES, Bin, Covered, Lead, Rule, Week
from dashboard.web.view.sure import Share
from dashboard.web.view.words import Words

LEAD_STEP_H = 6


def fate_colours(theme: Theme) -> dict[str, str]:
    """Colour of each fate; assets/accuracy.css has the same. None is a status's colour."""
    return {
        "hit": theme.series,
        "treated": theme.forecast,
        "treated_not": theme.categories[3],
        "false_alarm": theme.muted,
        "miss": theme.ticket,
    }


def weekly_shares(weeks: Sequence[Week], *, words: Words, theme: Theme, scale: float) -> Figure:
    """Precision and recall by week.

    Args:
        weeks: in order.
        words: texts.
        theme: the colours.
        scale: size of type; 1 at 1080 lines.
    """
    x, texts = _weeks(weeks, words), words.texts
    traces = []
    for name, colour, symbol in (
        ("precision", theme.series, "circle"),
        ("recall", theme.ticket, "diamond"),
    ):
        shares = [
            week.group.precision if name == "precision" else week.group.recall for week in weeks
        ]
        values = [None if share is None else share.value for share in shares]
        if all(value is None for value in values):
            continue
        hollow = [theme.panel if not week.settled else colour for week in weeks]
        traces.append(
            {
                "type": "scatter",
                "x": x,
                "y": values,
                "mode": "lines+markers",
                "name": texts(f"accuracy.{name}"),
                "line": {"color": colour, "width": 2 * scale},
                "marker": {
                    "symbol": symbol,
                    "size": 10 * scale,
                    "color": hollow,
                    "line": {"color": colour, "width": 2 * scale},
                },
                "customdata": [_counts(share) for share in shares],
                "hovertemplate": texts("accuracy.hover_share"),
            }
        )
    layout = layout_of(theme, scale, left=48, bottom=30, top=28)
    layout |= {"showlegend": True, "legend": legend(theme, scale), "hovermode": "x unified"}
    layout["xaxis"] = categories(theme, scale)
    layout["yaxis"] = percent(theme, scale, [0, 1.02])
    return _figure(traces, layout)


def weekly_fates(weeks: Sequence[Week], *, words: Words, theme: Theme, scale: float) -> Figure:
    """Reds by fate above the line, complaints that no red or yellow announced below it."""
    x, texts, colours = _weeks(weeks, words), words.texts, fate_colours(theme)
    hatch = ["" if week.settled else "/" for week in weeks]
    traces = []
    for fate in FATES:
        counts = [week.group.misses if fate == "miss" else week.group.red[fate] for week in weeks]
        if fate == "treated_not" and not any(counts):
            continue  # nobody was there: one name less to read
        traces.append(
            {
                "type": "bar",
                "x": x,
                "y": [-n if fate == "miss" else n for n in counts],
                "name": texts(f"accuracy.fate_{fate}"),
                "marker": {
                    "color": colours[fate],
                    "pattern": {
                        "shape": hatch,
                        "fillmode": "overlay",
                        "fgcolor": theme.panel,
                        "fgopacity": 0.75,
                        "size": 8 * scale,
                    },
                    "line": {"width": 0},
                },
                "customdata": counts,
                "hovertemplate": "%{customdata}",
            }
        )
    layout = layout_of(theme, scale, left=48, bottom=30, top=28)
    layout |= {
        "barmode": "relative",
        "bargap": 0.3,
        "showlegend": True,
        "legend": legend(theme, scale),
        "hovermode": "x unified",
    }
    layout["xaxis"] = categories(theme, scale)
    layout["yaxis"] = numbers(theme, scale, texts("accuracy.axis_cells")) | {
        "zeroline": True,
        "zerolinecolor": theme.muted,
    }
    return _figure(traces, layout)


def rules_figure(rules: Sequence[Rule], *, words: Words, theme: Theme, scale: float) -> Figure:
    """Precision at the same number of visits: the forecast and the rules, the best on top."""
    told = sorted(
        (rule for rule in rules if rule.precision.value is not None),
        key=lambda rule: rule.precision.value or 0.0,
    )
    names = [words.texts(f"accuracy.rule_{rule.score}") for rule in told]
    own = [rule.score == "forecast" for rule in told]
    values = [rule.precision.value or 0.0 for rule in told]
    bars = {
        "type": "bar",
        "orientation": "h",
        "y": names,
        "x": values,
        "marker": {"color": [theme.series if mine else theme.muted for mine in own]},
        "error_x": errors([rule.precision for rule in told], theme, scale),
        "customdata": [_counts(rule.precision) for rule in told],
        "hovertemplate": words.texts("accuracy.hover_rule"),
        "width": 0.6,
    }
    tops = [rule.precision.upper or rule.precision.value or 0.0 for rule in told]
    labels = [
        {
            "x": top,
            "y": name,
            "text": f"{100 * value:.0f}%",
            "showarrow": False,
            "xanchor": "left",
            "xshift": 8 * scale,
            "font": {"size": round(15 * scale), "color": theme.text if mine else theme.muted},
        }
        for top, name, value, mine in zip(tops, names, values, own, strict=True)
    ]
    layout = layout_of(theme, scale, left=168, bottom=30)
    layout["annotations"] = labels
    layout["xaxis"] = percent(theme, scale, [0, 1.18 * max([*tops, 0.01])])
    layout["yaxis"] = categories(theme, scale) | {"tickfont": font(theme, scale, theme.text)}
    return _figure([bars], layout)


def calibration_figure(bins: Sequence[Bin], *, words: Words, theme: Theme, scale: float) -> Figure:
    """What was said against what came; on the diagonal both agree."""
    told = [each for each in bins if each.observed.value is not None]
    most = max([each.observed.upper or each.observed.value or 0.0 for each in told] or [0.0])
    end = min(1.0, 1.08 * max([most, 0.05, *(each.forecast for each in told)]))
    diagonal = {
        "type": "scatter",
        "x": [0, 1],
        "y": [0, 1],
        "mode": "lines",
        "line": {"color": theme.muted, "width": 1.5 * scale, "dash": "dash"},
        "hoverinfo": "skip",
    }
    points = {
        "type": "scatter",
        "x": [each.forecast for each in told],
        "y": [each.observed.value for each in told],
        "mode": "lines+markers",
        "line": {"color": theme.series, "width": 2 * scale},
        "marker": {"size": 9 * scale, "color": theme.series},
        "error_y": errors([each.observed for each in told], theme, scale),
        "customdata": [[each.cells] for each in told],
        "hovertemplate": words.texts("accuracy.hover_bin"),
    }
    layout = layout_of(theme, scale, left=64, bottom=52)
    layout["xaxis"] = percent(theme, scale, [0, end], words.texts("accuracy.axis_said"))
    layout["yaxis"] = percent(theme, scale, [0, end], words.texts("accuracy.axis_came"))
    layout["annotations"] = [
        {
            "x": 0.62 * end,
            "y": 0.62 * end,
            "text": words.texts("accuracy.diagonal"),
            "showarrow": False,
            "xshift": 12 * scale,
            "yshift": -12 * scale,
            "xanchor": "left",
            "font": font(theme, scale),
        }
    ]
    return _figure([diagonal, points], layout)


def lead_figure(lead: Lead, *, words: Words, theme: Theme, scale: float) -> Figure:
    """Runs of red by the hours from their beginning to the first complaint."""
    hours = np.asarray(lead.hours)
    top = max(72.0, float(np.ceil(hours.max() / LEAD_STEP_H) * LEAD_STEP_H) if len(hours) else 0.0)
    edges = np.arange(0, min(top, 168.0) + LEAD_STEP_H, LEAD_STEP_H)
    counts, _ = np.histogram(np.minimum(hours, edges[-1]), bins=edges)
    bars = {
        "type": "bar",
        "x": ((edges[:-1] + edges[1:]) / 2).tolist(),
        "y": counts.tolist(),
        "width": 0.86 * LEAD_STEP_H,
        "marker": {"color": theme.series},
        "customdata": [[float(a), float(b)] for a, b in pairwise(edges)],
        "hovertemplate": words.texts("accuracy.hover_lead"),
    }
    layout = layout_of(theme, scale, left=56, bottom=52, top=28)
    axis = numbers(theme, scale, words.texts("accuracy.axis_lead"))
    layout["xaxis"] = axis | {"dtick": 12, "range": [0, float(edges[-1])]}
    layout["yaxis"] = numbers(theme, scale, words.texts("accuracy.axis_runs"))
    median = lead.quantile(0.5)
    if median is not None:
        line = {"color": theme.accent, "width": 2 * scale}
        layout["shapes"] = [
            {"type": "line", "x0": median, "x1": median, "yref": "paper", "y0": 0, "y1": 1}
            | {"line": line}
        ]
        layout["annotations"] = [
            {
                "x": median,
                "y": 1,
                "yref": "paper",
                "yanchor": "bottom",
                "text": words.texts("accuracy.median", hours=f"{median:.0f}"),
                "showarrow": False,
                "font": font(theme, scale, theme.text),
            }
        ]
    return _figure([bars], layout)


def coverage_figure(told: Sequence[Covered], *, words: Words, theme: Theme, scale: float) -> Figure:
    """Share of days within the interval by region, beside what intervals promise."""
    rows = [each for each in told if each.inside.value is not None][::-1]
    names = [plain(each.name or each.region_id or "") for each in rows]
    values = [each.inside.value or 0.0 for each in rows]
    points = {
        "type": "scatter",
        "x": values,
        "y": names,
        "mode": "markers",
        "marker": {"size": 9 * scale, "color": theme.series},
        "error_x": errors([each.inside for each in rows], theme, scale),
        "customdata": [[*_counts(each.inside), each.below, each.above] for each in rows],
        "hovertemplate": words.texts("accuracy.hover_covered"),
    }
    lows = [each.inside.lower or each.inside.value or 0.0 for each in rows]
    start = max(0.0, min([0.7, *lows]) - 0.03)
    layout = layout_of(theme, scale, left=96, bottom=30, top=24)
    layout["xaxis"] = percent(theme, scale, [start, 1.01])
    layout["yaxis"] = categories(theme, scale) | {
        "tickfont": font(theme, scale, theme.text),
        "showgrid": True,
        "gridcolor": theme.grid,
    }
    promise = {"type": "line", "x0": COVERAGE, "x1": COVERAGE, "yref": "paper", "y0": 0, "y1": 1}
    layout["shapes"] = [promise | {"line": {"color": theme.accent, "width": 1.5 * scale}}]
    layout["annotations"] = [
        {
            "x": COVERAGE,
            "y": 1,
            "yref": "paper",
            "yanchor": "bottom",
            "text": words.texts("accuracy.promise", share=f"{COVERAGE:.0%}"),
            "showarrow": False,
            "font": font(theme, scale),
        }
    ]
    return _figure([points], layout)


def _figure(traces: Sequence[dict[str, Any]], layout: dict[str, Any]) -> Figure:
    named = [{"name": "", **trace} for trace in traces]
    return {"data": named, "layout": layout}


def _weeks(weeks: Sequence[Week], words: Words) -> list[str]:
    return [
        words.texts("accuracy.week_short", month=w.monday.month, day=w.monday.day) for w in weeks
    ]


def _counts(share: Share | None) -> list[float | None]:
    return [None, None] if share is None else [share.above, share.below]
