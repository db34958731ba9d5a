"""The web application behind its real server, in a process of its own; for benchmarks/web.py.

    python benchmarks/web_serve.py DATA AS_OF

Says its address on one line, and serves until its standard input ends, so that it never outlives
the process that started it. The clock stands shortly after AS_OF: all is fresh.
"""

from __future__ import annotations

import sys
import threading
from datetime import datetime, timedelta
from pathlib import Path

HERE = str(Path(__file__).parent)
sys.path[:] = [folder for folder in sys.path if folder != HERE]  # else `ingest` is a benchmark

import waitress

from dashboard.runtime.serve import CONNECTIONS, LOOPBACK, THREADS
from dashboard.snapshot import SnapshotStore
from dashboard.web.app import create_app
from dashboard.web.settings import WebSettings
from ingest.clock import FixedClock


def main() -> int:
    data, as_of = Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2])
    clock, store = FixedClock(as_of + timedelta(minutes=20)), SnapshotStore(data)
    app = create_app(data, clock=clock, settings=WebSettings(), store=store)
    server = waitress.create_server(
        app.server,
        host=LOOPBACK,
        port=0,
        threads=THREADS,
        connection_limit=CONNECTIONS,
        asyncore_use_poll=True,
    )
    print(f"http://{LOOPBACK}:{server.effective_port}", flush=True)
    threading.Thread(target=server.run, daemon=True).start()
    with store.watched():
        sys.stdin.read()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
