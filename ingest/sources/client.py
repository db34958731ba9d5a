"""Asks web servers: only hosts that are allowed, certificates verified, and never for ever."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

from ingest.sources.cancel import Cancel
from ingest.sources.credentials import authorization
from ingest.sources.errors import AbsentError, BusyServerError, SourceError, TransientError
from ingest.sources.given import Given
from ingest.sources.model import HttpsSource, is_allowed_scheme

T = TypeVar("T")

MOST_REDIRECTS = 5
FIRST_WAIT_S = 1.0
_LOST = (requests.RequestException, HTTPError, ConnectionError, TimeoutError)
_REDIRECTS = {301, 302, 303, 307, 308}


class Client:
    """One fetch's way to a server. Knows nothing of proxies and passwords in the environment."""

    def __init__(self, source: HttpsSource, given: Given) -> None:
        self._source, self._given = source, given
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers["User-Agent"] = "foresite"
        # Bytes as they are: sizes, ranges and hashes are of the file, not of its packing.
        self._session.headers["Accept-Encoding"] = "identity"
        self._session.verify = str(source.ca_file) if source.ca_file else True
        if source.proxy:
            self._session.proxies = {"http": source.proxy, "https": source.proxy}
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, _Adapter(given.cancel))
        secret = source.credentials_file
        self._authorization = authorization(secret) if secret else None
        self._origin = _origin(source.url)
        if source.ca_file and not source.ca_file.is_file():
            raise SourceError(f"ca_file {source.ca_file} is not there")

    def close(self) -> None:
        """Close all connections."""
        self._session.close()

    def patiently(self, step: Callable[[], T]) -> T:
        """Try a step up to ``tries`` times, with growing, spread waits.

        Raises:
            SourceError: the last attempt's, or at once what no further attempt can mend.
            BusyServerError: the server asks for a longer wait than ``most_wait_s``.
            CancelledError: the fetch is to end.
        """
        for attempt in range(1, self._source.tries + 1):
            self._given.cancel.check()
            try:
                return step()
            except TransientError as error:
                self._given.cancel.check()  # a socket that was shut looks like a lost connection
                most = self._source.most_wait_s
                if error.after_s is not None and error.after_s > most:
                    raise BusyServerError(
                        f"{error}; it asks to be left alone for {error.after_s:.0f} s",
                        error.after_s,
                    ) from error
                if attempt == self._source.tries:
                    raise
                wait = min(most, FIRST_WAIT_S * 2 ** (attempt - 1))
                wait *= 0.5 + self._given.random.random() / 2  # not all clients at one moment
                self._given.cancel.wait(max(wait, error.after_s or 0.0))
        raise AssertionError("tries is at least 1")

    @contextmanager
    def get(self, url: str, headers: dict[str, str]) -> Iterator[requests.Response]:
        """The answer to one question, redirects followed: status 200, 206, 304 or 416.

        Raises:
            TransientError: no answer, or one that says to come again.
            AbsentError: there is no such file.
            SourceError: refused, unverified, or led to a host that is not allowed.
        """
        response = self._follow(url, headers)
        try:
            self._judge(response)
            yield response
        except _LOST as error:  # no other OSError: those are of our own disk
            self._given.cancel.check()
            raise TransientError(f"{shown(url)}: {_said(error)}") from error
        finally:
            response.close()

    def _follow(self, url: str, headers: dict[str, str]) -> requests.Response:
        for _ in range(MOST_REDIRECTS + 1):
            self._allow(url)
            response = self._ask(url, headers)
            target = response.headers.get("Location")
            if response.status_code not in _REDIRECTS or not target:
                return response
            response.close()
            url = urljoin(url, target)
        raise SourceError(f"{shown(url)}: more than {MOST_REDIRECTS} redirects")

    def _ask(self, url: str, headers: dict[str, str]) -> requests.Response:
        if self._authorization and _origin(url) == self._origin:
            headers = {**headers, "Authorization": self._authorization}
        try:
            return self._session.get(
                url,
                headers=headers,
                stream=True,
                allow_redirects=False,
                timeout=(self._source.connect_s, self._source.read_s),
            )
        except (requests.RequestException, HTTPError, OSError) as error:
            self._given.cancel.check()
            if isinstance(error, requests.exceptions.SSLError) and "certificate" in str(error):
                raise SourceError(
                    f"{shown(url)}: its certificate cannot be verified; set ca_file to that of "
                    "your own authority"
                ) from error
            raise TransientError(f"{shown(url)}: {_said(error)}", answered=False) from error

    def _allow(self, url: str) -> None:
        parts = urlsplit(url)
        host = parts.hostname or ""
        if host not in self._source.hosts:
            raise SourceError(
                f"{shown(url)}: host {host!r} is not allowed; add it to allow_hosts if it is meant"
            )
        if not is_allowed_scheme(parts.scheme, host) or parts.username or parts.password:
            raise SourceError(f"{shown(url)}: only https without user and password is asked")

    def _judge(self, response: requests.Response) -> None:
        status, where = response.status_code, shown(response.url)
        if status in (200, 206, 304, 416):
            return
        if status in (404, 410):
            raise AbsentError(f"{where}: no such file (HTTP {status})")
        if status in (401, 403, 407):
            raise SourceError(f"{where}: access refused (HTTP {status}): check credentials_file")
        if status in (408, 425, 429) or status >= 500:
            after = _after(response.headers.get("Retry-After"), self._given.file_clock.now())
            raise TransientError(f"{where}: the server failed (HTTP {status})", after)
        raise SourceError(f"{where}: answered HTTP {status}")


