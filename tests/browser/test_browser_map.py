from __future__ import annotations

import io
import itertools
import threading
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely
from PIL import Image

from dashboard.basemap import add
from dashboard.layers import ensure_layers
from dashboard.snapshot.schemas import OPTIONAL
from dashboard.web.tile_server import TileSettings
from geo.basemap_source import read_base
from geo.boundaries import beijing
from geo.settings import GeoSettings
from tests.browser.conftest import ARTIFACTS, CHROMIUM, FLAGS, Server, watcher
from tests.support.city import city, city_kpis
from tests.support.snapshots import AS_OF

pytestmark = pytest.mark.browser

# WebGL without a graphics card.
GL_FLAGS = [flag for flag in FLAGS if flag != "--disable-gpu"] + [
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
]
REFERENCE = Path(__file__).with_name("reference")
MAP = "document.querySelector('#wall-detail').foresiteMap"
# All tiles and values are there, and a frame was painted since; the page may put a new map there.
DRAWN = f"""asked => {{
  const map = {MAP};
  if (!map || !map.loaded() || !map.areTilesLoaded()
      || !document.querySelector('#wall-detail').dataset.version) return false;
  if (map.asked !== asked) {{
    map.asked = asked;
    map.painted = false;
    map.once('render', () => {{ map.painted = true; }});
    map.triggerRepaint();
  }}
  return map.painted;
}}"""
ASKED = itertools.count(1)


def with_layers(data, content):
    """The content with its layer set, and hexagons in the worst colour of the cells in them."""
    made = ensure_layers(data, content.cells, beijing(), settings=GeoSettings())
    cells = made.ground.shares.merge(content.cells[["cell_id", "status", "probability"]])
    worst = cells.assign(rank=cells["status"].map(["green", "unknown", "yellow", "red"].index))
    worst = worst.sort_values(["hex_id", "rank"]).groupby("hex_id").last()
    areas = pd.DataFrame(dict.fromkeys(OPTIONAL["areas"].names), index=worst.index)
    areas = areas.assign(
        kind="hexagon",
        area_id=worst.index,
        status=worst["status"],
        probability=worst["probability"],
    )
    return replace(content, layers=made.name, more={**content.more, "areas": areas})


@pytest.fixture(scope="module")
def painter(engine):
    browser = engine.launch(executable_path=CHROMIUM, args=GL_FLAGS)
    yield browser
    browser.close()


@pytest.fixture
def look(painter):
    """Small windows: drawing without a graphics card takes its time with the number of pixels."""
    yield from watcher(painter, size=(1280, 720))


@pytest.fixture(scope="module")
def map_server(tmp_path_factory):
    data = tmp_path_factory.mktemp("map")
    server = Server(data)
    content = with_layers(data, city())
    server.publish(content, city_kpis(content))
    yield server
    server.stop()


def drawn(seen):
    """Everything in view is there, values too, and on the screen."""
    seen.page.wait_for_function(DRAWN, arg=next(ASKED), timeout=60_000)


def opened(seen):
    """Zoom in with the wheel over the middle of the picture."""
    box = seen.page.locator("#wall-map").bounding_box()
    seen.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    seen.page.mouse.wheel(0, -100)
    drawn(seen)


def states(seen, source):
    """How many features in view have which status."""
    return seen.page.evaluate(
        f"""source => {{
          const seen = {{}}, count = {{}};
          for (const f of {MAP}.queryRenderedFeatures().filter(f => f.source === source)) {{
            seen[f.id] = f.state.s;
          }}
          for (const s of Object.values(seen)) count[s] = (count[s] || 0) + 1;
          return count;
        }}""",
        source,
    )


def test_the_map_opens_where_the_picture_was_zoomed_and_closes_on_escape(map_server, look):
    with look(map_server) as seen:
        page = seen.page
        box = page.locator("#wall-map").bounding_box()
        at = [box["width"] * 0.6, box["height"] * 0.55]
        before = page.evaluate(
            """([x, y]) => {
              const layout = document.querySelector('#wall-map .js-plotly-plot')._fullLayout;
              return [layout.xaxis.p2d(x), layout.yaxis.p2d(y)];
            }""",
            at,
        )
        page.mouse.move(box["x"] + at[0], box["y"] + at[1])
        page.mouse.wheel(0, -100)
        drawn(seen)
        assert "map=" in page.url
        # The place under the pointer has stayed there: kilometres from the picture's middle.
        lng, lat = page.evaluate(
            f"at => {{ const p = {MAP}.unproject(at); return [p.lng, p.lat]; }}", at
        )
        config = page.evaluate("JSON.parse(document.querySelector('#wall-detail').dataset.config)")
        x0, y0 = (sum(config["frame"][axis]) / 2 for axis in "xy")
        earth = 6371.0088
        x = earth * np.radians(lng) - x0
        y = earth * np.log(np.tan(np.pi / 4 + np.radians(lat) / 2)) - y0
        assert (x, y) == pytest.approx(before, abs=0.8)
        assert seen.overflow() == [0, 0]
        page.keyboard.press("Escape")
        page.wait_for_function("() => !document.querySelector('#wall-detail').dataset.ready")
        assert "map=" not in page.url


