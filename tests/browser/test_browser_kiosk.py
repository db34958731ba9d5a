"""The frame of all pages in Chromium: bar, keys, replay, kiosk, the link to the server, memory."""

from __future__ import annotations

import threading
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from PIL import Image

import dashboard.web.api.health as health
import dashboard.web.components.bar as bar
from tests.browser.conftest import ARTIFACTS, HD, UHD, Server
from tests.support.refreshing import drive, serve
from tests.support.snapshots import AS_OF, ZONE, tiny

pytestmark = pytest.mark.browser

# What a server that is away makes the browser itself write; nothing else may stand there.
NETWORK = ("Failed to load resource",)

OUTSIDE = """() => [...document.querySelectorAll('.bar > *, .bar .tool, .bar .nav-link')]
  .filter(e => e.offsetParent !== null && getComputedStyle(e).position !== 'fixed')
  .map(e => [e.className, e.getBoundingClientRect()])
  .filter(([, b]) => b.left < -1 || b.right > innerWidth + 1).map(([name]) => name)"""
OVERLAP = """() => {
  const parts = [...document.querySelectorAll('.bar > *')]
    .filter(e => e.offsetParent !== null && getComputedStyle(e).position !== 'fixed')
    .map(e => e.getBoundingClientRect()).filter(b => b.width);
  return parts.filter((a, n) => parts.slice(n + 1).some(b => a.left < b.right - 1
    && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1)).length;
}"""


@pytest.fixture(scope="module")
def past(tmp_path_factory):
    """Four snapshots: two days ago, three in the last hour."""
    server = Server(tmp_path_factory.mktemp("past"), beat=0.5)
    for before in (timedelta(days=2), timedelta(hours=1), timedelta(minutes=30), timedelta()):
        server.publish(tiny(as_of=AS_OF - before))
    yield server
    server.stop()


def query(page):
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def attribute(page, name, value):
    page.wait_for_function(
        "([name, value]) => document.documentElement.dataset[name] === value", arg=[name, value]
    )


def address(page, name, value):
    page.wait_for_function(
        "([name, value]) => new URLSearchParams(location.search).get(name) === value",
        arg=[name, value],
    )


def test_every_choice_of_the_bar_and_every_key(past, visit):
    with visit(past, "/?lang=en") as seen:
        press(seen)
        seen.page.go_forward()
        seen.page.wait_for_selector(".wall")
        seen.settled()
        choose(seen)


def choose(seen):
    page = seen.page
    page.click(".tool-palette")
    attribute(page, "palette", "cvd")
    language(page, "zh-CN")
    page.click(".tool-rotate")
    page.wait_for_selector("#rotation .dot.here")
    page.click(".tool-rotate")
    page.wait_for_selector("#rotation", state="detached")
    assert query(page) == {"lang": "zh", "palette": "cvd"}
    page.click(".help-open")
    assert page.locator("dialog[open]").count() == 1
    seen.shot("help-zh")
    page.click(".help-close")
    assert page.locator("dialog[open]").count() == 0
    # One line on a wall, in both languages, at both sizes; nothing overlaps or sticks out.
    for code in ("zh-CN", "en"):
        if code == "en":
            language(page, code)
        for size in (UHD, HD):
            page.set_viewport_size({"width": size[0], "height": size[1]})
            assert page.evaluate(OUTSIDE) == []
            assert page.evaluate(OVERLAP) == 0


def language(page, code):
    page.click(".language")
    page.wait_for_function("code => document.documentElement.lang === code", arg=code)


def press(seen):
    page = seen.page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.tagName") == "MAIN"
    page.keyboard.press("?")
    assert page.locator("dialog[open]").count() == 1
    for _ in range(3):  # the focus stays inside
        page.keyboard.press("Tab")
        assert page.evaluate(
            "document.activeElement === document.body"
            " || document.activeElement.closest('dialog') !== null"
        )
    page.keyboard.press("g")
    page.keyboard.press("c")
    assert urlsplit(page.url).path == "/"  # nothing behind the dialog
    page.keyboard.press("Escape")
    assert page.locator("dialog[open]").count() == 0
    page.keyboard.press("g")
    page.keyboard.press("c")
    page.wait_for_url("**/cells?*lang=en*")
    page.wait_for_selector(".desk-main")
    page.wait_for_function("() => document.activeElement.tagName === 'MAIN'")
    # The search takes the focus, and letters typed there are letters.
    if page.locator("[data-search]").count():
        page.keyboard.press("/")
        page.keyboard.type("g")
        page.keyboard.type("m")
        assert urlsplit(page.url).path == "/cells"
        page.keyboard.press("Escape")
        page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("m")
    page.wait_for_selector(".wall")
    page.go_back()
    page.wait_for_selector(".desk-main")


