"""Small peers on loopback that are told of work orders: they take, fail, hang, break off, forget.

A peer knows a message by its ``webhook-id``: what it was sent again it does not do again, as
docs/how-to/outbound.md asks of receivers.
"""

from __future__ import annotations

import base64
import hmac
import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Heard:
    """One message as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def key(self) -> str:
        return self.headers.get("webhook-id", "")

    @property
    def content(self) -> dict[str, Any]:
        return json.loads(self.body)

    def signed_by(self, secret: bytes) -> bool:
        """As a receiver checks it, written anew from the standard's text."""
        parts = [self.headers["webhook-id"], self.headers["webhook-timestamp"]]
        signed = ".".join(parts).encode() + b"." + self.body
        right = base64.b64encode(hmac.new(secret, signed, "sha256").digest()).decode()
        return f"v1,{right}" in self.headers["webhook-signature"].split(" ")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        peer: Peer = self.server.owner  # type: ignore[attr-defined]
        length = int(self.headers.get("Content-Length", "0"))
        told = {name.lower(): value for name, value in self.headers.items()}
        heard = Heard(self.command, self.path, told, self.rfile.read(length))
        with peer.lock:
            peer.heard.append(heard)
            does = peer.plan.pop(0) if peer.plan else peer.usual
        does(peer, self, heard)

    do_POST = do_PATCH = do_GET = answer  # noqa: N815  the library calls them so

    def say(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Silent."""


Does = Callable[["Peer", _Handler, Heard], None]


def takes(peer: Peer, handler: _Handler, heard: Heard) -> None:
    """Takes it, once a key, and calls the order by a name of its own."""
    handler.say(201, json.dumps(peer.take(heard)).encode())


def fails(status: int, body: bytes = b"", **headers: str) -> Does:
    return lambda _peer, handler, _heard: handler.say(status, body, **headers)


def says(body: dict[str, Any]) -> Does:
    """A robot's answer: always 200."""
    return lambda _peer, handler, _heard: handler.say(200, json.dumps(body).encode())


def hangs(peer: Peer, handler: _Handler, _heard: Heard) -> None:
    """Hears it, and says nothing."""
    peer.over.wait(30)
    handler.close_connection = True


def takes_late(peer: Peer, handler: _Handler, heard: Heard) -> None:
    """Takes it, but nobody waits for the answer any more."""
    peer.take(heard)
    hangs(peer, handler, heard)


def resets(_peer: Peer, handler: _Handler, _heard: Heard) -> None:
    """The connection is torn down (RST) before any answer."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
    handler.close_connection = True


def takes_and_resets(peer: Peer, handler: _Handler, heard: Heard) -> None:
    """Takes it, and the answer is lost."""
    peer.take(heard)
    resets(peer, handler, heard)


def breaks_off(peer: Peer, handler: _Handler, heard: Heard) -> None:
    """Takes it, and promises more of an answer than it gives."""
    body = json.dumps(peer.take(heard)).encode()
    handler.send_response(201)
    handler.send_header("Content-Length", str(len(body) + 50))
    handler.end_headers()
    handler.wfile.write(body)
    handler.close_connection = True


def drips(peer: Peer, handler: _Handler, _heard: Heard) -> None:
    """An answer byte by byte, each within any time limit for one read."""
    handler.send_response(200)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    try:
        while not peer.over.wait(0.02):
            handler.wfile.write(b" ")
            handler.wfile.flush()
    except OSError:
        pass
    handler.close_connection = True


def redirects(to: str) -> Does:
    return fails(307, b"", Location=to)


@dataclass
class Peer:
    """A receiver; ``plan`` is what it does with the next messages, then it does ``usual``.

    Attributes:
        heard: all messages as they came, repeated ones too.
        orders: what it took: by its own name the last body.
        keys: what it answered, by key.
    """

    plan: list[Does] = field(default_factory=list)
    usual: Does = takes
    certificate: Path | None = None
    heard: list[Heard] = field(default_factory=list)
    orders: dict[str, dict[str, Any]] = field(default_factory=dict)
    keys: dict[str, dict[str, Any]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    over: threading.Event = field(default_factory=threading.Event)

    def take(self, heard: Heard) -> dict[str, Any]:
        """What the order is called here; the same for the same key."""
        with self.lock:
            if heard.key not in self.keys:
                name = heard.path.rpartition("/")[2] if heard.method == "PATCH" else ""
                name = name or f"ext-{len(self.orders) + 1}"
                self.orders.setdefault(name, {}).update(heard.content)
                self.keys[heard.key] = {"id": name}
            return self.keys[heard.key]

    def url(self, path: str = "/workOrder", host: str = "127.0.0.1") -> str:
        return f"{'https' if self.certificate else 'http'}://{host}:{self.port}{path}"

    def __enter__(self) -> Peer:
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self.http.daemon_threads = True
        self.http.owner = self  # type: ignore[attr-defined]
        self.http.handle_error = lambda *_: None  # clients that go away are the point
        if self.certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.certificate)
            self.http.socket = context.wrap_socket(
                self.http.socket, server_side=True, do_handshake_on_connect=False
            )
        self.port = self.http.server_address[1]
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.http.shutdown()
        self.http.server_close()
        self.thread.join(20)
