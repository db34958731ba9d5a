"""Every desk page, visited once: contrast of all texts, visible focus, widths, an empty console."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import TimeoutError as TooLong

from tests.browser.conftest import HD, Server
from tests.support.city import city_kpis
from tests.support.record import deliveries, record

pytestmark = pytest.mark.browser

LOOK = Path(__file__).with_name("look.js").read_text(encoding="utf-8")
WIDTHS = (420, 1366)
# Below the limit on purpose: class name and reason.
FAINT_ON_PURPOSE: dict[str, str] = {}
# What is asked finds what is wrong.
FLAWED = """() => {
  const page = document.querySelector('#page main');
  const made = kind => page.appendChild(document.createElement(kind));
  const [text, button] = [made('p'), made('button')];
  text.textContent = 'faint';
  text.className = 'flaw wide';
  Object.assign(text.style, { color: '#888', background: '#777', width: '9999px',
    position: 'absolute' });
  button.className = 'flaw';
  button.style.outline = 'none';
  const found = [
    [...look.faint().map(one => `${one[0]} ${one[1].split(' ')[0]}`), ...look.unmarked()],
    look.wide().slice(1).map(one => one.replace('P ', '')),
  ];
  text.remove();
  button.remove();
  return found;
}"""
# On the wall the ground is always dark.
STANDS = """theme => document.documentElement.dataset.theme === theme
  && document.querySelector('#page :is(main, .message):not([data-old])')
  && document.documentElement.dataset.busy === undefined
  && [...document.querySelectorAll('.dash-graph')].every(g => g.offsetParent === null
    || g.querySelector('.main-svg'))"""


@pytest.fixture(scope="module")
def server(tmp_path_factory, city_content):
    """A city with fates and deliveries, so that all pages are full."""
    made = Server(tmp_path_factory.mktemp("told"), beat=60.0)
    more = {**city_content.more, **record(city_content), **deliveries(city_content)}
    made.publish(replace(city_content, more=more), city_kpis(city_content))
    yield made
    made.stop()


def go(page, href, theme):
    page.evaluate(
        """href => {
          document.querySelector('#page :is(main, .message)')?.setAttribute('data-old', '');
          foresite.go(href);
        }""",
        href,
    )
    page.wait_for_function(STANDS, arg="dark" if href.startswith("/?") else theme)


def faint(page, where):
    found = []
    for palette in ("standard", "cvd"):
        page.evaluate("name => { document.documentElement.dataset.palette = name; }", palette)
        found += [
            (where, palette, *one)
            for one in page.evaluate("look.faint()")
            if one[1].split()[0] not in FAINT_ON_PURPOSE
        ]
    return found


def wide(page):
    """What is wider than the window; charts are drawn for it a moment after it has changed."""
    with suppress(TooLong):
        page.wait_for_function("() => look.wide().length === 0", timeout=6000)
    return page.evaluate("look.wide()")


def test_contrast_focus_and_widths(server, city_content, visit):
    one, two = city_content.cells.sort_values("probability")["cell_id"].iloc[-2:]
    addresses = (
        "/cells", f"/cells?compare={one},{two}", f"/cells/{one}", "/regions/110105", "/trends",
        "/accuracy", "/data", "/nowhere", "/",
    )  # fmt: skip
    bad = []
    with visit(server, "/data?lang=en", HD, reduced_motion="reduce") as seen:
        page = seen.page
        page.evaluate(f"window.look = {LOOK}")
        page.keyboard.press("Tab")  # from here on the focus is the keyboard's
        flaws, sticking = page.evaluate(FLAWED)
        assert flaws == ["faint flaw", "BUTTON flaw"]
        assert "flaw wide" in sticking
        for address in addresses:
            for theme in ("dark", "light"):
                mark = "&" if "?" in address else "?"
                language = "en" if theme == "dark" else "zh"
                go(page, f"{address}{mark}lang={language}&theme={theme}", theme)
                bad += faint(page, (address, theme))
            if address == "/":
                continue  # the wall has one shape, tested with its own
            bad += [(address, "focus", one) for one in page.evaluate("look.unmarked()")]
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 860})
                bad += [(address, width, *one) for one in [wide(page)] if one]
            page.set_viewport_size({"width": HD[0], "height": HD[1]})
    assert not bad, "\n".join(map(str, bad))
