"""The page of trends in Chromium: both sizes and languages, every control, files, paper."""

from __future__ import annotations

import re

import pytest

from tests.browser.conftest import HD, UHD

pytestmark = pytest.mark.browser


def ready(seen):
    seen.page.wait_for_function(
        "() => document.querySelectorAll('.js-plotly-plot .main-svg').length >= 8"
    )
    return seen.settled()


def no_overflow(seen):
    wide, _ = seen.overflow()
    assert wide <= 0, "nothing is wider than the screen"
    cut = seen.page.evaluate(
        """() => [...document.querySelectorAll('.trend-card, .chip, .league-table td')]
          .filter(e => e.offsetParent && e.scrollWidth > e.clientWidth + 1)
          .map(e => e.className + ' ' + e.textContent)"""
    )
    assert cut == []


def test_trends_are_whole_at_both_sizes_and_in_both_languages(visit, city_server):
    for size, search, name in (
        (HD, "?theme=light", "trends-light"),
        (UHD, "?lang=en&split=channel&by=month&range=m12&league=month", "trends-4k-en"),
    ):
        with visit(city_server, f"/trends{search}", size=size) as seen:
            ready(seen)
            no_overflow(seen)
            seen.shot(name)
            texts = seen.page.locator("main").inner_text()
            assert "NaN" not in texts
            assert "undefined" not in texts


def test_every_control_once_and_the_way_back(visit, city_server):
    with visit(city_server, "/trends?theme=light") as seen:
        ready(seen)
        page = seen.page
        start = page.url
        for name, asked in (
            ("月", "by=month"),
            ("近 24 个月", "range=m24"),
            ("及时率", "measure=timely_rate"),
        ):
            page.locator(".chip", has_text=re.compile(f"^{name}$")).first.click()
            page.wait_for_function("asked => location.search.includes(asked)", arg=asked)
        page.locator(".league .chip", has_text="月").click()
        page.wait_for_function("() => location.search.includes('league=month')")
        ready(seen)
        page.locator(".league-region a").first.click()
        page.wait_for_function("() => location.search.includes('region=')")
        page.wait_for_selector(".league-table tr.here")
        page.locator(".trend-reset").click()
        page.wait_for_function("() => !location.search.includes('region=')")
        page.wait_for_selector(".trend-reset.unseen", state="attached")
        ready(seen)
        page.locator("#trends-split").click()
        page.locator("[role=option]:visible", has_text="渠道").click()
        page.wait_for_function("() => location.search.includes('split=channel')")
        ready(seen)
        page.wait_for_load_state("networkidle")  # nothing is about to be drawn anew
        page.locator("#trends-from").fill("2026-09-01")
        page.locator("#trends-from").press("Enter")
        page.wait_for_function("() => location.search.includes('from=2026-09-01')")
        for _ in range(20):
            if page.url == start:
                break
            page.go_back()
        assert page.url == start
        ready(seen)


def test_charts_are_saved_as_pictures_without_a_server(visit, city_server):
    with visit(city_server, "/trends") as seen:
        ready(seen)
        before = len(seen.asked)
        panel = seen.page.locator(".chart", has=seen.page.locator(".trend-main"))
        for kind, start in (("svg", b"<svg"), ("png", b"\x89PNG")):
            with seen.page.expect_download() as got:
                panel.locator(f"[data-export={kind}]").click()
            name = got.value.suggested_filename
            assert re.fullmatch(rf"万投比_全网_2026-05-25_2026-11-21\.{kind}", name)
            content = got.value.path().read_bytes()
            assert content.startswith(start)
            if kind == "svg":
                text = content.decode()
                assert "数据截至" in text
                assert "rgb(18, 30, 49)" in text, "the page's own ground"
        assert [
            u
            for u in seen.asked[before:]
            if "/_dash" not in u and "healthz" not in u and not u.startswith(("blob:", "data:"))
        ] == []


def test_the_page_is_made_for_paper(visit, city_server, tmp_path):
    with visit(city_server, "/trends?theme=light") as seen:
        ready(seen)
        page = seen.page
        page.evaluate(
            """() => { window.told = [];
              window.addEventListener('beforeprint', () => {
                const main = document.querySelector('.desk-main').getBoundingClientRect().right;
                document.querySelectorAll('.js-plotly-plot').forEach(g =>
                  window.told.push([g._fullLayout.width, g.parentElement.clientWidth, main]));
              }); }"""
        )
        content = page.pdf(path=tmp_path / "p.pdf", prefer_css_page_size=True)
        assert 2 <= len(re.findall(rb"/Type\s*/Page[^s]", content)) <= 4
        assert b"/MediaBox [0 0 841" in content, "A4 across"
        told = page.evaluate("() => window.told")
        assert len(told) >= 8
        for drawn, box, _ in told:
            assert abs(drawn - box) <= 1, "each chart is drawn for the sheet's width"
        page.emulate_media(media="print")
        assert page.locator(".print-head").is_visible()
        assert (
            "2026年5月25日" in page.locator(".print-head").inner_text()
            or "5月25日" in page.locator(".print-head").inner_text()
        )
        for hidden in (".bar", ".trend-filters", ".chart-exports", ".trend-exports"):
            assert not page.locator(hidden).first.is_visible()
        page.emulate_media(media="screen")
        widths = page.evaluate(
            "() => [...document.querySelectorAll('.js-plotly-plot')].map(g => g._fullLayout.width)"
        )
        assert max(widths) > 1200, "as before"