def test_a_desk_page_wraps_is_light_and_waits(past, visit):
    with visit(past, "/cells/C1?lang=zh") as seen:
        page = seen.page
        page.click(".tool-light")
        attribute(page, "theme", "light")
        colours = page.evaluate(
            "[getComputedStyle(document.body).backgroundColor,"
            " document.querySelector('[data-mantine-color-scheme]')"
            ".dataset.mantineColorScheme]"
        )
        assert colours == ["rgb(243, 246, 250)", "light"]
        for code in ("zh-CN", "en"):
            if code == "en":
                language(page, code)
            for size in ((420, 860), (1280, 800), HD):
                page.set_viewport_size({"width": size[0], "height": size[1]})
                assert page.evaluate(OVERLAP) == 0, size
                assert [n for n in page.evaluate(OUTSIDE) if "nav-link" not in n] == [], size
                if size != (1280, 800):
                    seen.shot(f"desk-light-{code[:2]}-{size[0]}")
        hours_and_pauses_by_hand(page.evaluate)
        slow_answers_show_a_line_and_keep_the_picture(page)
        page.locator(".nav-link").nth(1).click()
        page.wait_for_url("**/cells?*theme=light*")


def hours_and_pauses_by_hand(run):
    """Pure functions of the scripts."""
    at = "new Date('2026-11-21T20:05:00Z')"
    assert run(f"foresite.kiosk.minutes({at}, 'Asia/Shanghai')") == 4 * 60 + 5
    night = [run("h => foresite.kiosk.night('22-6', 60 * h)", h) for h in (21, 22, 0, 5, 6)]
    assert night == [False, True, True, True, False]
    assert run("foresite.kiosk.night('1-5', 120)") is True
    assert run("foresite.kiosk.night('off', 0)") is False
    quiet = [run("m => foresite.kiosk.quiet('04:00', m, 0)", m) for m in (239, 240, 269, 270)]
    assert quiet == [False, True, True, False]
    assert run("foresite.kiosk.quiet('04:00', 241, 0.9)") is False  # jitter
    assert run("foresite.kiosk.quiet('23:50', 5, 0)") is True
    # 10 s, then longer by half from the third miss on, at most 30 s, give or take a quarter.
    pauses = [run("n => foresite.pause(n, 10000, 0.5)", n) for n in range(8)]
    assert pauses[:5] == [10000, 10000, 10000, 15000, 22500]
    assert pauses[5:] == [30000] * 3
    assert run("foresite.pause(9, 10000, 0)") == 22500
    assert run("foresite.pause(9, 10000, 1)") == 37500


def slow_answers_show_a_line_and_keep_the_picture(page):
    page.evaluate(
        "window.busy = []; new MutationObserver(() => window.busy.push("
        "document.documentElement.dataset.busy || '')).observe("
        "document.documentElement, { attributeFilter: ['data-busy'] })"
    )
    held = []

    def hold(route):
        if held is not None:
            held.append(route)
        else:
            route.continue_()

    page.route("**/_dash-update-component*", hold)
    page.evaluate("foresite.go('/cells/C2?lang=en&theme=light')")
    attribute(page, "busy", "yes")
    assert "C1" in page.inner_text(".cell-head")  # the old one
    waiting, held = held, None
    for one in waiting:
        one.continue_()
    page.wait_for_function("() => document.documentElement.dataset.busy === undefined")
    assert page.evaluate("window.busy[0]") == "yes"


