"""``/metrics``: Prometheus text."""

from __future__ import annotations

import time
from datetime import datetime

from flask import Flask, Response, g, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)

from dashboard.errors import SnapshotError
from dashboard.snapshot import Snapshot
from dashboard.web.api.fetches import FetchGauges
from dashboard.web.api.order_gauges import OrderGauges
from dashboard.web.context import Context
from dashboard.web.view.freshness import shown_counts

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


def register(server: Flask, context: Context) -> None:
    """Count requests, and tell age and counts of the snapshot when asked."""
    registry = CollectorRegistry()
    requests = Counter(
        "foresite_http_requests_total", "Answered requests", ["route", "status"], registry=registry
    )
    seconds = Histogram(
        "foresite_http_request_seconds",
        "Time to answer",
        ["route"],
        buckets=_BUCKETS,
        registry=registry,
    )
    gauges = _Gauges(registry)
    fetches = FetchGauges(registry, context.states)
    orders = OrderGauges(registry)

    @server.before_request
    def start() -> None:
        g.started = time.perf_counter()

    @server.after_request
    def count(response: Response) -> Response:
        # The rule, not the path: ids would make a series each.
        route = request.url_rule.rule if request.url_rule else "none"
        requests.labels(route, str(response.status_code)).inc()
        if "started" in g:
            seconds.labels(route).observe(time.perf_counter() - g.started)
        return response

    @server.get("/metrics")
    def metrics() -> Response:
        gauges.observe(context)
        fetches.observe()
        orders.observe(context)
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class _Gauges:
    """Age and counts of the snapshot."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def gauge(name: str, text: str, labels: tuple[str, ...] = ()) -> Gauge:
            return Gauge(f"foresite_{name}", text, labels, registry=registry)

        self._loaded = gauge("snapshot_loaded", "1 when a snapshot is loaded")
        self._fresh = gauge("snapshot_fresh", "1 when it may be shown in colour")
        self._age = gauge("snapshot_age_seconds", "Age of the forecast")
        self._data_age = gauge("data_age_seconds", "Age of the newest data")
        self._quality = {
            "complete": gauge(
                "source_complete_ratio",
                "Share of the expected KPI intervals that arrived, last 24 hours due",
                ("source",),
            ),
            "age": gauge(
                "source_data_age_seconds", "Age of a source's newest data", ("source", "feed")
            ),
            "rejected": gauge(
                "source_rejected_ratio", "Share of rows rejected, 14 days", ("source", "feed")
            ),
            "warnings": gauge("data_warnings", "Warnings on the quality of data", ("code",)),
        }
        self._cells = gauge("cells", "Cells (without cells: regions) as shown", ("status",))

    def observe(self, context: Context) -> None:
        """Take the present values."""
        try:
            snapshot = context.store.get()
        except SnapshotError:
            self._loaded.set(0)
            self._fresh.set(0)
            return
        now = context.clock.now()
        freshness = context.freshness(snapshot, now)
        self._loaded.set(1)
        self._fresh.set(int(freshness.fresh))
        self._age.set((now - snapshot.manifest.as_of).total_seconds())
        if freshness.data_time is not None:
            self._data_age.set((now - freshness.data_time).total_seconds())
        self._observe_quality(snapshot, now)
        for status, n in shown_counts(snapshot.manifest, freshness).items():
            self._cells.labels(status).set(n)

    def _observe_quality(self, snapshot: Snapshot, now: datetime) -> None:
        """Completeness, ages, rejections and warnings; what is no longer there goes."""
        for each in self._quality.values():
            each.clear()
        for row in snapshot.rows("quality_complete"):
            self._quality["complete"].labels(row["source"]).set(row["share"])
        for row in snapshot.rows("quality_sources"):
            if row["data_time"] is not None:
                age = (now - row["data_time"]).total_seconds()
                self._quality["age"].labels(row["source"], row["feed"]).set(age)
        for row in snapshot.rows("quality_rejected_share"):
            self._quality["rejected"].labels(row["source"], row["feed"]).set(row["share"])
        for row in snapshot.rows("quality_codes"):
            self._quality["warnings"].labels(row["code"]).set(row["flaws"])
