"""What work orders cost in the ops database: 5,000 open ones, 50,000 that ended, both databases.

    python benchmarks/dispatch_ops.py [--open 5000] [--ended 50000] [--repeat 30] [--json FILE]

Fills a SQLite database and (where PostgreSQL's programs are installed) one of a private PostgreSQL
server with the same orders, each with all its events, and prints for every operation in
milliseconds: the quickest run (what it costs where nobody else works), the median, the 95 %
quantile, and the median of this process's own computing time. The server runs without fsync: its
writes are cheaper than real ones by one flush of the disk each; SQLite's are durable, as always.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

HERE = str(Path(__file__).parent)
sys.path[:] = [folder for folder in sys.path if folder != HERE]
sys.path.insert(0, str(Path(__file__).parents[1]))

from sqlalchemy import Engine, insert

from dashboard.dispatch.bodies import as_text, row_of
from dashboard.dispatch.book import read_book, renewed, version_of
from dashboard.dispatch.model import Draft, Event, Order, Step, applied
from dashboard.dispatch.sla import Rules
from dashboard.dispatch.sla_settings import SlaSettings
from dashboard.dispatch.states import Actor, Kind, State, next_state
from dashboard.dispatch.store import Orders
from dashboard.dispatch.timing import tick
from dashboard.ops.engine import open_ops, reading
from dashboard.ops.order_schema import work_order_cells, work_order_events, work_orders
from tests.support import postgres

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
CAUSES = ("hardware", "interference", "congestion", "transport", "coverage", "sleeping_cell")
LIFE: tuple[tuple[Kind, Actor, float], ...] = (
    ("propose", "system", 0), ("accept", "person", 9), ("dispatch", "person", 20),
    ("arrive", "crew", 80), ("repair", "crew", 170), ("verify", "system", 4500),
    ("close", "system", 4600),
)  # fmt: skip
RULES = Rules(SlaSettings(), ZoneInfo("Asia/Shanghai"), lambda day: day.weekday() >= 5)
_BATCH = 2000


def draft_of(number: int) -> Draft:
    """As a forecast makes it: two or three cells, some pieces of evidence."""
    evidence = tuple(
        {"kind": "kpi", "kpi": kpi, "window": "24h", "value": 1.42, "normal": 0.31, "hours": 31.0}
        for kpi in ("drop_rate_pct", "prb_util_dl_pct", "sinr_db")
    )
    return Draft(
        site_id=f"S{number // len(CAUSES):06d}",
        cause=CAUSES[number % len(CAUSES)],
        cell_ids=tuple(f"C{number // len(CAUSES):06d}-{k}" for k in range(1 + number % 3)),
        title=f"朝阳建国路{number % 900}号",
        region_id=f"R{number % 160}",
        longitude=116.2 + number % 500 / 1000,
        latitude=39.8 + number % 300 / 1000,
        as_of=NOW,
        probability=0.3,
        expected=1.2,
        avoided=0.6,
        users=900.0,
        skill="radio",
        team_id=f"T{number % 40}",
        evidence=evidence,
    )


def fill(engine: Engine, ended: int, standing: int) -> None:
    """Whole lives, written as the store would have written them."""
    orders: list[dict[str, object]] = []
    cells: list[dict[str, object]] = []
    events: list[dict[str, object]] = []
    tables = ((work_orders, orders), (work_order_cells, cells), (work_order_events, events))
    with engine.begin() as connection:
        for number in range(ended + standing):
            old = number < ended
            steps = LIFE if old else LIFE[: 1 + number % 5]
            # One in fifty of the waiting ones is late; ended orders began up to a year ago.
            ago = DAY * (4 + 360 * number / ended) if old else MINUTE * (2 + number % 9)
            order = _life(number + 1, draft_of(number), NOW - ago, steps, events)
            orders.append({"id": order.id, **row_of(order)})
            cells += [{"order_id": order.id, "cell_id": cell} for cell in order.draft.cell_ids]
            if len(orders) >= _BATCH or number == ended + standing - 1:
                for table, rows in tables:
                    connection.execute(insert(table), rows)
                    rows.clear()
        if engine.dialect.name == "postgresql":
            for table in ("work_orders", "work_order_events"):
                connection.exec_driver_sql(
                    f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"
                )
    with engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("ANALYZE")


_EVENT_IDS = count(1)


def _life(
    order_id: int,
    draft: Draft,
    born: datetime,
    steps: tuple[tuple[Kind, Actor, float], ...],
    events: list[dict[str, object]],
) -> Order:
    order: Order | None = None
    for seq, (kind, actor, minutes) in enumerate(steps, 1):
        before: State | None = None if order is None else order.state
        after: State = "proposed" if before is None else next_state(before, kind, actor, "")
        details = {"draft": draft.as_json()} if kind == "propose" else {"team_id": draft.team_id}
        who = "foresite" if actor == "system" else "王工"
        event = Event(
            next(_EVENT_IDS), order_id, seq, kind, before, after, born + minutes * MINUTE, who,
            actor, "", details,
        )  # fmt: skip
        order = applied(order, event)
        events.append({
            "id": event.id, "order_id": order_id, "seq": seq, "kind": kind,
            "state_before": before, "state_after": after, "at": event.at, "who": who,
            "actor": actor, "reason": "", "details": as_text(details), "request_key": None,
        })  # fmt: skip
    assert order is not None
    return order


def timed(work: Callable[[int], object], repeat: int) -> dict[str, float]:
    """Milliseconds, after one run that does not count."""
    work(0)
    taken, computed = [], []
    for n in range(1, repeat + 1):
        start, own = time.perf_counter(), time.process_time()
        work(n)
        taken.append(1000 * (time.perf_counter() - start))
        computed.append(1000 * (time.process_time() - own))
    taken.sort()
    return {
        "best_ms": round(taken[0], 2),
        "median_ms": round(statistics.median(taken), 2),
        "p95_ms": round(taken[min(repeat - 1, int(0.95 * repeat))], 2),
        "own_ms": round(statistics.median(computed), 2),
    }


def operations(engine: Engine, ended: int) -> Iterator[tuple[str, Callable[[int], object], int]]:
    """Name, what is done at the n-th time, and by how much it is repeated less than others."""
    orders = Orders(engine)
    first = ended + 1
    proposed = [order.id for order in orders.find(states=["proposed"], limit=None)]
    system = Step("propose", "foresite", "system")
    accept, comment = Step("accept", "Li"), Step("comment", "Li", reason="联系物业")
    places = count(10**7)

    def version(_: int) -> str:
        with reading(engine) as connection:
            return version_of(connection)

    yield "act: one step", lambda n: orders.act(proposed[n], [accept], at=NOW, seen=1), 1
    yield "act: a comment", lambda n: orders.act(first + n, [comment], at=NOW), 1

    def some(n: int) -> list[tuple[int, None]]:
        return [(one, None) for one in proposed[100 + 50 * n : 150 + 50 * n]]

    yield "act on 50 orders", lambda n: orders.act_on_many(some(n), [comment], at=NOW), 3
    yield (
        "propose: a new order",
        lambda _: orders.propose([draft_of(next(places))], at=NOW, step=system),
        1,
    )
    red = [draft_of(ended + n) for n in range(200)]
    yield "propose: 200 that stand", lambda _: orders.propose(red, at=NOW, step=system), 3
    yield "get", lambda n: orders.get(first + n), 1
    yield "events of an order", lambda n: orders.events(1 + n), 1
    yield "find: open, 100 newest", lambda _: orders.find(open_only=True), 1
    yield "find: open of a region", lambda n: orders.find(open_only=True, region_ids=[f"R{n}"]), 1
    yield "find: proposed, all", lambda _: orders.find(states=["proposed"], limit=None), 3
    yield "find: by cell", lambda n: orders.find(cell_id=f"C{n:06d}-0"), 1
    yield "find: by site", lambda n: orders.find(site_id=f"S{n:06d}"), 1
    yield "find: by team", lambda n: orders.find(team_id=f"T{n % 40}", limit=20), 1
    yield "find: by words", lambda n: orders.find(words=f"建国路{n}号"), 1
    yield "find: closed, a page", lambda n: orders.find(states=["closed"], before=40_000 - n), 1
    yield (
        "events after the last 100",
        lambda _: orders.events_after(orders.last_event_id() - 100),
        1,
    )
    yield "version", version, 1
    yield "book: now", lambda _: read_book(engine, 7 * DAY), 3
    book = read_book(engine, 7 * DAY)
    orders.act_on_many([(one, None) for one in proposed[:20]], [comment], at=NOW)

    def renew(_: int) -> object:
        return renewed(engine, 7 * DAY, book)

    yield "book: renewed, 20 changed", renew, 1
    yield "book: three hours ago", lambda _: read_book(engine, 7 * DAY, NOW - DAY / 8), 3
    yield "book: half a year ago", lambda _: read_book(engine, 7 * DAY, NOW - 180 * DAY), 3
    yield "timers: nothing is due", lambda _: tick(orders, NOW - DAY, RULES), 3


@contextmanager
def databases() -> Iterator[dict[str, str | None]]:
    """SQLite, and PostgreSQL where it can be had."""
    try:
        with postgres.server() as server, server.fresh() as url:
            yield {"sqlite": None, "postgresql": url}
    except postgres.NoPostgresError as error:
        print(f"without PostgreSQL: {error}", file=sys.stderr)
        yield {"sqlite": None}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--open", type=int, default=5000, help="open orders")
    parser.add_argument("--ended", type=int, default=50_000, help="ended orders")
    parser.add_argument("--repeat", type=int, default=30)
    parser.add_argument("--json", type=Path, help="write the figures here")
    asked = parser.parse_args()
    figures: dict[str, dict[str, dict[str, float]]] = {}
    with databases() as urls, tempfile.TemporaryDirectory() as folder:
        for name, url in urls.items():
            engine = open_ops(Path(folder), url)
            start = time.perf_counter()
            fill(engine, asked.ended, asked.open)
            print(f"{name}: filled in {time.perf_counter() - start:.0f} s", file=sys.stderr)
            for title, work, less in operations(engine, asked.ended):
                figures.setdefault(title, {})[name] = timed(work, max(3, asked.repeat // less))
            late, own = time.perf_counter(), time.process_time()
            ticked = tick(Orders(engine), NOW + DAY, RULES)
            told = max(1, ticked.warned + ticked.escalated)
            each_ms = round(1000 * (time.perf_counter() - late) / told, 2)
            own_ms = round(1000 * (time.process_time() - own) / told, 2)
            figures.setdefault(f"timers: each of {told} that are late", {})[name] = {
                "best_ms": each_ms, "median_ms": each_ms, "p95_ms": each_ms, "own_ms": own_ms,
            }  # fmt: skip
            engine.dispose()
    width = max(map(len, figures))
    head = f"{'best':>9}{'median':>9}{'p95':>9}{'own':>9}"
    print(f"{'':{width}}" + "".join(f"{name:>36}" for name in urls))
    print(f"{'milliseconds':{width}}" + head * len(urls))
    for title, each in figures.items():
        cells = (f"{value:9.2f}" for found in each.values() for value in found.values())
        print(f"{title:{width}}" + "".join(cells))
    if asked.json:
        asked.json.write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main()
