from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from dashboard.doctor.telling import outbox
from dashboard.settings import load_settings
from tests.support.peers import Peer, fails
from tests.support.telling import SECRET, Telling, endpoint

SETTINGS = """
[dispatch.delivery]
allow_hosts = ["127.0.0.1"]
[[dispatch.outbound]]
name = "itsm"
kind = "tmf697"
url = "http://127.0.0.1:9/workOrder"
secret_file = "{secret}"
"""


@pytest.fixture
def data(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    secret.chmod(0o600)
    (tmp_path / "foresite.toml").write_text(SETTINGS.format(secret=secret))
    return tmp_path


def found(data):
    finding = outbox(data, load_settings(data))
    return finding.status, finding.message


def test_nobody_and_somebody_to_tell(data, tmp_path_factory):
    assert found(tmp_path_factory.mktemp("none"))[0] == "ok"
    assert found(data) == ("ok", "told of work orders: itsm")


def add(text):
    def change(data):
        file = data / "foresite.toml"
        file.write_text(file.read_text() + text)

    return change


MAIL = '[[dispatch.outbound]]\nname = "m"\nkind = "mail"\nto = ["a@b.example"]\n'
ROBOT = '[[dispatch.outbound]]\nname = "r"\nkind = "wecom"\nurl_env = "NOT_THERE"\n'


@pytest.mark.parametrize(("change", "word"), [
    (lambda data: (data / "secret").chmod(0o644), "others may read it"),
    (lambda data: (data / "secret").write_text("tiny"), "shorter than 24 bytes"),
    (add('credentials_file = "/none"\n'), "is not there"),
    (add(MAIL), "m: no mail server is set"),
    (add(ROBOT), "r: url_env"),
])  # fmt: skip
def test_what_keeps_others_from_being_told(data, change, word):
    change(data)
    status, message = found(data)
    assert status == "fail"
    assert word in message
    assert SECRET not in message


def test_dead_letters_are_told(data):
    with Peer([fails(400)]) as peer, capture_logs():
        one = endpoint("tmf697", name="itsm", url=peer.url())
        with Telling(data, [one]) as telling:
            telling.run()
            telling.propose()
            telling.run()
    assert found(data) == ("warn", "itsm: 1 dead, 0 unsure")
