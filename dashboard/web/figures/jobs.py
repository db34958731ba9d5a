"""How long each run of the worker's jobs took."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.ops.runs import GOOD, Run
from dashboard.web.figures.kpi import local
from dashboard.web.figures.theme import Figure, Theme
from dashboard.web.view.words import Words

LEAST_S = 0.05
"""What is shorter is drawn here: a logarithm needs something."""


def runs_figure(
    runs: Sequence[Run], names: dict[str, str], *, words: Words, theme: Theme, scale: float
) -> Figure:
    """One point a run that has ended, a colour a job; hollow where it did not go well.

    Args:
        runs: in any order.
        names: jobs in the order of the chart, and what they are called.
        words: texts and the operator's zone.
        theme: the colours.
        scale: size of type; 1 at 1080 lines.
    """
    traces = []
    for n, (job, name) in enumerate(names.items()):
        told = [run for run in runs if run.job == job and run.seconds is not None]
        told.sort(key=lambda run: run.started_at)
        colour = theme.categories[n % len(theme.categories)]
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": name,
                "x": [local(run.started_at, words.zone) for run in told],
                "y": [max(LEAST_S, run.seconds or 0.0) for run in told],
                "marker": {
                    "size": 8 * scale,
                    "color": [colour if run.outcome in GOOD else theme.panel for run in told],
                    "line": {"color": colour, "width": 2 * scale},
                },
                "customdata": [words.texts(f"data.outcome_{run.outcome}") for run in told],
                "hovertemplate": words.texts("data.hover_run"),
            }
        )
    font = {"size": round(13 * scale), "color": theme.muted}
    layout = theme.base_layout(scale) | {
        "margin": {"l": 56 * scale, "r": 16 * scale, "t": 32 * scale, "b": 28 * scale},
        "dragmode": False,
        "showlegend": True,
        "legend": {
            "orientation": "h",
            "x": 0,
            "y": 1.0,
            "yanchor": "bottom",
            "font": {**font, "color": theme.text},
            "itemclick": False,
            "itemdoubleclick": False,
        },
        "xaxis": {
            "type": "date",
            "tickfont": font,
            "gridcolor": theme.grid,
            "zeroline": False,
            "fixedrange": True,
            "nticks": 4,
            "tickangle": 0,
            "tickformat": f"{words.texts('format.axis_day')} %H:%M",
        },
        "yaxis": {
            "type": "log",
            "dtick": 1,
            "tickfont": font,
            "gridcolor": theme.grid,
            "zeroline": False,
            "fixedrange": True,
            "title": {"text": words.texts("data.axis_seconds"), "font": font},
        },
    }
    return {"data": traces, "layout": layout}
