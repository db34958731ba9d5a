"""What pages cost: server time and bytes of each, 120 viewers at once, the first paint of the wall.

    make bench-web        or: benchmarks/web.py [--cells 2000] [--only cell trends] [--json F]

A city of 20,000 cells with 30 days of hourly KPIs and two years of complaints. Server time is
measured through the application itself (WSGI), with the very requests of a browser: the page, then
every callback that its parts call, then what its scripts fetch; a figure is the sum of them, and
`cpu` the median of the processor time that they took: it tells the same on a busy machine.
  naive      a wall that sends its geometry, values and figure as a whole each time: the measure
  unchanged  a beat of the wall while nothing is new
  ordered    a beat after a step of a work order (600 of them, the wall shows their states)
  new        a beat after a new state that the server has opened and made ready by itself
  cold       the same where nothing was made ready; `others` are all who ask after the first
  viewers    walls on connections of their own at the real server, new states coming in between
  paint      from the address to the painted map in Chromium, nothing stored
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

HERE = str(Path(__file__).parent)
sys.path[:] = [folder for folder in sys.path if folder != HERE]  # else `ingest` is a benchmark

import numpy as np
from plotly.io.json import to_json_plotly

from benchmarks.web_city import City
from benchmarks.web_client import Browser
from benchmarks.web_viewers import Crowd, paints, served
from dashboard.dispatch.desk import DispatchDesk
from dashboard.dispatch.model import Step
from dashboard.snapshot import SnapshotStore
from dashboard.web.app import create_app
from dashboard.web.context import Context, Memo
from dashboard.web.pages import wall
from dashboard.web.pages.shell import KEYED, PAGES
from dashboard.web.settings import WebSettings
from dashboard.web.view.maps import Screen
from ingest.catalogue import load_catalogue
from ingest.clock import FixedClock
from tests.support.orders import desk_of, fill_orders

DISTRICTS = 16
ORDERS = 600


@dataclass(frozen=True)
class View:
    """A page as somebody opens it.

    Attributes:
        path: ``{cell}`` and ``{region}`` stand for another one each time.
        searches: query strings, in turn.
        fetched: what the page's scripts ask for beside callbacks; a `?` stands for the page's own.
        limit_ms: what 95 of 100 times have to stay below; None: nothing is promised.
        later: calls that the page makes when all its data stand, as ``output by input``: a figure
            of their own.
    """

    name: str
    path: str
    searches: tuple[str, ...] = ("",)
    fetched: tuple[str, ...] = ()
    limit_ms: float | None = None
    later: str = ""


VIEWS = (
    View("wall", "/"),
    View("cells", "/cells", ("", "?status=red", "?q=国贸", "?sort=-tickets_7d", "?status=yellow"),
         ("/api/v1/cells-table?", "/api/v1/cells-view?", "/api/v1/cells-map")),
    View("cell", "/cells/{cell}", limit_ms=250, later="cell-kpis by cell-ahead"),
    View("compare", "/cells", ("?compare={cell},{cell},{cell},{cell},{cell},{cell}",)),
    View("region", "/regions/{region}"),
    View("trends", "/trends",
         ("", "?by=day", "?by=week,region", "?by=month", "?by=day,service", "?by=month,channel",
          "?by=week&region={region}", "?from=2025-01-06&by=week,technology"), limit_ms=300),
    View("accuracy", "/accuracy"),
    View("data", "/data"),
)  # fmt: skip
LIMITS = {
    "unchanged": 10.0,
    "ordered": 50.0,
    "new": 50.0,
    "others": 50.0,
    "viewers": 500.0,
    "paint": 2500.0,
}
KINDS = (*LIMITS, "naive", *(view.name for view in VIEWS))


@dataclass(frozen=True)
class Figure:
    """Times in milliseconds, bytes of the last time, what was promised, processor times."""

    name: str
    times: list[float]
    size: int = 0
    limit: float | None = None
    note: str = ""
    worked: list[float] = field(default_factory=list)

    def told(self, naive_ms: float | None) -> dict[str, Any]:
        """The figure as plain numbers."""
        p50, p95 = np.percentile(self.times, [50, 95])
        return {
            "name": self.name, "p50_ms": round(p50, 1), "p95_ms": round(p95, 1),
            "cpu_ms": round(float(np.median(self.worked)), 1) if self.worked else None,
            "of_naive": round(p50 / naive_ms, 4) if naive_ms else None, "bytes": self.size,
            "limit_ms": self.limit, "kept": None if self.limit is None else bool(p95 <= self.limit),
            "times": len(self.times), "note": self.note,
        }  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cells", type=int, default=20_000)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=60, help="times each page is opened")
    parser.add_argument("--viewers", type=int, default=120)
    parser.add_argument("--seconds", type=float, default=45, help="how long the viewers watch")
    parser.add_argument("--only", nargs="+", choices=KINDS, help="of these figures alone")
    parser.add_argument("--json", type=Path, help="write the figures there too")
    given = parser.parse_args()
    chosen = set(given.only or KINDS)
    print(f"{given.cells} cells, {given.days} days, load {os.getloadavg()[0]:.1f}", flush=True)
    print(f"{'':10} {'p50 ms':>8} {'p95 ms':>8} {'limit':>6} {'':4} {'cpu':>8}", end="")
    print(f" {'of naive':>9} {'kB':>8} {'n':>4}", flush=True)
    told: list[dict[str, Any]] = []
    naive_ms: float | None = None
    with tempfile.TemporaryDirectory() as folder:
        for figure in measured(Path(folder), given, chosen):
            if figure.name == "naive":
                naive_ms = float(np.median(figure.times))
            told.append(figure.told(naive_ms))
            print(line(told[-1]), flush=True)
    if given.json:
        head = {"cells": given.cells, "days": given.days, "load": os.getloadavg()[0]}
        given.json.parent.mkdir(parents=True, exist_ok=True)
        given.json.write_text(json.dumps({**head, "figures": told}, indent=1))
    return int(any(row["kept"] is False for row in told))


def line(row: dict[str, Any]) -> str:
    """A figure as a line of the table."""
    kept = {True: "kept", False: "OVER", None: ""}[row["kept"]]
    share = "" if row["of_naive"] is None else f"{row['of_naive']:.4f}"
    cpu = "" if row["cpu_ms"] is None else row["cpu_ms"]
    return (
        f"{row['name']:10} {row['p50_ms']:8.1f} {row['p95_ms']:8.1f} {row['limit_ms'] or '':>6}"
        f" {kept:4} {cpu:>8} {share:>9} {row['bytes'] / 1e3:8.1f} {row['times']:>4}"
        f"  {row['note']}"
    )


def measured(data: Path, given: argparse.Namespace, chosen: set[str]) -> Iterator[Figure]:
    town = City(data, cells=given.cells, days=given.days)
    start = time.perf_counter()
    town.publish()
    print(f"published in {time.perf_counter() - start:.0f} s", flush=True)
    settings, clock = WebSettings(), FixedClock(town.as_of + timedelta(minutes=20))
    store = SnapshotStore(data)
    fill_orders(data, town.content.cells, at=clock.now(), count=ORDERS)
    desk = desk_of(data)
    app = create_app(data, clock=clock, settings=settings, store=store, dispatch=desk)
    browser = Browser(app.server.test_client())
    browser.start()
    browser.open("/")
    if "naive" in chosen:
        yield Figure("naive", *naive(data, clock, settings, rounds=max(3, given.rounds // 10)))
    if chosen & {"unchanged", "new", "others"}:
        yield from beats(town, store, browser, Browser(app.server.test_client()), given.rounds)
    if "ordered" in chosen:
        yield ordered(desk, browser, clock.now(), given.rounds)
    for view in VIEWS:
        if view.name in chosen:
            yield from opened(view, browser, town, given.rounds)
    if chosen & {"viewers", "paint"}:
        with served(data, town.as_of) as address:
            if "paint" in chosen:
                first, *rest = paints(address, rounds=6, shapes=DISTRICTS)
                times = [1000 * second for second in rest]
                note = f"the server's first: {1000 * first:.0f} ms"
                yield Figure("paint", times, limit=LIMITS["paint"], note=note)
            if "viewers" in chosen:
                browser.open("/")
                yield viewers(address, browser, town, settings.refresh_seconds, given)


def naive(
    data: Path, clock: FixedClock, settings: WebSettings, *, rounds: int
) -> tuple[list[float], int]:
    """A wall without memory, its figure sent as a whole."""
    store, catalogue, times, size = SnapshotStore(data), load_catalogue(), [], 0
    store.get()
    for _ in range(rounds):
        start = time.perf_counter()
        fresh = Context(store, clock, settings, catalogue, memo=Memo(1))
        page = wall.layout(fresh, fresh.look(fresh.state("")), Screen(1920, 1080))
        size = len(to_json_plotly(page).encode())  # as Dash writes it
        times.append(1000 * (time.perf_counter() - start))
    return times, size


def beats(
    town: City, store: SnapshotStore, browser: Browser, other: Browser, rounds: int
) -> Iterator[Figure]:
    """A beat of the wall: nothing new, something new, and something new that others asked for."""
    other.start()
    other.open("/")
    times: dict[str, list[float]] = {"unchanged": [], "new": [], "cold": [], "others": []}
    worked: dict[str, list[float]] = {name: [] for name in times}
    sizes: dict[str, int] = {}

    def beat(name: str, who: Browser) -> None:
        answers = who.tick()
        times[name].append(sum(answer.ms for answer in answers))
        worked[name].append(sum(answer.cpu_ms for answer in answers))
        sizes[name] = sum(answer.size for answer in answers)

    browser.open("/")
    for turn in range(2 * max(4, rounds // 6)):
        town.publish()
        if turn % 2:
            store.renew()  # as the server does by itself (SnapshotStore.watched)
        else:
            store.get()
        beat("new" if turn % 2 else "cold", browser)
        beat("others", other)
        for _ in range(10):
            beat("unchanged", browser)
    for name, taken in times.items():
        yield Figure(name, taken, sizes[name], LIMITS.get(name), worked=worked[name])


def ordered(desk: DispatchDesk, browser: Browser, now: datetime, rounds: int) -> Figure:
    """A beat of the wall after somebody took an order on."""
    browser.open("/")
    waiting = [order for order in desk.book().open if order.state == "proposed"]
    times, worked, size = [], [], 0
    for order in waiting[:rounds]:
        desk.act(order.id, [Step("accept", "bench")], at=now)
        answers = browser.tick()
        times.append(sum(answer.ms for answer in answers))
        worked.append(sum(answer.cpu_ms for answer in answers))
        size = sum(answer.size for answer in answers)
    return Figure("ordered", times, size, LIMITS["ordered"], worked=worked)


def opened(view: View, browser: Browser, town: City, rounds: int) -> Iterator[Figure]:
    """A page opened again and again, each time for another cell or region."""
    if view.path not in PAGES and not any(view.path.startswith(prefix) for prefix in KEYED):
        yield Figure(view.name, [0.0], note="there is no such page")
        return
    later: list[float] = []
    random = np.random.default_rng(5)
    cells = iter(random.permutation(town.names).tolist() * 10)
    regions = random.permutation(town.content.regions["region_id"]).tolist()
    times: list[float] = []
    worked: list[float] = []
    parts: dict[str, list[float]] = {}
    size = 0
    for n in range(-2, rounds):
        region = regions[n % len(regions)]

        def filled(text: str, region: str = region) -> str:
            for cell in islice(cells, text.count("{cell}")):
                text = text.replace("{cell}", cell, 1)
            return text.replace("{region}", region)

        path, search = filled(view.path), filled(view.searches[n % len(view.searches)])
        answers = browser.open(path, search)
        answers += [browser.get(address.replace("?", search)) for address in view.fetched]
        if n < 0:
            continue  # once for what is kept for all
        later += [answer.ms for answer in answers if answer.what == view.later]
        answers = [answer for answer in answers if answer.what != view.later]
        times.append(sum(answer.ms for answer in answers))
        worked.append(sum(answer.cpu_ms for answer in answers))
        size = sum(answer.size for answer in answers)
        for answer in answers:
            parts.setdefault(answer.what.split("?")[0], []).append(answer.cpu_ms)
    slow = sorted(parts, key=lambda what: -sum(parts[what]))[:3]
    note = ", ".join(f"{what} {np.median(parts[what]):.0f}" for what in slow)
    yield Figure(view.name, times, size, view.limit_ms, f"cpu: {note}", worked)
    if later:
        yield Figure(
            f"{view.name}, later", later, note="forecasts of its KPIs, when the page stands"
        )


def viewers(
    address: str, browser: Browser, town: City, beat_s: float, given: argparse.Namespace
) -> Figure:
    crowd = Crowd(address, given.viewers, beat_s, given.seconds)
    seen = crowd.watch(browser, town.publish)
    told = ", ".join(f"{count} of status {status}" for status, count in seen.statuses.items())
    note = f"{given.viewers} viewers, {told}, {len(seen.errors)} errors {seen.errors[:1]}"
    times = [1000 * second for second in seen.seconds]
    limit = 0.0 if seen.errors else LIMITS["viewers"]  # with an error nothing was kept
    return Figure("viewers", times, limit=limit, note=note)


if __name__ == "__main__":
    raise SystemExit(main())
