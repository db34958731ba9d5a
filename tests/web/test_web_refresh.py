from __future__ import annotations

import json
from datetime import timedelta

from tests.support.city import city
from tests.support.snapshots import AS_OF, tiny


def seen_by(site, search=""):
    """What a page just drawn would have in its store."""
    return _find(json.loads(site.page("/", search)), "wall-seen")["data"]


def _find(node, wanted):
    if isinstance(node, dict):
        if node.get("props", {}).get("id") == wanted:
            return node["props"]
        node = list(node.values())
    if isinstance(node, list):
        for value in node:
            found = _find(value, wanted)
            if found:
                return found
    return None


def test_nothing_new_is_an_empty_answer(tiny_site):
    assert tiny_site.refresh(seen_by(tiny_site)) == (204, None)


def test_only_the_clock_moves(tiny_site):
    seen = seen_by(tiny_site)
    tiny_site.clock.at += timedelta(minutes=1)
    status, body = tiny_site.refresh(seen)
    assert status == 200
    assert set(body["response"]) == {"wall-clock", "wall-seen"}
    assert body["response"]["wall-clock"]["children"] == "15:24"


def test_new_snapshot_sends_values_and_no_geometry(tiny_site):
    seen = seen_by(tiny_site)
    later = tiny(as_of=AS_OF + timedelta(minutes=20))
    later.cells.loc[3, "status"] = "red"
    tiny_site.publish(later)
    status, body = tiny_site.refresh(seen)
    assert status == 200
    figure = body["response"]["wall-map"]["figure"]
    assert figure["__dash_patch_update"]
    assert {tuple(op["location"])[-1] for op in figure["operations"]} == {
        "fillcolor", "shape", "text", "line", "x", "y", "customdata", "symbol",
    }  # fmt: skip
    # The red that was there already does not pulse, the new one does.
    ring = [op for op in figure["operations"] if op["location"][:2] == ["data", 13]]
    assert [len(op["params"]["value"]) for op in ring] == [1, 1]
    counts = json.dumps(body["response"]["wall-counts"], ensure_ascii=False)
    assert '"2"' in counts
    # What says the same as before is not sent again.
    assert "wall-legend" not in body["response"]
    assert "wall-judged" not in body["response"]
    assert "wall-worst" in body["response"]
    assert body["response"]["wall-seen"]["data"] != seen


def test_refresh_is_small(city_site):
    whole = len(city_site.page("/"))
    seen = seen_by(city_site) | {"version": "older", "marks": "older"}
    _, body = city_site.refresh(seen)
    assert len(json.dumps(body["response"]["wall-map"])) < whole / 8


def test_turning_stale_greys_without_a_new_snapshot(tiny_site):
    seen = seen_by(tiny_site)
    tiny_site.clock.at = AS_OF + timedelta(minutes=151)
    _, body = tiny_site.refresh(seen)
    assert body["response"]["wall"]["className"] == "wall stale"
    assert "数据过期 自 17:30" in json.dumps(body["response"], ensure_ascii=False)


def test_new_boundaries_send_the_whole_figure(tiny_site):
    seen = seen_by(tiny_site)
    tiny_site.publish(city(as_of=AS_OF + timedelta(minutes=20)))
    _, body = tiny_site.refresh(seen)
    assert "layout" in body["response"]["wall-map"]["figure"]


def test_old_picture_stays_when_there_is_nothing_to_show(tiny_site):
    seen = seen_by(tiny_site)
    assert tiny_site.refresh(seen, search="?at=2020-01-01") == (204, None)


def test_desk_pages_notice_news(tiny_site):
    page = json.loads(tiny_site.page("/cells/C1"))
    seen = _find(page, "desk-seen")["data"]
    ask = (
        "desk-version.data",
        {"desk-tick.n_intervals": 1},
        {"url.search": "", "desk-seen.data": seen},
    )
    assert tiny_site.callback(*ask)[0] == 204
    tiny_site.publish(tiny(as_of=AS_OF + timedelta(minutes=20)))
    status, body = tiny_site.callback(*ask)
    assert status == 200
    assert body["response"]["desk-version"]["data"] != seen["version"]


def test_the_clock_of_desk_pages_moves_alone(tiny_site):
    seen = _find(json.loads(tiny_site.page("/cells/C1")), "desk-seen")["data"]
    tiny_site.clock.at += timedelta(minutes=1)
    ask = {"url.search": "", "desk-seen.data": seen}
    _, body = tiny_site.callback("desk-version.data", {"desk-tick.n_intervals": 1}, ask)
    assert set(body["response"]) == {"desk-clock", "desk-seen"}
    assert body["response"]["desk-clock"]["children"] == "15:24"


def test_empty_page_notices_the_first_snapshot(empty_site):
    ask = (
        "desk-version.data",
        {"desk-tick.n_intervals": 1},
        {"url.search": "", "desk-seen.data": {"version": "", "clock": ""}},
    )
    assert empty_site.callback(*ask)[0] == 204
    empty_site.publish(tiny())
    assert empty_site.callback(*ask)[0] == 200


def click(site, customdata, search="", on="wall-map"):
    clicked = {"points": [{"curveNumber": 0, "customdata": customdata}]}
    return site.callback("url.href", {f"{on}.clickData": clicked}, {"url.search": search})


def test_click_on_a_cell_and_a_district(tiny_site):
    _, body = click(tiny_site, ["cell", "京/1"], "?lang=en")
    assert body["response"]["url"]["href"] == "/cells/%E4%BA%AC%2F1?lang=en"
    _, body = click(tiny_site, [["region", "R1"]], on="wall-inset")
    assert body["response"]["url"]["href"] == "/cells?region_id=R1"


def test_click_on_a_state(states_site):
    _, body = click(states_site, [["region", "110105"]])
    assert body["response"]["url"]["href"] == "/regions/110105"


def test_click_beside_everything(tiny_site):
    for odd in (None, [], ["cell"], [["region", "R1", "R2"]], {"a": 1}, "cell"):
        assert click(tiny_site, odd)[0] == 204
