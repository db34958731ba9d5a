"""Figures of trends and the funnel as data; plotly itself checks each of them."""

from __future__ import annotations

from datetime import date, timedelta
from math import nan

import numpy as np
import plotly.graph_objects as go
import pytest

from dashboard.trends.funnel import Funnel
from dashboard.web.figures.funnel import Spot, funnel_figure
from dashboard.web.figures.theme import theme_of
from dashboard.web.figures.trend_names import spread
from dashboard.web.figures.trend_parts import Axis, Band, Curve, Mark, Scale, value_ticks
from dashboard.web.figures.trends import stacked_figure, trend_figure

MONDAY = date(2026, 9, 7)
WEEKS = [MONDAY + timedelta(weeks=n) for n in range(6)]
AXIS = Axis(WEEKS[0], WEEKS[-1], 7.0, [(WEEKS[0], "9-7"), (WEEKS[-1], "10-12")])
SCALE = Scale(0, 10, str, (0, 5, 10))
THEMES = [theme_of("dark", "standard"), theme_of("light", "standard"), theme_of("light", "cvd")]


def drawn(*curves, theme=THEMES[0], **changes):
    given = {"axis": AXIS, "scale": SCALE, "height": 400, "size": 1.0, "theme": theme}
    figure = trend_figure(curves, **(given | changes))
    go.Figure(figure)  # raises where a name or value is none of plotly's
    return figure


@pytest.mark.parametrize("theme", THEMES)
def test_a_curve_breaks_where_nothing_is_known_and_ends_with_its_name(theme):
    curve = Curve("now", WEEKS, [1, 2, nan, 4, 5, 6], theme.series)
    figure = drawn(curve, theme=theme)
    line = figure["data"][0]
    assert line["y"] == [1, 2, None, 4, 5, 6]
    assert line["connectgaps"] is False
    assert line["line"]["color"] == theme.series
    [name] = [note for note in figure["layout"]["annotations"] if note["text"] == "now"]
    assert (name["x"], name["y"]) == (WEEKS[-1].isoformat(), 6)


def test_what_is_not_over_is_hollow_and_reached_by_a_dashed_line():
    curve = Curve("", WEEKS, [1, 2, 3, 4, 5, 2], "#fff", [*[False] * 5, True])
    whole, way, point = drawn(curve)["data"]
    assert whole["y"] == [1, 2, 3, 4, 5, None]
    assert (way["x"], way["y"]) == ([*(d.isoformat() for d in WEEKS[-2:]), None], [5, 2, None])
    assert "dash" in way["line"]
    assert (point["x"], point["y"]) == ([WEEKS[-1].isoformat()], [2])
    assert point["marker"]["color"] == THEMES[0].panel


def test_a_band_goes_there_above_and_back_below():
    band = Band(WEEKS[-2:], [1, 2], [5, 6])
    trace = drawn(band=band)["data"][0]
    there = [day.isoformat() for day in WEEKS[-2:]]
    assert trace["x"] == [*there, *reversed(there)]
    assert trace["y"] == [5, 6, 2, 1]
    assert trace["fill"] == "toself"


def test_marks_outside_are_left_out_and_crowded_names_too():
    marks = [
        Mark(MONDAY, MONDAY + timedelta(days=2), "National Day", "holiday A"),
        Mark(MONDAY + timedelta(days=1), MONDAY + timedelta(days=1), "Run", "event B", flag=True),
        Mark(MONDAY - timedelta(days=400), MONDAY - timedelta(days=399), "old", "old"),
    ]
    figure = drawn(Curve("", WEEKS, [1] * 6, "#fff"), marks=marks)
    [flags] = [trace for trace in figure["data"] if trace.get("yaxis") == "y2"]
    assert flags["customdata"] == ["holiday A", "event B"]
    bands = [shape for shape in figure["layout"]["shapes"] if shape["type"] == "rect"]
    assert [(b["x0"], b["x1"]) for b in bands] == [("2026-09-07", "2026-09-10")]
    texts = [note["text"] for note in figure["layout"]["annotations"]]
    assert "National Day" in texts
    assert "Run" not in texts


def test_shares_are_stacked_and_named_in_their_middle():
    parts = [Curve("low", WEEKS, [0.25] * 6, "#a00"), Curve("high", WEEKS, [0.75] * 6, "#0a0")]
    figure = stacked_figure(
        parts, axis=AXIS, scale=SCALE, theme=THEMES[1], size=1, right=70, inks=["#a00", "#0a0"]
    )
    go.Figure(figure)
    assert figure["layout"]["barmode"] == "stack"
    assert [note["y"] for note in figure["layout"]["annotations"]] == [0.125, 0.625]


@pytest.mark.parametrize(
    ("lower", "upper", "expected"),
    [(0, 10, [0, 2.5, 5, 7.5, 10]), (0.81, 0.99, [0.85, 0.9, 0.95]), (3, 3, [3])],
)
def test_ticks_are_round(lower, upper, expected):
    assert value_ticks(lower, upper) == pytest.approx(expected)


def test_names_move_apart_no_further_than_they_must():
    assert list(spread(np.array([50.0, 10.0, 90.0]), 16, 200)) == [50, 10, 90]
    assert list(spread(np.array([50.0, 50.0]), 16, 200)) == [42, 58]
    assert list(spread(np.array([0.0, 2.0]), 16, 200)) == [0, 16], "none leaves the plot"


def spot(name, exposure, rate, outside=None):
    return Spot(name, name, exposure, rate, outside, f"{name} hover")


def test_the_funnel_shows_each_region_and_names_those_outside():
    spots = [spot("A", 1e5, 20.0), spot("B", 4e5, 30.0, "high_998"), spot("C", 2e5, 21.0)]
    figure = funnel_figure(
        spots,
        Funnel(20e-4, 1.0),
        theme=THEMES[2],
        size=1.0,
        height=400,
        width=600,
        x_title="subscribers",
        average="network",
        limits={"95": "95 %", "998": "99.8 %"},
    )
    go.Figure(figure)
    shown = [key for trace in figure["data"] for key in _keys(trace)]
    assert sorted(shown) == ["A", "B", "C"]
    texts = " ".join(note["text"] for note in figure["layout"]["annotations"])
    assert "B" in texts
    assert "A" not in texts.replace("99.8 %", "")


def _keys(trace):
    return [row[0] for row in trace.get("customdata") or () if len(row) and trace.get("marker")]
