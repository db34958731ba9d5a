"""Completeness as a calendar: a day in each row, an hour in each column."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from dashboard.web.figures.theme import Figure, Theme
from dashboard.web.view.words import Words


def calendar_figure(hours: pd.DataFrame, *, words: Words, theme: Theme, scale: float) -> Figure:
    """What arrived of what was expected, hour by hour, of one source; the newest day on top.

    What is whole recedes, what is missing stands out; hours in which nothing was expected, or that
    are not due yet, stay empty.

    Args:
        hours: ``hour`` (aware), ``cells_expected, cells_present, intervals_expected,
            intervals_present``.
        words: texts and the operator's zone.
        theme: the colours.
        scale: size of type; 1 at 1080 lines.
    """
    local = hours["hour"].dt.tz_convert(words.zone)
    days = pd.Index(sorted(set(local.dt.date)))
    row, column = days.get_indexer(pd.Index(local.dt.date)), local.dt.hour.to_numpy()
    shape = (len(days), 24)
    share = np.full(shape, np.nan)
    told = np.zeros((*shape, 4))
    expected = hours["intervals_expected"].to_numpy(float)
    present = hours["intervals_present"].to_numpy(float)
    share[row, column] = present / np.where(expected > 0, expected, np.nan)
    names = ("intervals_present", "intervals_expected", "cells_present", "cells_expected")
    for n, name in enumerate(names):
        # An hour that a change of clocks repeats adds up.
        np.add.at(told[:, :, n], (row, column), hours[name].to_numpy(float))
    traces: list[dict[str, Any]] = [
        {
            "type": "heatmap",
            "x": list(range(24)),
            "y": [words.day(day) for day in days],
            "z": [[None if np.isnan(v) else round(float(v), 4) for v in line] for line in share],
            "customdata": told.astype(int).tolist(),
            "zmin": 0,
            "zmax": 1,
            "colorscale": steps(theme),
            "showscale": False,
            "xgap": 2 * scale,
            "ygap": 2 * scale,
            "hoverongaps": False,
            "hovertemplate": words.texts("data.calendar_hover") + "<extra></extra>",
        }
    ]
    font = {"size": round(12 * scale), "color": theme.muted}
    layout = theme.base_layout(scale) | {
        "margin": {"l": 104 * scale, "r": 8 * scale, "t": 4 * scale, "b": 24 * scale},
        "dragmode": False,
        "xaxis": {
            "tickvals": list(range(0, 24, 3)),
            "tickfont": font,
            "showgrid": False,
            "zeroline": False,
            "fixedrange": True,
            "range": [-0.5, 23.5],
        },
        "yaxis": {
            "tickfont": font,
            "showgrid": False,
            "zeroline": False,
            "fixedrange": True,
            "type": "category",
        },
    }
    return {"data": traces, "layout": layout}


def steps(theme: Theme) -> list[list[Any]]:
    """Missing in the colour of complaints, nearly whole in a mild one, whole in the calm one."""
    calm, gap = theme.series, theme.ticket
    return [
        [0.0, gap],
        [0.5, mixed(gap, theme.panel, 0.78)],
        [0.9, mixed(gap, calm, 0.5)],
        [0.98, mixed(calm, theme.panel, 0.62)],
        [1.0, mixed(calm, theme.panel, 0.42)],
    ]


def mixed(first: str, second: str, share: float) -> str:
    """``share`` of the first colour, the rest of the second (``#RRGGBB``)."""
    parts = (
        round(share * int(first[i : i + 2], 16) + (1 - share) * int(second[i : i + 2], 16))
        for i in (1, 3, 5)
    )
    return "#" + "".join(f"{part:02X}" for part in parts)
