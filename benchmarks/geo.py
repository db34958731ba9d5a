"""The ground of an inventory: footprints, hexagons, shares and borders, by size of the city.

    python benchmarks/geo.py --cells 2000 10000 50000

Each size is measured in a process of its own (so that peak memory is its own), against the naive
way in the same process: SciPy's Voronoi polygons cut one after the other with the city's outline,
a circle and each sector's wedge, without care for layers, carriers, gaps or tokens. What counts
is the ratio of the two; seconds are of the processor, and of the machine at hand.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

HERE = str(Path(__file__).parent)
sys.path[:] = [folder for folder in sys.path if folder != HERE]  # else `geo` is a benchmark

import numpy as np
import pandas as pd
import shapely
from scipy.spatial import Voronoi

from geo.adjacency import borders
from geo.bands import layers
from geo.coverage import footprints
from geo.extent import city_boundary
from geo.ground import fingerprint
from geo.hexgrid import cell_shares, choose_resolution, hexagons
from geo.plane import StraightPlane
from ingest.simulator.city import build_city

T = TypeVar("T")
REACH_M = 6000.0


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """Seconds of the processor (all threads) and the result."""
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0


def naive(cells: pd.DataFrame, boundary: shapely.Geometry) -> int:
    """Footprints one by one; how many there are."""
    plane = StraightPlane.of(np.array([boundary], dtype=object))
    outline = plane.to_metres(np.array([boundary], dtype=object))[0]
    shapely.prepare(outline)
    xy = plane.metres(cells["longitude"].to_numpy(), cells["latitude"].to_numpy())
    made = 0
    for _, some in cells.assign(x=xy[:, 0], y=xy[:, 1]).groupby(layers(cells)):
        places = some[["x", "y"]].drop_duplicates().to_numpy()
        frame = np.array([[-1e7, 0], [1e7, 0], [0, -1e7], [0, 1e7]])
        diagram = Voronoi(np.concatenate((places, frame)))
        for (x, y), mast in some.groupby(["x", "y"]):
            number = int(np.flatnonzero((places == (x, y)).all(axis=1))[0])
            corners = diagram.vertices[diagram.regions[diagram.point_region[number]]]
            ground = shapely.Polygon(corners) & shapely.Point(x, y).buffer(REACH_M, 16)
            ground = ground & outline
            for azimuth in mast["azimuth_deg"]:
                turn = np.radians(azimuth + np.linspace(-60.0, 60.0, 5))
                rim = np.column_stack((x + 8e3 * np.sin(turn), y + 8e3 * np.cos(turn)))
                wedge = shapely.Polygon([(x, y), *rim])
                made += not (ground & wedge).is_empty
    return made


def measure(cells: int, seed: int) -> dict[str, object]:
    city = build_city(cells, seed)
    timed(lambda: footprints(city.cells[:300], city.regions))  # imports and caches
    before = peak_mb()
    of_boundary, boundary = timed(lambda: city_boundary(city.regions))
    assert boundary is not None
    of_cover, cover = timed(lambda: footprints(city.cells, city.regions))
    resolution = choose_resolution(boundary, city.cells)
    of_hexagons, tiles = timed(lambda: hexagons(boundary, resolution))
    of_shares, shares = timed(lambda: cell_shares(cover, tiles))
    of_borders, sides = timed(lambda: borders(cover))
    of_print, _ = timed(lambda: fingerprint(city.cells, city.regions))
    after = peak_mb()
    of_naive, made = timed(lambda: naive(city.cells, boundary))
    return {
        "cells": cells,
        "footprints s": round(of_cover, 2),
        "ms per cell": round(1000 * of_cover / cells, 3),
        "naive ÷ footprints": round(of_naive / of_cover, 1),
        "naive made": made,
        "boundary s": round(of_boundary, 2),
        "resolution": resolution,
        "hexagons": len(tiles),
        "hexagons s": round(of_hexagons, 2),
        "shares": len(shares),
        "shares s": round(of_shares, 2),
        "borders": len(sides),
        "borders s": round(of_borders, 2),
        "fingerprint s": round(of_print, 2),
        "all ÷ footprints": round((of_cover + of_hexagons + of_shares + of_borders) / of_cover, 1),
        "peak MB": round(after),
        "of that before": round(before),
        "valid": bool(cover.is_valid.all()),
        "outside": cover.attrs["outside"],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cells", type=int, nargs="+", default=[2000, 10_000, 50_000])
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--one", type=int, help="one size, in this process")
    given = parser.parse_args()
    if given.one:
        print(json.dumps(measure(given.one, given.seed), ensure_ascii=False))
        return
    rows = []
    for cells in given.cells:
        command = [sys.executable, __file__, "--one", str(cells), "--seed", str(given.seed)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        rows.append(json.loads(done.stdout))
        print(json.dumps(rows[-1], ensure_ascii=False), flush=True)
    first, last = rows[0], rows[-1]
    growth = last["ms per cell"] / first["ms per cell"]
    print(f"ms per cell, {last['cells']} ÷ {first['cells']} cells: {growth:.2f}")


if __name__ == "__main__":
    main()
