from __future__ import annotations

from urllib.parse import unquote, urlsplit

import pytest

from tests.browser.conftest import HD, UHD

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def worst(city_content):
    return city_content.cells.sort_values("probability", ascending=False)["cell_id"].iloc[0]


CHARTS = """px => {
  const cards = [...document.querySelectorAll('.kpi')];
  return cards.length >= 6 && cards.every(card => {
    const tick = card.querySelector('.xtick text');
    return tick && parseFloat(getComputedStyle(tick).fontSize) === px
      && card.querySelectorAll('.scatterlayer .trace').length >= 5;  // with their forecasts
  });
}"""


def test_cell_at_both_sizes_and_languages(city_server, worst, visit):
    with visit(city_server, f"/cells/{worst}") as seen:
        for lang in ("zh", "en"):
            for size in (HD, UHD):
                seen.page.set_viewport_size({"width": size[0], "height": size[1]})
                scale = size[1] / 1080
                seen.page.wait_for_function(CHARTS, arg=13 * scale)
                assert seen.overflow()[0] == 0
                heights = seen.page.evaluate(
                    "[...document.querySelectorAll('.kpi-graph')].map(e => e.clientHeight)"
                )
                assert min(heights) >= 140 * scale
                seen.shot(f"cell-{lang}-{size[0]}")
            if lang == "zh":
                seen.page.click(".language")
                seen.page.wait_for_function("() => document.documentElement.lang === 'en'")


def test_from_the_map_to_a_cell(city_server, city_content, visit):
    with visit(city_server) as seen:
        seen.page.locator("#wall-map .points path").last.click(force=True)
        seen.page.wait_for_selector(".cell-head.red")
        cell_id = unquote(seen.page.url.rpartition("/")[2])
        assert cell_id in set(city_content.cells["cell_id"])
        seen.page.go_back()
        seen.page.wait_for_selector(".wall .worst-line")


def test_from_the_map_to_a_district(city_server, visit):
    with visit(city_server) as seen:
        box = seen.page.evaluate(
            "() => {const t = [...document.querySelectorAll('#wall-map .textpoint text')]"
            ".find(e => e.textContent.includes('怀柔区')).getBoundingClientRect();"
            "return [t.x + t.width / 2, t.y - 40]}"
        )
        seen.page.mouse.move(*box)
        seen.page.mouse.click(*box)
        seen.page.wait_for_url("**/cells?region_id=110116")


def test_from_the_list_to_a_cell_to_its_neighbour(city_server, city_content, visit):
    with visit(city_server, "/?lang=en") as seen:
        # An area that one cell makes red leads to its cause at once.
        line = seen.page.locator('.worst-line[href^="/cells/"]').first
        cell_id = unquote(urlsplit(line.get_attribute("href")).path.removeprefix("/cells/"))
        line.click()
        seen.page.wait_for_selector(".cell-head")
        assert seen.page.url.endswith(f"/cells/{cell_id}?lang=en")
        status = city_content.cells.set_index("cell_id")["status"]
        assert status[cell_id] in ("red", "yellow")
        seen.page.locator(".table a[href^='/cells/']").first.click()
        seen.page.wait_for_url(lambda url: cell_id not in url and "/cells/" in url)
        assert "lang=en" in seen.page.url


def test_states_without_content(city_server, visit):
    with visit(city_server, "/nowhere") as seen:
        for path in ("/nowhere", "/cells/none", "/regions/none", "/?at=never"):
            if path != "/nowhere":
                seen.page.evaluate(
                    "path => { history.pushState({}, '', path);"
                    "window.dispatchEvent(new PopStateEvent('popstate')) }",
                    path,
                )
            assert seen.page.locator(".message h1").inner_text()


def test_region(city_server, visit):
    with visit(city_server, "/regions/110105") as seen:
        assert seen.page.locator(".region-graph .main-svg").count() >= 2
        assert seen.overflow()[0] == 0
        seen.shot("region-zh")
