from __future__ import annotations

import shutil
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import waitress
from flask import request
from playwright.sync_api import sync_playwright
from waitress.wasyncore import close_all

from dashboard.ops.desk import OpsDesk
from dashboard.snapshot import write_snapshot
from dashboard.web import create_app
from dashboard.web.settings import WebSettings
from tests.support.city import city, city_kpis, states
from tests.support.snapshots import AS_OF

ARTIFACTS = Path(__file__).parents[1] / "artifacts"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
HD, UHD = (1920, 1080), (3840, 2160)


@dataclass
class HandClock:
    at: object

    def now(self):
        return self.at


class Server:
    """The application behind waitress on a free loopback port, in a thread."""

    def __init__(self, data, *, after_min=23, port=0, beat=1.0, dispatch=None, **settings):
        self.data = data
        self.clock = HandClock(AS_OF + timedelta(minutes=after_min))
        # A short beat, so that tests need not wait long for a refresh: less than people may choose.
        quick = WebSettings(**settings).model_copy(update={"refresh_seconds": beat})
        app = create_app(
            data,
            clock=self.clock,
            settings=quick,
            ops=OpsDesk(data, None),
            dispatch=dispatch,
        )
        # Tiles are asked for by the map's workers, of which the page tells nothing.
        self.asked: list[str] = []
        app.server.before_request(self._note)
        self._server = waitress.create_server(
            app.server,
            host="127.0.0.1",
            port=port,
            threads=8,
            clear_untrusted_proxy_headers=True,
            outbuf_overflow=1 << 25,  # no temporary files
        )
        self.url = f"http://127.0.0.1:{self._server.effective_port}"
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()

    def _note(self):
        self.asked.append(request.path)

    def publish(self, content, kpis=None):
        return write_snapshot(self.data, content, kpi_days=kpis or {}, published_at=content.as_of)

    def stop(self):
        # The loop ends when nothing is left to listen to; its own thread has to close.
        self._server.trigger.pull_trigger(self._close)
        self._thread.join(5)
        assert not self._thread.is_alive()
        self._server.task_dispatcher.shutdown()

    def _close(self):
        for channel in list(self._server.active_channels.values()):
            channel.handle_close()  # with its buffers
        close_all(self._server._map, ignore_all=True)


@dataclass
class Visit:
    """A page and what it said and asked for."""

    page: object
    console: list = field(default_factory=list)
    asked: list = field(default_factory=list)
    host: str = ""
    path: str = ""
    allowed: set = field(default_factory=set)

    def resize(self, size):
        """Another screen: everything is drawn anew for it."""
        self.page.set_viewport_size({"width": size[0], "height": size[1]})
        self.page.wait_for_function(
            """px => {
              const labels = document.querySelectorAll('#wall-map .textpoint text');
              return labels.length > 0
                && [...labels].every(e => parseFloat(getComputedStyle(e).fontSize) === px);
            }""",
            arg=24 * size[1] / 1080,
        )
        return self.settled()

    def shot(self, name):
        ARTIFACTS.mkdir(exist_ok=True)
        self.page.screenshot(path=ARTIFACTS / f"{name}.png")

    def overflow(self):
        return self.page.evaluate(
            "[document.documentElement.scrollWidth - innerWidth,"
            " document.documentElement.scrollHeight - innerHeight]"
        )

    def settled(self):
        """Charts are drawn and no callback is under way."""
        self.page.wait_for_function(
            "() => document.title !== 'Foresite' && "
            "[...document.querySelectorAll('.dash-graph')].every(g => g.offsetParent === null"
            " || g.querySelector('.main-svg'))"
        )
        return self


@pytest.fixture(scope="session")
def engine():
    if CHROMIUM is None:
        pytest.skip("no chromium on PATH: apt-get install chromium")
    with sync_playwright() as playwright:
        yield playwright.chromium


@pytest.fixture(scope="session")
def chromium(engine):
    browser = engine.launch(executable_path=CHROMIUM, args=list(FLAGS))
    yield browser
    browser.close()


@pytest.fixture
def visit(chromium):
    yield from watcher(chromium)


def watcher(browser, size=HD):
    """Open an address; at the end the console must be empty and nothing outside asked for.

    A page that may ask the operator's tile server says so in ``allowed``.
    """
    opened = []

    @contextmanager
    def watch(server, path="/", size=size, **options):
        width, height = size
        page = browser.new_page(viewport={"width": width, "height": height}, **options)
        seen = Visit(page, host=urlsplit(server.url).netloc, path=path)
        page.on("console", lambda m: seen.console.append(f"{m.type}: {m.text}"))
        page.on("pageerror", lambda e: seen.console.append(f"error: {e}"))
        page.on("request", lambda r: seen.asked.append(r.url))
        page.goto(server.url + path)
        page.wait_for_selector(".bar:visible, .order-bar:visible, .message")
        opened.append(seen)
        yield seen.settled()
        page.close()

    yield watch
    for seen in opened:
        assert seen.console == [], seen.path
        outside = [
            url
            for url in seen.asked
            if urlsplit(url).scheme not in ("data", "blob")
            and urlsplit(url).netloc not in {seen.host, *seen.allowed}
        ]
        assert outside == [], seen.path


@pytest.fixture(scope="session")
def city_content():
    return city()


@pytest.fixture(scope="session")
def city_server(tmp_path_factory, city_content):
    """Read only; tests that publish make a server of their own."""
    server = Server(tmp_path_factory.mktemp("city"))
    server.publish(city_content, city_kpis(city_content))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def states_server(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("states"))
    server.publish(states())
    yield server
    server.stop()


@pytest.fixture
def own_server(tmp_path):
    server = Server(tmp_path)
    yield server
    server.stop()
