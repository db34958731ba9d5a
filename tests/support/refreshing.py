"""A wall that refreshes without a pause, and what a page in Chromium holds while it runs.

The server hands out two published snapshots in turn, each of them twice: so every other refresh has
news (values, signs, pulses and texts change) and the one after it has none. The page's ticks follow
one another as fast as the answers come. An answer is made once and kept, because what is measured
is the page: what the page sends says which answer it gets.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import waitress
from flask import Response, request

import dashboard.web.app as web_app
from dashboard.snapshot import SnapshotStore, write_snapshot
from dashboard.web.settings import WebSettings
from ingest.clock import FixedClock
from tests.support.city import city
from tests.support.snapshots import AS_OF

NOW = AS_OF + timedelta(minutes=23)
TICK = re.compile(rb'"value":\s*10\d{5,}')

# One tick after another, each when the answer to the one before has been taken in.
DRIVE = """n => new Promise((done, failed) => {
  const props = window.dash_clientside.set_props;
  let left = n, k = (window.ticked = window.ticked || 1000000);
  const send = window.fetch;
  window.fetch = (address, options) => {
    const answer = send(address, options);
    if (String(address).includes('/_dash-update-component')) {
      answer.then(a => {
        if (a.status !== 200 && a.status !== 204) { failed(new Error('status ' + a.status)); }
        requestAnimationFrame(() => setTimeout(next, 0));
      }, failed);
    }
    return answer;
  };
  function next() {
    if (left === 0) { window.fetch = send; window.ticked = k; done(k); return; }
    left -= 1;
    k += 1;
    props('wall-tick', { n_intervals: k });
  }
  next();
})"""


class Alternating(SnapshotStore):
    """Two snapshots in turn, two questions each."""

    def __init__(self, data: Path) -> None:
        super().__init__(data)
        self.turn = 0

    def get(self, at=None):
        moments = self.published()
        return super().get(at or moments[self.now % len(moments)])

    @property
    def now(self) -> int:
        return self.turn // 2


@dataclass(frozen=True)
class Held:
    """What the page holds after a collection of garbage.

    Attributes:
        refreshes: made so far.
        heap_mb: bytes of JavaScript, in MB: objects, and code that is compiled as it warms up.
        objects: JavaScript objects that the page can still reach; arrays and functions are some.
        nodes: DOM nodes, those that only scripts still know too.
        listeners: event listeners.
    """

    refreshes: int
    heap_mb: float
    objects: int
    nodes: int
    listeners: int


def serve(data: Path, **city_of):
    """The application with news at every other refresh; returns the server, still to be run."""
    for as_of, reds in ((AS_OF - timedelta(minutes=15), 7), (AS_OF, 11)):
        content = city(as_of=as_of, reds=reds, **city_of)
        write_snapshot(data, content, kpi_days={}, published_at=as_of)
    store = Alternating(data)
    settings = WebSettings(refresh_seconds=600)
    app = web_app.create_app(data, clock=FixedClock(NOW), settings=settings, store=store)
    _keep_answers(app.server, store)
    return waitress.create_server(app.server, host="127.0.0.1", port=0, threads=4)


def _keep_answers(server, store: Alternating) -> None:
    """The same tick of the same page, while the same snapshot is the newest: the same answer."""
    kept: dict[tuple[int, bytes], tuple[bytes, int, str]] = {}

    def asked() -> tuple[int, bytes] | None:
        if not request.path.endswith("/_dash-update-component"):
            return None
        body = request.get_data()
        return (store.now % 2, TICK.sub(b"", body)) if b"wall-tick.n_intervals" in body else None

    @server.before_request
    def known():
        if asked() is None:
            return None
        store.turn += 1
        if (tick := asked()) not in kept:
            return None
        body, status, kind = kept[tick]
        return Response(body, status, content_type=kind)

    @server.after_request
    def keep(response):
        if (tick := asked()) is not None:
            kept[tick] = (response.get_data(), response.status_code, response.content_type)
        return response


def drive(page, refreshes: list[int]):
    """Refresh so often between measurements; yields what is held before and after each of them."""
    cdp = page.context.new_cdp_session(page)
    cdp.send("Performance.enable")
    cdp.send("HeapProfiler.enable")
    made = 0
    yield held(cdp, made)
    for n in refreshes:
        page.evaluate(DRIVE, n)
        made += n
        yield held(cdp, made)


def held(cdp, made: int) -> Held:
    """Measured after two collections: the first one lets go of what finalizers hold."""
    for _ in range(2):
        cdp.send("HeapProfiler.collectGarbage")
    found = {m["name"]: m["value"] for m in cdp.send("Performance.getMetrics")["metrics"]}
    return Held(
        made,
        round(found["JSHeapUsedSize"] / 1e6, 2),
        _objects(cdp),
        int(found["Nodes"]),
        int(found["JSEventListeners"]),
    )


def _objects(cdp) -> int:
    """A garbage collection comes first."""
    root = cdp.send("Runtime.evaluate", {"expression": "Object.prototype"})["result"]["objectId"]
    found = cdp.send("Runtime.queryObjects", {"prototypeObjectId": root, "objectGroup": "count"})
    asked = {
        "objectId": found["objects"]["objectId"],
        "functionDeclaration": "function() { return this.length; }",
        "returnByValue": True,
    }
    n = cdp.send("Runtime.callFunctionOn", asked)["result"]["value"]
    cdp.send("Runtime.releaseObject", {"objectId": root})
    cdp.send("Runtime.releaseObjectGroup", {"objectGroup": "count"})
    return int(n)
