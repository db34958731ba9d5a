"""The map in Chromium: what a first look, a refresh and a frame of panning cost.

    python benchmarks/map_browser.py [--cells 2000 20000 100000] [--seed 11]

One simulated network a size, random values, a window of 1920 x 1080. Prints, per number of cells:
  opened      seconds from turning the wheel over the picture until the map is drawn in full
  first kB    compressed bytes that came over the wire for it (tiles, index, values)
  refresh kB  compressed bytes of the values
  then, at districts, hexagons and footprints over the densest place, panning for two seconds:
  frames/s    as drawn here, without a graphics card (SwiftShader paints every pixel on the CPU)
  busy        milliseconds of processor time of the page's main thread per frame: what is left when
              a graphics card paints; below 33 ms a page keeps 30 frames a second
The naive way, measured in the same run: all footprints as one GeoJSON, sent at once (``naive kB``).
"""

from __future__ import annotations

import argparse
import gzip
import json
import shutil
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

HERE = str(Path(__file__).parent)
sys.path[:] = [folder for folder in sys.path if folder != HERE]  # else `ingest` is a benchmark

import waitress
from flask import Response, request
from playwright.sync_api import Page, sync_playwright

from dashboard.layers import LayerSet, ensure_layers
from dashboard.web import create_app
from dashboard.web.settings import WebSettings
from geo.boundaries import beijing
from geo.settings import GeoSettings
from ingest.clock import FixedClock
from ingest.simulator.city import build_city
from tests.support.mapcity import AS_OF, densest, publish

FLAGS = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
MAP = "document.querySelector('#wall-detail').foresiteMap"
DRAWN = """() => {
  const box = document.querySelector('#wall-detail'), map = box && box.foresiteMap;
  return map && map.loaded() && map.areTilesLoaded() && box.dataset.version;
}"""
PAN = f"""() => new Promise(done => {{
  const map = {MAP};
  let frames = 0;
  const count = () => {{ frames += 1; }};
  map.on('render', count);
  map.once('moveend', () => {{ map.off('render', count); done(frames); }});
  map.panBy([500, 200], {{ duration: 2000 }});
}})"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cells", type=int, nargs="+", default=[2000, 20_000, 100_000])
    parser.add_argument("--seed", type=int, default=11)
    given = parser.parse_args()
    print(
        f"{'cells':>8} {'opened':>7} {'first kB':>9} {'naive kB':>9} {'refresh kB':>11}"
        f"{'districts':>20} {'hexagons':>20} {'footprints':>20}"
    )
    print(f"{'':48}" + f"{'frames/s':>11} {'busy ms':>8} " * 3)
    for cells in given.cells:
        with tempfile.TemporaryDirectory() as folder:
            print(measured(Path(folder), cells, given.seed), flush=True)
    return 0


def measured(data: Path, count: int, seed: int) -> str:
    cells, regions = build_city(count, seed).cells, beijing()
    made = ensure_layers(data, cells, regions, settings=GeoSettings())
    assert made is not None
    publish(data, cells, regions, made, seed)
    app = create_app(data, clock=FixedClock(AS_OF), settings=WebSettings())
    sent: list[tuple[str, int]] = []

    def note(response: Response) -> Response:
        """Tiles are asked for by the engine's workers, of which the page tells nothing."""
        sent.append((request.path, response.content_length or 0))
        return response

    app.server.after_request(note)
    server = waitress.create_server(app.server, host="127.0.0.1", port=0, threads=8)
    threading.Thread(target=server.run, daemon=True).start()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=FLAGS
            )
            page = browser.new_page(viewport={"width": 1920, "height": 1080})
            page.goto(f"http://127.0.0.1:{server.effective_port}/")
            found = looked(page, densest(cells), sent)
            browser.close()
    finally:
        server.close()
    pans = " ".join(f"{rate:>11.1f} {busy:>8.1f}" for rate, busy in found["pans"])
    return (
        f"{count:>8,} {found['opened']:>7.1f} {found['first']:>9.0f} {naive(made):>9.0f} "
        f"{found['refresh']:>11.1f}{pans}"
    )


def looked(page: Page, dense: tuple[float, float], sent: list[tuple[str, int]]) -> dict[str, Any]:
    page.wait_for_selector(".detail-open")
    page.wait_for_selector("#wall-map .main-svg")
    page.wait_for_timeout(1000)
    box = page.locator("#wall-map").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    start = time.perf_counter()
    page.mouse.wheel(0, -100)
    page.wait_for_function(DRAWN, timeout=120_000)
    opened = time.perf_counter() - start
    refresh = max(size for path, size in sent if path == "/api/v1/map")
    first = refresh + sum(size for path, size in sent if path.startswith("/layers/"))
    zooms = page.evaluate(
        "fetch(JSON.parse(document.querySelector('#wall-detail').dataset.config).index)"
        ".then(r => r.json()).then(i => [i.zooms.home + 1, i.zooms.middle + 0.4,"
        " i.zooms.footprint + 0.4])"
    )
    return {
        "opened": opened,
        "first": first / 1e3,
        "refresh": refresh / 1e3,
        "pans": [panned(page, dense, zoom) for zoom in zooms],
    }


def panned(page: Page, place: tuple[float, float], zoom: float) -> tuple[float, float]:
    """Frames a second, and milliseconds of the main thread per frame."""
    page.evaluate(f"at => {MAP}.jumpTo({{center: at.slice(0, 2), zoom: at[2]}})", [*place, zoom])
    page.wait_for_timeout(300)
    page.wait_for_function(DRAWN, timeout=120_000)
    session = page.context.new_cdp_session(page)
    # processor time: the software renderer takes the same cores away from the page
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def busy() -> float:
        metrics = session.send("Performance.getMetrics")["metrics"]
        return float({m["name"]: m["value"] for m in metrics}["TaskDuration"])

    before, start = busy(), time.perf_counter()
    frames = page.evaluate(PAN)
    took, work = time.perf_counter() - start, busy() - before
    return frames / took, 1000.0 * work / max(frames, 1)


def naive(made: LayerSet) -> float:
    """Compressed kB of all footprints as one GeoJSON with five decimals."""
    assert made.ground is not None
    shapes = made.ground.footprints[["cell_id", "geometry"]].copy()
    shapes["geometry"] = shapes.geometry.set_precision(1e-5)
    return len(gzip.compress(json.dumps(shapes.__geo_interface__).encode(), 6)) / 1e3


if __name__ == "__main__":
    raise SystemExit(main())
