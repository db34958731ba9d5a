"""One cell and several: one visit a page, everything on it."""

from __future__ import annotations

import pytest

from tests.browser.conftest import HD, UHD

pytestmark = pytest.mark.browser

DRAWN = """() => document.querySelectorAll('.kpi .main-svg').length >= 6
  && document.querySelectorAll('.beside .main-svg').length >= 1"""
RANGES = """() => ['.kpi-graph', '.lane-graph']
  .flatMap(box => [...document.querySelectorAll(`${box} .js-plotly-plot`)])
  .map(chart => chart._fullLayout.xaxis.range.map(at => String(at).slice(0, 16)).join())"""


@pytest.fixture(scope="module")
def ids(city_content):
    ordered = city_content.cells.sort_values("probability", ascending=False)
    return ordered["cell_id"].head(7).tolist()


def test_a_cell_from_cause_to_neighbour(city_server, ids, visit):
    with visit(city_server, f"/cells/{ids[0]}") as seen:
        page = seen.page
        page.wait_for_function(DRAWN)
        # The cause and what moved the probability are seen without scrolling.
        for box in (".cause", ".drivers", ".fall-point.end"):
            place = page.locator(box).first.bounding_box()
            assert place["y"] + place["height"] <= HD[1], box
        assert seen.overflow()[0] == 0
        # The pointer's moment is shown on all charts.
        chart = page.locator(".kpi-graph").first
        chart.scroll_into_view_if_needed()
        place = chart.bounding_box()
        middle = (place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
        page.wait_for_timeout(400)  # the script looks for new charts five times a second
        page.mouse.move(*middle)
        page.wait_for_function("() => document.querySelectorAll('.kpi-value.then').length >= 6")
        # One is zoomed, all are; the address says so, and a double click goes back.
        before = page.evaluate(RANGES)
        assert len(set(before)) == 1
        page.mouse.down()
        page.mouse.move(middle[0] + place["width"] / 5, middle[1], steps=4)
        page.mouse.up()
        page.wait_for_function("() => location.search.includes('from=')")
        after = page.evaluate(RANGES)
        assert len(set(after)) == 1
        assert after != before
        page.mouse.dblclick(*middle)
        page.wait_for_function("() => !location.search.includes('from=')")
        assert page.evaluate(RANGES) == before
        # Ranges, last week, the week as a heat map; all of them links.
        page.get_by_role("link", name="3 天").click()
        page.wait_for_url("**/cells/*?range=3d")
        page.locator(".chip.here", has_text="3 天").wait_for()
        page.get_by_role("link", name="对比上周").click()
        page.wait_for_url(lambda url: "ghost=week" in url and "range=3d" in url)
        page.locator(".chip.here", has_text="对比上周").wait_for()
        page.get_by_role("link", name="周时段偏离").click()
        page.wait_for_function("() => document.querySelectorAll('.week-graph .hm').length >= 6")
        seen.shot("cell-week")
        page.locator(".chip.here", has_text="周时段偏离").wait_for()
        page.get_by_role("link", name="按时间").click()
        page.wait_for_url(lambda url: "view=" not in url)
        page.locator(".chip.here", has_text="按时间").wait_for()
        page.wait_for_function(DRAWN)
        # Days from a calendar whose weeks begin on Monday.
        page.locator("#cell-dates").click()
        assert page.locator(".mantine-DatePickerInput-weekday").first.inner_text() == "一"
        page.keyboard.press("Escape")
        # Another KPI beside the neighbours'.
        page.locator("#cell-near-kpi").click()
        page.get_by_role("option", name="时延").click()
        page.wait_for_url(lambda url: "kpi=latency_ms" in url)
        page.go_back()
        page.wait_for_url(lambda url: "kpi=" not in url)


@pytest.mark.parametrize(("lang", "size", "theme"), [("en", HD, "light"), ("zh", UHD, "dark")])
def test_a_cell_in_other_clothes(city_server, ids, visit, lang, size, theme):
    address = f"/cells/{ids[1]}?lang={lang}&theme={theme}&palette=cvd"
    with visit(city_server, address, size=size) as seen:
        seen.page.wait_for_function(DRAWN)
        assert seen.overflow()[0] == 0
        bottom = seen.page.locator(".drivers").bounding_box()
        assert bottom["y"] + bottom["height"] <= size[1]
        seen.shot(f"cell-{lang}-{theme}-{size[0]}")


def test_side_by_side(city_server, ids, visit):
    with visit(city_server, f"/cells?compare={','.join(ids)}") as seen:
        page = seen.page
        page.wait_for_function("() => document.querySelectorAll('.kpi .main-svg').length >= 6")
        assert page.locator(".compared-cell").count() == 6
        assert ids[6] in page.locator(".compare-note").inner_text()
        assert seen.overflow()[0] == 0
        seen.shot("compare")
        page.locator(".compared-remove").first.click()
        page.wait_for_function("() => document.querySelectorAll('.compared-cell').length === 5")
        page.wait_for_load_state("networkidle")  # nothing is about to be drawn anew
        page.locator("#compare-add:visible").click()
        page.get_by_role("option").first.wait_for()
        page.locator("#compare-add").fill(ids[6])
        page.get_by_role("option", name=ids[6]).click()
        page.wait_for_function("() => document.querySelectorAll('.compared-cell').length === 6")
        assert ids[6] in page.url
