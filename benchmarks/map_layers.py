"""What a map costs: making its layers, the first picture, a refresh, and a look from near.

    python benchmarks/map_layers.py [--cells 2000 20000 100000] [--seed 11]

Simulated cities over Beijing's 16 districts. Prints, per number of cells:
  ground, tiles    seconds for footprints and hexagons, and for all tiles
  disk             MB of the layer set
  first            compressed kB of the first map in a panel of 1240 x 960 pixels, the whole city:
                   index, tiles in view of every layer that is drawn then, and all values
  refresh          compressed kB of the values alone (their size unpacked)
  near             compressed kB of the tiles in view when footprints begin, over the densest place
  largest          compressed kB of the largest tile
Statuses and probabilities of cells are random: real ones compress no worse.
"""

from __future__ import annotations

import argparse
import gzip
import math
import sqlite3
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any

HERE = str(Path(__file__).parent)
sys.path[:] = [folder for folder in sys.path if folder != HERE]  # else `ingest` is a benchmark

from dashboard.layers import LayerSet, ensure_layers
from dashboard.layers.files import read_index
from dashboard.web import create_app
from dashboard.web.settings import WebSettings
from geo.boundaries import beijing
from geo.settings import GeoSettings
from geo.tiles import tile_of
from ingest.clock import FixedClock
from ingest.simulator.city import build_city
from tests.support.mapcity import AS_OF, densest, publish

PANEL = (1240, 960)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cells", type=int, nargs="+", default=[2000, 20_000, 100_000])
    parser.add_argument("--seed", type=int, default=11)
    given = parser.parse_args()
    print(
        f"{'cells':>8} {'hexagons':>9} {'ground s':>9} {'tiles s':>8} {'disk MB':>8} "
        f"{'first kB':>9} {'refresh kB':>16} {'near kB':>8} {'largest kB':>11}"
    )
    for cells in given.cells:
        with tempfile.TemporaryDirectory() as folder:
            print(measured(Path(folder), cells, given.seed), flush=True)
    return 0


def measured(data: Path, count: int, seed: int) -> str:
    cells, regions = build_city(count, seed).cells, beijing()
    told: list[tuple[str, float]] = []
    made = ensure_layers(
        data,
        cells,
        regions,
        settings=GeoSettings(),
        say=lambda step: told.append((step, time.perf_counter())),
    )
    end = time.perf_counter()
    assert made is not None
    times = dict(reversed(told))
    ground = times["map layer region"] - times["ground of the cells"]
    index = read_index(made.path)
    publish(data, cells, regions, made, seed)
    client = create_app(data, clock=FixedClock(AS_OF), settings=WebSettings()).server.test_client()

    def size(path: str) -> int:
        answer = client.get(path, headers={"Accept-Encoding": "gzip"})
        assert answer.status_code in (200, 204), (path, answer.status_code)
        return len(answer.data)

    refresh = size("/api/v1/map")
    values = client.get("/api/v1/map", headers={"Accept-Encoding": "gzip"}).data
    west, south, east, north = index["bounds"]
    centre = ((west + east) / 2.0, (south + north) / 2.0)
    home = index["zooms"]["home"] + math.log2(min(PANEL) / 512.0)
    first = refresh + size(f"/layers/{made.name}/index.json") + size("/layers/base.json")
    first += sum(size(path) for path in in_view(index, home, centre))
    lon, lat = densest(cells)
    near = sum(size(path) for path in in_view(index, index["zooms"]["footprint"], (lon, lat)))
    disk = sum(path.stat().st_size for path in made.path.rglob("*") if path.is_file())
    unpacked = len(gzip.decompress(values))
    return (
        f"{count:>8,} {index['counts']['hexagon']:>9,} {ground:>9.1f} "
        f"{end - times['map layer region']:>8.1f} {disk / 1e6:>8.1f} {first / 1e3:>9.0f} "
        f"{refresh / 1e3:>7.1f} ({unpacked / 1e3:>6.0f}) {near / 1e3:>7.0f} "
        f"{largest(made) / 1e3:>11.0f}"
    )


def in_view(index: dict[str, Any], zoom: float, centre: tuple[float, float]) -> list[str]:
    """Addresses of the tiles that a panel shows; layers that have not begun are not asked for."""
    zooms = index["zooms"]
    begins = {
        "region": 0,
        "hexagon": zooms["middle"] - 0.25,
        "footprint": zooms["footprint"] - 0.25,
        "cell": zooms["footprint"] + 0.5,
        "site": 99,
    }
    ends = {"hexagon": zooms["footprint"] + 0.25}
    paths = []
    for name, layer in index["layers"].items():
        if not begins[name] <= zoom <= ends.get(name, 99):
            continue
        level = max(layer["min_zoom"], min(layer["max_zoom"], math.floor(zoom)))
        # half the panel, in tiles of that level
        across, down = (side / 2.0 / (512.0 * 2.0 ** (zoom - level)) for side in PANEL)
        (x,), (y,) = tile_of([centre[0]], [centre[1]], level)
        places = [
            (x + i, y + j)
            for i in range(-math.ceil(across), math.ceil(across) + 1)
            for j in range(-math.ceil(down), math.ceil(down) + 1)
        ]
        paths += [
            layer["tiles"].format(z=level, x=column, y=row)
            for column, row in places
            if 0 <= column < 2**level and 0 <= row < 2**level
        ]
    return paths


def largest(made: LayerSet) -> int:
    sizes = []
    for path in made.path.glob("*.mbtiles"):
        with closing(sqlite3.connect(path)) as tiles:
            query = "SELECT coalesce(max(length(tile_data)), 0) FROM tiles"
            sizes.append(int(tiles.execute(query).fetchone()[0]))
    return max(sizes)


if __name__ == "__main__":
    raise SystemExit(main())
