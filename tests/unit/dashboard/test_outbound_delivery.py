"""Messages handed over to small peers that take, fail, hang, break off and repeat."""

from __future__ import annotations

import json
import socket
import socketserver
import subprocess
import threading
from contextlib import suppress
from datetime import timedelta
from shutil import which

import pytest
from structlog.testing import capture_logs

from dashboard.dispatch.model import Step
from dashboard.dispatch.outbound import deliver
from dashboard.dispatch.outbound.deliver import LOCK, wait_s
from dashboard.dispatch.outbound.links import Links, TakenNameError
from dashboard.dispatch.outbound.outbox import Outbox
from dashboard.dispatch.outbound.settings import DeliverySettings
from dashboard.dispatch.outbound.signing import key_of
from dashboard.errors import LockedError
from dashboard.reports.settings import MailSettings
from dashboard.runtime.outbox import hand_out
from dashboard.settings import load_settings
from tests.support.peers import (
    Peer,
    breaks_off,
    drips,
    fails,
    hangs,
    redirects,
    resets,
    says,
    takes,
    takes_and_resets,
    takes_late,
)
from tests.support.smtp import Peer as MailPeer
from tests.support.telling import SECRET, Telling, endpoint

# A peer that does not answer is given up after this; one that does needs far less.
SHORT = {"limit_s": 0.4}


@pytest.fixture
def peer():
    with Peer() as running:
        yield running


@pytest.fixture
def telling(tmp_path, peer):
    with Telling(tmp_path, [endpoint("tmf697", url=peer.url())]) as one:
        one.run()
        yield one


def mails(port, **more):
    given = {"security": "none", "sender": "foresite@op.example", "timeout_s": 5}
    return MailSettings(host="127.0.0.1", port=port, to=("unused@op.example",), **given | more)


# ---------------------------------------------------------------- what is told


def test_the_first_event_makes_it_there_and_later_ones_change_it(telling, peer):
    order = telling.propose()
    telling.act(order, "accept", "dispatch", "arrive", "repair", "verify")
    assert telling.run().sent == {"tmf697": 4}
    assert [(heard.method, heard.path) for heard in peer.heard] == [
        ("POST", "/workOrder"), *[("PATCH", "/workOrder/ext-1")] * 3,
    ]  # fmt: skip
    assert [heard.content["state"] for heard in peer.heard] == [
        "pending", "acknowledged", "inProgress", "completed",
    ]  # fmt: skip
    assert peer.heard[0].content["externalId"] == order.name
    assert Links(telling.engine).external("tmf697", order.id) == "ext-1"


def test_a_plain_webhook_is_posted_everything(tmp_path, peer):
    with Telling(tmp_path, [endpoint("tmf621", url=peer.url("/x?a=b"), updates="post")]) as telling:
        telling.run()
        telling.act(telling.propose(), "accept", "dispatch")
        telling.run()
    assert [(heard.method, heard.path) for heard in peer.heard] == [("POST", "/x?a=b")] * 2
    assert [heard.content["status"] for heard in peer.heard] == ["pending", "acknowledged"]
    assert {heard.content["externalId"] for heard in peer.heard} == {"WO-000001"}
    assert peer.heard[1].headers["x-foresite-event"] == "dispatch"


def test_nothing_of_the_past_is_told_to_a_new_endpoint(tmp_path, peer):
    with Telling(tmp_path, []) as telling:
        telling.propose()
        telling.endpoints = [endpoint("tmf697", url=peer.url())]
        assert telling.run().made == 0
        order = telling.propose("S2")
        assert telling.run().made == 1
        telling.endpoints = [endpoint("tmf697", url=peer.url(), enabled=False)]
        telling.act(order, "accept", "dispatch")
        telling.run()
        telling.endpoints = [endpoint("tmf697", url=peer.url())]
        telling.run()
        telling.act(order, "arrive", "repair")
        telling.run()
    assert [heard.headers["x-foresite-event"] for heard in peer.heard] == ["propose", "repair"]


def test_only_what_is_worth_it_and_was_told_before(telling, peer):
    small = telling.propose("S1", expected=0.2)
    telling.run()
    assert peer.heard == []
    telling.act(small, "cancel")
    telling.run()
    assert peer.heard == [], "the end of what it never heard of is no news"
    known = telling.propose("S2")
    telling.act(known, "cancel")
    telling.run()
    assert [heard.content["state"] for heard in peer.heard] == ["pending", "cancelled"]


