"""Daily complaints of a region: what was, what is expected, and how sure that is."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

import pandas as pd

from dashboard.web.figures.kpi import local, now_line, time_axis
from dashboard.web.figures.theme import Figure, Theme
from dashboard.web.view.words import Words


def region_figure(
    series: pd.DataFrame,
    *,
    words: Words,
    as_of: datetime,
    title: str,
    scale: float,
    theme: Theme,
    ticks: int = 14,
) -> Figure:
    """Bars for the days that were, a line with its interval for those to come.

    Args:
        series: ``day, observed, mean, lower, upper`` of one region and measure, by day.
        words: texts and the operator's zone.
        as_of: where "now" stands.
        title: what is counted, on the axis.
        scale: size of type; 1 at 1080 lines.
        theme: the colours.
        ticks: at most so many days are written below; fewer on a narrow chart.
    """
    noons = [datetime.combine(day, time(12), words.zone) for day in series["day"]]
    x = pd.Series([local(moment, words.zone) for moment in noons], index=series.index)
    seen, ahead = series["observed"].notna(), series["mean"].notna()
    traces: list[dict[str, Any]] = [
        {
            "type": "bar",
            "x": x[seen].tolist(),
            "y": series.loc[seen, "observed"].tolist(),
            "marker": {"color": theme.series, "opacity": 0.75},
            "name": words.texts("kpi.measured"),
        }
    ]
    if ahead.any():
        line = {"type": "scatter", "x": x[ahead].tolist(), "mode": "lines"}
        edge = {**line, "line": {"width": 0}, "hoverinfo": "skip"}
        traces += [
            {**edge, "y": series.loc[ahead, "lower"].tolist()},
            {
                **edge,
                "y": series.loc[ahead, "upper"].tolist(),
                "fill": "tonexty",
                "fillcolor": theme.forecast_band,
            },
            {
                **line,
                "mode": "lines+markers",
                "y": series.loc[ahead, "mean"].tolist(),
                "line": {"color": theme.forecast, "width": 2 * scale},
                "marker": {"size": 7 * scale},
                "customdata": series.loc[ahead, ["lower", "upper"]].to_numpy().tolist(),
                "hovertemplate": words.texts("region.hover"),
                "name": words.texts("kpi.forecast"),
            },
        ]
    layout = _layout(noons, words, as_of, title, theme, scale=scale, ticks=ticks)
    return {"data": traces, "layout": layout}


def _layout(
    noons: list[datetime],
    words: Words,
    as_of: datetime,
    title: str,
    theme: Theme,
    *,
    scale: float,
    ticks: int,
) -> dict[str, Any]:
    half = timedelta(hours=14)
    span = (noons[0] - half, noons[-1] + half) if noons else (as_of - half, as_of + half)
    small = {"size": round(14 * scale), "color": theme.muted}
    axis = time_axis(words, span, scale, theme)
    # Weeks begin on Monday; on a narrow chart every second one is written below.
    days = (span[1] - span[0]) / timedelta(days=1)
    weeks = max(1, round(days / 7 / ticks))
    step = 1 if days <= ticks + 1 else 7 * weeks
    axis |= {"dtick": 86_400_000 * step, "tickfont": small, "tickangle": 0}
    return theme.base_layout(scale) | {
        "margin": {"l": 64 * scale, "r": 16 * scale, "t": 16 * scale, "b": 32 * scale},
        "hovermode": "x unified",
        "dragmode": False,
        "bargap": 0.25,
        "xaxis": axis,
        "yaxis": {
            "gridcolor": theme.grid,
            "zeroline": False,
            "rangemode": "tozero",
            "tickfont": small,
            "title": {"text": title, "font": small},
            "fixedrange": True,
        },
        "shapes": [now_line(as_of, words.zone, scale, theme)],
    }
