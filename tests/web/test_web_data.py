"""``/api/v1/data``, the gauges on data, and alarms with their cell."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.flawed import flawed
from tests.support.snapshots import AS_OF, tiny


@pytest.fixture
def site(tiny_site):
    tiny_site.publish(flawed(as_of=AS_OF + timedelta(minutes=1)))
    return tiny_site


def test_all_that_is_known_of_the_data(site):
    body = site.get("/api/v1/data").get_json()
    assert body["as_of"] == "2026-11-21T07:01:00+00:00"
    assert body["fresh"] is True
    assert set(body) == {
        "as_of", "fresh", "data_time", "ticket_time", "time_zone", "warnings", "sources",
        "completeness", "hours", "incomplete_cells", "rejected", "shifts", "inventory",
        "attribution",
    }  # fmt: skip
    assert [row["source"] for row in body["sources"]] == ["crm", "huawei"]
    assert body["sources"][1]["files_refused"] == 1
    assert body["incomplete_cells"] == [
        {"cell_id": "C1", "source": "huawei", "day": "2026-11-21", "expected": 13, "present": 11}
    ]
    [rejected] = body["rejected"]
    assert rejected["share"] == 0.015
    assert rejected["reasons"] == {"out_of_range:latency_ms": 3}
    assert body["shifts"][0]["since"] == "2026-11-21T04:00:00+00:00"
    assert body["inventory"] == {
        "not_in_inventory": {"cells": 0, "listed": []},
        "no_kpis": {"cells": 0, "listed": []},
        "new": {"cells": 1, "listed": ["C9"]},
    }
    assert body["attribution"] == {
        "tickets": 10, "cell": 6, "position": 3, "region": 0, "none": 1, "unknown_cell": 2,
        "days": [{"day": "2026-11-21", "cell": 6, "position": 3, "region": 0, "none": 1}],
    }  # fmt: skip


def test_completeness_by_local_day_and_by_hour(site):
    body = site.get("/api/v1/data").get_json()
    # 49 hours from 19 November 13:00 to 21 November 13:00 in Beijing
    assert [(row["day"], row["intervals_expected"]) for row in body["completeness"]] == [
        ("2026-11-19", 110),
        ("2026-11-20", 240),
        ("2026-11-21", 140),
    ]
    assert body["completeness"][2]["share"] == pytest.approx(1 - 10 / 140)
    assert len(body["hours"]) == 46  # that began in the last two days
    assert body["hours"][-1]["share"] == 0.5


def test_warnings_speak_both_languages(site):
    warnings = site.get("/api/v1/data").get_json()["warnings"]
    assert [warning["code"] for warning in warnings] == ["unit", "missing", "new"]
    assert warnings[0]["text"]["en"] == (
        "DL user throughput of vendor X jumped to 1/1,000 its usual level, Sat 21 Nov 12:00: unit?"
    )
    assert warnings[0]["text"]["zh"] == (
        "厂家 X 的用户下行速率在11月21日 周六 12:00变为平时的 1/1,000：单位变了？"
    )
    assert warnings[1]["text"]["en"] == (
        "50% of intervals missing since Sat 21 Nov 12:00 from source huawei"
    )
    assert warnings[1]["about"]["share"] == 0.5


def test_a_snapshot_without_flaws_says_nothing(tiny_site):
    body = tiny_site.get("/api/v1/data").get_json()
    assert body["warnings"] == body["sources"] == body["completeness"] == []
    assert body["attribution"]["tickets"] == 0


def test_without_a_snapshot(empty_site):
    assert empty_site.get("/api/v1/data").status_code == 503


def test_unknown_parameters_are_refused(tiny_site):
    assert tiny_site.get("/api/v1/data?source=x").status_code == 400


def test_it_is_answered_once(site):
    first = site.get("/api/v1/data")
    again = site.get("/api/v1/data", **{"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304


def test_an_older_state_is_shown_as_it_was(site):
    assert site.get("/api/v1/data?at=2026-11-21T15:00").get_json()["warnings"] == []


def test_gauges(site):
    text = site.get("/metrics").data.decode()
    assert 'foresite_source_complete_ratio{source="huawei"} 0.9583' in text  # 230 of 240
    assert 'foresite_source_data_age_seconds{feed="kpis",source="huawei"} 4980.0' in text  # 83 min
    assert 'foresite_source_rejected_ratio{feed="kpis",source="huawei"} 0.015' in text
    assert 'foresite_data_warnings{code="unit"} 1.0' in text


def test_a_warning_that_is_over_leaves_the_gauges(site):
    site.get("/metrics")
    site.publish(tiny(as_of=AS_OF + timedelta(minutes=2)))
    assert "foresite_data_warnings{" not in site.get("/metrics").data.decode()


def test_alarms_of_a_cell_and_of_its_site(site):
    alarms = site.get("/api/v1/cells/C1").get_json()["alarms"]
    assert [alarm["alarm_id"] for alarm in alarms] == ["A3", "A2", "A1"]
    assert alarms[2]["cleared_at"] == "2026-11-20T02:00:00+00:00"
    assert site.get("/api/v1/cells/C5").get_json()["alarms"] == []


def test_alarms_stand_among_the_works_of_the_page(site):
    page = site.page("/cells/C1", "?lang=en")
    assert "Works and alarms" in page
    assert "Sat 21 Nov 12:00 – still standing" in page  # A3
    assert "Alarm, major" in page
    assert "传输中断" in page
    assert "Fri 20 Nov 09:00 – 10:00" in page  # A1, cleared
    assert "powerProblem" in page
    assert "未清除" in site.page("/cells/C1", "?lang=zh")
