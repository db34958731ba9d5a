"""The description of the API beside the application: no address, parameter or field is missing."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from dashboard.dispatch.desk import DispatchDesk
from dashboard.dispatch.model import Draft, Step
from dashboard.dispatch.settings import DispatchSettings
from dashboard.dispatch.store import Orders
from dashboard.layers import ensure_layers
from dashboard.ops.desk import OpsDesk
from dashboard.ops.engine import open_ops
from dashboard.ops.requests import Requests
from dashboard.ops.runs import Report, Runs
from dashboard.web import create_app
from dashboard.web.settings import WebSettings
from geo.boundaries import beijing
from geo.settings import CoverageModel, GeoSettings
from tests.support.city import states
from tests.support.described import Described, body_of
from tests.support.hearing import tell_all
from tests.support.orders import fill_orders, look_at_proof
from tests.support.snapshots import AS_OF
from tests.support.wholecity import whole_city, whole_kpis
from tests.web.conftest import HandClock, Site, make_site

GEOMETRY = GeoSettings(coverage=CoverageModel(), hexagon_resolution=5)
# What is asked of which data directory, and the status that comes back. ``CELL``: the worst cell.
CASES = (
    ("whole", "/cells", 200),
    ("whole", "/cells?status=red,yellow&sort=-probability&limit=3&offset=1", 200),
    ("whole", "/cells?region_id=nowhere", 200),
    ("whole", "/cells?format=csv&columns=cell_id,name", 200),
    ("whole", "/cells?format=xlsx&status=red", 200),
    ("whole", "/cells?status=purple", 400),
    ("whole", "/cells/CELL?range=35d", 200),
    ("whole", "/cells/nobody", 404),
    ("whole", "/cells-table?end=3", 200),
    ("whole", "/cells-table?start=x", 400),
    ("whole", "/cells-view?selected=CELL", 200),
    ("whole", "/cells-map", 200),
    ("whole", "/regions", 200),
    ("whole", "/areas", 200),
    ("whole", "/areas?level=-1", 400),
    ("whole", "/bursts", 200),
    ("whole", "/accuracy?days=30", 200),
    ("whole", "/accuracy?days=0", 400),
    ("whole", "/accuracy?format=csv&table=rules", 200),
    ("whole", "/accuracy?format=xlsx&weeks=4", 200),
    ("whole", "/data", 200),
    ("whole", "/data?format=csv", 200),
    ("whole", "/data?format=xlsx", 200),
    ("whole", "/data/jobs", 200),
    ("whole", "/map", 200),
    ("whole", "/trends?by=month&from=2026-09-01", 200),
    ("whole", "/trends?by=week,region&from=2026-11-09&split=channel", 200),
    ("whole", "/trends?by=week,service,category,technology&from=2026-11-16", 200),
    ("whole", "/trends?by=week", 200),
    ("whole", "/trends?by=month&region=110105&service=unknown", 200),
    ("whole", "/trends?from=yesterday", 400),
    ("whole", "/trends?format=csv&from=2026-11-09", 200),
    ("whole", "/trends?format=xlsx&from=2026-11-09", 200),
    ("whole", "/league", 200),
    ("whole", "/league?unit=month&day=2026-10-09", 200),
    ("whole", "/league?unit=year", 400),
    ("whole", "/openapi.json", 200),
    ("whole", "/work-orders", 200),
    ("whole", "/work-orders?state=open&limit=3&after=WO-000036&q=wo", 200),
    ("whole", "/work-orders?state=closed,rejected&at=2026-11-21T14:30", 200),
    ("whole", "/work-orders?state=asleep", 400),
    ("whole", "/work-orders?after=x", 400),
    ("whole", "/work-orders/WO-000001", 200),
    ("whole", "/work-orders/1?at=2026-11-21T14:59%2B08:00", 200),
    ("whole", "/work-orders/WO-999999", 404),
    ("whole", "/work-orders/nothing", 404),
    ("whole", "/work-orders/2/events", 200),
    ("whole", "/work-orders/2/events?at=1999-01-01", 404),
    ("whole", "/work-orders/events?after=5&limit=20", 200),
    ("whole", "/work-orders/events?limit=0", 400),
    ("stale", "/cells?limit=3", 200),
    ("stale", "/cells/OTHER?range=24h", 200),
    ("stale", "/regions", 200),
    ("stale", "/areas", 200),
    ("stale", "/map", 200),
    ("stale", "/cells-table?end=2", 200),
    ("tickets", "/cells", 200),
    ("tickets", "/regions", 200),
    ("tickets", "/areas", 200),
    ("tickets", "/bursts", 200),
    ("tickets", "/accuracy", 200),
    ("tickets", "/data", 200),
    ("tickets", "/map", 200),
    ("tickets", "/cells-table", 200),
    ("tickets", "/cells-view", 200),
    ("tickets", "/cells-map", 200),
    ("tickets", "/trends?by=month", 200),
    ("tickets", "/league", 200),
)
# Described, and of no value in any of these answers; each with its reason.
UNSEEN: dict[str, str] = {}
# Checked beside their own tests.
ELSEWHERE = {"hearWorkOrderEvent", "listenToWorkOrderEvent"}
OWN = "/api/v1"
NOW = AS_OF + timedelta(minutes=23)


@dataclass
class Seen:
    sites: dict[str, Site]
    cell: str
    other: str
    described: Described

    def get(self, site, path, **headers):
        address = OWN + path.replace("CELL", self.cell).replace("OTHER", self.other)
        whole, stale = self.sites["whole"], site == "stale"
        whole.clock.at = NOW + (timedelta(hours=9) if stale else timedelta())
        return (whole if stale else self.sites[site]).get(address, **headers)


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """The sites, and the description that one of them gives of itself."""
    content, cell = whole_city()
    data = tmp_path_factory.mktemp("whole")
    clock = HandClock(NOW)
    whole = _with_orders(data, clock)
    regions = beijing()[["region_id", "name", "parent_id", "level", "geometry"]]
    made = ensure_layers(data, content.cells, regions, settings=GEOMETRY)
    whole.publish(replace(content, layers=made.name), whole_kpis(cell))
    tickets = make_site(tmp_path_factory.mktemp("tickets"))
    tickets.publish(states())
    nowhere = tmp_path_factory.mktemp("empty")
    sites = {
        "whole": whole,
        "tickets": tickets,
        "alone": Site(nowhere, clock, create_app(nowhere, clock=clock, settings=WebSettings())),
    }
    _remember(whole)
    fill_orders(data, content.cells, at=AS_OF, count=40)
    _slow_order(data, cell)
    document = whole.get(f"{OWN}/openapi.json").get_json()
    other = next(one for one in content.cells["cell_id"] if one != cell)
    return Seen(sites, cell, other, Described(document))


def _with_orders(data, clock):
    desk = DispatchDesk(data, None, DispatchSettings())
    app = create_app(
        data, clock=clock, settings=WebSettings(), ops=OpsDesk(data, None), dispatch=desk
    )
    return Site(data, clock, app)


def _remember(site):
    """A run of a job, and a request of each end."""
    engine = open_ops(site.data)
    runs, requests = Runs(engine), Requests(engine)
    run = runs.begin("fetch", "crm", AS_OF)
    runs.end(run, Report("ok", 1, 2, 3, 4, "came"), ended_at=AS_OF, seconds=1.5, quiet=False)
    requests.ask("inbox", "", AS_OF, "127.0.0.1")
    taken = requests.take("inbox", "", AS_OF)
    requests.end(taken, Report("ok", message="done"), AS_OF)
    requests.beat(AS_OF)
    engine.dispose()


def _slow_order(data, cell):
    """An order with all kinds of evidence, an agreed time, and timers that were missed."""
    piece = {
        "kind": "alarm", "code": "major", "text": "链路异常", "cells": 2, "site_cells": 3,
        "since": AS_OF.isoformat(), "until": AS_OF.isoformat(), "cell_id": cell, "rank": 1,
    }  # fmt: skip
    draft = Draft("far", "hardware", (cell,), "远山", evidence=(piece,), due_at=AS_OF)
    engine = open_ops(data)
    orders = Orders(engine)
    begin = AS_OF - timedelta(days=1)
    [made] = orders.propose([draft], at=begin, step=Step("propose", "foresite", "system"))
    missed = [
        Step("escalate", "foresite", "system", details={"timer": timer})
        for timer in ("arrive", "repair")
    ]
    orders.act(made.order.id, [Step("accept", "王工"), *missed], at=begin)
    for order in orders.find(states=("repaired",)):
        look_at_proof(orders, order, AS_OF, off="drop_rate_pct")
    engine.dispose()


def operations(document):
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def test_it_is_a_valid_description_of_openapi_3_1(seen):
    document = seen.described.document
    assert document["openapi"] == "3.1.0"
    wrong = [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()]
    assert wrong == []


def test_it_leads_nowhere_else(seen):
    text = seen.get("whole", "/openapi.json").get_data(as_text=True)
    assert "http://" not in text
    assert "https://" not in text
    assert [server["url"] for server in seen.described.document["servers"]] == ["/"]


def test_it_is_sent_packed_and_once(seen):
    packed = seen.get("whole", "/openapi.json", **{"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert body_of(packed) == seen.described.document
    again = seen.get("whole", "/openapi.json", **{"If-None-Match": packed.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_every_address_is_described_and_no_other(seen):
    """From the table of routes itself."""
    routes = {
        (method.lower(), re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in seen.sites["whole"].app.server.url_map.iter_rules()
        if rule.rule.startswith(OWN)
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    told = {(method, path) for path, method, _ in operations(seen.described.document)}
    assert routes == told


def test_parameters_of_the_path_are_those_in_it(seen):
    for path, _, operation in operations(seen.described.document):
        said = {p["name"] for p in operation["parameters"] if p["in"] == "path"}
        assert said == set(re.findall(r"\{(\w+)\}", path)), path


def test_every_parameter_is_described_and_no_other(seen):
    """A route names all that it takes when it is given one that it does not."""
    for path, method, operation in operations(seen.described.document):
        if method != "get":
            continue
        asked = re.sub(r"\{\w+\}", "x", path)
        told = {p["name"] for p in operation["parameters"] if p["in"] == "query"}
        taken: set[str] = set()
        for form in ("", "format=csv&") if "format" in told else ("",):
            answer = seen.sites["whole"].get(f"{asked}?{form}nope=1")
            assert answer.status_code == 400, path
            error = answer.get_json()["error"]
            assert error["code"] == "unknown_parameter", path
            taken |= set(re.findall(r"\w+", error["hint"].partition("use ")[2]))
        assert taken == told, path


def test_examples_of_parameters_can_be_tried(seen):
    """All of an address together; those of files with a file."""
    for path, method, operation in operations(seen.described.document):
        shown = [p for p in operation["parameters"] if "example" in p and p["in"] == "query"]
        of_file = [p for p in shown if " a file" in p["description"]]
        for given in ([p for p in shown if p not in of_file], of_file):
            if method == "get" and given:
                query = {p["name"]: p["example"] for p in given}
                query |= {"format": "xlsx"} if given is of_file else {}
                asked = path.replace("{cell_id}", seen.other).replace("{order_id}", "1")
                answer = seen.sites["whole"].client.get(asked, query_string=query)
                assert answer.status_code == 200, (path, query, answer.data[:200])
                seen.described.check(answer)


def test_examples_of_answers_fit(seen):
    for path, method, operation in operations(seen.described.document):
        place = ("paths", path, method)
        for status, told in operation["responses"].items():
            for media, held in told.get("content", {}).items():
                if "example" in held:
                    where = (*place, "responses", status, "content", media, "schema")
                    seen.described.validate(held["example"], *where)
        body = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if body:
            where = (*place, "requestBody", "content", "application/json", "schema")
            seen.described.validate(body["example"], *where)


@pytest.mark.parametrize(("site", "path", "status"), CASES)
def test_answers_are_as_described(seen, site, path, status):
    answer = seen.get(site, path)
    assert answer.status_code == status, answer.data[:300]
    seen.described.check(answer)
    if "ETag" in answer.headers:
        again = seen.get(site, path, **{"If-None-Match": answer.headers["ETag"]})
        assert again.status_code == 304
        seen.described.check(again)


def test_errors_are_as_described(seen):
    """Of every address: a parameter that nobody knows, and no snapshot."""
    for path, method, _ in operations(seen.described.document):
        if method == "get":
            asked = re.sub(r"\{\w+\}", "x", path)
            for site, query in (("whole", "?nope=1"), ("whole", "?lang=en&lang=zh"), ("alone", "")):
                seen.described.check(seen.sites[site].get(asked + query))


def test_requests_to_the_worker_are_as_described(seen):
    def ask(site, body, **where):
        return seen.sites[site].client.post(f"{OWN}/data/requests", json=body, **where)

    far = {"environ_base": {"REMOTE_ADDR": "10.0.0.9"}}
    asked = [
        (ask("whole", {"job": "forecast"}), 202),
        (ask("whole", {"job": "dance"}), 400),
        (ask("whole", {}), 400),
        (ask("whole", {"job": "forecast"}, **far), 403),
        (ask("alone", {"job": "forecast"}), 503),
    ]
    for answer, status in asked:
        assert answer.status_code == status
        seen.described.check(answer)


def test_what_peers_tell_is_answered_as_described(seen, tmp_path_factory):
    made = [tmp_path_factory.mktemp(name) for name in ("hearing", "unset")]
    alone = [
        seen.sites["alone"].client.post(f"{OWN}/tmf/{path}", json={})
        for path in ("work-order-events", "listener/workOrderStateChangeEvent")
    ]
    for answer in (*tell_all(*made), *alone):
        seen.described.check(answer)


def test_what_people_do_to_orders_is_as_described(seen):
    """Every status of the addresses that write; what they do is told in test_web_api_orders."""
    far = {"environ_base": {"REMOTE_ADDR": "10.0.0.9"}}
    nobody = seen.sites["alone"]

    def send(path, body, status, *, to=seen.sites["whole"], **how):
        answer = to.client.post(f"{OWN}/work-orders{path}", json=body, **how)
        assert answer.status_code == status, answer.data
        seen.described.check(answer)
        return answer.get_json()

    key = {"headers": {"Idempotency-Key": "once"}}
    new = {"cell_ids": [seen.cell], "cause": "unknown", "by": "王工"}
    made = send("", new, 201, **key)
    assert send("", new, 200) == made | {"new": False}
    send("", {"colour": "red"}, 400)
    send("", new, 403, **far)
    send("", {"site_id": "nowhere"}, 404)
    send("", new | {"cause": "hardware"}, 422, **key)
    send("", new, 503, to=nobody)
    order = made["order"]["id"]
    step = {"event": "accept", "seen": 1}
    send(f"/{order}/events", step, 200)
    send(f"/{order}/events", {}, 400)
    send(f"/{order}/events", step, 403, **far)
    send("/WO-999999/events", step, 404)
    send(f"/{order}/events", step, 409)
    send(f"/{order}/events", {"event": "repair"}, 422)
    send(f"/{order}/events", {"event": "accept"}, 422, **key)
    send(f"/{order}/events", step, 503, to=nobody)
    many = {"event": "dispatch", "orders": [{"id": order}], "details": {"team_id": "T01"}}
    send("/events", many, 200)
    send("/events", {"event": "accept", "orders": [{"id": order, "seen": 1}]}, 200)
    send("/events", {"event": "verify", "orders": [{"id": order}]}, 200)
    send("/events", many | {"orders": []}, 400)
    send("/events", many, 403, **far)
    send("/events", many, 503, to=nobody)


def test_nothing_is_described_that_never_comes(seen):
    """Each status, media type and field has come with a value in an answer of these tests."""
    described, told = seen.described, set()
    for _, _, operation in operations(described.document):
        name = operation["operationId"]
        if name not in ELSEWHERE:
            told |= {(name, status) for status in operation["responses"] if status != "default"}
    assert sorted(told - described.statuses) == []
    media = {
        (operation["operationId"], media)
        for _, _, operation in operations(described.document)
        if operation["operationId"] not in ELSEWHERE
        for status, answer in operation["responses"].items()
        if status != "default"
        for media in answer.get("content", {})
    }
    assert sorted(media - described.media) == []
    unseen = sorted(described.all_properties(ELSEWHERE) - described.properties - set(UNSEEN))
    assert not unseen, "\n".join(unseen)
