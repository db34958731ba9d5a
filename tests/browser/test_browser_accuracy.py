"""``/accuracy`` and ``/data`` in Chromium: both sizes and languages, every control once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from dashboard.ops.engine import open_ops
from dashboard.ops.requests import Requests
from dashboard.ops.runs import Report, Runs
from ingest.clock import SystemClock
from tests.browser.conftest import HD, UHD, Server
from tests.support.record import deliveries, record

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def server(tmp_path_factory, city_content):
    made = Server(tmp_path_factory.mktemp("record"))
    content = city_content
    more = {**content.more, **record(content), **deliveries(content)}
    made.publish(replace(content, more=more))
    engine, now = open_ops(made.data), SystemClock().now()
    runs = Runs(engine)
    for hours, outcome in ((3, "ok"), (2, "failed"), (1, "ok")):
        at = now - timedelta(hours=hours)
        run = runs.begin("inbox" if outcome == "failed" else "forecast", None, at)
        report = Report(outcome, message="" if outcome == "ok" else "2 files refused")
        runs.end(run, report, ended_at=at, seconds=20.0 * hours, quiet=False)
    engine.dispose()
    yield made
    made.stop()


def drawn(visit):
    visit.page.wait_for_function(
        """() => {
          const drawn = [...document.querySelectorAll('.js-plotly-plot')];
          return drawn.length > 0 && drawn.every(g => g.querySelector('.main-svg'));
        }"""
    )
    return visit


def no_sideways_scroll(visit):
    return visit.overflow()[0] <= 0


def test_the_record(visit, server):
    with visit(server, "/accuracy", size=HD) as seen:
        drawn(seen)
        page = seen.page
        assert no_sideways_scroll(seen)
        assert page.locator(".hundred").count() == 2
        assert page.locator(".hundred .square").count() == 200
        seen.shot("accuracy-zh-1920")
        # a day: the list follows, the page stays where it is
        page.locator(".day-strip a.day").first.scroll_into_view_if_needed()
        where = page.evaluate("scrollY")
        page.locator(".day-strip a.day").nth(20).click()
        page.wait_for_function("() => location.search.includes('day=')")
        page.wait_for_selector(".day.here")
        assert abs(page.evaluate("scrollY") - where) < 4
        page.get_by_role("link", name="漏报", exact=True).click()
        page.wait_for_function("() => location.search.includes('list=miss')")
        page.wait_for_function(
            """() => [...document.querySelectorAll('.forecasts .fate')]
              .every(e => e.textContent === '漏报')"""
        )
        page.go_back()
        page.wait_for_function("() => !location.search.includes('list=miss')")
        # keyboard: / leads to the search
        page.locator("h1").click()
        page.keyboard.press("/")
        assert page.evaluate("document.activeElement.closest('.record-search') !== null")
        page.keyboard.type("BJ00001")
        page.wait_for_function("() => location.search.includes('q=BJ00001')")
        page.wait_for_function("() => document.body.innerText.includes('“BJ00001”的全部预警')")
        page.get_by_role("link", name="静默小区").click()
        page.wait_for_function("() => location.search.includes('scope=quiet')")
        page.get_by_role("link", name="近 4 周").click()
        page.wait_for_function("() => location.search.includes('weeks=4')")
        drawn(seen)


def test_the_record_in_light_and_large(visit, server):
    with visit(server, "/accuracy?lang=en&theme=light&palette=cvd", size=UHD) as seen:
        drawn(seen)
        assert no_sideways_scroll(seen)
        seen.page.locator(".forecasts tbody a").first.click()
        seen.page.wait_for_function("() => location.pathname.startsWith('/cells/')")
        assert "at=" in seen.page.url


def test_the_state_of_the_data(visit, server):
    with visit(server, "/data", size=HD) as seen:
        drawn(seen)
        page = seen.page
        assert no_sideways_scroll(seen)
        seen.shot("data-zh-1920")
        # a button asks, and a second click does not ask again
        button = page.locator(".ask:not([disabled])").first
        button.click()
        page.wait_for_selector(".request .asked")
        page.wait_for_function("() => document.querySelectorAll('.ask[disabled]').length === 1")
        engine = open_ops(server.data)
        requests = Requests(engine)
        assert len(requests.recent()) == 1
        ids = requests.take("inbox", "", SystemClock().now())
        page.wait_for_selector(".request .running")
        requests.end(ids, Report("ok"), SystemClock().now())
        page.wait_for_selector(".request .done")
        engine.dispose()
        page.get_by_label("原因").first.click()
        page.get_by_role("option", name="时间无法识别").click()
        page.wait_for_function("() => location.search.includes('reason=bad_time')")
        page.wait_for_function("() => document.body.innerText.includes('共 20 行')")


def test_the_data_in_light_and_large(visit, server):
    with visit(server, "/data?lang=en&theme=light", size=UHD) as seen:
        drawn(seen)
        assert no_sideways_scroll(seen)
        seen.shot("data-en-3840")
