"""The frame of all pages in Chromium: bar, keys, replay, kiosk, the link to the server, memory."""

from __future__ import annotations

import threading
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

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
    server = Server(tmp_path_factory.mktemp("past"))
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


def test_every_choice_of_the_bar_once(past, visit):
    with visit(past, "/?lang=en") as seen:
        page = seen.page
        page.click(".tool-palette")
        attribute(page, "palette", "cvd")
        page.click(".language")
        page.wait_for_function("() => document.documentElement.lang === 'zh-CN'")
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
        for size in (HD, UHD):
            page.set_viewport_size({"width": size[0], "height": size[1]})
            for _ in range(2):
                page.click(".language")
                page.wait_for_timeout(100)
                seen.settled()
                assert page.evaluate(OUTSIDE) == []
                assert page.evaluate(OVERLAP) == 0


def test_keys(past, visit):
    with visit(past, "/?lang=en") as seen:
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
        page.wait_for_url("**/cells?lang=en")
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


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_desk_bar_wraps_and_light_is_remembered(past, visit, lang):
    with visit(past, f"/cells/C1?lang={lang}") as seen:
        page = seen.page
        page.click(".tool-light")
        attribute(page, "theme", "light")
        colours = page.evaluate(
            "[getComputedStyle(document.body).backgroundColor,"
            " document.querySelector('[data-mantine-color-scheme]')"
            ".dataset.mantineColorScheme]"
        )
        assert colours == ["rgb(243, 246, 250)", "light"]
        for size in (HD, (1280, 800), (420, 860)):
            page.set_viewport_size({"width": size[0], "height": size[1]})
            page.wait_for_timeout(400)
            seen.settled()
            assert page.evaluate(OVERLAP) == 0, size
            assert [n for n in page.evaluate(OUTSIDE) if "nav-link" not in n] == [], size
            seen.shot(f"desk-light-{lang}-{size[0]}")
        page.set_viewport_size({"width": 1280, "height": 800})
        page.locator(".nav-link").nth(1).click()
        page.wait_for_url("**/cells?*theme=light*")


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
        page.locator(".replay-thumb").focus()
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
        page.wait_for_timeout(1500)  # longer than the beat
        assert not any("_dash-update" in url for url in seen.asked[asked:])
        page.click(".to-now")
        page.wait_for_selector(".replay", state="detached")
        assert "at" not in query(page)


def test_kiosk_turns_shifts_and_dims(past, visit):
    with visit(past, "/?kiosk=full&rotate=5&lang=en&night=off", HD) as seen:
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
        page.wait_for_timeout(4200)  # the step's own slow movement
        seen.shot("kiosk-day")
        page.evaluate("document.documentElement.dataset.hours = '15-16'")
        attribute(page, "night", "yes")  # 15:23 in the operator's zone
        page.wait_for_timeout(100)
        seen.shot("kiosk-night")
        day, night = picture("kiosk-day"), picture("kiosk-night")
        red = max(day.getcolors(1 << 24), key=lambda c: (c[1][0] - c[1][1] - c[1][2], c[0]))[1]
        place = next(n for n, pixel in enumerate(day.get_flattened_data()) if pixel == red)
        dimmed = night.get_flattened_data()[place]
        assert red[0] > 240
        assert dimmed[0] > 0.8 * red[0]
        assert light(night) < 0.6 * light(day)


def picture(name):
    return Image.open(ARTIFACTS / f"{name}.png").convert("RGB")


def light(image):
    grey = image.convert("L").histogram()
    bright = [(n, value) for value, n in enumerate(grey) if value > 128]
    return sum(n * value for n, value in bright) + 1


def test_hours_and_pauses_by_hand(past, visit):
    """Pure functions of the scripts."""
    with visit(past, "/cells/C1") as seen:
        run = seen.page.evaluate
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


def test_a_restart_needs_no_hand(tmp_path, visit, monkeypatch):
    first = Server(tmp_path)
    first.publish(tiny())
    port = int(urlsplit(first.url).port)
    with visit(first, "/?kiosk=full") as seen:
        page = seen.page
        page.evaluate("window.stayed = true")
        first.stop()
        page.wait_for_selector(".lost", state="visible", timeout=20_000)
        seen.shot("kiosk-lost")
        # Away, the page asks for health alone, and less and less often.
        asked = len(seen.asked)
        page.wait_for_timeout(2500)
        assert {urlsplit(url).path for url in seen.asked[asked:]} <= {"/healthz"}
        second = Server(tmp_path, port=port)
        try:
            second.publish(tiny(as_of=AS_OF + timedelta(minutes=10)))
            page.wait_for_selector(".lost", state="hidden", timeout=30_000)
            page.wait_for_function(
                "() => document.querySelector('.data-time').innerText.includes('15:00')"
            )
            assert page.evaluate("window.stayed")
            # Another build: the page loads itself anew, once.
            with page.expect_navigation():
                monkeypatch.setattr(health, "build_id", lambda: "another")
            page.wait_for_selector("#wall-map .main-svg")
            page.evaluate("window.stayed = true")
            page.wait_for_timeout(2500)
            assert page.evaluate("window.stayed")
        finally:
            page.close()
            second.stop()
        seen.console[:] = [c for c in seen.console if not any(text in c for text in NETWORK)]


def test_a_fault_is_said_and_goes_by_itself(own_server, visit, monkeypatch):
    own_server.publish(tiny())
    clock = bar.clock
    with visit(own_server, "/?lang=en") as seen:

        def fails(_):
            raise ZeroDivisionError

        monkeypatch.setattr(bar, "clock", fails)
        seen.page.wait_for_selector(".fault span")
        assert "could not be computed" in seen.page.inner_text(".fault")
        assert seen.page.locator("#wall-map .main-svg").count() > 0
        seen.shot("fault-en")
        monkeypatch.setattr(bar, "clock", clock)
        seen.page.wait_for_selector(".fault span", state="detached")


def test_slow_answers_show_a_line_and_keep_the_picture(past, visit):
    with visit(past, "/cells/C1?lang=en") as seen:
        page = seen.page
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
        page.evaluate("foresite.go('/cells/C2?lang=en')")
        attribute(page, "busy", "yes")
        assert "C1" in page.inner_text(".cell-head")  # the old one
        waiting, held = held, None
        for one in waiting:
            one.continue_()
        page.wait_for_function("() => document.documentElement.dataset.busy === undefined")
        assert page.evaluate("window.busy[0]") == "yes"


def test_memory_is_flat(tmp_path, chromium):
    """The short form of benchmarks/kiosk_memory.py: after warming up nothing grows."""
    server = serve(tmp_path)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    page = chromium.new_page(viewport={"width": 1280, "height": 720})
    try:
        page.goto(f"http://127.0.0.1:{server.effective_port}/?kiosk=full")
        page.wait_for_selector("#wall-map .main-svg")
        _, warm, *later = drive(page, [10, 20, 20])
        for point in later:
            assert point.nodes <= warm.nodes + 50, (warm, point)
            assert point.listeners <= warm.listeners, (warm, point)
            assert point.heap_mb <= warm.heap_mb + 2.5, (warm, point)
    finally:
        page.close()
        server.trigger.pull_trigger(server.close)
        thread.join(5)