def test_a_peer_is_not_told_what_it_said_itself(telling, peer):
    order = telling.propose()
    steps = [Step("accept", "tmf697", "peer"), Step("dispatch", "tmf697", "peer")]
    telling.orders.act(order.id, steps, at=telling.clock.now())
    telling.run()
    assert [heard.headers["x-foresite-event"] for heard in peer.heard] == ["propose"]


def test_as_a_receiver_checks_the_signature(tmp_path, peer):
    file = tmp_path / "secret"
    file.write_text(f"{SECRET}\nthe secret that was used before this one\n")
    file.chmod(0o600)
    with Telling(tmp_path, [endpoint("tmf697", url=peer.url(), secret_file=file)]) as telling:
        telling.run()
        telling.propose()
        telling.run()
    [heard] = peer.heard
    assert heard.headers["idempotency-key"] == heard.key
    assert heard.signed_by(key_of(SECRET))
    assert heard.signed_by(b"the secret that was used before this one")
    assert not heard.signed_by(b"another secret, just as long")


def test_credentials_are_shown_and_never_written_down(tmp_path, peer):
    file = tmp_path / "credentials"
    file.write_text('token = "very-secret-token"\n')
    file.chmod(0o600)
    peer.plan = [fails(401, b"bad token very-secret-token key=sesame")]
    one = endpoint("tmf697", url=peer.url("/w?key=sesame"), credentials_file=file)
    with Telling(tmp_path, [one]) as telling, capture_logs() as logs:
        telling.run()
        telling.propose()
        telling.run()
        [message] = telling.history.find()
    assert peer.heard[0].headers["authorization"] == "Bearer very-secret-token"
    assert message.message == "HTTP 401: bad token … …"
    for told in (json.dumps(logs), json.dumps(message.as_dict())):
        assert "secret-token" not in told
        assert "sesame" not in told


# ---------------------------------------------------------------- failures


@pytest.mark.parametrize("does", [
    fails(500), fails(503, b"", Retry_After="1"), fails(429), fails(409), resets, hangs, drips,
    takes_late, takes_and_resets, breaks_off,
])  # fmt: skip
def test_what_was_not_taken_surely_comes_again_with_the_same_key(telling, peer, does):
    telling.limits = SHORT
    peer.plan = [does]
    telling.propose()
    assert telling.run().again == {"tmf697": 1}
    assert telling.states() == ["waiting"]
    assert telling.run().message == "", "not before its time"
    telling.clock.on(minutes=1)
    assert telling.run().sent == {"tmf697": 1}
    assert len(peer.heard) == 2
    assert len({heard.key for heard in peer.heard}) == 1
    assert len({heard.body for heard in peer.heard}) == 1
    assert list(peer.orders) == ["ext-1"], "one order there, however often it was told"


def test_back_off_doubles_and_ends_in_the_dead_letters(telling, peer):
    peer.usual = fails(502)
    telling.propose()
    waits = []
    for _ in range(4):
        telling.run()
        [message] = telling.history.find()
        if message.next_at:
            waits.append(message.next_at - telling.clock.now())
            telling.clock.at = message.next_at
    assert telling.states() == ["dead"]
    assert [round(wait / waits[0]) for wait in waits] == [1, 2, 4]
    assert all(timedelta(seconds=30) <= wait / 2**n <= timedelta(seconds=38)
               for n, wait in enumerate(waits))  # fmt: skip
    telling.clock.on(days=3)
    assert telling.run().message == ""
    assert len(peer.heard) == 4


def test_waits_are_bounded():
    limits = DeliverySettings(first_again_s=10, last_again_s=100)

    class Tried:
        message_key = "k"

        def __init__(self, attempts):
            self.attempts = attempts

    waits = [wait_s(limits, Tried(n)) for n in range(1, 60)]
    assert 10 <= waits[0] <= 12.5
    assert max(waits) == 100


@pytest.mark.parametrize("status", [400, 404, 410, 422])
def test_a_refusal_for_good_is_a_dead_letter_at_once(telling, peer, status):
    peer.plan = [fails(status, b"no such field")]
    telling.propose()
    assert telling.run().dead == {"tmf697": 1}
    [message] = telling.history.find()
    assert (message.state, message.status) == ("dead", status)
    assert message.message == f"HTTP {status}: no such field"


