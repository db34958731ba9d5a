from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.browser.conftest import HD, UHD

pytestmark = pytest.mark.browser

ROW = "#cells-grid .ag-center-cols-container .ag-row"
DRAWN = """n => document.querySelector('.cells-canvas')?.dataset.drawn === String(n)
  && !document.querySelector('#cells-grid .cells-wait')"""
SIDE = """() => ['.cells-side', '.cells-table', '.cells-controls', '.cells-line'].every(name => {
  const box = document.querySelector(name).getBoundingClientRect();
  return box.left >= 0 && box.right <= innerWidth && box.bottom <= innerHeight;
})"""


def query(seen):
    return dict(parse_qsl(urlsplit(seen.page.url).query))


def drawn(seen, n):
    seen.page.wait_for_function(DRAWN, arg=n)


def row(seen, index, column):
    return seen.page.locator(f"{ROW}[row-index='{index}'] [col-id='{column}']")


def address(seen, name, value):
    """The address says so; None: nothing of it."""
    seen.page.wait_for_function(
        "([name, value]) => new URLSearchParams(location.search).get(name) === value",
        arg=[name, value],
    )


def test_sizes_languages_and_colours(city_server, visit):
    with visit(city_server, "/cells") as seen:
        drawn(seen, 126)
        for size, search in (
            (HD, "?lang=zh"),
            (UHD, "?lang=zh"),
            (UHD, "?lang=en&theme=light"),
            (HD, "?lang=en&theme=light&palette=cvd&selected=BJ00003-1"),
        ):
            seen.page.set_viewport_size({"width": size[0], "height": size[1]})
            seen.page.evaluate(
                "search => { history.pushState({}, '', '/cells' + search);"
                "window.dispatchEvent(new PopStateEvent('popstate')) }",
                search,
            )
            row_height = 34 * size[1] / 1080
            seen.page.wait_for_function(
                """([height, lang]) => {
                  const row = document.querySelector('#cells-grid .ag-center-cols-container > *');
                  return document.documentElement.lang.startsWith(lang)
                    && row && row.offsetHeight === height;
                }""",
                arg=[row_height, search[6:8]],
            )
            drawn(seen, 126)
            assert seen.overflow() == [0, 0]
            assert seen.page.evaluate(SIDE)
            inside = seen.page.evaluate(
                "() => { const box = document.querySelector('.ag-center-cols-viewport');"
                "return box.scrollWidth - box.clientWidth }"
            )
            assert inside == 0  # all columns fit
            seen.shot(f"cells-{search[6:8]}-{size[0]}")


def test_table_and_map_share_the_selection(city_server, visit):
    with visit(city_server, "/cells?lang=en") as seen:
        drawn(seen, 126)
        page = seen.page
        row(seen, 2, "region").click()
        first = page.locator(f"{ROW}.cells-selected").get_attribute("row-id")
        address(seen, "selected", first)
        page.wait_for_function(
            "id => document.querySelector('#cells-card').textContent.includes(id)", arg=first
        )
        # The map's last sign that fits, far down in the table.
        last = page.evaluate(
            "() => fetch('/api/v1/cells-table?start=120&end=121&lang=en')"
            ".then(a => a.json()).then(s => s.rows[0].id)"
        )
        page.locator(".cells-map-tool.in").click()
        page.locator(".cells-map-tool.all").click()
        place = page.evaluate("id => foresiteCellsMap.placeOf(id)", last)
        page.mouse.move(*place)
        page.wait_for_selector(".cells-tip:not([hidden]) strong")
        page.mouse.click(*place)
        page.wait_for_function(
            "old => ![null, old].includes(new URLSearchParams(location.search).get('selected'))",
            arg=first,
        )
        chosen = query(seen)["selected"]
        page.wait_for_selector(f"{ROW}.cells-selected[row-id='{chosen}']")
        # A shared link gives the same view.
        page.reload()
        page.wait_for_selector(f"{ROW}.cells-selected[row-id='{chosen}']")
        seen.shot("cells-selected")


