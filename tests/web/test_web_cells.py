from __future__ import annotations

import csv
import io
import json
import zipfile
from base64 import b64decode
from dataclasses import replace
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import h3
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.snapshot.schemas import OPTIONAL
from dashboard.web.figures.cells_map import UNIT_KM, picture
from dashboard.web.figures.geometry import project, shapes_of
from dashboard.web.view.cells_columns import BY_KEY, COLUMNS, SHOWN
from dashboard.web.view.cells_query import Condition, condition_of, parse
from tests.support.snapshots import squares, tiny
from tests.web.conftest import make_site

KNOWN = {"region_id": frozenset({"R1"}), "technology": frozenset({"NR"}), "cause": frozenset()}
FIRST = ["C1", "C2", "C3", "C4", "C5"]  # red, two yellow, green, unknown


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Read only; tests that publish or turn the clock take ``tiny_site``."""
    made = make_site(tmp_path_factory.mktemp("cells"))
    made.publish(tiny())
    return made


def table(site, query="", **headers):
    answer = site.get(f"/api/v1/cells-table?{query}", **headers)
    assert answer.status_code == 200, answer.data
    return answer.get_json()


def ids(site, query=""):
    found = table(site, query)
    assert found["total"] == len(found["rows"])
    return [row["id"] for row in found["rows"]]


class TestQuery:
    def test_all_of_it(self):
        made = parse(
            {
                "q": " 望京 ",
                "status": "red,yellow,red",
                "region_id": "R1",
                "quiet": "yes",
                "area": "hexagon:87",
                "where": "probability>=20;name~a%3Bb%25;subscribers..1,5;band?",
                "sort": "-probability,name",
                "columns": "name.240,status",
                "selected": "C1",
                "marked": "C1,C2",
            },
            KNOWN,
        )
        assert made.ignored == ()
        assert (made.q, made.statuses, made.area) == ("望京", ("red", "yellow"), ("hexagon", "87"))
        assert dict(made.chosen) == {"region_id": "R1", "quiet": "yes"}
        assert made.where == (
            Condition("probability", ">=", "20"),
            Condition("name", "~", "a;b%"),
            Condition("subscribers", "..", "1", "5"),
            Condition("band", "?"),
        )
        assert made.sort == (("probability", True), ("name", False))
        assert made.columns == (("name", 240), ("status", 0))
        assert (made.shown, made.selected, made.marked) == (("name", "status"), "C1", ("C1", "C2"))

    def test_what_cannot_be_used_is_named(self):
        query = {
            "status": "purple", "region_id": "R9", "cause": "x", "agreement": "y", "area": "moon:1",
            "where": "probability~x;nothing=1;subscribers>many;last_kpi_at<soon;name=",
            "sort": "beauty,-name", "columns": "name.1,status", "marked": "1,2,3,4,5,6,7",
        }  # fmt: skip
        made = parse(query, KNOWN)
        assert made.sort == (("name", True),)
        assert made.columns == (("status", 0),)
        assert made.marked == ("1", "2", "3", "4", "5", "6")
        assert not made.filtered
        assert [name for name, _ in made.ignored] == [
            "status", "region_id", "cause", "agreement", "area", *["where"] * 5, "sort", "columns",
            "marked",
        ]  # fmt: skip

    @given(st.dictionaries(st.sampled_from(["q", "status", "where", "sort", "columns", "area",
                                            "marked", "cause"]), st.text(max_size=40)))  # fmt: skip
    def test_no_address_breaks_it(self, query):
        made = parse(query, KNOWN)
        assert set(made.shown) <= set(BY_KEY)

    def test_without_a_filter(self):
        made = parse({"status": "red", "technology": "NR"}, KNOWN)
        assert made.without("status").statuses == ()
        assert made.without("technology").chosen == {}
        assert made.without("technology").statuses == ("red",)

    @pytest.mark.parametrize(
        "text",
        ["name", "name~", "band?x", "probability>nan", "probability>1_0", "subscribers..5",
         "last_kpi_at..2026-11-01"],
    )  # fmt: skip
    def test_bad_conditions(self, text):
        assert condition_of(text) is None


class TestRows:
    def test_the_worst_first(self, site):
        assert ids(site) == FIRST

    @pytest.mark.parametrize(
        ("query", "wanted"),
        [
            ("status=yellow", ["C2", "C3"]),
            ("status=green,red", ["C1", "C4"]),
            ("region_id=R1", ["C3", "C4"]),
            ("area=region:R1", ["C3", "C4"]),
            ("technology=NR&status=red", ["C1"]),
            ("q=望京", ["C1", "C2"]),
            ("q=片区1 s2", ["C3", "C4"]),
            ("q=%", []),
            ("where=probability>=21", ["C1", "C2"]),
            ("where=probability..18,21", ["C2", "C3"]),
            ("where=probability?", ["C5"]),
            ("where=subscribers<900", ["C4"]),
            ("where=name^中", ["C3", "C4"]),
            ("where=name$-2", ["C2", "C4"]),
            ("where=band=B3;name!~2", ["C3"]),
            ("where=band?", ["C5"]),
            ("where=vendor!=A;vendor!?", ["C3", "C4"]),
            ("sort=name", ["C3", "C4", "C5", "C1", "C2"]),
            ("sort=-subscribers", ["C3", "C1", "C2", "C4", "C5"]),
            ("sort=subscribers", ["C4", "C2", "C1", "C3", "C5"]),
            ("sort=technology,-probability", ["C3", "C4", "C5", "C1", "C2"]),
            ("sort=-status", ["C4", "C2", "C3", "C1", "C5"]),
        ],
    )
    def test_filters_and_order(self, site, query, wanted):
        assert ids(site, query) == wanted

    def test_by_the_day_of_the_last_kpi(self, site):
        day = "2026-11-21"  # of AS_OF in Beijing
        rows = {row["id"]: row["last_kpi_at"] for row in table(site)["rows"]}
        known = [cell for cell in FIRST if rows[cell] != "—"]
        assert known
        assert sorted(ids(site, f"where=last_kpi_at={day}")) == known
        assert ids(site, f"where=last_kpi_at>{day}") == []
        assert sorted(ids(site, "where=last_kpi_at..2026-11-20,2026-11-22")) == known

    def test_row_in_words(self, site):
        row = table(site, "lang=zh")["rows"][0]
        assert row["code"] == "red"
        assert (row["status"], row["name"], row["probability"]) == ("提前修障", "望京-1", "62%")
        assert (row["p"], row["region"], row["technology"]) == (0.62, "片区0", "NR")
        assert row["subscribers"] == "1,200"
        assert set(row) == {"n", "id", "code", "state", "p", *BY_KEY}
        english = table(site, "lang=en")["rows"][0]
        assert english["status"] != row["status"]

    def test_blocks(self, site):
        assert [r["id"] for r in table(site, "start=1&end=3")["rows"]] == ["C2", "C3"]
        assert table(site, "start=1&end=3")["total"] == 5
        assert table(site, "start=90&end=190")["rows"] == []
        assert site.get("/api/v1/cells-table?start=-1").status_code == 400
        assert site.get("/api/v1/cells-table?colour=1").status_code == 400

    def test_one_of_the_map(self, site):
        assert [r["id"] for r in table(site, "n=3")["rows"]] == ["C4"]
        assert table(site, "n=77")["rows"] == []

    def test_unchanged_is_not_sent_again(self, site):
        first = site.get("/api/v1/cells-table?q=a")
        again = site.get("/api/v1/cells-table?q=a", **{"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")

    def test_stale_has_no_colours(self, tiny_site):
        tiny_site.clock.at = tiny_site.clock.at.replace(day=25)
        rows = table(tiny_site, "status=red")["rows"]
        assert {row["code"] for row in rows} == {"unknown"}
        assert len(rows) == 5
        assert {row["quality"] for row in rows} == {"—"}
        page = tiny_site.page("/cells", "?status=red")
        assert "status red" not in page
        assert "不能按颜色筛选" in page
        places = tiny_site.get("/api/v1/cells-map").get_json()
        assert set(places["status"]) == {"u"}

    def test_agreement_is_told(self, city_site):
        rows = table(city_site, "end=200")["rows"]
        assert len(rows) == 126
        told = {row["agreement"] for row in rows}
        assert {"指标差，有风险", "指标好，无风险"} <= told


class TestView:
    def test_bits_say_which_cells_fit(self, site):
        said = site.get("/api/v1/cells-view?status=yellow,unknown&selected=C3").get_json()
        bits = np.unpackbits(np.frombuffer(b64decode(said["fit"]), dtype=np.uint8))[: said["of"]]
        assert bits.tolist() == [0, 1, 1, 0, 1]
        assert (said["total"], said["of"], said["n"], said["row"]) == (3, 5, 2, 1)

    def test_selected_that_is_not_there(self, site):
        said = site.get("/api/v1/cells-view?status=red&selected=C3").get_json()
        assert (said["n"], said["row"]) == (2, None)
        assert site.get("/api/v1/cells-view?selected=XX").get_json()["n"] is None

    def test_places(self, site):
        said = site.get("/api/v1/cells-map").get_json()
        assert said["ids"] == FIRST
        assert said["status"] == "ryygu"
        assert [one["id"] for one in said["districts"]] == ["R0", "R1", "R2", "R3"]
        assert len(said["x"]) == len(said["y"]) == 5


class TestPicture:
    def test_positions_come_back(self):
        labels = {f"R{i}": (116.5 + i, 40.0) for i in range(2)}
        shapes = shapes_of(squares(2), labels)
        places = np.array([[116.2, 39.7], [np.nan, np.nan], [117.3, 39.9]])
        made = picture(shapes, places)
        assert made["lost"] == [1]
        x, y = np.cumsum(made["x"]), np.cumsum(made["y"])
        px, py = project(places[[0, 2], 0], places[[0, 2], 1])
        assert (x[2] - x[0]) * UNIT_KM == pytest.approx(px[1] - px[0], abs=0.02)
        assert (y[0] - y[2]) * UNIT_KM == pytest.approx(py[1] - py[0], abs=0.02)
        west, north, east, south = 1e9, 1e9, -1e9, -1e9
        for one in made["districts"]:
            for ring in one["rings"]:
                points = np.cumsum(np.array(ring).reshape(-1, 2), axis=0)
                west, east = min(west, points[:, 0].min()), max(east, points[:, 0].max())
                north, south = min(north, points[:, 1].min()), max(south, points[:, 1].max())
        width, height = made["size"]
        assert 0 < west < x[0] < x[2] < east < width
        assert 0 < north < y[2] < y[0] < south < height
        # A degree of longitude is 111.19 km on the sphere; steps are whole units of 10 m.
        assert (east - west) * UNIT_KM == pytest.approx(2 * 111.195, abs=0.05)

    def test_without_districts(self):
        made = picture([], np.array([[116.2, 39.7], [116.3, 39.8]]))
        assert made["districts"] == []
        assert made["size"][0] > 0

    def test_without_anything(self):
        assert picture([], np.zeros((0, 2)))["x"] == []


class TestList:
    def test_filters_order_and_pages(self, site):
        answer = site.get("/api/v1/cells?sort=-subscribers&limit=2&offset=1")
        assert [row["cell_id"] for row in answer.get_json()] == ["C1", "C2"]
        assert answer.headers["X-Total-Count"] == "5"

    @pytest.mark.parametrize(
        "query",
        ["status=purple", "status=", "sort=beauty", "area=hexagon:9", "where=name", "format=pdf",
         "offset=x", "quiet=maybe"],
    )  # fmt: skip
    def test_a_program_is_told(self, site, query):
        answer = site.get(f"/api/v1/cells?{query}")
        assert answer.status_code == 400
        assert answer.get_json()["error"]["hint"]

    def test_nothing_is_known_of_a_region(self, site):
        assert site.get("/api/v1/cells?region_id=R9").get_json() == []
        assert site.get("/api/v1/cells?region_id=R9&format=csv").status_code == 200


class TestFiles:
    def test_csv_is_what_is_shown(self, site):
        query = "status=red,yellow&sort=-subscribers&columns=name.200,probability,subscribers"
        answer = site.get(f"/api/v1/cells?{query}&format=csv")
        rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
        assert rows[0] == ["小区", "风险概率", "用户数", "小区编号"]
        assert [row[3] for row in rows[1:]] == ids(site, query.partition("&columns")[0])
        assert float(rows[1][1]) == 0.18
        assert rows[1][2] == "1500"

    def test_name_says_what_it_holds(self, site):
        answer = site.get("/api/v1/cells?status=red&region_id=R0&format=xlsx")
        name = unquote(answer.headers["Content-Disposition"].rpartition("''")[2])
        assert name == "小区清单_提前修障_片区0_2026-11-21_1500.xlsx"

    def test_workbook_has_types_and_notes(self, city_site):
        answer = city_site.get("/api/v1/cells?format=xlsx&sort=name&q=望京")
        sheets = sheets_of(answer.data)
        rows = sheets[0][next(i for i, row in enumerate(sheets[0]) if row[:1] == ["状态"]) :]
        assert rows[0][:4] == ["状态", "小区", "片区", "风险概率"]
        shown = table(city_site, "sort=name&q=望京&end=500")["rows"]
        assert [row[1] for row in rows[1:]] == [row["name"] for row in shown]
        assert all(isinstance(row[3], float) for row in rows[1:] if row[0] != "未知")
        told = " ".join(str(value) for row in sheets[-1] for value in row)
        assert "搜索“望京”" in told
        assert "低满意度投诉" in told

    def test_a_name_is_no_formula(self, tiny_site):
        frame = tiny().cells.assign(name=["=1+1", "+2", "@x", "-y", "ok"])
        tiny_site.publish(tiny(cells=frame))
        text = tiny_site.get("/api/v1/cells?format=csv").data.decode("utf-8-sig")
        names = [row[1] for row in csv.reader(io.StringIO(text))][1:]
        assert names == ["'=1+1", "'+2", "'@x", "'-y", "ok"]

    def test_numbers_are_those_of_the_snapshot(self, city_site):
        text = city_site.get("/api/v1/cells?format=csv&columns=probability").data.decode(
            "utf-8-sig"
        )
        frame = pd.read_csv(io.StringIO(text)).set_index("小区编号")["风险概率"]
        wanted = city_site.content.cells.set_index("cell_id")["probability"]
        pd.testing.assert_series_equal(
            frame.sort_index(), wanted.sort_index(), check_names=False, rtol=0
        )


class TestPage:
    def test_all_of_it(self, city_site):
        page = city_site.page("/cells")
        assert "126 / 126 个小区" in page
        assert page.count('className": "chip') >= 5 or "chip here" in page
        for column in COLUMNS:
            assert f'"field": "{column.key}"' in page

    def test_the_grid_shows_what_the_address_says(self, city_site):
        page = json.loads(city_site.page("/cells", "?columns=name.300,cause&sort=-name"))
        grid = find(page, "cells-grid")
        shown = [c["colId"] for c in grid["columnDefs"] if not c.get("hide")]
        assert shown == ["mark", "name", "cause"]
        name = grid["columnDefs"][1]
        assert (name["width"], name["sort"], name["sortIndex"]) == (300, "desc", 0)
        usual = find(json.loads(city_site.page("/cells")), "cells-grid")
        assert [c["colId"] for c in usual["columnDefs"] if not c.get("hide")] == ["mark", *SHOWN]
        # Nothing that asks for a licence, nothing that has to be evaluated.
        assert not usual.get("enableEnterpriseModules")
        assert not usual.get("dangerously_allow_code")

    def test_columns_fit_beside_the_map(self):
        assert sum(BY_KEY[key].width for key in SHOWN) + 48 <= 1376

    def test_scale_of_a_large_screen(self, city_site):
        page = json.loads(city_site.page("/cells", size=(3840, 2160)))
        widths = {c["colId"]: c["width"] for c in find(page, "cells-grid")["columnDefs"]}
        assert widths["probability"] == 2 * BY_KEY["probability"].width

    def test_chips_count_under_the_other_filters(self, site):
        page = site.page("/cells", "?region_id=R1&status=red")
        chips = find(json.loads(page), "cells-chips")["children"]
        counts = [chip["props"]["children"][-1]["props"]["children"] for chip in chips]
        assert counts == ["2", "0", "1", "1", "0"]
        assert "status=red%2Cyellow&region_id=R1" in page
        assert "清除全部条件" in page
        assert "片区：片区1" in page

    def test_ignored_values_are_named(self, site):
        page = site.page("/cells", "?status=purple&region_id=R9&selected=XX")
        assert "status=purple、region_id=R9" in page
        assert "没有小区 XX" in page

    def test_card_of_the_selected_cell(self, site):
        card = find(json.loads(site.page("/cells", "?selected=C1")), "cells-card")
        text = json.dumps(card, ensure_ascii=False)
        for part in ("望京-1", "62%", "提前修障", '"/cells/C1"'):
            assert part in text

    def test_comparison(self, site):
        page = site.page("/cells", "?marked=C1,C3,XX&lang=en")
        assert "/cells?lang=en&compare=C1%2CC3" in page
        assert "Compare 2 cells" in page
        assert "compare=" not in site.page("/cells", "?marked=C1")

    def test_area_of_a_region(self, site):
        page = site.page("/cells", "?area=region:R1")
        assert "2 / 5 个小区" in page
        assert "取消区域限定" in page

    def test_without_cells(self, states_site):
        page = states_site.page("/cells")
        assert "没有小区数据，按工单预测" in page
        assert "cells-grid" not in page

    def test_the_head_follows_the_address(self, site):
        given = {"cells-address.data": "changed"}
        address = {"url.search": "?status=red&selected=C1", "url.pathname": "/cells"}
        status, body = site.callback("cells-chips.children", given, address)
        assert status == 200
        said = body["response"]
        assert said["cells-count"]["children"] == "1 / 5 个小区"
        assert "望京-1" in json.dumps(said["cells-card"], ensure_ascii=False)
        assert said["cells-version"]["data"].endswith("/fresh")
        elsewhere = {"url.search": "", "url.pathname": "/trends"}
        assert site.callback("cells-chips.children", given, elsewhere)[0] == 204

    def test_the_page_is_not_drawn_anew(self, site):
        inputs = {"url.pathname": "/cells", "screen.data": {"w": 1920, "h": 1080}}
        _, body = site.callback("page.children", inputs | {"url.search": "?q=a"})
        dressed = {"dress.data": body["response"]["dress"]["data"]}
        for search, status in (("?q=b&selected=C1", 204), ("?lang=en", 200), ("?theme=light", 200)):
            found, _ = site.callback("page.children", inputs | {"url.search": search}, dressed)
            assert found == status, search


def sheets_of(content):
    """Rows of every sheet; texts and numbers."""
    book = zipfile.ZipFile(io.BytesIO(content))
    space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    strings = ET.fromstring(book.read("xl/sharedStrings.xml"))
    words = ["".join(part.itertext()) for part in strings.iter(f"{space}si")]
    sheets = []
    for n in range(1, 1 + sum(name.startswith("xl/worksheets/sheet") for name in book.namelist())):
        tree = ET.fromstring(book.read(f"xl/worksheets/sheet{n}.xml"))
        assert not list(tree.iter(f"{space}f"))  # no formulas
        rows = []
        for row in tree.iter(f"{space}row"):
            values = [(cell.get("t"), cell.findtext(f"{space}v")) for cell in row.iter(f"{space}c")]
            rows.append(
                [words[int(v)] if t == "s" else None if v is None else float(v) for t, v in values]
            )
        sheets.append(rows)
    return sheets


def find(node, name):
    """The props of the component with that id."""
    if isinstance(node, dict):
        if node.get("props", {}).get("id") == name:
            return node["props"]
        node = list(node.values())
    if isinstance(node, list):
        for part in node:
            found = find(part, name)
            if found is not None:
                return found
    return None


def test_hexagon(tiny_site):
    """The cells of a hexagon are those that stand in it, as the wall counts them."""
    content = tiny()
    level, placed = 5, content.cells.dropna(subset=["latitude"])
    homes = {
        cell.cell_id: h3.latlng_to_cell(cell.latitude, cell.longitude, level)
        for cell in placed.itertuples()
    }
    home = homes["C3"]
    areas = pd.DataFrame(
        {"kind": ["hexagon"], "area_id": [home], "level": [level], "parent_id": ["R1"]}
    ).reindex(columns=OPTIONAL["areas"].names)
    tiny_site.publish(replace(content, more={**content.more, "areas": areas}))
    inside = {cell for cell, where in homes.items() if where == home}
    assert set(ids(tiny_site, f"area=hexagon:{home}")) == inside
    assert 0 < len(inside) < len(homes)
    assert "片区1" in tiny_site.page("/cells", f"?area=hexagon:{home}")
