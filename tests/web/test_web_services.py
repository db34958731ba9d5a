"""Services on a region's page; the day of saturation on a cell's page and in the API."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from dashboard.web.components.cell_charts import kpi_card, saturation_fact
from dashboard.web.figures.kpi import kpi_figure
from dashboard.web.figures.theme import theme_of
from dashboard.web.i18n import load_texts
from dashboard.web.view.kpis import Series
from dashboard.web.view.words import Words
from forecasting.saturation import Saturation
from ingest.catalogue import load_catalogue
from tests.support.snapshots import AS_OF, ZONE, tiny

LATER = AS_OF + timedelta(minutes=1)


def services() -> pd.DataFrame:
    """Two services of R0, one of them seen more often, and the city's total."""
    rows = []
    for region, service, level in (("R0", "语音业务", 2.0), ("R0", "数据业务", 5.0), ("", "", 9.0)):
        for ahead in range(-5, 3):
            day, past = date(2026, 11, 21) + timedelta(days=ahead), ahead < 0
            seen = (level, None, None, None) if past else (None, level, 0.0, 2 * level)
            rows.append((region, service, day, *seen, "damped_counts"))
    names = ["region_id", "service", "day", "observed", "mean", "lower", "upper", "model"]
    return pd.DataFrame(rows, columns=names)


def test_a_region_shows_its_services_the_most_frequent_first(tiny_site):
    tiny_site.publish(tiny(as_of=LATER, more={"region_services": services()}))
    page = tiny_site.page("/regions/R0")
    assert "每日投诉工单（按业务）" in page
    assert 0 < page.index("数据业务") < page.index("语音业务")
    assert page.count("service-graph") == 2
    assert "Tickets a day, by service" in tiny_site.page("/regions/R0", "?lang=en")


def test_without_services_there_is_no_panel(tiny_site):
    assert "按业务" not in tiny_site.page("/regions/R0")
    tiny_site.publish(tiny(as_of=LATER, more={"region_services": services()}))
    assert "按业务" not in tiny_site.page("/regions/R1")


def series(**found: object) -> Series:
    line = np.arange(48.0)
    filling = Saturation(
        state="within", busy_hour=62.4, limit=85.0, per_week=3.5, day=date(2026, 12, 20),
        earliest=date(2026, 12, 10), latest=date(2027, 1, 15), days_known=35,
    )  # fmt: skip
    none = np.array([])
    return Series(
        kpi=load_catalogue()["prb_util_dl_pct"], start=AS_OF - timedelta(hours=48),
        step=timedelta(hours=1), value=line, lower=line, median=line, upper=line, ahead_start=None,
        ahead_step=timedelta(hours=1), mean=none, mean_lower=none, mean_upper=none, model="",
        saturation=replace(filling, **found),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("language", "found", "line"),
    [
        ("zh", {}, "忙时 62.4%，预计 2026-12-20 达到门限 85%（2026-12-10 – 2027-01-15）"),
        ("en", {"latest": None}, "about 2026-12-20 (2026-12-10 – after 180 days)"),
        ("zh", {"state": "not_within"}, "忙时 62.4%，180 天内不会达到门限 85%"),
        (
            "en",
            {"state": "beyond", "busy_hour": 91.0},
            "Busy hour 91%: at its limit of 85% already",
        ),
    ],
)
def test_the_card_says_when_the_busy_hour_is_full(language, found, line):
    words = Words(load_texts(language), ZONE, load_catalogue())
    shown = series(**found)
    span = (shown.start, AS_OF)
    figure = go.Figure(
        kpi_figure(
            shown, words=words, as_of=AS_OF, span=span, tickets=[], scale=1.0, theme=theme_of()
        )
    )
    assert line in str(kpi_card(shown, figure, words, near="#"))


@pytest.mark.parametrize(
    ("language", "states", "said"),
    [
        # The first limit to be reached is named, whatever the order of the cards.
        ("zh", ({"state": "not_within", "day": None}, {}), ["12月20日", "下行 PRB 利用率"]),
        ("zh", ({}, {"state": "beyond", "day": None}), ["已达门限"]),
        ("en", ({"state": "not_within", "day": None},), ["not in 180 days", "Saturation day"]),
        ("zh", ({}, {"day": date(2026, 12, 2)}), ["12月2日"]),
    ],
)
def test_the_head_says_which_limit_is_reached_first(language, states, said):
    words = Words(load_texts(language), ZONE, load_catalogue())
    shown = str(saturation_fact([series(**found) for found in states], words))
    assert all(text in shown for text in said)


def test_the_head_says_nothing_where_no_limit_is_watched():
    words = Words(load_texts("zh"), ZONE, load_catalogue())
    assert saturation_fact([replace(series(), saturation=None)], words) == []


def test_the_api_gives_it_where_it_is_known(city_site):
    worst = city_site.get("/api/v1/cells?limit=1").get_json()[0]["cell_id"]
    kpis = city_site.get(f"/api/v1/cells/{worst}").get_json()["kpis"]
    assert kpis
    # 16 days are too few for a trend: nothing is said.
    assert {kpi["saturation"] for kpi in kpis} == {None}
