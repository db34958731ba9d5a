"""What the board of work orders costs with 5,000 open orders: the server's time of each answer.

    .venv/bin/python -m benchmarks.dispatch_board [--orders 5000] [--rounds 40] [--json F]

Orders in all states at 5,000 sites, written through the store with all their events. Times are the
application's own (WSGI), each a whole request, its answer packed as it travels:
  first     the page itself, as somebody opens it who was never here
  board     the cards of an address, filters and orders in turn, nothing new in the book
  news      the same after a step of somebody else: the book is read and rows are made again
  still     a look for news while there is none (304), what an open board asks every two seconds
  map       all orders that fit, on the map
  table     a block of a hundred lines in another order each time
  accept    one step for 50 orders at once, in one transaction each kind
  naive     the whole book read, all orders as words, filtered after that: what the board would cost
            without a kept book, kept rows and words of the shown cards alone
"""

from __future__ import annotations

import argparse
import gzip
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import cycle
from pathlib import Path

HERE = str(Path(__file__).parent)
sys.path[:] = [folder for folder in sys.path if folder != HERE]  # else `ingest` is a benchmark

from dashboard.dispatch.book import read_book
from dashboard.dispatch.model import Step
from dashboard.ops.engine import open_ops_to_read
from dashboard.snapshot import SnapshotStore, write_snapshot
from dashboard.web import create_app
from dashboard.web.context import Context
from dashboard.web.settings import WebSettings
from dashboard.web.view.dispatch_cards import card
from dashboard.web.view.dispatch_query import parse
from dashboard.web.view.dispatch_rows import make_rows, picked
from ingest.catalogue import load_catalogue
from ingest.clock import FixedClock
from tests.support.city import city
from tests.support.orders import desk_of, fill_orders, team_tables
from tests.support.snapshots import AS_OF

NOW = AS_OF + timedelta(minutes=23)
LIMIT_MS = 300
GZIP = {"Accept-Encoding": "gzip"}
SEARCHES = ("", "&sort=due", "&q=望京", "&late=yes", "&state=proposed", "&team=T01", "&view=both",
            "&cause=hardware", "&sort=age", "&q=站 大兴")  # fmt: skip


def main() -> int:
    """Measure, print, and tell whether the limit held."""
    told = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    told.add_argument("--orders", type=int, default=5000)
    told.add_argument("--rounds", type=int, default=40)
    told.add_argument("--json", type=Path)
    args = told.parse_args()
    with tempfile.TemporaryDirectory(prefix="board-") as folder:
        figures = measured(Path(folder), args.orders, args.rounds)
    for name, (median, p95, cpu) in ((name, v.values()) for name, v in figures.items()):
        print(f"{name:8} median {median:7.1f} ms   p95 {p95:7.1f} ms   cpu {cpu:7.1f} ms")
    ratio = figures["naive"]["cpu_ms"] / figures["board"]["cpu_ms"]
    print(f"naive / board, by the processor's time: {ratio:.1f}")
    if args.json:
        args.json.write_text(json.dumps({**figures, "ratio": ratio}, indent=2))
    worst = max(figures[name]["p95_ms"] for name in ("first", "board", "news"))
    verdict = "kept" if worst <= LIMIT_MS else "MISSED"
    print(f"board p95 {worst:.0f} ms, limit {LIMIT_MS} ms: {verdict}")
    return 0 if worst <= LIMIT_MS else 1


