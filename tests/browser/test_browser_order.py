"""A work order in the hand, on a desk, on paper; orders on the wall and on a cell's page."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from datetime import timedelta

import pytest

from dashboard.dispatch.model import Step
from tests.browser.conftest import HD, UHD, Server
from tests.support.orders import desk_of, fill_orders, team_tables
from tests.support.snapshots import AS_OF

pytestmark = pytest.mark.browser

NOW = AS_OF + timedelta(minutes=23)
PHONE = (390, 844)
SMALL = """() => [...document.querySelectorAll('#order-form .order-big')]
  .filter(e => e.offsetParent !== null)
  .map(e => e.getBoundingClientRect()).filter(b => b.height < 48 || b.width < 48).length"""
CUT_OFF = """() => [...document.querySelectorAll('.tally .tile-head, .tally .tile-note,'
    + ' .tally .tile-number, .worst-order')]
  .filter(e => {
    const own = e.getBoundingClientRect(), box = e.closest('.tally, .worst-pair, .worst-head')
      .getBoundingClientRect();
    const next = e.parentElement.nextElementSibling;
    const over = e.closest('.tally-words') && next
      && own.left + e.scrollWidth > next.getBoundingClientRect().left + 1;
    return own.right > box.right + 1 || over;
  })
  .map(e => e.className + ': ' + e.innerText)"""


@pytest.fixture(scope="module")
def filled(tmp_path_factory, city_content):
    data = tmp_path_factory.mktemp("orders")
    made = Server(data)
    made.publish(replace(city_content, more={**city_content.more, **team_tables(AS_OF)}))
    made.stop()
    fill_orders(data, city_content.cells, at=NOW, count=30)
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


def first(server, state):
    return next(o for o in server.desk.book().orders if o.state == state)


def test_a_crew_with_a_telephone(server, visit):
    order = first(server, "dispatched")
    with visit(server, f"/dispatch/{order.name}", PHONE, has_touch=True) as seen:
        page = seen.page
        assert seen.overflow()[0] == 0
        assert page.locator(".order-page > .bar").is_hidden()
        assert page.evaluate(SMALL) == 0
        # The number of a running timer goes on by itself.
        assert page.locator(".order-timer-left").count() == 1
        seen.shot("order-phone")
        page.locator("#who-name").fill("王工")
        page.locator("#order-form .order-big.first").click()
        page.wait_for_selector(".order-said.done")
        assert server.desk.order(order.id).state == "on_site"
        page.locator(".order-unfolds.of-repair > summary").click()
        send = page.locator(".order-unfolds.of-repair .order-do")
        send.click()
        page.wait_for_selector(".order-said.failed")
        assert server.desk.order(order.id).state == "on_site"
        page.locator(".order-unfolds.of-repair .order-chip label").nth(1).click()
        page.locator(".order-unfolds.of-repair textarea").fill("RRU 更换")
        seen.shot("order-phone-repair")
        assert page.evaluate(SMALL) == 0
        send.click()
        page.wait_for_function("() => document.querySelector('.order-head.of-repaired')")
        event = server.desk.events(order.id)[-1]
        assert (event.kind, event.who, event.reason) == ("repair", "王工", "RRU 更换")
        assert page.locator(".order-proof").count() == 2
        # What others do comes by itself.
        server.desk.act(order.id, [Step("comment", "赵强", reason="谢谢")], at=NOW)
        page.wait_for_function("() => document.body.innerText.includes('谢谢')")


def test_a_step_that_does_not_reach_the_server(server, visit):
    order = first(server, "dispatched")
    with visit(server, f"/dispatch/{order.name}?lang=en", PHONE) as seen:
        page = seen.page
        page.locator(".order-unfolds.of-comment > summary").click()
        page.locator(".order-unfolds.of-comment textarea").fill("gate locked")
        page.route("**/_dash-update-component*", lambda route: route.fulfill(status=503, body=""))
        page.locator(".order-unfolds.of-comment .order-do").click()
        page.wait_for_function(
            "() => document.getElementById('order-said').innerText.startsWith('Not sent')"
        )
        page.unroute("**/_dash-update-component*")
        assert server.desk.order(order.id).comments == order.comments
        # It is there to be sent again.
        text = page.locator(".order-unfolds.of-comment textarea")
        assert text.input_value() == "gate locked"
        page.wait_for_function("() => !document.getElementById('order-form').disabled")
        seen.console[:] = [line for line in seen.console if "503" not in line]  # it was meant


def test_on_a_desk_and_on_paper(server, visit):
    order = first(server, "reopened")
    with visit(server, f"/dispatch/{order.name}?lang=en&theme=light", HD) as seen:
        page = seen.page
        assert seen.overflow()[0] == 0
        assert page.locator(".order-page > .bar").is_visible()
        seen.shot("order-desk")
        sheet = page.pdf(prefer_css_page_size=True)
        assert len(re.findall(rb"/Type /Page\b", sheet)) == 1
        assert b"MediaBox [0 0 420 594" in sheet  # A5, upright


def test_orders_on_the_wall(server, visit):
    for lang, sizes in (("zh", (HD, UHD)), ("en", (HD,))):
        with visit(server, f"/?lang={lang}&kiosk=full", HD) as seen:
            for size in sizes:
                page, scale = seen.resize(size).page, size[1] / 1080
                assert seen.overflow() == [0, 0]
                assert page.evaluate(CUT_OFF) == []
                px = page.evaluate(
                    "[...document.querySelectorAll('.tally .tile-number')]"
                    ".map(e => parseFloat(getComputedStyle(e).fontSize))"
                )
                assert len(px) == 4
                assert min(px) >= 56 * scale
                seen.shot(f"wall-orders-{lang}-{size[0]}")
            assert page.locator(".worst-send").count() == 0
            assert page.locator("#wall-map .traceorders .points path").count() > 0


def test_one_press_on_the_wall_and_on_the_page_of_a_cell(server, visit):
    with visit(server, "/", HD) as seen:
        page = seen.page
        buttons = page.locator(".worst-send")
        before = buttons.count()
        assert before > 0
        seen.shot("wall-orders-desk")
        buttons.first.click()
        page.wait_for_selector(".wall-line")
        page.wait_for_function(
            "n => document.querySelectorAll('.worst-send').length < n", arg=before
        )
        assert page.evaluate(CUT_OFF) == []
    reds = server.desk.book()
    cell = next(
        row["cell_id"]
        for row in sorted(server_rows(server), key=lambda row: row["cell_id"])
        if not any(o.open for o in reds.of_cell(row["cell_id"]))
    )
    with visit(server, f"/cells/{cell}", HD) as seen:
        page = seen.page
        page.locator("#cell-send").click()
        page.wait_for_selector("#cell-order .order-state")
        assert server.desk.book().of_cell(cell)[0].state == "dispatched"
        seen.shot("cell-order")


def server_rows(server):
    """All cells."""
    from dashboard.snapshot import SnapshotStore

    return SnapshotStore(server.data).get().rows("cell_table")
