from __future__ import annotations

import re
import threading
from datetime import UTC, datetime, timedelta
from importlib import resources
from zoneinfo import ZoneInfo

import pytest

from dashboard.snapshot import Manifest
from dashboard.web.context import Memo
from dashboard.web.i18n import load_texts
from dashboard.web.view.drivers import label
from dashboard.web.view.freshness import judge, shown_counts
from dashboard.web.view.state import BadQueryError, ViewState, parse_moment, path_to
from dashboard.web.view.words import Words, expected, measure, number, percent
from forecasting.cells.causes import load_signatures
from ingest.catalogue import load_catalogue

BEIJING = ZoneInfo("Asia/Shanghai")
AT = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)


def words(language="zh"):
    return Words(load_texts(language), BEIJING, load_catalogue())


def manifest(**changes):
    values = {
        "snapshot_id": "x",
        "as_of": AT,
        "published_at": AT,
        "data_time": AT,
        "ticket_time": None,
        "mode": "cells",
        "horizon_h": 72,
        "policy": {},
        "model": {},
        "counts": {"red": 3, "yellow": 5, "green": 100, "unknown": 2},
        "warnings": (),
        "time_zone": "Asia/Shanghai",
        "files": {},
        "kpi_days": {},
    }
    return Manifest(**(values | changes))


class TestWords:
    def test_dates(self):
        assert words("zh").moment(AT) == "11月21日 周六 15:00"
        assert words("en").moment(AT) == "Sat 21 Nov 15:00"
        assert words().moment(None) == "—"

    def test_same_day_needs_no_date(self):
        assert words().short_moment(AT, AT + timedelta(hours=3)) == "15:00"
        # 23:30 in Beijing and 00:30 the day after.
        late = datetime(2026, 11, 21, 15, 30, tzinfo=UTC)
        assert words().short_moment(late, late + timedelta(hours=1)) == "11月21日 周六 23:30"
        assert words("en").short_moment(late, late + timedelta(days=90)) == "Sat 21 Nov 2026 23:30"

    @pytest.mark.parametrize(
        ("value", "text"),
        [
            (None, "—"),
            (float("nan"), "—"),
            (0.0, "0%"),
            (0.004, "<1%"),
            (0.62, "62%"),
            (0.996, "99%"),
            (1.0, "100%"),
        ],
    )
    def test_percent(self, value, text):
        assert percent(value) == text

    @pytest.mark.parametrize(
        ("value", "text"), [(None, "—"), (1.237, "1.24"), (14.26, "14.3"), (1234.4, "1,234")]
    )
    def test_expected(self, value, text):
        assert expected(value) == text

    @pytest.mark.parametrize(
        ("value", "text"),
        [
            (0.0, "0"),
            (0.31, "0.31"),
            (54.0, "54"),
            (99.44, "99.4"),
            (-104.6, "-105"),
            (12345, "12,345"),
        ],
    )
    def test_measure(self, value, text):
        assert measure(value) == text

    def test_number(self):
        assert number(1876) == "1,876"

    def test_kpi_and_unit(self):
        kpi = load_catalogue()["active_users"]
        assert words("zh").with_unit(44.12, kpi) == "44.1 户"
        assert words("en").with_unit(None, kpi) == "—"
        assert words("en").kpi_label("no_such_kpi") == "no_such_kpi"

    def test_cause(self):
        assert words("zh").cause("drop_rate_pct") == "掉线率异常"
        assert words("en").cause(None) == "cause unclear"
        assert words("en").cause("something_new") == "something_new"


class TestDrivers:
    @pytest.mark.parametrize(
        ("feature", "zh", "en"),
        [
            (
                "drop_rate_pct.dev_24h",
                "掉线率 偏离常态 近 24 小时",
                "Drop rate off its normal 24 h",
            ),
            ("latency_ms.beyond_7d", "时延 超门限 近 7 天", "Latency beyond its limit 7 days"),
            ("pain_6h", "全部指标劣化影响用户 近 6 小时", "All KPIs, users hurt 6 h"),
            ("radio.pain_24h", "无线环境指标劣化影响用户 近 24 小时", "Radio, users hurt 24 h"),
            ("near:tickets_24h", "邻近小区：近 24 小时工单", "Nearby: Tickets, 24 h"),
            ("works_age_h", "距上次割接或维护", "Since the last works"),
            (
                "site:latency_ms.dev_6h",
                "全站小区：时延 偏离常态 近 6 小时",
                "Whole mast: Latency off its normal 6 h",
            ),
            ("latency_ms.odd_24h", "时延 近 24 小时", "Latency 24 h"),
            ("alarms_new_72h", "设备告警 近 72 小时", "Alarms 72 h"),
            ("something_new", "小区自身条件", "What the cell is like"),
        ],
    )
    def test_labels(self, feature, zh, en):
        assert label(words("zh"), feature) == zh
        assert label(words("en"), feature) == en

    def test_every_feature_of_the_model_has_words(self):
        """Columns of the SQL that makes features, and those that code makes."""
        made = {
            name
            for file in ("ticket_features", "works_near", "events_near")
            for name in re.findall(
                r" AS (\w+),?$",
                (resources.files("forecasting") / f"sql/{file}.sql").read_text("utf-8"),
                re.MULTILINE,
            )
        } - {"c", "w", "e", "age_h", "by_customer", "works_kind"}
        assert "tickets_7d" in made
        told = load_texts("zh").table
        assert {name for name in made if f"driver_feature.{name}" not in told} == set()

    def test_every_cause_has_words(self):
        for cause in (*load_signatures(), "unknown"):
            assert load_texts("zh").get(f"cause.{cause}")

    def test_every_group_has_words(self):
        for kpi in load_catalogue().kpis:
            assert load_texts("zh").get(f"kpi_group.{kpi.group}")


