"""Whatever is asked of the API, it answers as described: never a trace, never another shape."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.dispatch.desk import DispatchDesk
from dashboard.dispatch.settings import DispatchSettings
from dashboard.dispatch.states import KINDS
from dashboard.ops.desk import OpsDesk
from dashboard.snapshot import write_snapshot
from dashboard.web import create_app
from dashboard.web.settings import WebSettings
from ingest.clock import FixedClock
from tests.support.described import Described
from tests.support.flawed import flawed
from tests.support.orders import fill_orders
from tests.support.snapshots import AS_OF, kpi_days

ORDERS = "/api/v1/work-orders"
# Values that somewhere mean something, and those that nowhere do.
WORDS = (
    "", "C1", "S1", "R1", "red", "red,yellow", "unknown", "open", "closed,rejected", "hardware",
    "NR", "all", "quiet", "bad", "yes", "csv", "xlsx", "json", "en", "zh", "week", "month,region",
    "region:R1", "hexagon:x", "probability>=20", "name~1;cause?", "-probability,name", "region",
    "2026-11-21", "2026-11-21T15:00", "2026-11-21T07:00:00Z", "1999-01-01", "9999-12-31", "0001",
    "WO-000001", "wo-2", "0", "1", "-1", "7", "1e3", "999999999", "9" * 40, "NaN", "١٢", "true",
    "7d", "35d", "..", "../../etc/passwd", "%", "_", "'", "\" OR 1=1 --", "\0", "\ud7ff", "😀",
    "望京", ";", ",", "a" * 3000,
)  # fmt: skip
values = st.sampled_from(WORDS) | st.text(max_size=12)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | values,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(values, inner, max_size=3),
    max_leaves=6,
)
steps = st.fixed_dictionaries(
    {},
    optional={
        "event": st.sampled_from(KINDS) | json_values,
        "seen": st.integers(0, 4) | json_values,
        "reason": values | json_values,
        "details": st.dictionaries(st.sampled_from(["team_id", "found_cause", "x"]), values)
        | json_values,
        "by": values | json_values,
        "actor": st.sampled_from(["person", "crew"]) | json_values,
    },
)
orders = st.fixed_dictionaries(
    {},
    optional={
        "site_id": st.sampled_from(["S1", "S2", "S3"]) | json_values,
        "cell_ids": st.lists(st.sampled_from(["C1", "C2", "C5"]), max_size=3) | json_values,
        "cause": st.sampled_from(["hardware", "unknown"]) | json_values,
        "note": values | json_values,
        "due_at": st.just("2026-11-21T18:00:00Z") | json_values,
        "by": values,
        "colour": values,
    },
)
ids = st.sampled_from(["WO-000001", "WO-000002", "3", "WO-000099"]) | values
quiet = settings(
    deadline=None, database=None, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    """A client of a small city with orders, and the description it gives."""
    data = tmp_path_factory.mktemp("any")
    content = flawed()
    last = AS_OF.date() - timedelta(days=1)
    kpis = kpi_days(["C1"], last=last, days=3)
    write_snapshot(data, content, kpi_days=kpis, published_at=AS_OF)
    fill_orders(data, content.cells, at=AS_OF, count=12)
    desk = DispatchDesk(data, None, DispatchSettings())
    app = create_app(
        data,
        clock=FixedClock(AS_OF + timedelta(minutes=23)),
        settings=WebSettings(),
        ops=OpsDesk(data, None),
        dispatch=desk,
    )
    client = app.server.test_client()
    yield client, Described(client.get("/api/v1/openapi.json").get_json())
    desk.close()


PLACES = (
    "/regions", "/areas", "/bursts", "/cells", "/cells/{cell_id}", "/cells-table", "/cells-view",
    "/cells-map", "/accuracy", "/data", "/data/jobs", "/map", "/trends", "/league",
    "/work-orders", "/work-orders", "/work-orders/events", "/work-orders/{order_id}",
    "/work-orders/{order_id}/events",
)  # fmt: skip


@settings(quiet, max_examples=150)
@given(place=st.sampled_from(PLACES), name=ids, data=st.data())
def test_whatever_is_asked(asked, place, name, data):
    """Any address, some of its parameters or one it does not know, any values."""
    client, described = asked
    path = f"/api/v1{place}"
    names = [p["name"] for p in described.document["paths"][path]["get"]["parameters"]]
    given = st.dictionaries(st.sampled_from([*names, "nope"]), values, max_size=3)
    query = {name: value for name, value in data.draw(given).items() if value != "xlsx"}
    address = re.sub(r"\{\w+\}", lambda _: quote(name, safe="") or "x", path)
    answer = client.get(address, query_string=query)
    assert answer.status_code in (200, 400, 404, 503), answer.data[:300]
    if "%2F" not in address:  # a name with a stroke leads elsewhere
        described.check(answer)


@settings(quiet, max_examples=100)
@given(order=ids, body=steps | json_values, key=st.none() | st.sampled_from(["k1", "k2", "é"]))
def test_whatever_is_done_to_an_order(asked, order, body, key):
    client, described = asked
    headers = {} if key is None else {"Idempotency-Key": key}
    path = f"{ORDERS}/{quote(order, safe='') or 'x'}/events"
    answer = client.post(path, json=body, headers=headers)
    if "%2F" not in path:
        described.check(answer)
    assert answer.status_code in (200, 400, 404, 405, 409, 422)


@settings(quiet, max_examples=60)
@given(body=orders | json_values, many=steps, listed=json_values)
def test_whatever_is_to_be_opened_or_done_to_many(asked, body, many, listed):
    client, described = asked
    described.check(client.post(ORDERS, json=body))
    described.check(client.post(f"{ORDERS}/events", json=many | {"orders": listed}))
    few = [{"id": "WO-000001"}, {"id": "WO-000002", "seen": 2}]
    described.check(client.post(f"{ORDERS}/events", json=many | {"orders": few}))
    if isinstance(body, dict):
        described.check(client.post("/api/v1/data/requests", json=body))
