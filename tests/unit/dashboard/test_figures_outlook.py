"""The strip of hours and the bars of risk, as data."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import plotly.graph_objects as go

from dashboard.web.figures import outlook, risk
from dashboard.web.figures.outlook import Bars
from dashboard.web.figures.risk import RiskBar, ramp
from dashboard.web.figures.theme import GROUNDS, PALETTES, theme_of

# Local and without zone, as axes want them.
NOW = datetime(2026, 11, 22, 18, 57, tzinfo=UTC).replace(tzinfo=None)
MIDNIGHT = NOW + timedelta(hours=5, minutes=3)
STARTS = [NOW - timedelta(minutes=57) + timedelta(hours=n) for n in range(73)]


def hours_figure(*given, **more):
    """Plotly's own classes check every value."""
    return go.Figure(outlook.hours_figure(*given, **more))


def risk_figure(*given):
    """The same."""
    return go.Figure(risk.risk_figure(*given))


def bars(**changes):
    values = {
        "starts": STARTS,
        "expected": [1.0 + n % 3 for n in range(73)],
        "hovers": [f"h{n}" for n in range(73)],
        "days": [(MIDNIGHT, "Mon")],
        "plans": [
            ("works", NOW - timedelta(hours=2), NOW + timedelta(hours=3), "cut"),
            ("events", NOW + timedelta(hours=70), NOW + timedelta(hours=90), "match"),
        ],
        "now": NOW,
        "until": NOW + timedelta(hours=72),
        "empty": "nothing",
    }
    return Bars(**(values | changes))


def test_a_bar_an_hour_in_no_status_s_colour():
    theme = theme_of()
    figure = hours_figure(bars(), theme, 1.0)
    assert len(figure.data[0].x) == 73
    assert figure.data[0].x[0] == STARTS[0] + timedelta(minutes=30)
    for trace in figure.data:
        colour = trace.marker.color
        assert colour not in theme.status.values()


def test_plans_end_where_the_horizon_does():
    works, events = hours_figure(bars(), theme_of(), 1.0).data[1:]
    assert list(works.x[:2]) == [NOW, NOW + timedelta(hours=3)]
    assert list(events.x[:2]) == [NOW + timedelta(hours=70), NOW + timedelta(hours=72)]
    assert works.y[0] < 0
    assert works.y[0] != events.y[0]


def test_without_hours_it_says_why():
    figure = hours_figure(bars(starts=[], expected=[], hovers=[]), theme_of(), 1.0)
    assert [note.text for note in figure.layout.annotations] == ["nothing"]


def test_everything_scales():
    one, two = (hours_figure(bars(), theme_of(), scale) for scale in (1.0, 2.0))
    assert two.layout.annotations[0].font.size == 2 * one.layout.annotations[0].font.size == 40
    assert two.data[1].line.width == 2 * one.data[1].line.width


def test_large_has_round_numbers_on_its_axis():
    axis = hours_figure(bars(), theme_of(), 1.0, large=True).layout.yaxis
    assert list(axis.tickvals) == [0, 1, 2, 3]


def test_risk_is_stacked_with_its_sum_at_the_end():
    rows = [RiskBar("A", (5, 3, 2), "10", ("a", "b", "c")), RiskBar("B", (1, 0, 0), "1", "xyz")]
    figure = risk_figure(rows, theme_of(), 1.0, "cells")
    assert [list(trace.x) for trace in figure.data] == [[5, 1], [3, 0], [2, 0], [10, 1]]
    assert list(figure.data[-1].text) == [" 10", " 1"]
    assert list(figure.layout.yaxis.ticktext) == ["A ", "B "]


def test_the_ramp_is_no_status_and_grows_from_the_ground():
    for ground in GROUNDS:
        for palette in PALETTES:
            theme = theme_of(ground, palette)
            colours = ramp(theme, 5)
            assert len(set(colours)) == 5
            assert not {*colours} & {*theme.status.values()}
            light = [int(c[1:3], 16) + int(c[3:5], 16) + int(c[5:], 16) for c in colours]
            assert light == sorted(light, reverse=ground == "light")
            assert ramp(theme, 3) == colours[-3:]