class TestState:
    def test_defaults(self):
        state = ViewState.parse("", default_language="zh")
        assert (state.language, state.kiosk, state.at_text) == ("zh", False, None)

    def test_unknown_language_is_the_default(self):
        assert ViewState.parse("?lang=fr", default_language="zh").language == "zh"

    def test_links_keep_language_moment_and_kiosk_and_drop_filters(self):
        state = ViewState.parse(
            "?lang=en&at=2026-11-21T15:00&kiosk=full&status=red", default_language="zh"
        )
        assert state.href("/") == "/?lang=en&at=2026-11-21T15%3A00&kiosk=full"
        assert state.href("/", at=None, kiosk=None) == "/?lang=en"
        assert ViewState.parse("", default_language="zh").href("/cells") == "/cells"

    def test_odd_keys_are_quoted(self):
        assert path_to("cells", "a/b 中?#") == "/cells/a%2Fb%20%E4%B8%AD%3F%23"

    @pytest.mark.parametrize(
        ("text", "hour"),
        [
            ("2026-11-21T15:00", 7),
            ("2026-11-21T15:00+08:00", 7),
            ("2026-11-21T15:00 08:00", 7),  # a + of the address bar
            ("2026-11-21T15:00Z", 15),
            ("2026-11-21 15:00", 7),
        ],
    )
    def test_moments(self, text, hour):
        assert parse_moment(text, BEIJING).astimezone(UTC).hour == hour

    def test_bad_moment(self):
        with pytest.raises(BadQueryError, match="at='noon' cannot be used: use ISO 8601"):
            parse_moment("noon", BEIJING)


class TestFreshness:
    def test_boundary(self):
        # 150 minutes are fresh, a second more is not; stale since the limit passed.
        assert judge(manifest(), AT + timedelta(minutes=150), 150).fresh
        stale = judge(manifest(), AT + timedelta(minutes=150, seconds=1), 150)
        assert stale.stale_since == AT + timedelta(minutes=150)
        assert stale.status("green") == "unknown"

    def test_old_kpis_make_a_new_forecast_stale(self):
        old = manifest(data_time=AT - timedelta(hours=5))
        assert judge(old, AT, 150).stale_since == AT - timedelta(hours=2, minutes=30)

    def test_without_kpis_the_forecast_counts(self):
        tickets = manifest(mode="tickets", data_time=None, ticket_time=AT - timedelta(days=2))
        assert judge(tickets, AT, 150).fresh
        assert not judge(tickets, AT + timedelta(hours=3), 150).fresh

    def test_counts(self):
        fresh, stale = (judge(manifest(), AT + timedelta(hours=h), 150) for h in (1, 3))
        assert shown_counts(manifest(), fresh)["green"] == 100
        assert shown_counts(manifest(), stale) == {
            "red": 0,
            "yellow": 0,
            "green": 0,
            "unknown": 110,
        }


class TestMemo:
    def test_one_computation_for_many_threads(self):
        memo, calls, gate = Memo(4), [], threading.Event()

        def make():
            calls.append(1)
            gate.wait(5)
            return 42

        results = []
        threads = [
            threading.Thread(target=lambda: results.append(memo.get("k", make))) for _ in range(6)
        ]
        for thread in threads:
            thread.start()
        gate.set()
        for thread in threads:
            thread.join()
        assert results == [42] * 6
        assert calls == [1]

    def test_least_recently_used_goes(self):
        memo = Memo(2)
        for key in ("a", "b"):
            memo.get(key, lambda key=key: key)
        memo.get("a", lambda: "not asked")
        memo.get("c", lambda: "c")
        assert memo.get("a", lambda: "anew") == "a"
        assert memo.get("b", lambda: "anew") == "anew"

    def test_errors_are_not_remembered(self):
        memo = Memo(2)
        with pytest.raises(ZeroDivisionError):
            memo.get("a", lambda: 1 / 0)
        assert memo.get("a", lambda: 7) == 7