def test_replay(past, visit):
    with visit(past, "/?lang=en") as seen:
        page, newest = seen.page, AS_OF.astimezone(ZONE).isoformat()
        page.click(".tool-replay")
        page.wait_for_selector(".replay-thumb")
        assert query(page)["at"] == newest
        assert seen.overflow() == [0, 0]
        assert page.evaluate(
            "document.querySelector('.wall').getBoundingClientRect().bottom"
            " <= document.querySelector('.replay').getBoundingClientRect().top + 1"
        )
        # Dragging changes the label alone; releasing it changes the address.
        box = page.locator(".replay-track").bounding_box()
        page.mouse.move(box["x"] + 0.95 * box["width"], box["y"] + box["height"] / 2)
        page.mouse.down()
        page.mouse.move(box["x"] + 5, box["y"] + box["height"] / 2, steps=4)
        assert page.inner_text(".replay-label") == "Thu 19 Nov 15:00"
        assert query(page)["at"] == newest
        page.mouse.up()
        two_days = (AS_OF - timedelta(days=2)).astimezone(ZONE).isoformat()
        address(page, "at", two_days)
        page.wait_for_function(
            "() => document.querySelector('#page .freshness').innerText.includes('19 Nov 2026')"
        )
        seen.shot("replay-en")
        # By key: a step, a day, the end.
        page.locator("#page .replay-thumb").focus()  # not the veil's
        page.keyboard.press("ArrowRight")
        address(page, "at", (AS_OF - timedelta(hours=1)).astimezone(ZONE).isoformat())
        page.keyboard.press("PageDown")
        address(page, "at", two_days)
        page.keyboard.press("End")
        address(page, "at", newest)
        page.keyboard.press("[")
        address(page, "at", (AS_OF - timedelta(minutes=30)).astimezone(ZONE).isoformat())
        # Playing goes on by itself and stops at the end.
        page.click('[data-replay="play"]')
        address(page, "at", newest)
        page.wait_for_function(
            "() => document.querySelector('[data-replay=play] .icon-play') !== null"
        )
        page.click('[data-replay="previous"]')
        address(page, "at", (AS_OF - timedelta(minutes=30)).astimezone(ZONE).isoformat())
        page.wait_for_function("() => document.querySelector('#page .clock').innerText === '14:30'")
        # On a desk page too, and never into the present.
        page.keyboard.press("g")
        page.keyboard.press("c")
        page.wait_for_selector(".desk .clock")
        assert query(page)["at"] == (AS_OF - timedelta(minutes=30)).astimezone(ZONE).isoformat()
        page.wait_for_selector(".replay-thumb")
        asked = len(seen.asked)
        page.wait_for_timeout(800)  # longer than the beat
        assert not any("_dash-update" in url for url in seen.asked[asked:])
        page.click(".to-now")
        page.wait_for_selector(".replay", state="detached")
        assert "at" not in query(page)


def test_kiosk_turns_shifts_and_dims(past, visit):
    with visit(past, "/?kiosk=full&rotate=5&lang=en&night=off", (1280, 720)) as seen:
        page = seen.page
        assert page.locator(".tools, .nav, .skip, .replay, .detail-open").count() == 0
        assert page.evaluate("getComputedStyle(document.querySelector('#wall')).cursor") == "none"
        page.evaluate(
            "window.gone = 0; new MutationObserver(() => {"
            " if (!document.querySelector('.js-plotly-plot .main-svg')) { window.gone += 1; }"
            "}).observe(document.body, { childList: true, subtree: true })"
        )
        stops = page.evaluate("JSON.parse(document.querySelector('#rotation').dataset.config)")
        assert len(stops["hrefs"]) >= 3
        for n in (1, 2):
            page.evaluate("foresite.kiosk.tick(performance.now() + 6000)")
            page.wait_for_function(
                "n => { const e = document.querySelector('#rotation');"
                " return e && JSON.parse(e.dataset.config).here === n; }",
                arg=n,
            )
            assert page.url.endswith(stops["hrefs"][n])
        assert page.evaluate("window.gone") == 0  # the old picture stood until the new one came
        page.wait_for_selector(".veil", state="detached")
        # The walk of the picture stays inside: nothing cut off, no scrollbar.
        for _ in range(12):
            page.evaluate("foresite.kiosk.step()")
        farthest = page.evaluate(
            "Math.max(...[...Array(2000).keys()].map(n => foresite.kiosk.place(n))"
            ".map(at => Math.max(Math.abs(at.x), Math.abs(at.y))))"
        )
        assert 0.25 < farthest <= 0.375
        assert seen.overflow() == [0, 0]
        # Night: by the server's hour and the operator's zone; reds stay seen.
        seen.settled()
        page.emulate_media(reduced_motion="reduce")  # the step's own slow movement ends at once
        seen.shot("kiosk-day")
        page.evaluate("document.documentElement.dataset.hours = '15-16'")
        attribute(page, "night", "yes")  # 15:23 in the operator's zone
        seen.shot("kiosk-night")
        day, night = picture("kiosk-day"), picture("kiosk-night")
        redness = day[..., 0] - day[..., 1] - day[..., 2]
        place = np.unravel_index(redness.argmax(), redness.shape)
        assert day[place][0] > 240
        assert night[place][0] > 0.8 * day[place][0]
        assert light(night) < 0.6 * light(day)


def picture(name):
    return np.asarray(Image.open(ARTIFACTS / f"{name}.png").convert("RGB"), dtype=int)


def light(image):
    grey = image.mean(axis=2)
    return grey[grey > 128].sum() + 1


