"""The mirror of the work orders killed before and after each commit, events coming in between: the
next run goes on, and nothing is lost, doubled or half there."""

from __future__ import annotations

import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dashboard.dispatch.mirror import mirror
from dashboard.dispatch.model import Draft, Step
from dashboard.dispatch.store import Orders
from dashboard.ops.engine import open_ops
from ingest.orders import OrderMirror
from ingest.warehouse import open_warehouse
from tests.support.forks import WORKER, fork

OPENED = datetime(2026, 11, 3, 2, tzinfo=UTC)
BATCH = 3
CHILD = """
import sys
from pathlib import Path
import ingest.orders
from dashboard.dispatch.mirror import mirror
from dashboard.dispatch.store import Orders
from dashboard.ops.engine import open_ops_to_read
from ingest.warehouse import open_warehouse
from tests.fault.test_mirror_kills import BATCH
from tests.support.kills import watch_commits

watch_commits((ingest.orders,), int(sys.argv[2]))
data = Path(sys.argv[1])
there = ingest.orders.OrderMirror(open_warehouse(data, threads=1))
mirror(there, Orders(open_ops_to_read(data)), batch=BATCH)
"""


def test_killed_at_every_commit(tmp_path: Path) -> None:
    data, killed = tmp_path / "data", 0
    engine = open_ops(data)
    orders = Orders(engine)
    for point in range(1, 6):
        at = OPENED + timedelta(hours=point)
        drafts = [Draft(f"S{point}{n}", "hardware", (f"C{n}",), "x") for n in range(2)]
        for made in orders.propose(drafts, at=at, step=Step("propose", "foresite", "system")):
            orders.act(made.order.id, [Step("accept", "w"), Step("dispatch", "w")], at=at)
        child = fork(CHILD, data, point, imports=WORKER)
        killed += child.wait() == -signal.SIGKILL
        assert child.returncode in (0, -signal.SIGKILL)
        warehouse = open_warehouse(data, threads=1)
        found = warehouse.execute(
            "SELECT event_id FROM work_order_events ORDER BY event_id"
        ).fetchall()
        told = warehouse.execute(
            "SELECT count(*) FROM work_orders WHERE event_id NOT IN"
            " (SELECT event_id FROM work_order_events)"
        ).fetchall()
        warehouse.close()
        assert [row[0] for row in found] == list(range(1, len(found) + 1))  # no gap, none twice
        assert told == [(0,)]
    assert killed >= 3
    one, other = (open_warehouse(path, threads=1) for path in (data, tmp_path / "plain"))
    for warehouse in (one, other):
        mirror(OrderMirror(warehouse), orders)
    for table in ("work_orders", "work_order_events"):
        times = ", as_of::VARCHAR AS as_of" if table == "work_orders" else ""
        query = (
            f"SELECT * REPLACE (known_at::VARCHAR AS known_at{times}) FROM {table} ORDER BY 2, 1"
        )
        assert one.execute(query).fetchall() == other.execute(query).fetchall()
    one.close()
    other.close()
    engine.dispose()
