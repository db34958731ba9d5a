from __future__ import annotations

from datetime import timedelta

import pandas as pd
import pytest

from tests.browser.conftest import HD, UHD
from tests.support.city import city
from tests.support.snapshots import AS_OF, tiny

pytestmark = pytest.mark.browser

GREENISH = """() => {
  // Is any drawn pixel of the map or any mark greener than red and blue?
  const colours = [];  // those drawn
  for (const e of document.querySelectorAll('.mark, .tile-number')) {
    colours.push(getComputedStyle(e).color);
  }
  for (const e of document.querySelectorAll('.map path.js-fill, .map text tspan')) {
    const s = getComputedStyle(e);
    colours.push(s.fill);
  }
  return colours.filter(c => c.startsWith('rgb'))
    .map(c => c.match(/[\\d.]+/g).slice(0, 3).map(Number))
    .filter(([r, g, b]) => g > r + 25 && g > b + 25);
}"""


def test_wall_at_both_sizes_and_languages(city_server, visit):
    for lang in ("zh", "en"):
        boxes = []
        with visit(city_server, f"/?lang={lang}&kiosk=full", HD) as seen:
            for size in (HD, UHD):
                page, scale = seen.resize(size).page, size[1] / 1080
                assert seen.overflow() == [0, 0]
                assert page.locator(".tile-number").all_inner_texts()[:4] == ["9", "18", "94", "5"]
                assert page.locator(".worst-line").count() == 10
                sizes = page.evaluate(FONT_SIZES)
                assert min(sizes["all"]) >= 20 * scale, sizes
                assert min(sizes["numbers"]) >= 56 * scale
                assert min(sizes["labels"]) >= 24 * scale
                assert page.evaluate(CUT_OFF) == []
                boxes.append(page.evaluate(BOXES))
                seen.shot(f"wall-{lang}-{size[0]}")
        # The same composition, twice as large; the map has more than half of the screen.
        for small, large in zip(*boxes, strict=True):
            assert [2 * value for value in small] == pytest.approx(large, abs=3)
        assert boxes[0][0][2] * boxes[0][0][3] > 0.55 * HD[0] * HD[1]


FONT_SIZES = """() => {
  const px = e => parseFloat(getComputedStyle(e).fontSize);
  const shown = [...document.querySelectorAll('.wall *')].filter(e =>
    e.offsetParent !== null && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()));
  return {
    all: shown.map(px),
    numbers: [...document.querySelectorAll('.tile-number')].map(px),
    labels: [...document.querySelectorAll(
      '.tile-head, .worst-title, .map .textpoint text')].map(px),
  };
}"""

BOXES = """() => [...document.querySelectorAll('.panel, .tile')].map(e => {
  const b = e.getBoundingClientRect();
  return [b.x, b.y, b.width, b.height];
})"""

# Texts that are wider than their box, apart from names that end in an ellipsis.
CUT_OFF = """() => [...document.querySelectorAll(
    '.tile-head, .tile-note, .tile-number, .worst-title, .worst-value, .legend, .freshness,'
    + '.brand')]
  .filter(e => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== 'inline')
  .map(e => e.className + ': ' + e.innerText)"""


def test_every_district_is_named_and_drawn(city_server, visit):
    with visit(city_server) as seen:
        texts = " ".join(seen.page.locator(".map .textpoint text").all_text_contents())
        for name in ("东城区", "西城区", "朝阳区", "密云区", "延庆区", "房山区"):
            assert name in texts
        assert seen.page.locator("#wall-map path.js-fill").count() == 16
        assert seen.page.locator("#wall-map .trace:not(.tracebad) .points path").count() == 27
        bad = int((city().cells["quality_state"] == "bad").sum())
        assert seen.page.locator("#wall-map .tracebad .points path").count() == bad


def test_refresh_without_reload_and_without_redrawing(own_server, visit):
    before, after = city(), city(as_of=AS_OF + timedelta(minutes=10), reds=11)
    reds = [set(c.cells.loc[c.cells["status"] == "red", "cell_id"]) for c in (before, after)]
    own_server.publish(before)
    with visit(own_server) as seen:
        page = seen.page
        page.evaluate(
            "window.stayed = document.querySelector('#wall-map .main-svg');"
            "window.label = document.querySelector('#wall-counts .tile-number')"
        )
        own_server.publish(after)
        page.wait_for_function(
            "() => document.querySelector('.tile.red .tile-number').innerText === '11'"
        )
        assert page.evaluate("window.stayed === document.querySelector('#wall-map .main-svg')")
        page.wait_for_function(
            "() => document.querySelectorAll("
            "'#wall-map .trace:not(.tracenew):not(.tracebad) .point').length === 33"
        )
        # New reds pulsed once; their rings are gone from sight.
        rings = "[...document.querySelectorAll('#wall-map .tracenew path')]"
        assert page.evaluate(f"{rings}.length") == len(reds[1] - reds[0])
        page.wait_for_function(
            f"() => {rings}.every(e => getComputedStyle(e).strokeOpacity === '0')"
        )
        # Quiet again: the page asks, the answer is empty.
        asked = page.evaluate("performance.getEntriesByType('resource').length")
        with page.expect_response(lambda r: "_dash-update-component" in r.url) as answer:
            pass
        assert answer.value.status == 204
        assert asked < 200