def test_a_wall_looks_after_itself(tmp_path, visit, monkeypatch):
    first = Server(tmp_path, beat=0.4)
    first.publish(tiny())
    with visit(first, "/?kiosk=full&lang=en", (1280, 720)) as seen:
        a_fault_is_said_and_goes_by_itself(seen, monkeypatch)
        once_a_day_it_loads_itself_anew(seen.page, first)
        second = a_restart_needs_no_hand(seen, first, tmp_path)
        try:
            # Another build: the page loads itself anew, once.
            with seen.page.expect_navigation():
                monkeypatch.setattr(health, "build_id", lambda: "another")
            stays(seen.page)
        finally:
            seen.page.close()
            second.stop()
        seen.console[:] = [c for c in seen.console if not any(text in c for text in NETWORK)]


def a_fault_is_said_and_goes_by_itself(seen, monkeypatch):
    def fails(_):
        raise ZeroDivisionError

    with monkeypatch.context() as broken:
        broken.setattr(bar, "clock", fails)
        seen.page.wait_for_selector(".fault span")
        assert "could not be computed" in seen.page.inner_text(".fault")
        assert seen.page.locator("#wall-map .main-svg").count() > 0
        seen.shot("fault-en")
    seen.page.wait_for_selector(".fault span", state="detached")


def stays(page):
    """The page has been drawn, and the next answers of the server do not load it anew."""
    page.wait_for_selector("#wall-map .main-svg")
    page.evaluate(
        "window.told = []; (hour => { foresite.kiosk.hour = moment => {"
        " window.told.push(+moment); return hour(moment); }; })(foresite.kiosk.hour)"
    )
    page.wait_for_function("() => window.told.length >= 3")


def once_a_day_it_loads_itself_anew(page, server):
    """Some minutes after 04:00 of the server's clock, where the page is older than an hour."""
    midnight = AS_OF.astimezone(ZONE).replace(hour=0, minute=0) + timedelta(days=1)

    def at(hour, minute):
        server.clock.at = midnight + timedelta(hours=hour, minutes=minute)

    def said(hour, minute):
        """The page has heard the hour, twice, and is the same page."""
        at(hour, minute)
        page.wait_for_function(
            "now => window.told.filter(at => at === now).length >= 2",
            arg=1000 * server.clock.at.timestamp(),
        )

    stays(page)
    said(4, 12)  # but it is young
    said(3, 55)
    page.evaluate(
        "(now => { performance.now = () => now() + 7200e3; })(performance.now.bind(performance))"
    )
    said(3, 59)
    said(4, 31)
    with page.expect_navigation():
        at(4, 12)
    stays(page)


def a_restart_needs_no_hand(seen, first, data):
    page, port = seen.page, int(urlsplit(first.url).port)
    page.evaluate("window.stayed = true")
    first.stop()
    page.wait_for_selector(".lost", state="visible", timeout=20_000)
    seen.shot("kiosk-lost")
    # Away, the page asks for health alone, and less and less often.
    asked = len(seen.asked)
    page.wait_for_timeout(800)
    assert {urlsplit(url).path for url in seen.asked[asked:]} <= {"/healthz"}
    second = Server(data, port=port, beat=0.4)
    second.publish(tiny(as_of=AS_OF + timedelta(minutes=10)))
    page.wait_for_selector(".lost", state="hidden", timeout=30_000)
    page.wait_for_function(
        "() => document.querySelector('.data-time')?.innerText.includes('15:10')"
    )
    assert page.evaluate("window.stayed")
    return second


def test_memory_is_flat(tmp_path, chromium):
    """The short form of benchmarks/kiosk_memory.py: after warming up nothing grows."""
    server = serve(tmp_path, cells=60)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    page = chromium.new_page(viewport={"width": 1280, "height": 720})
    try:
        page.goto(f"http://127.0.0.1:{server.effective_port}/?kiosk=full")
        page.wait_for_selector("#wall-map .main-svg")
        _, warm, *later = drive(page, [40, 60, 60])
        for point in later:
            assert point.nodes <= warm.nodes + 50, (warm, point)
            assert point.listeners <= warm.listeners, (warm, point)
            assert point.objects <= warm.objects + 500, (warm, point)  # under five a refresh
            assert point.heap_mb <= warm.heap_mb + 2.5, (warm, point)  # compiled code
        # What Dash would remember of every tick is too little to be seen in so few.
        assert page.evaluate("dash_stores.map(s => s.getState().history.past.length)") == [0]
    finally:
        page.close()
        server.trigger.pull_trigger(server.close)
        thread.join(5)