def test_a_redirect_is_never_followed(telling, peer):
    with Peer() as elsewhere:
        peer.plan = [redirects(elsewhere.url())]
        telling.propose()
        assert telling.run().dead == {"tmf697": 1}
        assert elsewhere.heard == []


def test_a_retry_after_is_heeded_within_reason(telling, peer):
    peer.plan = [fails(503, b"", Retry_After="600"), fails(503, b"", Retry_After="999999999")]
    telling.propose()
    telling.run()
    telling.clock.on(seconds=599)
    assert telling.run().message == ""
    telling.clock.on(seconds=2)
    telling.run()
    [message] = telling.history.find()
    assert message.next_at == telling.clock.now() + timedelta(hours=6)


def test_what_comes_later_of_an_order_waits_for_what_came_before(telling, peer):
    peer.plan = [fails(500)]
    order, other = telling.propose("S1"), telling.propose("S2")
    telling.act(order, "accept", "dispatch")
    telling.run()
    assert [heard.content["externalId"] for heard in peer.heard] == [order.name, other.name]
    telling.clock.on(minutes=1)
    telling.run()
    assert [(heard.method, heard.content["state"]) for heard in peer.heard[2:]] == [
        ("POST", "pending"), ("PATCH", "acknowledged"),
    ]  # fmt: skip


def test_a_silent_peer_is_left_alone_and_keeps_no_other_waiting(tmp_path, peer):
    with Peer(usual=hangs) as silent:
        both = [
            endpoint("tmf697", name="slow", url=silent.url()),
            endpoint("tmf697", name="quick", url=peer.url()),
        ]
        with Telling(tmp_path, both, limits=SHORT) as telling:
            telling.run()
            for site in range(5):
                telling.propose(f"S{site}")
            done = telling.run()
        assert done.sent == {"quick": 5}
        assert done.again == {"slow": 2}
        assert len(silent.heard) == 2


def test_an_answer_of_any_length_is_read_within_bounds(telling, peer):
    peer.plan = [lambda _peer, handler, _heard: handler.say(201, b"x" * 5_000_000)]
    telling.propose()
    assert telling.run().sent == {"tmf697": 1}


def test_an_endpoint_that_is_not_set_right_says_so(telling, peer, tmp_path):
    telling.endpoints = [endpoint("tmf697", url=peer.url(), secret_file=tmp_path / "none")]
    telling.propose()
    telling.propose("S2")
    assert telling.run().again == {"tmf697": 1}
    assert "secret_file" in telling.history.find(states=["waiting"])[-1].message
    assert peer.heard == []


def test_a_host_that_is_not_allowed_is_not_asked(telling, peer):
    telling.limits = {"allow_hosts": ("itsm.example.com",)}
    telling.propose()
    telling.run()
    assert peer.heard == []
    assert "host 127.0.0.1 is not on the allow-list" in telling.history.find()[0].message


# ---------------------------------------------------------------- HTTPS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    if which("openssl") is None:
        pytest.skip("openssl makes the certificate of the test")
    folder = tmp_path_factory.mktemp("tls")
    command = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 "
        "-subj /CN=localhost -addext subjectAltName=DNS:localhost "
        "-keyout key.pem -out cert.pem"
    )
    subprocess.run(command.split(), cwd=folder, check=True, capture_output=True)
    both = folder / "both.pem"
    both.write_bytes((folder / "cert.pem").read_bytes() + (folder / "key.pem").read_bytes())
    return both


def test_certificates_are_verified(tmp_path, certificate):
    ca = certificate.with_name("cert.pem")
    with Peer(certificate=certificate) as peer:
        unknown = endpoint("tmf697", name="unknown", url=peer.url(host="localhost"))
        known = endpoint("tmf697", name="known", url=peer.url(host="localhost"), ca_file=ca)
        other = endpoint("tmf697", name="other", url=peer.url(), ca_file=ca)
        with Telling(tmp_path, [unknown, known, other]) as telling:
            telling.run()
            telling.propose()
            done = telling.run()
            said = {m.endpoint: m.message for m in telling.history.find()}
    assert done.sent == {"known": 1}
    assert "its certificate cannot be verified" in said["unknown"]
    assert "its certificate cannot be verified" in said["other"], "it is of another name"


