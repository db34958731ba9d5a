"""Small web servers on loopback for tests of sources; what they do is told per path."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

Answer = Callable[["Handler"], None]


@dataclass
class Asked:
    """One question that the server heard."""

    path: str
    headers: dict[str, str]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        server: Server = self.server.owner  # type: ignore[attr-defined]
        server.asked.append(Asked(self.path, {k.lower(): v for k, v in self.headers.items()}))
        answer = server.answers.get(self.path)
        if answer is None:
            self.say(404)
        else:
            answer(self)

    def say(self, status: int, body: bytes = b"", **headers: str) -> None:
        """An answer with its length; `_` in names stands for `-`."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Silent."""


@dataclass
class Server:
    """Answers by path; notes what it was asked. `held` makes `hang` return at the end."""

    certificate: Path | None = None
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    held: threading.Event = field(default_factory=threading.Event)
    reached: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Server:
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.http.owner = self  # type: ignore[attr-defined]
        self.http.handle_error = lambda *_: None  # clients that go away are the point
        if self.certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.certificate)
            self.http.socket = context.wrap_socket(self.http.socket, server_side=True)
        self.port = self.http.server_address[1]
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.02,))
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.held.set()
        self.http.shutdown()
        self.http.server_close()
        self.thread.join(20)

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        scheme = "https" if self.certificate else "http"
        return f"{scheme}://{host}:{self.port}{path}"

    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]

    def hang(self, before: bytes = b"") -> Answer:
        """Say so many bytes of an endless answer, then nothing until the test ends."""

        def answer(handler: Handler) -> None:
            if before:
                handler.send_response(200)
                handler.send_header("Content-Length", "1000000")
                handler.end_headers()
                handler.wfile.write(before)
                handler.wfile.flush()
            self.reached.set()
            self.held.wait(60)
            handler.close_connection = True

        return answer


def gives(body: bytes, **headers: str) -> Answer:
    return lambda handler: handler.say(200, body, **headers)


def fails(status: int, **headers: str) -> Answer:
    return lambda handler: handler.say(status, **headers)


def in_turn(*answers: Answer) -> Answer:
    """The first question gets the first answer; the last answer stays."""
    left = list(answers)

    def answer(handler: Handler) -> None:
        next_one = left.pop(0) if len(left) > 1 else left[0]
        next_one(handler)

    return answer


def cut(body: bytes, after: int, **headers: str) -> Answer:
    """An answer that breaks off, though its length was promised."""

    def answer(handler: Handler) -> None:
        handler.send_response(200)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body[:after])
        handler.wfile.flush()
        handler.close_connection = True
        handler.connection.close()

    return answer


def ranged(body: bytes, etag: str) -> Answer:
    """A file of which parts can be asked for, if it is still the same (RFC 9110, 14)."""

    def answer(handler: Handler) -> None:
        headers = {"ETag": etag, "Accept_Ranges": "bytes"}
        wanted = handler.headers.get("Range", "")
        if wanted and handler.headers.get("If-Range") == etag:
            start = int(wanted.removeprefix("bytes=").removesuffix("-"))
            if start >= len(body):
                handler.say(416, Content_Range=f"bytes */{len(body)}")
                return
            headers["Content_Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
            handler.say(206, body[start:], **headers)
        else:
            handler.say(200, body, **headers)

    return answer


def conditional(body: bytes, etag: str) -> Answer:
    def answer(handler: Handler) -> None:
        if handler.headers.get("If-None-Match") == etag:
            handler.say(304, ETag=etag)
        else:
            handler.say(200, body, ETag=etag)

    return answer