def shown(url: str) -> str:
    """An address as it may be shown: without its query, which may hold secrets."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}" + ("?…" if parts.query else "")


def key_of(url: str) -> str:
    """An address by which a file is remembered: its query as a hash."""
    parts = urlsplit(url)
    mark = "?" + hashlib.sha256(parts.query.encode()).hexdigest()[:16] if parts.query else ""
    return f"{parts.scheme}://{parts.netloc}{parts.path}{mark}"


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"https": 443, "http": 80}.get(parts.scheme)


def _after(value: str | None, now: datetime) -> float | None:
    """Seconds of a ``Retry-After`` (RFC 9110, 10.2.3), which is a number or a date."""
    if value is None:
        return None
    if value.strip().isdecimal():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    return max(0.0, (moment - now).total_seconds())


def _said(error: Exception) -> str:
    """What happened, in our words: the libraries' hold whole addresses."""
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return "cannot be reached in time"
    if isinstance(error, requests.exceptions.ProxyError):
        return "the proxy does not let it through"
    text = f"{type(error).__name__} {error}".lower()
    if isinstance(error, requests.Timeout | TimeoutError):
        text = "timed out"
    said = (words for mark, words in _MARKS if mark in text)
    return next(said, "the connection was lost")


_MARKS = (
    ("timed out", "no word from the server in time"),
    ("failed to resolve", "its host has no known address"),
    ("refused", "the connection is refused"),
    ("incompleteread", "the answer broke off"),
    ("invalidchunk", "the answer broke off"),
    ("prematurely", "the answer broke off"),
)


class _Adapter(HTTPAdapter):
    """Connections whose sockets are shut when the fetch is to end."""

    def __init__(self, cancel: Cancel) -> None:
        super().__init__(max_retries=0)
        self._cancel = cancel

    def get_connection_with_tls_context(
        self,
        request: requests.PreparedRequest,
        verify: bool | str | None,
        proxies: Mapping[str, str] | None = None,
        cert: tuple[str, str] | str | None = None,
    ) -> HTTPConnectionPool:
        """The library's pool; its connections tell the cancel of their sockets."""
        pool = super().get_connection_with_tls_context(request, verify, proxies, cert)
        if not isinstance(pool, HTTPConnectionPool):
            raise TypeError("the HTTP library gave no pool of connections")
        base = HTTPSConnection if isinstance(pool, HTTPSConnectionPool) else HTTPConnection
        pool.ConnectionCls = _watched(base, self._cancel)
        return pool


def _watched(base: type[HTTPConnection], cancel: Cancel) -> type[HTTPConnection]:
    class Watched(base):  # type: ignore[misc, valid-type]
        def connect(self) -> None:
            super().connect()
            cancel.watch(self.sock)

    return Watched
