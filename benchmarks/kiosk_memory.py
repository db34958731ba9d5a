"""A wall screen that is open for a month: what the page holds after thousands of refreshes.

    python benchmarks/kiosk_memory.py [--refreshes 10000] [--every 1000]

A wall with `?kiosk=full` in Chromium, a server that has news at every other refresh (two snapshots
in turn, each asked for twice), and ticks as fast as the answers come. Prints, after collecting
garbage:
  refreshes   made so far; 10,000 are a month at one every four minutes, or 28 hours at every beat
              of ten seconds
  heap MB     JavaScript objects and compiled code, which grows while the browser warms up
  objects     JavaScript objects that the page can reach
  nodes       DOM nodes, listeners
and the slopes of heap and objects over the second half, per refresh: flat is near zero. What the
browser's own instruments note of every request (about 300 bytes, as long as they are attached) is
not in the objects.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

HERE = str(Path(__file__).parent)
sys.path[:] = [folder for folder in sys.path if folder != HERE]  # else `ingest` is a benchmark

from playwright.sync_api import sync_playwright

from tests.support.refreshing import Held, drive, serve

FLAGS = ["--no-sandbox", "--disable-gpu"]


def slope(points: list[Held], of: Callable[[Held], float]) -> float:
    """How much there is more per refresh: least squares."""
    xs = [point.refreshes for point in points]
    ys = [of(point) for point in points]
    x, y = sum(xs) / len(xs), sum(ys) / len(ys)
    return sum((a - x) * (b - y) for a, b in zip(xs, ys, strict=True)) / sum(
        (a - x) ** 2 for a in xs
    )


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--refreshes", type=int, default=10_000)
    parser.add_argument("--every", type=int, default=1_000)
    parser.add_argument("--path", default="/?kiosk=full")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = serve(Path(folder))
        threading.Thread(target=server.run, daemon=True).start()
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        page = browser.new_page(viewport={"width": 1920, "height": 1080})
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"http://127.0.0.1:{server.effective_port}{given.path}")
        page.wait_for_selector("#wall-map .main-svg")
        page.wait_for_timeout(1000)
        print("refreshes   heap MB   objects   nodes   listeners   seconds")
        points, begun = [], time.perf_counter()
        for point in drive(page, [given.every] * (given.refreshes // given.every)):
            points.append(point)
            took = time.perf_counter() - begun
            print(
                f"{point.refreshes:9}   {point.heap_mb:7.2f}   {point.objects:7}   {point.nodes:5}"
                f"   {point.listeners:9}   {took:7.0f}",
                flush=True,
            )
        half = points[len(points) // 2 :]
        if len(half) > 1:
            heap = slope(half, lambda point: 1e6 * point.heap_mb)
            objects = slope(half, lambda point: point.objects)
            print(f"over the second half, per refresh: {heap:+.1f} bytes, {objects:+.3f} objects")
        print(f"errors in the page: {len(errors)} {errors[:3]}")
        browser.close()
        server.close()


if __name__ == "__main__":
    main()
