"""`foresite outbox`: what others were told, and sending it again."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from dashboard.cli import main
from tests.support.cli import run
from tests.support.peers import Peer, fails
from tests.support.telling import Telling, endpoint

SETTINGS = """
[dispatch.delivery]
allow_hosts = ["127.0.0.1"]
[[dispatch.outbound]]
name = "tmf697"
kind = "tmf697"
url = "http://127.0.0.1:9/workOrder"
"""


@pytest.fixture
def data(tmp_path):
    (tmp_path / "foresite.toml").write_text(SETTINGS)
    with Peer([fails(400, b"no")]) as peer:
        one = endpoint("tmf697", url=peer.url())
        with capture_logs(), Telling(tmp_path, [one]) as telling:
            telling.run()
            telling.propose("S1")
            telling.propose("S2")
            telling.run()
        yield tmp_path


def asked(capsys, data, *arguments):
    return run(capsys, "--data", data, "outbox", *arguments)


def test_messages_are_listed(capsys, data):
    code, told, _ = asked(capsys, data, "list")
    assert code == 0
    assert [message["state"] for message in told["messages"]] == ["sent", "dead"]
    assert told["counts"]["tmf697"]["dead"] == 1
    _, told, _ = asked(capsys, data, "list", "--state", "dead", "--order", "WO-000001")
    [dead] = told["messages"]
    assert (dead["order"], dead["status"], dead["message"]) == ("WO-000001", 400, "HTTP 400: no")
    assert "body" not in dead
    assert main(["--data", str(data), "outbox", "list", "--endpoint", "tmf697"]) == 0
    assert "dead     WO-000001 propose   tmf697" in (shown := capsys.readouterr().out)
    assert "HTTP 400: no" in shown


def test_dead_ones_are_sent_again(capsys, data):
    _, told, _ = asked(capsys, data, "list", "--state", "dead")
    number = told["messages"][0]["id"]
    code, told, _ = asked(capsys, data, "resend", str(number), "--by", "王工")
    assert code == 0
    assert told["waiting"][0]["resent_by"] == "王工"
    code, _, err = asked(capsys, data, "resend", str(number))
    assert code == 1
    assert "it is waiting" in err[0]
    code, told, _ = asked(capsys, data, "resend", "--all-of", "tmf697")
    assert (code, told) == (0, {"waiting": [], "refused": {}})


def test_dead_ones_are_taken_off_the_list(capsys, data):
    _, told, _ = asked(capsys, data, "list")
    sent, dead = (message["id"] for message in told["messages"])
    code, told, _ = asked(capsys, data, "drop", str(dead), str(sent), "--by", "王工")
    assert code == 0
    assert [message["id"] for message in told["dropped"]] == [dead]
    assert asked(capsys, data, "list", "--state", "dead")[1]["messages"] == []
    code, _, err = asked(capsys, data, "drop", str(dead))
    assert code == 1
    assert "no such message is dead" in err[0]


def test_wrong_usage_and_no_database(capsys, data, tmp_path_factory):
    for wrong in (["list", "--state", "gone"], ["list", "--order", "x"], ["resend"],
                  ["resend", "1", "--all-of", "tmf697"]):  # fmt: skip
        assert asked(capsys, data, *wrong)[0] == 2
    empty = tmp_path_factory.mktemp("empty")
    assert asked(capsys, empty, "list")[1] == {"messages": [], "counts": {}}