class Proxy(socketserver.StreamRequestHandler):
    """Leads where it is asked to (CONNECT), and notes where that was."""

    def handle(self):
        asked = self.rfile.readline().decode().split()[1]
        while self.rfile.readline() not in (b"\r\n", b""):
            pass
        self.server.asked.append(asked)
        if self.server.to is None:
            self.wfile.write(b"HTTP/1.1 403 no\r\n\r\n")
            return
        self.wfile.write(b"HTTP/1.1 200 go on\r\n\r\n")
        with socket.create_connection(("127.0.0.1", self.server.to)) as there:
            ways = ((self.connection, there), (there, self.connection))
            threads = [threading.Thread(target=self.carry, args=way) for way in ways]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

    @staticmethod
    def carry(one, other):
        with suppress(OSError):
            while part := one.recv(65536):
                other.sendall(part)
            other.shutdown(socket.SHUT_WR)


@pytest.fixture
def proxy():
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Proxy) as server:
        server.daemon_threads, server.asked, server.to = True, [], None
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_proxy_is_asked_for_outer_hosts_and_sees_no_more_than_their_names(
    tmp_path, certificate, proxy
):
    ca = certificate.with_name("cert.pem")
    with Peer(certificate=certificate) as peer:
        inner = endpoint("tmf697", name="inner", url=peer.url(host="localhost"), ca_file=ca)
        limits = {"proxy": f"http://127.0.0.1:{proxy.server_address[1]}"}
        with Telling(tmp_path, [inner], limits=limits) as telling:
            telling.run()
            telling.propose()
            telling.run()
            assert telling.history.find()[0].message == "localhost: cannot be reached"
            proxy.to = peer.port
            telling.clock.on(minutes=1)
            assert telling.run().sent == {"inner": 1}
            assert proxy.asked == [f"localhost:{peer.port}"] * 2
            telling.limits = {**limits, "inner_hosts": ("localhost",)}
            telling.propose("S2")
            assert telling.run().sent == {"inner": 1}
            assert len(proxy.asked) == 2, "inner hosts are reached without it"


