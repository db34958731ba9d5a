from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from dashboard.ops.desk import OpsDesk
from dashboard.snapshot import write_snapshot
from dashboard.web import create_app
from dashboard.web.settings import WebSettings
from tests.support.city import city, city_kpis, states
from tests.support.snapshots import AS_OF, tiny


@dataclass
class HandClock:
    """A clock that tests move."""

    at: object

    def now(self):
        return self.at


@dataclass
class Site:
    """An application over a data directory, driven through Flask's test client."""

    data: Path
    clock: HandClock
    app: object

    def __post_init__(self):
        self.client = self.app.server.test_client()

    def get(self, path, **headers):
        return self.client.get(path, headers=headers)

    def publish(self, content, kpis=None):
        return write_snapshot(self.data, content, kpi_days=kpis or {}, published_at=content.as_of)

    def callback(self, output, inputs, states=(), triggered=None):
        """Post what the browser would; the answer's status and its decoded body."""
        spec = next(c for c in self.get("/_dash-dependencies").get_json() if output in c["output"])
        values = {f"{i['id']}.{i['property']}": None for i in spec["inputs"] + spec["state"]}
        values |= inputs | dict(states)
        listed = spec["output"].strip(".").split("...")
        outputs = [dict(zip(("id", "property"), o.rsplit(".", 1), strict=True)) for o in listed]
        outputs = [{**o, "property": o["property"].split("@")[0]} for o in outputs]

        def filled(kind):
            return [{**i, "value": values[f"{i['id']}.{i['property']}"]} for i in spec[kind]]

        body = {
            "output": spec["output"],
            "outputs": outputs if spec["output"].startswith("..") else outputs[0],
            "inputs": filled("inputs"),
            "state": filled("state"),
            "changedPropIds": [triggered or next(iter(inputs))],
        }
        answer = self.client.post("/_dash-update-component", json=body)
        return answer.status_code, json.loads(answer.data) if answer.data else None

    def page(self, path="/", search="", size=(1920, 1080)):
        """The JSON of a page as text."""
        width, height = size
        inputs = {
            "url.pathname": path,
            "url.search": search,
            "screen.data": {"w": width, "h": height},
        }
        status, body = self.callback("page.children", inputs)
        assert status == 200
        return json.dumps(body["response"]["page"], ensure_ascii=False)

    def refresh(self, seen, search="", size=(1920, 1080)):
        """The wall's refresh, with what the page has seen."""
        states = {
            "url.search": search,
            "screen.data": {"w": size[0], "h": size[1]},
            "wall-seen.data": seen,
        }
        return self.callback("wall-map.figure", {"wall-tick.n_intervals": 1}, states)


def make_site(data, *, after_min=23):
    clock = HandClock(AS_OF + timedelta(minutes=after_min))
    app = create_app(data, clock=clock, settings=WebSettings(), ops=OpsDesk(data, None))
    return Site(data, clock, app)


@pytest.fixture
def tiny_site(tmp_path):
    site = make_site(tmp_path)
    site.publish(tiny())
    return site


@pytest.fixture
def empty_site(tmp_path):
    return make_site(tmp_path)


@pytest.fixture(scope="session")
def city_site(tmp_path_factory):
    """Read only; tests that publish take ``tiny_site``."""
    site = make_site(tmp_path_factory.mktemp("city"))
    content = city()
    site.publish(content, city_kpis(content))
    site.content = content
    return site


@pytest.fixture(scope="session")
def states_site(tmp_path_factory):
    site = make_site(tmp_path_factory.mktemp("states"))
    site.publish(states())
    return site
