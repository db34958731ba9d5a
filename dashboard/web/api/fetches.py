"""Gauges of fetches for ``/metrics``."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Gauge

from dashboard.ops.errors import OpsError
from dashboard.ops.reading import States
from ingest.clock import SystemClock


class FetchGauges:
    """Per source: last success, its age, failures, duration; read anew at each scrape.

    Runs are stamped by the machine's clock, in a demo too.
    """

    def __init__(self, registry: CollectorRegistry, states: States | None) -> None:
        def gauge(name: str, text: str, labels: tuple[str, ...] = ("source",)) -> Gauge:
            return Gauge(f"foresite_{name}", text, labels, registry=registry)

        self._states = states
        self._readable = gauge("ops_readable", "1 when the history of runs can be read", ())
        self._success = gauge(
            "fetch_last_success_timestamp_seconds", "Start of the last fetch that went well"
        )
        self._age = gauge("fetch_last_success_age_seconds", "Time since then")
        self._failures = gauge("fetch_failures", "Fetches that failed, in the history that is kept")
        self._seconds = gauge("fetch_seconds", "Duration of the last fetch that ended")
        self._up = gauge("fetch_up", "1 when the last fetch that ended went well")

    def observe(self) -> None:
        """Take the present values; what is no longer there goes."""
        each_source = (self._success, self._age, self._failures, self._seconds, self._up)
        for each in each_source:
            each.clear()
        try:
            states = self._states() if self._states is not None else {}
        except OpsError:
            self._readable.set(0)
            return
        self._readable.set(1)
        now = SystemClock().now()
        for source, state in states.items():
            self._failures.labels(source).set(state.failures)
            if state.last_success is not None:
                self._success.labels(source).set(state.last_success.timestamp())
                self._age.labels(source).set((now - state.last_success).total_seconds())
            last = state.ended
            if last is not None and last.seconds is not None:
                self._seconds.labels(source).set(last.seconds)
                self._up.labels(source).set(int(last.outcome in ("ok", "nothing")))
