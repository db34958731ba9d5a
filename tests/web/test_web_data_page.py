"""The page of data: lateness, completeness, rejected rows, jobs and requests."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest

from dashboard.ops.desk import OpsDesk, Told
from dashboard.ops.engine import FILE_NAME, open_ops
from dashboard.ops.requests import Requests
from dashboard.ops.runs import Report, Runs
from dashboard.web.figures.calendar import calendar_figure, mixed
from dashboard.web.figures.jobs import runs_figure
from dashboard.web.figures.theme import theme_of
from dashboard.web.i18n import load_texts
from dashboard.web.view.data import delivery, jobs, renamed_from
from dashboard.web.view.words import Words
from ingest.catalogue import load_catalogue
from ingest.clock import SystemClock
from tests.support.city import city
from tests.support.record import deliveries
from tests.support.snapshots import AS_OF, ZONE, tiny
from tests.web.conftest import make_site

HOUR = timedelta(hours=1)
WORDS = Words(load_texts("en"), ZONE, load_catalogue())


@pytest.fixture
def site(tmp_path):
    """Two sources, one of them late, rejected rows; read and written by one test."""
    made = make_site(tmp_path)
    content = tiny()
    made.publish(replace(content, more=deliveries(content)))
    return made


def ask(site, job="inbox", source="", **request):
    body = {"job": job, "source": source}
    return site.client.post("/api/v1/data/requests", json=body, **request)


def run(data, job, outcome, seconds=3.0, source=None, message="", ago=HOUR):
    engine = open_ops(data)
    runs, at = Runs(engine), SystemClock().now() - ago
    run_id = runs.begin(job, source, at)
    runs.end(run_id, Report(outcome, message=message), ended_at=at, seconds=seconds, quiet=False)
    engine.dispose()


def beat(data):
    engine = open_ops(data)
    Requests(engine).beat(SystemClock().now())
    engine.dispose()


def tick(site, states=None, **clicks):
    states = {"url.search": "?lang=en", "url.pathname": "/data", "data-seen.data": "",
              "screen.data": {"w": 1920, "h": 1080}} | (states or {})  # fmt: skip
    return site.callback("data-ops.children", {"data-tick.n_intervals": 1}, states)


def test_late_is_what_stays_away_longer_than_usual():
    def row(**changes):
        return {"source": "oss", "usual_min": 60.0, "delivered_at": AS_OF - HOUR, **changes}

    assert delivery(row(), AS_OF).state == "well"
    assert delivery(row(delivered_at=AS_OF - 2 * HOUR), AS_OF).state == "well"
    late = delivery(row(delivered_at=AS_OF - 5 * HOUR), AS_OF)
    assert (late.state, late.late_since) == ("late", AS_OF - 4 * HOUR)  # when the next was due
    assert delivery(row(usual_min=None), AS_OF).state == "irregular"
    assert delivery(row(usual_min=None, source="ingest"), AS_OF).state == "by_hand"


def test_a_column_that_came_when_a_kpi_stopped():
    column = {"source": "oss", "feed": "kpis", "came": True, "first_seen": AS_OF}
    stopped = {"kind": "nulls", "kpi": "latency_ms", "source": "oss", "since": AS_OF - 3 * HOUR}
    assert renamed_from(column, [stopped]) == "latency_ms"
    for other in ({"kind": "level"}, {"source": "nms"}, {"since": AS_OF - 25 * HOUR}):
        assert renamed_from(column, [stopped | other]) is None
    assert renamed_from(column | {"came": False}, [stopped]) is None


def test_the_calendar_as_data():
    start = datetime(2026, 11, 20, 16, tzinfo=UTC)  # local midnight
    hours = pd.DataFrame(
        {
            "hour": [start, start + HOUR, start + 25 * HOUR],
            "cells_expected": 10, "cells_present": [10, 5, 0],
            "intervals_expected": 40, "intervals_present": [40, 20, 0],
        }
    )  # fmt: skip
    theme = theme_of("light")
    figure = calendar_figure(hours, words=WORDS, theme=theme, scale=1.0)
    [heat] = figure["data"]
    assert list(heat["y"]) == ["Sat 21 Nov", "Sun 22 Nov"]
    assert [heat["z"][0][0], heat["z"][0][1], heat["z"][1][1]] == [1.0, 0.5, 0.0]
    assert heat["z"][0][2] is None  # nothing was expected: neither whole nor missing
    assert heat["customdata"][0][1] == [20, 40, 5, 10]
    assert heat["colorscale"][0][1].upper() == theme.ticket
    assert mixed("#FFFFFF", "#000000", 0.5) == "#808080"


def test_runs_as_data(tmp_path):
    for n, outcome in enumerate(("ok", "failed")):
        run(tmp_path, "forecast", outcome, seconds=(0.0, 90.0)[n], ago=(2 - n) * HOUR)
    told = OpsDesk(tmp_path, None).told()
    theme = theme_of()
    figure = runs_figure(told.runs, {"forecast": "forecast"}, words=WORDS, theme=theme, scale=1.0)
    [points] = figure["data"]
    assert list(points["y"]) == [0.05, 90.0]  # in the order of time; what took nothing is seen
    assert points["marker"]["color"][1] == theme.panel  # hollow: it failed


def test_jobs_tell_the_last_failure_until_it_is_mended(tmp_path):
    desk = OpsDesk(tmp_path, None, ("oss",))
    assert [job.last for job in jobs(Told(), desk.jobs())] == [None] * 4
    run(tmp_path, "forecast", "ok", seconds=100.0, ago=3 * HOUR)
    run(tmp_path, "forecast", "failed", message="disk full", ago=2 * HOUR)
    run(tmp_path, "fetch", "timeout", source="oss")
    by_name = {(job.job, job.source): job for job in jobs(desk.told(), desk.jobs())}
    forecast = by_name["forecast", ""]
    assert (forecast.failure.message, forecast.usual_s, forecast.open_to) == (
        "disk full",
        100.0,
        True,
    )
    assert by_name["fetch", "oss"].failure.outcome == "timeout"
    run(tmp_path, "forecast", "ok")
    again = {(job.job, job.source): job for job in jobs(desk.told(), desk.jobs())}
    assert again["forecast", ""].failure is None


def test_the_page_names_what_is_late_missing_and_rejected(site):
    text = site.page("/data")
    for words in ("迟到 自 09:00", "KPI 完整度", "被拒收的行", "时间无法识别", "整份被拒的文件",
                  "column cell_id is missing", "可能由 时延 改名而来", "来电[电话]投诉",
                  "导出改了单位", "还没有作业记录", "districts 110101"):  # fmt: skip
        assert words in text
    assert "late since 09:00" in site.page("/data", "?lang=en&theme=light&palette=cvd")


def test_empty_and_old_snapshots_say_so(tiny_site):
    text = tiny_site.page("/data", "?lang=en")
    for words in ("says nothing about the quality", "No KPIs to judge", "No rows rejected",
                  "No file refused", "No unknown columns", "No data has arrived yet"):  # fmt: skip
        assert words in text


def test_rejected_rows_can_be_chosen_and_taken_along(site):
    status, body = site.callback(
        "data-rejected.children",
        {"data-address.data": "changed"},
        {"url.search": "?lang=en&reason=wrong_field_count", "url.pathname": "/data"},
    )
    assert status == 200
    text = json.dumps(body)
    assert "20 of 20 rows" in text
    assert "reason=wrong_field_count" in text
    file = site.get("/api/v1/data?format=csv&table=rejected_rows&reason=wrong_field_count&lang=en")
    lines = file.data.decode("utf-8-sig").splitlines()
    assert len(lines) == 21
    assert site.get("/api/v1/data?format=xlsx").status_code == 200
    for bad in ("format=doc", "format=csv&table=cells", "table=sources"):
        assert site.get(f"/api/v1/data?{bad}").status_code == 400
    nothing = site.get("/api/v1/data?format=csv&table=rejected_rows&source=none")
    assert len(nothing.data.decode("utf-8-sig").splitlines()) == 1


def test_choosing_goes_into_the_address(site):
    inputs = {"data-source.value": "crm", "data-feed.value": None, "data-reason.value": None}
    specs = site.get("/_dash-dependencies").get_json()
    spec = next(s for s in specs if any(i["id"] == "data-reason" for i in s["inputs"]))
    states = {"url.search": "?lang=en", "url.pathname": "/data"}
    status, body = site.callback(spec["output"], inputs, states)
    assert status == 200
    assert "/data?lang=en&source=crm" in json.dumps(body)
    states["url.search"] = "?source=crm"
    assert site.callback(spec["output"], inputs, states)[0] == 204


def test_a_request_is_written_once_however_often_one_clicks(site):
    first, second = ask(site), ask(site)
    assert (first.status_code, first.get_json()["state"]) == (202, "asked")
    assert second.get_json()["id"] == first.get_json()["id"]
    assert first.get_json()["asked_by"] == "127.0.0.1"
    told = site.get("/api/v1/data/jobs").get_json()
    assert [r["job"] for r in told["requests"]] == ["inbox"]
    # nobody takes it: it stays, and the page says why
    status, body = tick(site)
    assert status == 200
    text = json.dumps(body)
    assert "waits for the worker" in text
    assert "the worker does not answer (last seen never)" in text
    beat(site.data)
    text = json.dumps(tick(site)[1])
    assert "The worker is running" in text
    assert "does not answer" not in text
    engine = open_ops(site.data)
    requests = Requests(engine)
    ids = requests.take("inbox", "", SystemClock().now())
    assert "running since" in json.dumps(tick(site)[1])
    requests.end(ids, Report("failed", message="disk full"), SystemClock().now())
    engine.dispose()
    text = json.dumps(tick(site)[1])
    assert "disk full" in text
    assert ask(site).get_json()["id"] != first.get_json()["id"]  # that one is closed


def test_nothing_new_draws_nothing(site):
    run(site.data, "forecast", "ok")
    _, body = tick(site)
    seen = body["response"]["data-seen"]["data"]
    assert tick(site, {"data-seen.data": seen})[0] == 204
    assert tick(site, {"url.pathname": "/"})[0] == 204


@pytest.mark.parametrize(
    "request_",
    [
        {"environ_base": {"REMOTE_ADDR": "10.0.0.7"}},
        {"headers": {"Host": "evil.example"}},
        {"headers": {"Origin": "https://evil.example"}},
    ],
)
def test_only_a_page_of_this_machine_may_ask(site, request_):
    answer = ask(site, **request_)
    assert answer.status_code == 403
    assert answer.get_json()["error"]["code"] == "not_local"
    assert site.get("/api/v1/data/jobs").get_json()["requests"] == []


def test_only_known_jobs_may_be_asked_for(site):
    assert ask(site, "rm -rf").status_code == 400
    assert ask(site, "fetch", "nowhere").get_json()["error"]["code"] == "unknown_job"
    assert site.client.post("/api/v1/data/requests", data="job=inbox").status_code == 400
    assert site.client.post("/api/v1/data/requests", json=[1]).status_code == 400


def test_a_damaged_ops_database_is_said_and_takes_nothing_else_down(site):
    (site.data / FILE_NAME).write_bytes(b"no database" * 1000)
    text = site.page("/data", "?lang=en")
    assert "The ops database cannot be read" in text
    assert "late since" in text
    assert site.get("/api/v1/data/jobs").status_code == 503
    assert ask(site).status_code == 503


def test_a_replay_shows_the_data_as_they_were_and_asks_for_nothing(site):
    later = replace(tiny(as_of=AS_OF + HOUR), more={})
    site.publish(later)
    site.clock.at = AS_OF + 2 * HOUR
    run(site.data, "forecast", "failed", message="disk full")
    then = site.page("/data", f"?lang=en&at={AS_OF.isoformat()}".replace("+", "%2B"))
    assert "late since 09:00" in then
    assert "they do not follow the replay" in then
    assert '"disabled": true' in then
    assert "late since" not in site.page("/data", "?lang=en")


def test_the_city_has_no_stray_day(tmp_path):
    site = make_site(tmp_path)
    content = city()
    told = deliveries(content)
    site.publish(replace(content, more={**content.more, **told}))
    days = site.get("/api/v1/data").get_json()["completeness"]
    assert {date.fromisoformat(row["day"]) for row in days} <= {
        AS_OF.astimezone(ZONE).date() - timedelta(days=n) for n in range(16)
    }
