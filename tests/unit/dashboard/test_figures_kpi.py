from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dashboard.web.figures.kpi import kpi_figure, local
from dashboard.web.figures.region import region_figure
from dashboard.web.figures.theme import theme_of
from dashboard.web.i18n import load_texts
from dashboard.web.view.kpis import Series
from dashboard.web.view.words import Words
from ingest.catalogue import load_catalogue

AT = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
WORDS = Words(load_texts("zh"), ZoneInfo("Asia/Shanghai"), load_catalogue())


def series(n=100, ahead=24):
    line = np.arange(n, dtype=float)
    future = np.arange(ahead, dtype=float)
    return Series(
        kpi=load_catalogue()["latency_ms"],
        start=AT - n * HOUR,
        step=HOUR,
        value=line,
        lower=line - 1,
        median=line,
        upper=line + 1,
        ahead_start=AT if ahead else None,
        ahead_step=HOUR,
        mean=future,
        mean_lower=future - 2,
        mean_upper=future + 2,
        model="prophet" if ahead else "",
    )


def draw(found, tickets=()):
    return go.Figure(
        kpi_figure(
            found,
            words=WORDS,
            as_of=AT,
            span=(AT - 100 * HOUR, AT + 24 * HOUR),
            tickets=list(tickets),
            scale=1.0,
            theme=theme_of(),
        )
    )


def test_times_are_local_wall_time():
    assert local(AT, WORDS.zone) == "2026-11-21T15:00:00"
    figure = draw(series())
    assert figure.layout.xaxis.range == ("2026-11-17T11:00:00", "2026-11-22T15:00:00")
    assert figure.layout.shapes[0].x0 == "2026-11-21T15:00:00"


def test_band_line_forecast_and_flags():
    figure = draw(series(), [AT - 5 * HOUR])
    assert [t.name for t in figure.data] == [
        "常态区间", "实测", "预测区间", "预测", "投诉工单",
    ]  # fmt: skip
    line = figure.data[1]
    assert (line.x0, line.dx) == ("2026-11-17T11:00:00", 3_600_000)
    assert figure.data[3].x0 == "2026-11-21T15:00:00"
    assert figure.data[4].x == ("2026-11-21T10:00:00",)


def test_gaps_stay_gaps():
    found = series()
    found.value[10] = np.nan
    line = draw(found).data[1]
    assert np.isnan(line.y[10])
    assert line.connectgaps is False


def test_a_gap_in_the_band_is_not_bridged():
    found = series(n=6)
    found.lower[2] = np.nan
    found.lower[5] = np.nan  # a single known value at the end makes no area
    band = draw(found).data[0]
    # Two stretches: hours 0-1 and 3-4, each there above and back below.
    start = np.datetime64("2026-11-21T09:00", "ms").astype(float)
    hours = (np.asarray(band.x, dtype=float) - start) / 3_600_000
    assert np.array_equal(hours, [0, 1, 1, 0, np.nan, 3, 4, 4, 3], equal_nan=True)
    assert np.array_equal(band.y, [1, 2, 0, -1, np.nan, 4, 5, 3, 2], equal_nan=True)


def test_without_forecast():
    assert [t.name for t in draw(series(ahead=0)).data] == [
        "常态区间", "实测", "投诉工单",
    ]  # fmt: skip


def test_newest_value_and_its_band():
    found = series()
    found.value[-1] = np.nan
    assert found.last == 98.0
    assert found.last_band == (97.0, 99.0)
    found.value[:] = np.nan
    assert found.last is None
    assert found.last_band == (None, None)


def region(frame, title):
    return go.Figure(
        region_figure(frame, words=WORDS, as_of=AT, title=title, scale=1.0, theme=theme_of())
    )


def test_region_series():
    days = [date(2026, 11, 19) + timedelta(days=d) for d in range(4)]
    frame = pd.DataFrame(
        {
            "day": days,
            "observed": [3.0, 4.0, np.nan, np.nan],
            "mean": [np.nan, np.nan, 5.0, 6.0],
            "lower": [np.nan, np.nan, 2.0, 2.0],
            "upper": [np.nan, np.nan, 9.0, 11.0],
        }
    )
    figure = go.Figure(
        region_figure(frame, words=WORDS, as_of=AT, title="件/日", scale=1.0, theme=theme_of())
    )
    assert figure.data[0].type == "bar"
    assert figure.data[0].x == ("2026-11-19T12:00:00", "2026-11-20T12:00:00")
    assert figure.data[3].y == (5.0, 6.0)
    assert figure.data[2].y == (9.0, 11.0)


def test_region_without_forecast():
    frame = pd.DataFrame(
        {
            "day": [date(2026, 11, 19)],
            "observed": [3.0],
            "mean": [np.nan],
            "lower": [np.nan],
            "upper": [np.nan],
        }
    )
    assert (
        len(
            go.Figure(
                region_figure(frame, words=WORDS, as_of=AT, title="", scale=1.0, theme=theme_of())
            ).data
        )
        == 1
    )
