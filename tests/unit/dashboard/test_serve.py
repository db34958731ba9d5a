import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from dashboard.errors import LockedError, ServeError
from dashboard.runtime import serve
from dashboard.runtime.locks import write_lock
from dashboard.runtime.ready import Ready


@pytest.mark.parametrize(
    ("host", "bound"),
    [("127.0.0.1", "127.0.0.1"), ("localhost", "127.0.0.1"), ("127.0.0.2", "127.0.0.2")],
)
def test_loopback_addresses(host, bound):
    assert serve.require_loopback(host) == bound


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.org", "", "127.0.0.1.x"])
def test_anything_else_is_refused_with_the_reason(host):
    with pytest.raises(ServeError, match="no sign-in yet"):
        serve.require_loopback(host)


@pytest.fixture
def taken():
    with socket.socket() as listener:
        listener.bind((serve.LOOPBACK, 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_port_in_use_is_named(taken, tmp_path):
    with pytest.raises(ServeError, match=f"port {taken} on 127.0.0.1 is in use; .* --port"):
        serve.require_free_port(serve.LOOPBACK, taken)
    with pytest.raises(ServeError, match="is in use"):
        serve.supervised(tmp_path, host=serve.LOOPBACK, port=taken)


def free_port():
    with socket.socket() as probe:
        probe.bind((serve.LOOPBACK, 0))
        return probe.getsockname()[1]


def test_a_second_supervisor_is_refused_before_anything_starts(tmp_path):
    with write_lock(tmp_path, "foresite worker"), pytest.raises(LockedError, match="worker"):
        serve.supervised(tmp_path, host=serve.LOOPBACK, port=free_port())


def test_children_are_worker_and_web_of_this_program(tmp_path):
    worker, web = serve.supervised(tmp_path, host=serve.LOOPBACK, port=free_port())
    assert worker.command[1:] == (
        *("-m", "dashboard.cli", "--data", str(tmp_path), "worker", "--supervised"),
    )
    assert web.name == "web"
    assert "--supervised" in web.command


def test_addresses():
    assert serve.address("127.0.0.1", 8050) == "http://127.0.0.1:8050/"
    assert serve.address("::1", 8050) == "http://[::1]:8050/"


class Healthy(BaseHTTPRequestHandler):
    status = 503

    def do_GET(self):
        self.send_response(self.status if self.path == "/healthz" else 404)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def pages():
    server = HTTPServer((serve.LOOPBACK, 0), Healthy)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_ready_is_said_once_when_health_answers(pages, monkeypatch):
    now = [100.0]
    monkeypatch.setattr("dashboard.runtime.ready.time.monotonic", lambda: now[0])
    said = []
    ready = Ready(
        serve.LOOPBACK,
        pages.server_port,
        answered=lambda: said.append("answered"),
        late=lambda: said.append("late"),
    )
    ready.tick()  # 503
    now[0] += 0.1
    monkeypatch.setattr(Healthy, "status", 200)
    ready.tick()  # too early to ask again
    assert said == []
    now[0] += 1
    ready.tick()
    ready.tick()
    assert said == ["answered"]


def test_patience_ends_once(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("dashboard.runtime.ready.time.monotonic", lambda: now[0])
    said = []
    ready = Ready(
        serve.LOOPBACK,
        free_port(),
        answered=lambda: said.append("answered"),
        late=lambda: said.append("late"),
    )
    for _ in range(5):
        ready.tick()
        now[0] += 60
    assert said == ["late"]
