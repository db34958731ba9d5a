"""Quality now, evidence and playbook on the pages and in the API."""

from __future__ import annotations

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

from dashboard.web.i18n import LANGUAGES, load_texts
from dashboard.web.view.drivers import label
from dashboard.web.view.words import Words
from forecasting.calendar import load_calendar
from forecasting.cells.causes import UNKNOWN, load_signatures
from forecasting.cells.features import FeatureMaker
from forecasting.cells.quality import AGREEMENTS, STATES
from ingest.catalogue import load_catalogue
from tests.support import smallcity
from tests.support.city import city
from tests.support.snapshots import AS_OF


def flagged(site, status="red"):
    rows = site.get(f"/api/v1/cells?status={status}").get_json()
    return [row for row in rows if row["quality_state"] == "bad"]


def test_api_tells_quality_and_agreement(city_site):
    cells = city_site.get("/api/v1/cells?limit=1000").get_json()
    states = {(c["status"], c["quality_state"]): c["agreement"] for c in cells}
    assert states["red", "bad"] == "both_bad"
    assert states["red", "good"] == "good_kpis_unhappy_users"
    assert states["green", "bad"] == "bad_kpis_quiet_users"
    assert states["unknown", "unknown"] == "unknown"
    assert all((c["quality_now"] is None) == (c["quality_state"] == "unknown") for c in cells)


def test_api_gives_evidence_and_play(city_site):
    cell = flagged(city_site)[0]
    body = city_site.get(f"/api/v1/cells/{cell['cell_id']}").get_json()
    assert body["quality_kpi"] == "drop_rate_pct"
    kinds = [piece["kind"] for piece in body["evidence"]]
    assert kinds[:2] == ["works", "kpi"]
    assert body["evidence"][1]["hours"] == 31
    assert body["playbook"]["cause"] == body["cause"]
    assert re.search(r"[一-鿿]", body["playbook"]["action_zh"])
    assert body["playbook"]["skill_en"]


def test_a_calm_cell_has_no_cause(city_site):
    rows = city_site.get("/api/v1/cells?status=green&limit=1000").get_json()
    calm = next(row for row in rows if row["quality_state"] == "good")
    body = city_site.get(f"/api/v1/cells/{calm['cell_id']}").get_json()
    assert (body["evidence"], body["playbook"]) == ([], None)


def test_stale_data_tell_no_quality(empty_site):
    site = empty_site
    site.publish(city(as_of=AS_OF - timedelta(days=3)))
    cells = site.get("/api/v1/cells?limit=1000").get_json()
    assert {c["quality_state"] for c in cells} == {"unknown"} == {c["agreement"] for c in cells}
    assert {c["quality_now"] for c in cells} == {None}
    page = site.page(f"/cells/{cells[0]['cell_id']}", "?lang=en")
    assert "quality now is unknown" in page
    assert "Bad KPIs" not in page


def test_an_older_snapshot_without_quality_still_shows(tiny_site):
    cells = tiny_site.get("/api/v1/cells").get_json()
    assert {c["quality_state"] for c in cells} == {"unknown"}
    page = tiny_site.page("/cells/C1", "?lang=en")
    assert "quality now is unknown" in page
    assert "quality <" not in tiny_site.page("/", "?lang=en")  # nothing to promise


def test_evidence_and_play_in_chinese(city_site):
    cell = flagged(city_site)[0]
    page = city_site.page(f"/cells/{cell['cell_id']}", "?lang=zh")
    for text in (
        "指标差，用户也将不满；掉线率拖累最多",
        "近 24 小时 1.42%（常态 0.31%）；近 72 小时有 31 小时偏离",
        "传输割接，11月19日 周四 13:00（2 天前）",
        "全站 3 个小区中 2 个有同样异常",
        "近 24 小时有 7 小时超过门限 85%",
        "近 24 小时缺失 12%",
        "告警（重要）",
        "RRU 链路异常，11月20日 周五 19:00 起未清除",
        "处置建议",
    ):
        assert text in page


def test_evidence_and_play_in_english(city_site):
    cell = flagged(city_site)[0]
    page = city_site.page(f"/cells/{cell['cell_id']}", "?lang=en")
    for text in (
        "Bad KPIs, and users will be unhappy; Drop rate costs most",
        "24 h: 1.42% (usual 0.31%); off in 31 of the last 72 h",
        "beyond its limit of 85% in 7 of the last 24 h",
        "2 of 3 cells show it",
        "小区不可用, Fri 20 Nov 09:00 – 10:00",
        "more users than usual, as if they had taken over",
        "What to do",
    ):
        assert text in page


def test_quality_is_a_column_and_a_sign_on_the_wall(city_site):
    assert "当前质量" in city_site.page("/cells")
    wall = city_site.page("/")
    assert "当前质量 < 60" in wall
    assert "circle-open" in wall
    assert "指标差，但用户还没有投诉" in wall


def test_every_cause_and_state_has_words():
    for language in LANGUAGES:
        words = Words(load_texts(language), ZoneInfo("Asia/Shanghai"), load_catalogue())
        for cause in (*load_signatures(), UNKNOWN):
            assert words.texts.get(f"cause.{cause}")
        assert all(words.texts.get(f"agreement.{a}") for a in AGREEMENTS if a != UNKNOWN)
        assert all(words.texts.get(f"kpi_quality.{s}") for s in STATES if s != UNKNOWN)


def test_no_feature_of_the_model_is_shown_by_its_raw_name(tmp_path):
    """Every feature has words in both languages, whatever is added to them."""
    connection = smallcity.warehouse(tmp_path)
    zone, catalogue = "Asia/Shanghai", load_catalogue()
    maker = FeatureMaker(smallcity.SETTINGS, catalogue, load_calendar("CN"), zone)
    features = [str(f) for f in maker.at(connection, smallcity.before_end(hours=3)).table]
    assert len(features) > 100
    fallbacks = []
    for language in LANGUAGES:
        words = Words(load_texts(language), ZoneInfo(zone), catalogue)
        for feature in features:
            text = label(words, feature)
            assert not re.search(r"[a-z]_[a-z0-9]|[{}]", text), (feature, text)
            assert re.search(r"[一-鿿]", text) if language == "zh" else text.isascii()
            if text == words.texts("driver_kind.static"):
                fallbacks.append(feature)
    assert not fallbacks, f"no words of their own: {fallbacks}"
