"""A wall that has news at every refresh, and what a page in Chromium holds while it runs.

The server hands out two published snapshots in turn, so that each refresh changes values, signs,
pulses and texts. The page's ticks follow one another as fast as the answers come.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from pathlib import Path

import waitress

import dashboard.web.app as web_app
from dashboard.snapshot import SnapshotStore, write_snapshot
from dashboard.web.settings import WebSettings
from ingest.clock import FixedClock
from tests.support.city import city
from tests.support.snapshots import AS_OF

NOW = AS_OF + timedelta(minutes=23)

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
    """Two snapshots in turn."""

    def __init__(self, data: Path) -> None:
        super().__init__(data)
        self._turn = count()

    def get(self, at=None):
        moments = self.published()
        return super().get(at or moments[next(self._turn) % len(moments)])


@dataclass(frozen=True)
class Held:
    """What the page holds after a collection of garbage.

    Attributes:
        refreshes: made so far.
        heap_mb: bytes of JavaScript objects, in MB.
        nodes: DOM nodes, those that only scripts still know too.
        listeners: event listeners.
    """

    refreshes: int
    heap_mb: float
    nodes: int
    listeners: int


def serve(data: Path):
    """The application with news at every refresh; returns the server, still to be run."""
    for as_of, reds in ((AS_OF - timedelta(minutes=15), 7), (AS_OF, 11)):
        write_snapshot(data, city(as_of=as_of, reds=reds), kpi_days={}, published_at=as_of)
    kept = web_app.SnapshotStore
    web_app.SnapshotStore = Alternating
    try:
        settings = WebSettings(refresh_seconds=600)
        app = web_app.create_app(data, clock=FixedClock(NOW), settings=settings)
    finally:
        web_app.SnapshotStore = kept
    return waitress.create_server(app.server, host="127.0.0.1", port=0, threads=4)


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
        int(found["Nodes"]),
        int(found["JSEventListeners"]),
    )
