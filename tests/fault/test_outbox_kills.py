"""kill -9 between any two steps of telling others: nothing is lost, nothing is done twice there,
and a mail of which nobody knows whether it was taken is left to a person."""

from __future__ import annotations

import json
import signal

from dashboard.reports.settings import MailSettings
from tests.support.forks import fork
from tests.support.peers import Peer
from tests.support.smtp import Peer as MailPeer
from tests.support.telling import Telling, endpoint

IMPORTS = ("tests.support.kills", "tests.support.telling")
# Steps are the moments before each commit, and before and after each message leaves.
CHILD = """
import json, os, sys
sys.stdout = open(os.devnull, "w")
from pathlib import Path
from sqlalchemy import event
from dashboard.dispatch.outbound import deliver
from dashboard.reports.settings import MailSettings
from tests.support.kills import killer
from tests.support.telling import Telling, endpoint

data, given, point = Path(sys.argv[1]), json.loads(sys.argv[2]), int(sys.argv[3])
mail = MailSettings(**given["mail"]) if given["mail"] else None
with Telling(data, [endpoint(**given["endpoint"])], mail=mail) as telling:
    reached = killer(point)
    event.listen(telling.engine, "commit", lambda *_: reached())
    desk = telling.desk()
    real = desk.sending.send
    def send(*args):
        reached()
        answer = real(*args)
        reached()
        return answer
    object.__setattr__(desk.sending, "send", send)
    deliver.run(desk)
"""


def killed(data, given, point):
    child = fork(CHILD, data, json.dumps(given), point, imports=IMPORTS)
    code = child.wait()
    assert code in (0, -signal.SIGKILL), child.stderr
    return code != 0


def at_each_step(tmp_path, given, check):
    """A killed run at each step, and what a run after it makes of that."""
    point, mail = 0, MailSettings(**given["mail"]) if given["mail"] else None
    while True:
        point += 1
        data = tmp_path / str(point)
        data.mkdir()
        with Telling(data, [endpoint(**given["endpoint"])], mail=mail) as telling:
            telling.run()
            order = telling.propose(f"S{point}")
            telling.act(order, "accept", "dispatch")
            died = killed(data, given, point)
            telling.run()
            check(telling, order)
        if not died:
            return point


def test_a_webhooks_messages_arrive_whatever_is_killed(tmp_path):
    with Peer() as peer:
        given = {"endpoint": {"kind": "tmf697", "url": peer.url()}, "mail": None}

        def check(telling, order):
            assert telling.states() == ["sent", "sent"]
            there = [held for held in peer.orders.values() if held["externalId"] == order.name]
            assert [held["state"] for held in there] == ["acknowledged"], (
                "one order, its last state"
            )
            keys = {message.message_key for message in telling.history.find()}
            assert keys <= set(peer.keys)
            peer.orders.clear()
            peer.keys.clear()

        steps = at_each_step(tmp_path, given, check)
    assert steps > 8, "the steps were there"


def test_a_mail_goes_out_once_or_is_left_to_a_person(tmp_path):
    with MailPeer() as post:
        server = {"host": "127.0.0.1", "port": post.port, "security": "none",
                  "sender": "foresite@op.example", "to": ["x@op.example"]}  # fmt: skip
        given = {"endpoint": {"kind": "mail", "to": ["a@op.example"]}, "mail": server}
        seen = set()

        def check(telling, _order):
            states = telling.states()
            assert set(states) <= {"sent", "unsure"}
            # Each that is called sent went out once; an unsure one once or not at all.
            assert states.count("sent") <= len(post.mails) <= 2
            post.mails.clear()
            seen.update(states)

        at_each_step(tmp_path, given, check)
    assert seen == {"sent", "unsure"}