def test_a_peer_that_hangs_while_tls_is_agreed_on_is_given_up(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as mute:  # connects, and never says a word
        one = endpoint("tmf697", url=f"https://127.0.0.1:{mute.getsockname()[1]}/workOrder")
        with Telling(tmp_path, [one], limits=SHORT) as telling:
            telling.run()
            telling.propose()
            assert telling.run().again == {"tmf697": 1}
            assert telling.history.find()[0].message == "127.0.0.1: no answer in time"


# ---------------------------------------------------------------- robots and mail


@pytest.mark.parametrize("kind", ["wecom", "dingtalk", "feishu"])
def test_robots_are_told_in_their_form_and_signed(tmp_path, peer, kind, monkeypatch):
    peer.usual = says({"errcode": 0} if kind != "feishu" else {"code": 0, "msg": "success"})
    monkeypatch.setenv("ROBOT_URL", peer.url("/robot/send?access_token=sesame"))
    monkeypatch.setenv("ROBOT_SECRET", "SECabcdef")
    robot = endpoint(kind, url_env="ROBOT_URL", secret_env="ROBOT_SECRET")
    with Telling(tmp_path, [robot]) as telling:
        telling.run()
        telling.propose()
        assert telling.run().sent == {kind: 1}
    [heard] = peer.heard
    assert "新派单建议" in heard.body.decode()
    assert ("sign" in heard.content) == (kind == "feishu")
    assert ("&timestamp=1795248000000&sign=" in heard.path) == (kind == "dingtalk")
    assert "webhook-signature" not in heard.headers


def test_a_robot_that_refuses_with_200_is_tried_again_and_its_address_is_not_told(tmp_path, peer):
    file = tmp_path / "robot"
    file.write_text(peer.url("/robot/send?key=sesame-open"))
    file.chmod(0o600)
    peer.plan = [says({"errcode": 45009, "errmsg": "freq of sesame-open, hint /robot/send"})]
    with Telling(tmp_path, [endpoint("wecom", url_file=file)]) as telling:
        peer.usual = says({"errcode": 0})
        telling.run()
        telling.propose()
        assert telling.run().again == {"wecom": 1}
        told = telling.history.find()[0].message
        assert told.startswith("code 45009")
        assert "sesame" not in told
        telling.clock.on(minutes=2)
        assert telling.run().sent == {"wecom": 1}


def test_a_robot_is_not_told_more_than_it_takes_in_a_minute(tmp_path, peer):
    peer.usual = says({"errcode": 0})
    with Telling(tmp_path, [endpoint("wecom", url=peer.url(), per_minute=3)]) as telling:
        telling.run()
        for site in range(5):
            telling.propose(f"S{site}")
        assert telling.run().sent == {"wecom": 3}
        assert telling.run().message == ""
        telling.clock.on(seconds=61)
        assert telling.run().sent == {"wecom": 2}


def test_each_address_gets_a_mail_of_its_own(tmp_path):
    with MailPeer() as post:
        one = endpoint("mail", to=["a@op.example", "b@op.example"], language="en")
        with Telling(tmp_path, [one], mail=mails(post.port)) as telling:
            telling.run()
            telling.propose(title="望京西\nBcc: x@y")
            assert telling.run().sent == {"mail": 2}
            assert telling.run().message == ""
    assert len(post.mails) == 2
    assert "unused@op.example" not in str(post.to)
    assert b"\nBcc:" not in post.mails[0]
    assert b"Message-ID: <" in post.mails[0]


@pytest.mark.parametrize(("at", "does", "state"), [
    ("text", "drop", "unsure"), ("rcpt", "550 no such box", "dead"),
    ("rcpt", "450 later", "waiting"), ("greet", "drop", "waiting"),
])  # fmt: skip
def test_mails_that_fail(tmp_path, at, does, state):
    with MailPeer(at, does) as post:
        one = endpoint("mail", to=["a@op.example"])
        with Telling(tmp_path, [one], mail=mails(post.port, timeout_s=2)) as telling:
            telling.run()
            telling.propose()
            telling.run()
            assert telling.states() == [state]
            telling.clock.on(days=1)
            post.at = ""
            telling.run()
            assert telling.states() == ["sent" if state == "waiting" else state]
            if state != "waiting":
                [message] = telling.history.find()
                telling.history.resend([message.id], "王工", telling.clock.now())
                telling.run()
                assert telling.states() == ["sent"]


# ---------------------------------------------------------------- people


def test_dead_letters_are_sent_again_by_a_person_with_the_same_key(telling, peer):
    peer.plan = [fails(400)]
    order = telling.propose()
    telling.run()
    [dead] = telling.history.find(states=["dead"])
    done, refused = telling.history.resend([dead.id, 99], "王工", telling.clock.now())
    assert [message.state for message in done] == ["waiting"]
    assert refused == {99: "there is no such message"}
    telling.run()
    assert telling.states() == ["sent"]
    assert peer.heard[0].key == peer.heard[1].key
    [sent] = telling.history.find(order_id=order.id)
    assert (sent.resent_by, sent.attempts) == ("王工", 1)
    _, refused = telling.history.resend([sent.id], "王工", telling.clock.now())
    assert "it is sent" in refused[sent.id]


def test_an_old_state_is_not_sent_again_over_a_newer_one(telling, peer):
    peer.plan = [takes, fails(400)]
    order = telling.propose()
    telling.act(order, "accept", "dispatch", "arrive", "repair")
    telling.run()
    assert telling.states() == ["sent", "dead", "sent"]
    [dead] = telling.history.find(states=["dead"])
    now = telling.clock.now()
    _, refused = telling.history.resend([dead.id], "x", now, stateful=["tmf697"])
    assert refused == {dead.id: f"tmf697 has taken a later state of {order.name}"}
    done, _ = telling.history.resend([dead.id], "x", now)
    assert len(done) == 1, "a group chat may be told late"


def test_messages_of_an_endpoint_that_is_gone_are_dead_letters(telling, peer):
    peer.plan = [fails(500)]
    telling.propose()
    telling.run()
    telling.endpoints = []
    telling.run()
    [message] = telling.history.find()
    assert message.state == "dead"
    assert "the settings name no such endpoint" in message.message


def test_counts_history_and_pruning(telling, peer):
    peer.plan = [takes, fails(400)]
    telling.propose("S1")
    telling.propose("S2")
    telling.run()
    counts = telling.history.counts()["tmf697"]
    assert (counts["sent"], counts["dead"], counts["waiting"]) == (1, 1, 0)
    assert len(telling.history.find(endpoint="nobody")) == 0
    telling.clock.on(days=91)
    telling.run()
    assert telling.states() == ["dead"], "what was not taken stays"


def test_two_processes_do_not_send_at_once(telling):
    with deliver._alone(telling.data), pytest.raises(LockedError, match="another process"):
        telling.run()
    assert (telling.data / LOCK).exists()


def test_events_taken_meanwhile_are_not_taken_twice(telling):
    order = telling.propose()
    outbox, events = Outbox(telling.engine), telling.orders.events(order.id)
    seen = outbox.cursors()["tmf697"]
    assert outbox.take("tmf697", seen, events[-1].id, [], telling.clock.now()) == 0
    assert outbox.cursors()["tmf697"] == events[-1].id
    assert outbox.take("tmf697", seen, events[-1].id, [], telling.clock.now()) == 0
    assert telling.run().made == 0


def test_two_orders_have_not_one_name_in_a_system(telling):
    links = Links(telling.engine)
    links.note("itsm", 1, "x")
    links.note("itsm", 1, "x")
    links.note("itsm", 1, "y")
    assert (links.order("itsm", "y"), links.order("itsm", "x")) == (1, None)
    with pytest.raises(TakenNameError, match="calls another order than WO-000002"):
        links.note("itsm", 2, "y")
    links.note("other", 2, "y")


# ---------------------------------------------------------------- both databases, and the worker


def test_the_same_on_every_database(tmp_path, peer, ops_url):
    """Taken, failed, dead, asked for again, left by a killed process; counted and pruned."""
    peer.plan = [fails(500), fails(400), takes]
    with Telling(tmp_path, [endpoint("tmf697", url=peer.url())], url=ops_url) as telling:
        telling.run()
        first, second = telling.propose("S1"), telling.propose("S2")
        telling.act(first, "accept", "dispatch")
        telling.run()
        assert telling.states() == ["waiting", "dead", "waiting"]
        telling.clock.on(minutes=1)
        telling.run()
        assert telling.states() == ["sent", "dead", "sent"]
        [dead] = telling.history.find(states=["dead"], order_id=second.id)
        telling.history.resend([dead.id], "王工", telling.clock.now(), stateful=["tmf697"])
        outbox = Outbox(telling.engine)
        [due] = outbox.due("tmf697", telling.clock.now())
        assert outbox.claim(due, telling.clock.now(), "POST", None) is not None
        assert outbox.claim(due, telling.clock.now(), "POST", None) is None
        assert telling.run().sent == {"tmf697": 1}
        assert telling.history.counts()["tmf697"]["sent"] == 3
        telling.clock.on(days=100)
        telling.run()
        assert telling.history.find() == []
    assert len(peer.orders) == 2


SETTINGS = """
[web]
public_url = "https://foresite.example.com/"
[dispatch.delivery]
allow_hosts = ["127.0.0.1"]
limit_s = 0.5
[[dispatch.outbound]]
name = "itsm"
kind = "tmf697"
url = "{url}"
language = "en"
"""


def test_the_workers_job_tells_by_the_settings(tmp_path, peer):
    (tmp_path / "foresite.toml").write_text(SETTINGS.format(url=peer.url()))
    settings = load_settings(tmp_path)
    assert hand_out(tmp_path, settings, lambda: False).outcome == "nothing"
    with Telling(tmp_path, []) as telling:
        telling.propose(cause="congestion")
    report = hand_out(tmp_path, settings, lambda: False)
    assert (report.outcome, report.files, report.message) == ("ok", 1, "sent: itsm 1")
    [heard] = peer.heard
    assert "https://foresite.example.com/dispatch/WO-000001" in heard.content["description"]
    assert "To do: " in heard.content["description"], "from the playbook"
    peer.usual = hangs
    with Telling(tmp_path, []) as telling:
        telling.propose("S2")
    report = hand_out(tmp_path, settings, lambda: False)
    assert (report.outcome, report.message) == ("failed", "again: itsm 1")
    assert hand_out(tmp_path, settings, lambda: True).outcome == "nothing"