@pytest.mark.parametrize(("zoom", "name"), [(7.7, "districts"), (9.2, "hexagons"), (11.5, "cells")])
def test_the_map_looks_as_it_should(map_server, look, zoom, name):
    """Against a reference picture; type and edges may differ a little from machine to machine."""
    with look(map_server, f"/?map=116.40,39.95,{zoom}") as seen:
        drawn(seen)
        ARTIFACTS.mkdir(exist_ok=True)
        path = ARTIFACTS / f"map-{name}.png"
        seen.page.locator("#wall-detail").screenshot(path=path)
        assert difference(path, REFERENCE / f"map-{name}.png") < 4.0


def difference(path, reference):
    """Mean distance of colours, 0 to 255, over blocks of a 64 x 48 raster."""
    blocks = [
        np.asarray(Image.open(p).convert("RGB").resize((64, 48), Image.Resampling.BOX), float)
        for p in (path, reference)
    ]
    return float(np.abs(blocks[0] - blocks[1]).mean())


def test_a_difference_is_seen(tmp_path):
    """The comparison can fail: a map without its colours is far from the reference."""
    grey = Image.open(REFERENCE / "map-districts.png").convert("L").convert("RGB")
    grey.save(tmp_path / "grey.png")
    assert difference(tmp_path / "grey.png", REFERENCE / "map-districts.png") > 6.0


def test_a_refresh_brings_values_and_no_geometry(tmp_path, look):
    server = Server(tmp_path)
    try:
        before = with_layers(tmp_path, city())
        after = with_layers(tmp_path, city(as_of=AS_OF + timedelta(minutes=10), reds=11))
        assert before.layers == after.layers
        server.publish(before)
        with look(server, "/?map=116.40,39.95,7.7") as seen:
            drawn(seen)
            reds = "document.querySelector('#wall-detail').foresiteMap.getSource('hot')"
            first = seen.page.evaluate(f"{reds}.serialize().data.features.length")
            assert tiles(server) > 0
            server.asked.clear()
            server.publish(after)
            seen.page.wait_for_function(
                "n => document.querySelector('#wall-detail').foresiteMap.getSource('hot')"
                ".serialize().data.features.length === n",
                arg=first + 6,  # two reds and four yellows more
            )
            drawn(seen)
            assert [path for path in server.asked if path.startswith("/layers/")] == []
            assert "/api/v1/map" in server.asked
            # Stale: nothing stays green.
            server.clock.at = AS_OF + timedelta(hours=6)
            seen.page.wait_for_selector(".wall.stale")
            seen.page.wait_for_function(
                "() => document.querySelector('#wall-detail').dataset.version.endsWith('stale')"
            )
            drawn(seen)
            assert set(states(seen, "region")) == {"u"}
    finally:
        server.stop()


def test_every_tool_does_what_it_says(map_server, look):
    with look(map_server, "/?map=116.40,39.95,9.00&lang=en") as seen:
        page = seen.page
        drawn(seen)
        labels = [b.get_attribute("aria-label") for b in page.locator(".detail-tools button").all()]
        assert labels == ["Zoom in", "Zoom out", "Whole city"]
        page.get_by_label("Zoom in", exact=True).click()
        page.wait_for_function("() => location.search.endsWith(',10.00&lang=en')")
        page.get_by_label("Zoom out", exact=True).click()
        page.wait_for_function("() => location.search.includes(',9.00')")
        page.locator(".detail-map canvas").focus()
        page.keyboard.press("ArrowRight")
        page.wait_for_function("() => !location.search.includes('map=116.4000')")
        page.get_by_label("Whole city").click()
        page.wait_for_function("() => !location.search.includes('map=')")
        page.get_by_label("Zoom in to grids and cells").click()
        drawn(seen)


