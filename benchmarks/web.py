"""Server time and bytes of one wall refresh, against a page that sends its whole figure each time.

All in one run, through the WSGI application, so that the ratios hold whatever the machine:
  naive      geometry, values and figure made from the snapshot and sent as a whole
  page       the page as it is opened: geometry and values from memory, figure sent as a whole
  new        a refresh after a new snapshot was published: values alone
  unchanged  a refresh while nothing is new: an empty answer

Usage: python benchmarks/web.py [--cells 2000] [--rounds 40]
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

HERE = str(Path(__file__).parent)
sys.path[:] = [folder for folder in sys.path if folder != HERE]  # else `ingest` is a benchmark

from dashboard.snapshot import SnapshotStore, write_snapshot
from dashboard.web import create_app
from dashboard.web.context import Context, Memo
from dashboard.web.pages import wall
from dashboard.web.settings import WebSettings
from dashboard.web.view.maps import Screen
from ingest.catalogue import load_catalogue
from ingest.clock import FixedClock
from tests.support.city import city
from tests.support.snapshots import AS_OF

SIZE = {"w": 1920, "h": 1080}
OUTPUTS = (
    "wall-map.figure", "wall-inset.figure", "wall-legend.children", "wall-counts.children",
    "wall-expected.children", "wall-worst.children", "wall-freshness.children",
    "wall-clock.children", "wall.className", "wall-seen.data",
)  # fmt: skip


def main() -> None:
    """Print one line per kind: median milliseconds, bytes, and both as shares of naive."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cells", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=40)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        results = measure(Path(folder), options.cells, options.rounds)
    base_ms, base_bytes = results["naive"]
    print(f"{options.cells} cells, 16 districts, 1920 x 1080, median of {options.rounds}")
    print(f"{'':10}{'ms':>8}{'of naive':>10}{'bytes':>10}{'of naive':>10}")
    for name, (ms, size) in results.items():
        print(f"{name:10}{ms:8.2f}{ms / base_ms:10.3f}{size:10d}{size / base_bytes:10.4f}")


def measure(data: Path, cells: int, rounds: int) -> dict[str, tuple[float, int]]:
    """Median milliseconds and bytes of each kind of answer."""
    publish(data, cells, AS_OF, seed=1)
    clock = FixedClock(AS_OF + timedelta(minutes=20))
    settings = WebSettings()
    client = create_app(data, clock=clock, settings=settings).server.test_client()
    context = Context(SnapshotStore(data), clock, settings, load_catalogue())

    def naive() -> bytes:
        fresh = Context(context.store, clock, settings, context.catalogue, memo=Memo(1))
        look = fresh.look(fresh.state(""))
        return json.dumps(
            wall.layout(fresh, look, Screen(1920, 1080)), default=lambda part: part.to_plotly_json()
        ).encode()

    def page() -> bytes:
        body = request(
            [("page", "children"), ("dress", "data")],
            [("url", "pathname", "/"), ("url", "search", ""), ("screen", "data", SIZE),
             ("desk-version", "data", None)],
            [],
        )  # fmt: skip
        return client.post("/_dash-update-component", json=body).data

    def refresh(seen: dict[str, object]) -> bytes:
        body = request(
            [tuple(output.split(".")) for output in OUTPUTS],
            [("wall-tick", "n_intervals", 1)],
            [("url", "search", ""), ("screen", "data", SIZE), ("wall-seen", "data", seen)],
        )
        return client.post("/_dash-update-component", json=body).data

    seen = find(json.loads(page()), "wall-seen")["data"]
    older = {**seen, "version": "an older one"}
    kinds: dict[str, Callable[[], bytes]] = {
        "naive": naive,
        "page": page,
        "new": lambda: refresh(older),
        "unchanged": lambda: refresh(seen),
    }
    # In turns, so that other work on the machine falls on all alike.
    times: dict[str, list[float]] = {name: [] for name in kinds}
    sizes: dict[str, int] = {}
    for _ in range(rounds):
        for name, ask in kinds.items():
            start = time.perf_counter()
            sizes[name] = len(ask())
            times[name].append(1000 * (time.perf_counter() - start))
    return {name: (statistics.median(times[name]), sizes[name]) for name in kinds}


def publish(data: Path, cells: int, as_of: datetime, seed: int) -> None:
    """One state of the sample city."""
    content = city(as_of=as_of, seed=seed, cells=cells, reds=max(9, cells // 100))
    write_snapshot(data, content, kpi_days={}, published_at=as_of)


def request(
    outputs: list[tuple[str, ...]],
    inputs: list[tuple[str, str, object]],
    state: list[tuple[str, str, object]],
) -> dict[str, object]:
    """What the browser posts for a callback."""

    def filled(parts: list[tuple[str, str, object]]) -> list[dict[str, object]]:
        return [{"id": i, "property": p, "value": v} for i, p, v in parts]

    return {
        "output": ".." + "...".join(".".join(output) for output in outputs) + "..",
        "outputs": [{"id": i, "property": p} for i, p in outputs],
        "inputs": filled(inputs),
        "state": filled(state),
        "changedPropIds": [f"{inputs[0][0]}.{inputs[0][1]}"],
    }


def find(node: object, wanted: str) -> dict[str, object]:
    """The properties of the component of that id."""
    if isinstance(node, dict):
        props = node.get("props")
        if isinstance(props, dict) and props.get("id") == wanted:
            return props
        node = list(node.values())
    for part in node if isinstance(node, list) else []:
        found = find(part, wanted)
        if found:
            return found
    return {}


if __name__ == "__main__":
    main()