def test_filters_order_columns_and_the_way_back(city_server, visit):
    with visit(city_server, "/cells?lang=en") as seen:
        drawn(seen, 126)
        page = seen.page
        page.keyboard.press("/")
        page.keyboard.type("望京")
        address(seen, "q", "望京")
        page.wait_for_function(
            "() => !document.querySelector('#cells-count').textContent.startsWith('126')"
        )
        page.locator(".chip", has=page.locator(".mark.green")).click()
        address(seen, "status", "green")
        assert query(seen)["q"] == "望京"
        page.go_back()
        address(seen, "status", None)
        page.go_back()
        address(seen, "q", None)
        drawn(seen, 126)
        assert page.locator("#cells-search").input_value() == ""

        page.locator(".ag-header-cell[col-id='name'] .ag-header-cell-text").click()
        address(seen, "sort", "name")
        page.locator(".ag-header-cell[col-id='cause'] .ag-header-cell-text").click(
            modifiers=["Shift"]
        )
        address(seen, "sort", "name,cause")
        page.go_back()
        address(seen, "sort", "name")
        page.wait_for_function(
            "() => document.querySelector(\".ag-header-cell[col-id='cause']\")"
            ".getAttribute('aria-sort') === 'none'"
        )
        page.go_back()
        address(seen, "sort", None)

        page.get_by_role("spinbutton", name="Risk Filter").fill("25")
        page.keyboard.press("Enter")
        address(seen, "where", "probability>=25")
        drawn(seen, 9)
        page.go_back()
        drawn(seen, 126)

        page.click("#cells-region")
        page.get_by_role("option", name="石景山区").click()
        address(seen, "region_id", "110107")
        page.wait_for_function(
            "() => [...document.querySelectorAll('.ag-center-cols-container [col-id=region]')]"
            ".every(e => e.innerText === '石景山区')"
        )
        page.go_back()
        drawn(seen, 126)

        page.get_by_role("button", name="Columns").click()
        page.get_by_role("checkbox", name="Vendor").click()
        address(seen, "columns", query(seen)["columns"])
        assert query(seen)["columns"].endswith(",vendor")
        page.wait_for_selector(".ag-header-cell[col-id='vendor']")
        page.get_by_role("button", name="First choice of columns").click()
        address(seen, "columns", None)
        page.keyboard.press("Escape")


def test_keyboard_comparison_and_files(city_server, visit):
    with visit(city_server, "/cells?lang=en&status=red,yellow") as seen:
        drawn(seen, 27)
        page = seen.page
        # Grid and cells say what they are.
        assert page.locator("#cells-grid [role=grid], #cells-grid [role=treegrid]").first.count()
        assert "arrows" in page.locator(
            "#cells-grid [aria-label^='Table of cells']"
        ).first.evaluate("e => e.getAttribute('aria-label')")
        assert page.locator(".cells-canvas").get_attribute("aria-label").startswith("Map of the 27")
        row(seen, 0, "region").click()
        page.keyboard.press(" ")
        page.keyboard.press("ArrowDown")
        page.keyboard.press(" ")
        page.wait_for_selector(".cells-tool.compare")
        assert len(query(seen)["marked"].split(",")) == 2
        with page.expect_download() as saved:
            page.locator(".cells-tool.csv").click()
        assert saved.value.suggested_filename.startswith("cells_")
        assert saved.value.suggested_filename.endswith(".csv")
        href = page.locator(".cells-tool.compare").get_attribute("href")
        assert "compare=" in href
        page.keyboard.press("Tab")
        second = page.locator(f"{ROW}[row-index='1']").get_attribute("row-id")
        row(seen, 1, "region").click()
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/cells/{second}?lang=en")
        page.go_back()
        drawn(seen, 27)
        assert len(query(seen)["marked"].split(",")) == 2


def test_empty_stale_and_without_cells(city_server, states_server, own_server, city_content, visit):
    with visit(city_server, "/cells?lang=en&q=nowhere&status=purple") as seen:
        seen.page.wait_for_selector(".cells-none")
        assert "status=purple" in seen.page.locator(".cells-note").inner_text()
        seen.shot("cells-empty")
        seen.page.locator(".cells-none .button").click()
        drawn(seen, 126)
    with visit(states_server, "/cells?lang=en") as seen:
        assert "tickets" in seen.page.locator(".message h1").inner_text()
    own_server.publish(city_content)
    own_server.clock.at += timedelta(days=2)
    with visit(own_server, "/cells?status=red") as seen:
        drawn(seen, 126)
        assert seen.page.locator("#cells-grid .mark.red").count() == 0
        assert seen.page.locator(".chip").count() == 0
        seen.shot("cells-stale")


def test_news_keep_the_place(own_server, city_content, visit):
    own_server.publish(city_content)
    with visit(own_server, "/cells?lang=en&sort=name") as seen:
        drawn(seen, 126)
        seen.page.evaluate("() => dash_ag_grid.getApi('cells-grid').ensureIndexVisible(90, 'top')")
        seen.page.wait_for_selector(f"{ROW}[row-index='90'] .status")
        cells = city_content.cells.assign(probability=city_content.cells["probability"] / 2)
        later = city_content.as_of + timedelta(minutes=10)
        own_server.publish(replace(city_content, cells=cells, as_of=later))
        half = seen.page.evaluate(
            "() => fetch('/api/v1/cells-table?lang=en&sort=name&start=90&end=91')"
            ".then(a => a.json()).then(s => s.rows[0].probability)"
        )
        seen.page.wait_for_function(
            "([row, text]) => document.querySelector(row)?.textContent.includes(text)",
            arg=[f"{ROW}[row-index='90'] [col-id='probability']", half],
        )
