"""The running worker tells others of orders: who hangs holds nothing up, a kill loses nothing."""

from __future__ import annotations

import os
import signal

from dashboard.dispatch.model import Step
from dashboard.dispatch.outbound.outbox import Outbox
from dashboard.settings import FILE_NAME
from tests.fault.test_requests_worker import started, until
from tests.support.peers import Peer, hangs
from tests.support.telling import NOW, Telling, draft

SETTINGS = """
[schedule]
inbox_every_s = 0.5
[dispatch.delivery]
allow_hosts = ["127.0.0.1"]
limit_s = 60
first_again_s = 1
[[dispatch.outbound]]
name = "quick"
kind = "tmf697"
url = "{quick}"
events = ["propose"]
[[dispatch.outbound]]
name = "slow"
kind = "tmf697"
url = "{slow}"
events = ["propose"]
"""


def test_a_worker_tells_and_goes_on_after_a_kill(tmp_path):
    with Peer() as quick, Peer(usual=hangs) as slow, Telling(tmp_path, []) as telling:
        settings = SETTINGS.format(quick=quick.url(), slow=slow.url())
        (tmp_path / FILE_NAME).write_text(settings)
        worker = started(tmp_path)
        try:
            until(lambda: len(Outbox(telling.engine).cursors()) == 2)
            propose(telling, "S1")
            until(lambda: len(quick.heard) == 1 and len(slow.heard) == 1)
            os.kill(worker.pid, signal.SIGKILL)
            worker.wait(20)
            assert "sending" in telling.states(), "the slow one held its message"
            propose(telling, "S2")
            slow.over.set()
            slow.usual = quick.usual
            worker = started(tmp_path)
            until(lambda: telling.states() == ["sent"] * 4)
        finally:
            worker.kill()
            worker.wait(20)
        assert len(quick.orders) == len(slow.orders) == 2
        keys = [heard.key for heard in slow.heard]
        assert len(keys) == 3, "the one that was left came again"
        assert len(set(keys)) == 2


def propose(telling, site):
    step = Step("propose", "foresite", "system")
    telling.orders.propose([draft(site)], at=NOW, step=step)
