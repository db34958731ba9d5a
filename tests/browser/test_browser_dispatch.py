"""The board of work orders in a browser: keys, steps, news, map, table, sizes."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from dashboard.dispatch.model import Step, id_of
from tests.browser.conftest import HD, UHD, Server
from tests.support.orders import desk_of, drafts_of, fill_orders, team_tables
from tests.support.snapshots import AS_OF

pytestmark = pytest.mark.browser

LOOK = Path(__file__).with_name("look.js").read_text(encoding="utf-8")

NOW = AS_OF + timedelta(minutes=23)
DRAWN = "() => document.querySelector('.dp-page')?.dataset.version"
INSIDE = """() => [...document.querySelectorAll(
    '.dp-controls, .dp-line, .dp-teams, .dp-body, .dp-bar, .dp-keys, .dp-column, .dp-side')]
  .filter(one => one.offsetParent !== null).every(one => {
    const box = one.getBoundingClientRect();
    return box.left >= 0 && box.right <= innerWidth + 0.5 && box.bottom <= innerHeight + 0.5;
  })"""


@pytest.fixture(scope="module")
def filled(tmp_path_factory, city_content):
    data = tmp_path_factory.mktemp("orders")
    made = Server(data)
    made.publish(replace(city_content, more={**city_content.more, **team_tables(AS_OF)}))
    made.stop()
    fill_orders(data, city_content.cells, at=NOW, count=36)
    return data


@pytest.fixture
def server(filled, tmp_path):
    """Somebody acts on it."""
    data = tmp_path / "data"
    shutil.copytree(filled, data)
    desk = desk_of(data)
    made = Server(data, dispatch=desk)
    made.desk = desk
    yield made
    made.stop()
    desk.close()


def query(page):
    return dict(parse_qsl(urlsplit(page.url).query))


def column(page, key):
    return page.locator(f".dp-column.of-{key} .dp-card")


def card(page, name):
    return page.locator(f'.dp-card[data-id="{name}"]')


def ids(page, key):
    return column(page, key).evaluate_all("nodes => nodes.map(one => one.dataset.id)")


def plain(page, server, key="proposed"):
    """Orders of a column that were never reopened."""
    return [i for i in ids(page, key) if not server.desk.order(id_of(i)).reopened]


def said(page, text):
    page.wait_for_function(
        "text => document.querySelector('.dp-said').textContent.includes(text)", arg=text
    )


def in_column(page, name, key):
    page.wait_for_selector(f'.dp-column.of-{key} .dp-card[data-id="{name}"]')


def test_keys_steps_and_their_traces(server, visit):
    with visit(server, "/dispatch?lang=en") as seen:
        page = seen.page
        page.wait_for_function(DRAWN)
        page.locator("#who-name").fill("Wang")
        page.wait_for_function("() => foresite.who() === 'Wang'")
        # Search takes the keys; Esc gives them back.
        page.locator("h1").evaluate("() => document.activeElement.blur()")
        page.keyboard.press("/")
        page.keyboard.type("ad")
        page.wait_for_function("() => location.search.includes('q=ad')")
        page.keyboard.press("Escape")
        page.wait_for_function("() => !location.search.includes('q=')")
        page.keyboard.press("Escape")
        page.wait_for_function(
            "() => document.querySelector('.dp-count').textContent.startsWith('36 of 36')"
        )
        # Arrows: down within the column, right to the next one, back.
        first, second = ids(page, "proposed")[:2]
        page.keyboard.press("ArrowDown")
        assert page.evaluate("() => document.activeElement.dataset.id") == first
        page.keyboard.press("ArrowDown")
        assert page.evaluate("() => document.activeElement.dataset.id") == second
        page.keyboard.press("ArrowRight")
        assert page.evaluate("() => document.activeElement.dataset.id") in ids(page, "accepted")
        page.keyboard.press("ArrowLeft")
        # Space selects, the address says so, A accepts all of them.
        names = plain(page, server)[:2]
        for name in names:
            card(page, name).focus()
            page.keyboard.press("Space")
        assert query(page)["marked"] == ",".join(names)
        page.keyboard.press("a")
        said(page, "Accepted: ")
        for name in names:
            in_column(page, name, "accepted")
            assert server.desk.order(id_of(name)).by == "Wang"
        assert "marked" not in query(page)
        # D sends the focused one to its suggested team.
        card(page, names[0]).focus()
        page.keyboard.press("d")
        in_column(page, names[0], "dispatched")
        order = server.desk.order(id_of(names[0]))
        assert (order.state, order.by) == ("dispatched", "Wang")
        # A reason is asked for, and nothing happens without.
        card(page, names[1]).click()
        page.locator('[data-act="reject"]').click()
        page.wait_for_selector(".dp-dialog[open]")
        page.locator(".dp-ask.reason select").select_option("")
        page.locator(".dp-yes").click()
        assert page.locator(".dp-dialog-fault").text_content()
        page.locator(".dp-ask.note textarea").fill("as WO-000001")
        seen.shot("dispatch-dialog")
        page.locator(".dp-yes").click()
        page.wait_for_function(
            'id => !document.querySelector(`.dp-card[data-id="${id}"]`)', arg=names[1]
        )
        assert server.desk.order(id_of(names[1])).reason == "as WO-000001"
        # Enter opens an order; back is the board.
        card(page, names[0]).focus()
        page.keyboard.press("Enter")
        page.wait_for_function("id => location.pathname === '/dispatch/' + id", arg=names[0])
        page.go_back()
        in_column(page, names[0], "dispatched")


def test_news_come_and_what_one_looks_at_stays(server, visit, city_content):
    with visit(server, "/dispatch?lang=en") as seen:
        page = seen.page
        page.wait_for_function(DRAWN)
        names = plain(page, server)
        last = ids(page, "proposed")[-1]
        card(page, last).focus()
        page.evaluate("""() => { window.kept = [...document.querySelectorAll('.dp-card')];
          document.querySelector('.of-proposed .dp-cards').scrollTop = 60; }""")
        # Another takes one step, and a new order comes.
        other = next(name for name in names if name != last)
        server.desk.act(id_of(other), [Step("accept", "Li")], at=NOW)
        draft = replace(
            drafts_of(city_content.cells, 1, at=NOW)[0], cause="after_works", avoided=9.0
        )
        made = server.desk.propose([draft], at=NOW, step=Step("propose", "foresite", "system"))
        fresh = made[0].order.name
        in_column(page, fresh, "proposed")
        assert card(page, fresh).evaluate("one => one.classList.contains('dp-new')")
        in_column(page, other, "accepted")
        assert ids(page, "proposed")[0] == fresh
        assert page.evaluate("() => document.activeElement.dataset.id") == last
        # Those that did not change are the very same elements.
        assert page.evaluate("""() => {
          const now = new Set(document.querySelectorAll('.dp-card'));
          return window.kept.every(one => now.has(one)); }""")
        # Nor does a new forecast draw them anew.
        later = replace(city_content, as_of=AS_OF + timedelta(minutes=20))
        told = server.publish(replace(later, more={**later.more, **team_tables(AS_OF)}))
        page.wait_for_function(
            "id => document.querySelector('.dp-page').dataset.version.includes(id)", arg=told
        )
        assert page.evaluate("() => window.kept.every(one => document.contains(one))")
        # Two at once: the loser is told, and sees the new state.
        name = plain(page, server)[-1]
        page.route("**/live/dispatch/board*", lambda route: route.abort())
        server.desk.act(id_of(name), [Step("cancel", "Li", reason="duplicate")], at=NOW)
        page.unroute("**/live/dispatch/board*")
        card(page, name).click()
        page.locator('[data-act="accept"]').click()
        said(page, f"{name}: Li was first at 15:23 (Cancelled)")
        page.wait_for_function(
            'id => !document.querySelector(`.dp-card[data-id="${id}"]`)', arg=name
        )
        # A click that did not arrive is not lost.
        name = plain(page, server)[-1]
        card(page, name).click()
        page.route("**/live/dispatch/steps*", lambda route: route.abort())
        page.locator('[data-act="accept"]').click()
        said(page, "It did not reach the server")
        page.unroute("**/live/dispatch/steps*")
        page.locator('[data-act="accept"]').click()
        in_column(page, name, "accepted")
        seen.console[:] = [line for line in seen.console if "ERR_FAILED" not in line]


def test_filters_views_and_the_way_back(server, visit):
    with visit(server, "/dispatch?lang=en&view=both") as seen:
        page = seen.page
        page.wait_for_function(DRAWN)
        page.wait_for_function("() => document.querySelector('.dp-canvas').dataset.drawn > 0")
        total = page.locator(".dp-count").text_content()
        page.locator('[data-chip="on_site"]').click()
        page.wait_for_function("() => document.querySelectorAll('.dp-column').length === 1")
        page.locator(".dp-team").first.click()
        page.wait_for_function("() => location.search.includes('team=')")
        page.go_back()
        page.go_back()
        page.wait_for_function("() => document.querySelectorAll('.dp-column').length === 6")
        assert page.locator(".dp-count").text_content() == total
        # The map and the cards mean the same order.
        name = ids(page, "on_site")[0]
        place = page.evaluate("id => foresiteDispatch.placeOf(id)", name)
        page.mouse.move(*place)
        page.wait_for_selector(".dp-tip:not([hidden]) strong")
        page.mouse.click(*place)
        page.wait_for_function("() => document.activeElement.matches('.dp-card')")
        page.locator(".dp-folded").click()
        page.wait_for_selector(".dp-column.of-closed")
        # The table: all of them, sorted by its heads, selected by its boxes.
        page.locator('[data-switch="view"] [data-value="table"]').click()
        row = "#dispatch-grid .ag-center-cols-container .ag-row"
        page.wait_for_selector(f"{row} a")
        page.locator(".ag-header-cell[col-id='users'] .ag-header-cell-text").click()
        page.wait_for_function("() => location.search.includes('rows=-users')")
        page.locator("#dispatch-grid .cells-mark input").nth(1).click()
        page.wait_for_function("() => location.search.includes('marked=WO-')")
        seen.shot("dispatch-table")
        assert page.locator(".dp-selected b").text_content() == "1 selected"


def test_sizes_languages_and_colours(server, visit):
    with visit(server, "/dispatch?lang=zh", reduced_motion="reduce") as seen:
        seen.page.evaluate(f"window.look = {LOOK}")
        for size, search in (
            (HD, "?lang=zh&view=both"),
            (UHD, "?lang=zh&view=both"),
            ((1366, 768), "?lang=en&theme=light"),
            (HD, "?lang=zh&kiosk=full"),
            (HD, "?lang=en&theme=light&palette=cvd&view=map"),
        ):
            page = seen.page
            page.set_viewport_size({"width": size[0], "height": size[1]})
            page.evaluate(
                "search => { history.pushState({}, '', '/dispatch' + search);"
                "window.dispatchEvent(new PopStateEvent('popstate')) }",
                search,
            )
            page.wait_for_function(
                """([lang, kiosk, size]) => document.documentElement.lang.startsWith(lang)
                  && (document.documentElement.dataset.kiosk === 'full') === kiosk
                  && Boolean(document.querySelector('.dp-page')?.dataset.version)
                  && (foresiteDispatch.setup()?.scale ?? 0) === size""",
                arg=[search[6:8], "kiosk" in search, max(size[1] / 1080, 0.875)],
            )
            if "both" in search or "map" in search:
                page.wait_for_function("() => +document.querySelector('.dp-canvas').dataset.drawn")
            assert seen.overflow() == [0, 0]
            assert page.evaluate(INSIDE), search
            kind = "kiosk" if "kiosk" in search else search[6:8]
            assert page.evaluate("look.faint()") == [], search
            seen.shot(f"dispatch-{kind}-{size[0]}")
            if size == (1366, 768):
                assert page.evaluate("look.unmarked()") == [], search
        page.set_viewport_size({"width": 420, "height": 860})
        page.wait_for_function("() => foresiteDispatch.setup().scale === 0.875")
        assert page.evaluate("look.wide()") == []