def measured(data: Path, orders: int, rounds: int) -> dict[str, dict[str, float]]:
    """All figures, in milliseconds."""
    content = city(cells=3 * orders)
    content = replace(content, more={**content.more, **team_tables(AS_OF)})
    write_snapshot(data, content, kpi_days={}, published_at=AS_OF)
    began = time.perf_counter()
    # Open ones alone: those that ended are a tenth more.
    fill_orders(data, content.cells, at=NOW, count=orders * 100 // 75, grain=50)
    print(f"orders written in {time.perf_counter() - began:.0f} s", file=sys.stderr)
    desk, clock = desk_of(data), FixedClock(NOW)
    app = create_app(data, clock=clock, settings=WebSettings(), dispatch=desk)
    client = app.server.test_client()
    book = desk.book()
    print(f"{len(book.open)} open of {len(book.orders)} orders", file=sys.stderr)
    waiting = iter([order for order in book.orders if order.state == "proposed"])
    searches: Iterator[str] = cycle(SEARCHES)
    columns = cycle(("rank", "-users", "name", "-opened", "due"))

    def get(address: str, **headers: str) -> None:
        answer = client.get(address, headers={**GZIP, **headers})
        if answer.status_code not in (200, 304):
            raise SystemExit(f"{address}: {answer.status_code} {answer.data[:200]!r}")

    def board() -> None:
        get(f"/live/dispatch/board?lang=zh{next(searches)}")

    def step() -> None:
        desk.act(next(waiting).id, [Step("accept", "李敏")], at=NOW)

    tag = client.get("/live/dispatch/board?lang=zh").headers["ETag"]

    def still() -> None:
        get("/live/dispatch/board?lang=zh", **{"If-None-Match": tag})

    def table() -> None:
        get(f"/live/dispatch/rows?lang=zh&rows={next(columns)}&start=100&end=200")

    def accept() -> None:
        named = [{"id": o.name, "seen": o.seq} for o, _ in zip(waiting, range(50), strict=False)]
        body = {"kind": "accept", "by": "王工", "orders": named}
        answer = client.post("/live/dispatch/steps?lang=zh", json=body)
        if len(answer.get_json()["done"]) != len(named):
            raise SystemExit(str(answer.get_json()))

    context = Context(store=SnapshotStore(data), clock=clock, settings=WebSettings(),
                      catalogue=load_catalogue(), dispatch=desk)  # fmt: skip
    fresh = page_of(client)
    naive = naive_of(data, context)
    return {
        "first": times(fresh, rounds),
        "board": times(board, rounds),
        "still": times(still, rounds),
        "news": times(board, rounds, before=step),
        "map": times(lambda: get("/live/dispatch/map?lang=zh"), rounds),
        "table": times(table, rounds),
        "accept": times(accept, min(rounds, 6)),
        "naive": times(naive, min(rounds, 8)),
    }


def page_of(client: object) -> Callable[[], None]:
    """The callback that makes the whole page, as a browser asks for it."""
    from tests.web.conftest import HandClock, Site

    site = Site.__new__(Site)
    site.clock, site.client = HandClock(NOW), client

    def page() -> None:
        site.page("/dispatch", "?lang=zh")

    return page


def naive_of(data: Path, context: Context) -> Callable[[], None]:
    """The same cards from nothing: book, rows and words of all orders, then filters."""
    searches = cycle(SEARCHES)

    def naive() -> None:
        engine = open_ops_to_read(data)
        if engine is None:
            raise SystemExit("no ops database")
        book = read_book(engine, timedelta(days=7))
        engine.dispose()
        bare = replace(context, memo=type(context.memo)(4), walls=type(context.walls)(4))
        look = bare.look(bare.state(f"?lang=zh{next(searches)}"))
        rows = make_rows(bare, look, book)
        words = {row.order.name: card(look, rows, row, acting=True) for row in rows.all}
        fit = picked(rows.all, parse(look.state.query), NOW)
        text = json.dumps([words[row.order.name] for row in fit], ensure_ascii=False)
        gzip.compress(text.encode(), 9)

    return naive


def times(
    run: Callable[[], None], rounds: int, *, before: Callable[[], None] | None = None
) -> dict[str, float]:
    """Median and 95th percentile of some runs after one that is not counted; median of the cpu."""
    taken, cpu = [], []
    for number in range(rounds + 1):
        if before is not None:
            before()
        began, worked = time.perf_counter(), time.process_time()
        run()
        if number:
            taken.append(1000 * (time.perf_counter() - began))
            cpu.append(1000 * (time.process_time() - worked))
    at = max(0, -(-95 * len(taken) // 100) - 1)
    return {
        "median_ms": statistics.median(taken),
        "p95_ms": sorted(taken)[at],
        "cpu_ms": statistics.median(cpu),
    }


if __name__ == "__main__":
    sys.exit(main())
