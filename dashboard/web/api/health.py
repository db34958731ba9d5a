"""``/healthz``: the process answers. ``/readyz``: it has something true to show."""

from __future__ import annotations

from flask import Flask, Response, jsonify

from dashboard.errors import SnapshotError
from dashboard.web.api.errors import answer
from dashboard.web.build import build_id
from dashboard.web.context import Context


def register(server: Flask, context: Context) -> None:
    """Add both routes."""

    @server.get("/healthz")
    def healthz() -> Response:
        now = context.clock.now().isoformat(timespec="seconds")
        response = jsonify({"status": "ok", "build": build_id(), "now": now})
        response.headers["Cache-Control"] = "no-store"
        return response

    @server.get("/readyz")
    def readyz() -> Response:
        try:
            snapshot = context.store.get()
        except SnapshotError as error:
            return answer(503, "no_snapshot", str(error), "publish one with: foresite forecast")
        fresh = context.freshness(snapshot, context.clock.now())
        if fresh.stale_since is not None:
            since = fresh.stale_since.isoformat(timespec="seconds")
            hint = "check that files arrive and that the worker runs: foresite doctor"
            return answer(503, "stale", f"stale since {since}", hint)
        body = {"status": "ready", "snapshot_id": snapshot.id, "as_of": snapshot.manifest.as_of}
        response = jsonify(body | {"as_of": snapshot.manifest.as_of.isoformat()})
        response.headers["Cache-Control"] = "no-store"
        return response