def test_from_a_cell_on_the_map_to_its_page_and_back(map_server, look):
    cells = city().cells
    worst = cells[cells["status"] == "red"].sort_values("probability").iloc[-1]
    address = f"/?map={worst['longitude']:.4f},{worst['latitude']:.4f},13.00"
    with look(map_server, address) as seen:
        drawn(seen)
        mark = seen.page.evaluate(
            f"""id => {{
              const hot = {MAP}.getSource('hot').serialize().data.features;
              const at = {MAP}.project(hot.find(f => f.properties.id === id).geometry.coordinates);
              return [at.x, at.y];
            }}""",
            worst["cell_id"],
        )
        box = seen.page.locator("#wall-detail").bounding_box()
        seen.page.mouse.move(box["x"] + mark[0], box["y"] + mark[1])
        tip = seen.page.locator(".detail-tip")
        tip.wait_for(state="visible")
        assert worst["name"] in tip.inner_text()
        seen.page.mouse.click(box["x"] + mark[0], box["y"] + mark[1])
        seen.page.wait_for_url(f"**/cells/{worst['cell_id']}*")
        seen.settled()
        seen.page.go_back()
        seen.page.wait_for_selector("#wall-detail[data-ready]")
        assert ",13.00" in seen.page.url
        drawn(seen)


def test_geometry_travels_once(map_server, look):
    map_server.asked.clear()
    with look(map_server, "/?map=116.40,39.95,11.50") as seen:
        drawn(seen)
        assert tiles(map_server) > 0
        map_server.asked.clear()
        seen.page.reload()
        drawn(seen.settled())
        assert tiles(map_server) == 0  # from the browser's own store


def tiles(server):
    return sum(path.endswith(".pbf") for path in server.asked)


def test_a_wall_may_show_a_part_of_the_city(map_server, look):
    """In kiosk mode the map stands as the address says, without tools."""
    with look(map_server, "/?map=116.40,39.95,10.50&kiosk=full") as seen:
        drawn(seen)
        assert seen.page.locator(".detail-tools button").count() == 0
        assert seen.overflow() == [0, 0]
        seen.shot("map-kiosk")


@pytest.fixture
def tile_server():
    """An operator's tile server: every picture is of one colour."""
    picture = io.BytesIO()
    Image.new("RGB", (256, 256), (40, 90, 160)).save(picture, "PNG")

    class Tiles(BaseHTTPRequestHandler):
        asked = 0

        def do_GET(self):
            Tiles.asked += 1
            self.send_response(200)
            self.send_header("Content-Type", "image/png")
            self.send_header("Access-Control-Allow-Origin", "*")
            self.end_headers()
            self.wfile.write(picture.getvalue())

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Tiles) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        server.handler = Tiles
        yield server
        server.shutdown()
        thread.join(5)


def test_an_operators_tiles_roads_and_names_lie_under_the_colours(tmp_path, look, tile_server):
    host = f"127.0.0.1:{tile_server.server_port}"
    address = f"http://{host}/{{z}}/{{x}}/{{y}}.png"
    tiles = TileSettings(url=address, attribution="© own map department")
    server = Server(tmp_path, tiles=tiles)
    try:
        west = [[116.2, 39.95], [116.6, 39.95]]
        for kind, name, shape in (
            ("roads", "ring", shapely.LineString(west)),
            ("names", "places", shapely.Point(116.50, 39.84)),
        ):
            frame = geopandas.GeoDataFrame({"name": ["长安街"]}, geometry=[shape], crs=4326)
            frame.to_file(tmp_path / f"{name}.geojson", driver="GeoJSON")
            read = read_base(tmp_path / f"{name}.geojson", kind=kind)
            add(tmp_path, read, kind=kind, name=name, file=name, system="wgs84")
        server.publish(with_layers(tmp_path, city()))
        with look(server, "/?map=116.40,39.93,9.20") as seen:
            seen.allowed.add(host)
            drawn(seen)
            assert tile_server.handler.asked > 0
            drawn_layers = seen.page.evaluate(
                f"[...new Set({MAP}.queryRenderedFeatures().map(f => f.layer.id))]"
            )
            assert {"base-ring", "base-places"} <= set(drawn_layers)
            assert seen.page.locator(".detail-credit").inner_text() == "© own map department"
            seen.shot("map-base")
    finally:
        server.stop()


def test_without_webgl_the_picture_stays_and_says_why(map_server, look):
    with look(map_server) as seen:
        seen.page.evaluate("foresite.canDraw.known = false")
        seen.page.locator(".detail-open").click()
        note = seen.page.locator(".detail-note")
        note.wait_for(state="visible")
        assert "WebGL" in note.inner_text()
        assert seen.page.locator("#wall-map path.js-fill").count() == 16
