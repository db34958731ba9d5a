"""Many walls at once, and the first paint of one: against the real server, over real sockets."""

from __future__ import annotations

import asyncio
import gzip
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import sync_playwright

from benchmarks.web_client import UPDATE, Browser

Bodies = list[dict[str, Any]]  # what a viewer posts at each beat

PATIENCE_S = 30.0
# The map's shapes are on the screen: seconds since the address was asked for.
PAINTED = """least => {
  if (document.querySelectorAll('#wall-map path.js-fill').length < least) return null;
  return new Promise(done => requestAnimationFrame(
    () => requestAnimationFrame(() => done(performance.now() / 1000))));
}"""
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@contextmanager
def served(data: Path, as_of: datetime) -> Iterator[str]:
    """The address of a server that ends with the block."""
    script = Path(__file__).with_name("web_serve.py")
    process = subprocess.Popen(
        [sys.executable, str(script), str(data), as_of.isoformat()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.stdin.close()
        process.wait(PATIENCE_S)
        process.stdout.close()


@dataclass
class Watched:
    """What the viewers met: seconds per answer, by status; texts of errors."""

    seconds: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)


@dataclass
class Crowd:
    """So many walls, each with a connection of its own, that ask at every beat.

    Attributes:
        address: of the server.
        viewers: how many; they come in evenly over the first beat.
        beat_s: seconds from one question of a viewer to the next.
        seconds: how long they watch.
    """

    address: str
    viewers: int
    beat_s: float
    seconds: float
    seen: Watched = field(default_factory=Watched)

    def watch(self, browser: Browser, publish: Callable[[], object]) -> Watched:
        """What they met, while new states came at one and at two thirds of the time.

        Args:
            browser: has opened the wall; every viewer begins with what it has seen.
            publish: makes a new state.
        """
        asyncio.run(self._watch(browser.beat(), publish))
        return self.seen

    async def _watch(self, bodies: Bodies, publish: Callable[[], object]) -> None:
        end = time.perf_counter() + self.seconds
        each = self.beat_s / self.viewers
        watching = asyncio.gather(
            *(self._viewer([dict(body) for body in bodies], n * each, end)
              for n in range(self.viewers))
        )  # fmt: skip
        for _ in range(2):
            await asyncio.sleep(self.seconds / 3)
            await asyncio.to_thread(publish)
        await watching

    async def _viewer(self, bodies: Bodies, wait: float, end: float) -> None:
        host = urlsplit(self.address)
        await asyncio.sleep(wait)
        try:
            reader, writer = await asyncio.open_connection(host.hostname, host.port)
            try:
                while time.perf_counter() < end:
                    begun = time.perf_counter()
                    for body in bodies:
                        *told, ends = await _post(reader, writer, host.netloc, body)
                        self._note(bodies, *told)
                        if ends:  # the server has said that it closes, as after a 204
                            writer.close()
                            reader, writer = await asyncio.open_connection(host.hostname, host.port)
                    await asyncio.sleep(max(0.0, begun + self.beat_s - time.perf_counter()))
            finally:
                writer.close()
        except (OSError, asyncio.IncompleteReadError) as error:
            self.seen.errors.append(f"{type(error).__name__}: {error}")

    def _note(self, bodies: Bodies, status: int, content: bytes, seconds: float) -> None:
        self.seen.seconds.append(seconds)
        self.seen.statuses[status] = self.seen.statuses.get(status, 0) + 1
        if status == 200:
            _remember(bodies, json.loads(content)["response"])
        elif status not in (204, 304):
            self.seen.errors.append(f"{status} {content[:200]!r}")


def _remember(bodies: Bodies, response: dict[str, dict[str, Any]]) -> None:
    """The next questions say what this answer has brought, as the browser's do."""
    for body in bodies:
        body["state"] = [
            {**end, "value": response[end["id"]][end["property"]]}
            if end["property"] in response.get(end["id"], {})
            else end
            for end in body["state"]
        ]


async def _post(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, asked: dict[str, Any]
) -> tuple[int, bytes, float, bool]:
    """Status, body and seconds of one request on an open connection; whether it ends with it."""
    body = json.dumps(asked).encode()
    head = (
        f"POST {UPDATE} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
        f"Accept-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    start = time.perf_counter()
    async with asyncio.timeout(PATIENCE_S):
        writer.write(head.encode() + body)
        await writer.drain()
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        named = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines[1:])}
        content = await reader.readexactly(int(named.get("content-length", 0)))
    seconds = time.perf_counter() - start
    if named.get("content-encoding") == "gzip":
        content = gzip.decompress(content)
    ends = named.get("connection", "").lower() == "close"
    return int(lines[0].split()[1]), content, seconds, ends


def paints(address: str, *, rounds: int, shapes: int) -> list[float]:
    """Seconds from the address to the painted map in Chromium, each time with an empty store.

    Args:
        address: of the server.
        rounds: how often; the first one meets a server that has not shown a wall yet.
        shapes: how many shapes the map has at least.
    """
    found = []
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for _ in range(rounds):
            context = chromium.new_context(viewport={"width": 1920, "height": 1080})
            page = context.new_page()
            page.goto(address, wait_until="commit")
            painted = page.wait_for_function(PAINTED, arg=shapes, timeout=60_000)
            found.append(float(painted.json_value()))
            context.close()
        chromium.close()
    return found
