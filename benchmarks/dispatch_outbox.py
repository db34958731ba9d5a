"""What it costs to tell others of orders: messages made of events, and handed to a peer.

    python benchmarks/dispatch_outbox.py [--orders 500] [--busy 20000]

Proposes and dispatches orders (two events of each are wanted), and measures
  made      messages made of these events, per second
  sent      messages handed to a peer on loopback that answers at once, per second: each is written
            down before and after
  look      a look for what is due beside so many messages that wait, in milliseconds
A look is what the worker's job costs every five seconds when there is nothing to tell.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
HERE = str(Path(__file__).parent)
sys.path[:] = [str(ROOT), *(folder for folder in sys.path if folder != HERE)]

import logging

import structlog
from sqlalchemy import event

from dashboard.dispatch.outbound import deliver
from dashboard.dispatch.outbound.collect import collect
from dashboard.dispatch.outbound.message import Draft
from dashboard.dispatch.outbound.outbox import Outbox
from tests.support.peers import Peer
from tests.support.telling import Telling, endpoint, quick


def main() -> int:
    given = argparse.ArgumentParser()
    given.add_argument("--orders", type=int, default=500)
    given.add_argument("--busy", type=int, default=20_000)
    asked = given.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    deliver.MOST = 1_000_000
    found = {}
    with tempfile.TemporaryDirectory() as folder, Peer() as peer:
        one = endpoint("tmf697", url=peer.url())
        with Telling(Path(folder), [one]) as telling:
            event.remove(telling.engine, "connect", quick)  # here commits are synced, as always
            telling.engine.dispose()
            telling.run()
            for number in range(asked.orders):
                telling.act(telling.propose(f"S{number}"), "accept", "dispatch")
            desk, outbox = telling.desk(), Outbox(telling.engine)
            start = time.perf_counter()
            made = collect(outbox, telling.orders, [one], desk.voices, telling.clock.now())
            found["made_per_s"] = round(made / (time.perf_counter() - start))
            start = time.perf_counter()
            sent = deliver.run(desk).sent.total()
            found["sent_per_s"] = round(sent / (time.perf_counter() - start))
            found["messages"] = {"made": made, "sent": sent}
            seen = outbox.cursors()["tmf697"]
            rows = [
                Draft("", seen + n, n % 5000, "propose", f"k{n}", "{}" * 500)
                for n in range(1, asked.busy + 1)
            ]
            outbox.take("tmf697", seen, seen + asked.busy, rows, telling.clock.now())
            looks = []
            for _ in range(5):
                start = time.perf_counter()
                outbox.due("tmf697", telling.clock.now())
                looks.append(time.perf_counter() - start)
            found["look_ms"] = round(sorted(looks)[2] * 1000, 1)
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
