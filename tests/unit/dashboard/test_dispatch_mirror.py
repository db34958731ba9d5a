"""The copy of the work orders in the warehouse: append-only, the same however it was made."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dashboard.dispatch.mirror import mirror, reason_code
from dashboard.dispatch.model import Draft, Step
from dashboard.dispatch.store import Orders
from dashboard.ops.engine import open_ops
from dashboard.publish.orders import mirror_orders
from dashboard.settings import Settings
from ingest.orders import OrderMirror
from ingest.warehouse import open_warehouse

HOUR = timedelta(hours=1)
OPENED = datetime(2026, 11, 3, 2, tzinfo=UTC)
SECRET = "王工 13800138000"
DRAFT = Draft("S1", "hardware", ("S1-L1", "S1-L2"), "西单", region_id="r", probability=0.4,
              expected=0.5, as_of=OPENED, note=SECRET)  # fmt: skip


@pytest.fixture
def orders(tmp_path: Path):
    engine = open_ops(tmp_path)
    yield Orders(engine)
    engine.dispose()


@pytest.fixture
def warehouse(tmp_path: Path):
    connection = open_warehouse(tmp_path, threads=1)
    yield connection
    connection.close()


def live(orders: Orders, site: str = "S1", at: datetime = OPENED) -> int:
    """One order from its opening to a repair that is not believed."""
    draft = Draft(**{**DRAFT.__dict__, "site_id": site})
    [made] = orders.propose([draft], at=at, step=Step("propose", "foresite", "system"))
    one = made.order.id
    orders.act(one, [Step("accept", SECRET), Step("dispatch", SECRET, details={"team_id": "T1"})],
               at=at + HOUR)  # fmt: skip
    orders.act(one, [Step("comment", SECRET, reason=SECRET)], at=at + HOUR)
    found = {"found_cause": "transport"}
    orders.act(one, [Step("repair", SECRET, "crew", f"{SECRET} 换了光模块", found)],
               at=at + 2 * HOUR)  # fmt: skip
    said = f"complaint: {SECRET} called again"
    orders.act(one, [Step("reopen", "foresite", "system", said)], at=at + 20 * HOUR)
    return one


def rows(connection, table: str = "work_order_events") -> list[tuple]:
    times = ", as_of::VARCHAR AS as_of" if table == "work_orders" else ""
    return connection.execute(
        f"SELECT * REPLACE (epoch_us(known_at) AS known_at{times}) FROM {table} ORDER BY event_id"
    ).fetchall()


def test_what_is_copied_and_what_stays_behind(orders: Orders, warehouse) -> None:
    live(orders)
    assert mirror(OrderMirror(warehouse), orders) == 6
    told = warehouse.execute(
        "SELECT order_id, seq, kind, state, actor, team_id, reason, found_cause"
        " FROM work_order_events ORDER BY event_id"
    ).fetchall()
    assert told == [
        ("WO-000001", 1, "propose", "proposed", "system", None, None, None),
        ("WO-000001", 2, "accept", "accepted", "person", None, None, None),
        ("WO-000001", 3, "dispatch", "dispatched", "person", "T1", None, None),
        ("WO-000001", 4, "comment", "dispatched", "person", None, "other", None),
        ("WO-000001", 5, "repair", "repaired", "crew", None, "other", "transport"),
        ("WO-000001", 6, "reopen", "reopened", "system", None, "complaint", None),
    ]
    about = warehouse.execute(
        "SELECT order_id, site_id, region_id, cause, cell_ids, probability, expected, known_at = ?"
        " FROM work_orders", [OPENED],
    ).fetchall()  # fmt: skip
    assert about == [("WO-000001", "S1", "r", "hardware", ["S1-L1", "S1-L2"], 0.4, 0.5, True)]
    assert "13800138000" not in str(rows(warehouse)) + str(rows(warehouse, "work_orders"))


def test_known_from_the_time_of_the_event_on(orders: Orders, warehouse) -> None:
    live(orders)
    mirror(OrderMirror(warehouse), orders)
    for moment, events in ((OPENED - HOUR, 0), (OPENED, 1), (OPENED + HOUR, 4),
                           (OPENED + 2 * HOUR, 5)):  # fmt: skip
        [(n,)] = warehouse.execute(
            "SELECT count(*) FROM work_order_events_as_of(?::TIMESTAMPTZ)", [moment]
        ).fetchall()
        assert n == events, moment


def test_an_order_told_of_a_newer_forecast_keeps_its_place(orders: Orders, warehouse) -> None:
    live(orders, at=OPENED - 100 * HOUR)
    more = Draft(**{**DRAFT.__dict__, "cell_ids": ("S1-L3",), "expected": 2.0})
    orders.propose([more], at=OPENED, step=Step("propose", "foresite", "system"))
    mirror(OrderMirror(warehouse), orders)
    seen = "SELECT site_id, cause, cell_ids, expected FROM work_orders_as_of(?::TIMESTAMPTZ)"
    before = warehouse.execute(seen, [OPENED - HOUR]).fetchall()
    assert before == [("S1", "hardware", ["S1-L1", "S1-L2"], 0.5)]
    after = warehouse.execute(seen, [OPENED]).fetchall()
    assert after == [("S1", "hardware", ["S1-L1", "S1-L2", "S1-L3"], 2.0)]


def test_again_and_in_parts_is_the_same(orders: Orders, warehouse, tmp_path: Path) -> None:
    there = OrderMirror(warehouse)
    live(orders)
    assert [mirror(there, orders), mirror(there, orders)] == [6, 0]
    live(orders, "S2", OPENED + HOUR)
    assert mirror(there, orders, batch=4) == 6
    other = open_warehouse(tmp_path / "other", threads=1)
    mirror(OrderMirror(other), orders, batch=1)
    for table in ("work_order_events", "work_orders"):
        assert rows(other, table) == rows(warehouse, table)
    other.close()


def test_what_fails_midway_goes_on_from_there(orders: Orders, warehouse, monkeypatch) -> None:
    live(orders)
    there, add, calls = OrderMirror(warehouse), OrderMirror.add, []

    def failing(self, about, events, *, anew=False) -> None:
        calls.append(len(events))
        if len(calls) == 2:
            raise OSError("no space left")
        add(self, about, events, anew=anew)

    monkeypatch.setattr(OrderMirror, "add", failing)
    with pytest.raises(OSError, match="no space"):
        mirror(there, orders, batch=4)
    assert len(rows(warehouse)) == 4
    assert mirror(there, orders, batch=4) == 2
    assert [row[0] for row in rows(warehouse)] == [1, 2, 3, 4, 5, 6]


def test_a_restored_ops_database_is_mirrored_anew(tmp_path: Path, warehouse) -> None:
    there = OrderMirror(warehouse)
    for name, sites in (("first", ("S1", "S2")), ("backup", ("S3",)), ("empty", ())):
        engine = open_ops(tmp_path / name)
        orders = Orders(engine)
        for site in sites:
            live(orders, site, OPENED + HOUR)
        mirror(there, orders)
        assert {row[3] for row in rows(warehouse, "work_orders")} == set(sites)
        assert len(rows(warehouse)) == 6 * len(sites)
        engine.dispose()


def test_a_warehouse_made_anew_is_filled_before_the_next_forecast(
    orders: Orders, tmp_path: Path
) -> None:
    live(orders)
    settings = Settings()
    for name in ("before", "after"):  # as `foresite rebuild` leaves it: without a row
        connection = open_warehouse(tmp_path / name, threads=1)
        assert mirror_orders(connection, tmp_path, settings) == 6
        connection.close()
    connection = open_warehouse(tmp_path / "nobody", threads=1)
    assert mirror_orders(connection, tmp_path / "nothing", settings) == 0
    connection.close()


@pytest.mark.parametrize(
    ("reason", "code"),
    [("no_fault: all fine", "no_fault"), ("duplicate", "duplicate"), ("换了: x", "other"),
     ("The gate is locked", "other"), ("", None), ("  ", None)],
)  # fmt: skip
def test_of_reasons_the_code_is_kept(reason: str, code: str | None) -> None:
    assert reason_code(reason) == code