def test_stale_greys_by_itself(own_server, visit):
    own_server.publish(city())
    with visit(own_server) as seen:
        page = seen.page
        assert page.evaluate(GREENISH) != []
        own_server.clock.at = AS_OF + timedelta(minutes=151)
        page.wait_for_selector(".wall.stale")
        page.wait_for_function(
            "() => document.querySelector('.freshness').innerText.includes('17:30')"
        )
        page.wait_for_timeout(400)  # colours fade within 300 ms
        assert page.evaluate(GREENISH) == []
        assert page.locator("#wall-map .points path").count() == 0
        seen.shot("wall-stale")
        # And back: nobody has to touch the screen.
        own_server.publish(city(as_of=AS_OF + timedelta(minutes=150)))
        page.wait_for_selector(".wall:not(.stale)")


def test_empty_state_fills_by_itself(own_server, visit):
    with visit(own_server) as seen:
        assert "还没有预测结果" in seen.page.inner_text(".message")
        seen.shot("empty")
        own_server.publish(tiny())
        seen.page.wait_for_selector(".wall .worst-line")


def test_replay(own_server, visit):
    own_server.publish(city())
    own_server.publish(city(as_of=AS_OF + timedelta(hours=1), reds=4))
    own_server.clock.at = AS_OF + timedelta(days=2)
    with visit(own_server, "/?at=2026-11-21T15:30") as seen:
        assert seen.page.inner_text(".tile.red .tile-number") == "9"
        assert "历史回放" in seen.page.inner_text(".freshness")
        assert seen.page.inner_text(".clock") == "15:30"
        seen.shot("wall-replay")
        # From a red on the wall to its cause; the replay goes with it.
        seen.page.locator(".worst-line.red[href^='/cells/']").first.click()
        seen.page.wait_for_selector(".cell-head")
        assert "at=2026-11-21T15%3A30" in seen.page.url


def test_boards_focus_and_ticker(own_server, visit):
    content = city()
    many = pd.concat([content.works] * 3, ignore_index=True)
    many["work_id"] = [f"W{n}" for n in range(3)]
    own_server.publish(city(works=many))
    with visit(own_server, "/?board=risk&lang=en") as seen:
        page = seen.page
        assert page.locator(".board-graph .bartext, .board-graph .bars path").count() > 20
        assert seen.overflow() == [0, 0]
        assert page.evaluate(CUT_OFF) == []
        # Every item of the ticker can be reached by hand; under the pointer it rests.
        page.locator(".ticker-turn").last.hover()
        shown = []
        for _ in range(3):
            page.locator(".ticker-turn").last.click()
            shown.append(page.inner_text(".ticker-count"))
        assert shown[0] == shown[2] != shown[1]
        assert set(shown) == {"1 / 2", "2 / 2"}
        seen.shot("wall-board-risk")
        page.goto(f"{own_server.url}/?board=outlook&kiosk=full")
        page.wait_for_selector("#wall-hours-large .main-svg")
        assert page.locator(".plan").count() == 3
        assert seen.settled().overflow() == [0, 0]
        seen.shot("wall-board-outlook")
        page.goto(f"{own_server.url}/?focus=110105")
        page.wait_for_selector(".focus-name")
        assert page.inner_text(".focus-name") == "朝阳区"
        assert page.inner_text(".worst-title").startswith("朝阳区")
        assert seen.settled().overflow() == [0, 0]
        seen.shot("wall-focus")
        page.click(".focus-end")
        page.wait_for_selector(".focus-name", state="detached")


def test_tickets_mode(states_server, visit):
    with visit(states_server, "/?lang=en") as seen:
        for lang in ("en", "zh"):
            assert seen.overflow() == [0, 0]
            assert seen.page.evaluate(CUT_OFF) == []
            seen.shot(f"wall-tickets-{lang}")
            if lang == "en":
                seen.page.click(".language")
                seen.page.wait_for_function("() => document.documentElement.lang === 'zh-CN'")
                seen.settled()
        seen.page.locator(".worst-line").first.click()
        seen.page.wait_for_selector(".region-graph .main-svg")
        assert "/regions/" in seen.page.url
        seen.shot("region-tickets")


def test_lost_server_is_said_and_mended(own_server, visit):
    own_server.publish(tiny())
    with visit(own_server) as seen:
        page = seen.page
        page.route("**/*", lambda route: route.abort())
        page.wait_for_selector("html[data-link=lost] .lost", state="visible", timeout=20_000)
        assert (
            page.evaluate("getComputedStyle(document.querySelector('.wall-main')).filter")
            == "grayscale(1)"
        )
        page.unroute("**/*")
        page.wait_for_selector(".lost", state="hidden", timeout=20_000)
        # Browser and Dash report the failed requests; they are the point of this test.
        reports = ("ERR_FAILED", "Failed to fetch", "Callback failed: the server did not respond")
        seen.console[:] = [c for c in seen.console if not any(text in c for text in reports)]
