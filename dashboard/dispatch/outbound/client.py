"""One question to one peer: only where it is allowed, never for ever, never further than asked."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from urllib.parse import SplitResult, urlsplit

from dashboard.dispatch.outbound.addresses import Doors, Resolve
from dashboard.dispatch.outbound.errors import NotTakenError, OutboundError
from dashboard.dispatch.outbound.settings import DeliverySettings, require_address
from ingest.sources.cancel import Cancel

MOST_BYTES = 64 * 1024
"""Of an answer; what is longer is left unread."""
_LATE = "no answer in time"


@dataclass(frozen=True)
class Answer:
    """What a peer said; redirects are answers like any other, and not followed."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Client:
    """How peers are asked.

    Attributes:
        delivery: allow-list, proxy and time limit.
        resolve: names to addresses; the system's when None.
    """

    delivery: DeliverySettings
    resolve: Resolve | None = None

    def ask(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        *,
        ca_file: Path | None = None,
    ) -> Answer:
        """Send one message, and read the answer.

        Raises:
            OutboundError: the address is not allowed, or its certificate cannot be verified.
            NotTakenError: no answer, or one that broke off: nobody knows whether it was taken.
        """
        try:
            require_address(url)
        except ValueError as error:
            raise OutboundError(f"the address {error}") from None
        parts, cancel = urlsplit(url), Cancel()
        host = parts.hostname or ""
        line = self._line(parts, cancel, ca_file)
        timer = Timer(self.delivery.limit_s, cancel.cancel, args=(_LATE,))
        timer.daemon = True
        timer.start()
        try:
            line.request(method, _target(parts), body=body, headers=dict(headers))
            return _read(line.getresponse(), host)
        except ssl.SSLCertVerificationError as error:
            raise OutboundError(
                f"{host}: its certificate cannot be verified ({error.verify_message}); set ca_file "
                "to that of your own authority"
            ) from None
        except (OSError, http.client.HTTPException) as error:
            said = _LATE if cancel.told else _said(error)
            raise NotTakenError(f"{host}: {said}", answered=False) from None
        finally:
            timer.cancel()
            line.close()

    def _line(
        self, parts: SplitResult, cancel: Cancel, ca_file: Path | None
    ) -> http.client.HTTPConnection:
        host = parts.hostname or ""
        port = parts.port or (443 if parts.scheme == "https" else 80)
        doors, limit = Doors.of(self.delivery), self.delivery.limit_s
        doors.require(host)
        proxy = self.delivery.proxy
        direct = proxy is None or parts.scheme == "http" or host.lower() in doors.inner
        way = doors.addresses(host, port, self.resolve) if direct else None
        if parts.scheme == "http":
            return _Plain(host, port, way=way, cancel=cancel, timeout=limit)
        try:
            trust = ssl.create_default_context(cafile=ca_file)
        except (OSError, ssl.SSLError):
            raise OutboundError(f"ca_file {ca_file} cannot be read, or is no PEM") from None
        if direct or proxy is None:
            return _Secure(host, port, way=way, cancel=cancel, timeout=limit, context=trust)
        at = urlsplit(proxy)
        line = _Secure(
            at.hostname or "", at.port, way=None, cancel=cancel, timeout=limit, context=trust
        )
        line.set_tunnel(host, port)
        return line


class _Plain(http.client.HTTPConnection):
    """Connects to addresses that were looked at before, and to no other."""

    def __init__(
        self, host: str, port: int | None, *, way: list[str] | None, cancel: Cancel, timeout: float
    ) -> None:
        super().__init__(host, port, timeout=timeout)
        self._create_connection = _Way(way, cancel)


class _Secure(http.client.HTTPSConnection):
    """The same with TLS; the certificate must be that of the name."""

    def __init__(
        self,
        host: str,
        port: int | None,
        *,
        way: list[str] | None,
        cancel: Cancel,
        timeout: float,
        context: ssl.SSLContext,
    ) -> None:
        super().__init__(host, port, timeout=timeout, context=context)
        self._create_connection = _Way(way, cancel)
        self._trust, self._cancel, self._asked = context, cancel, ""

    def set_tunnel(
        self, host: str, port: int | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        """Ask a proxy for a way to that host, whose certificate is then looked at."""
        super().set_tunnel(host, port, headers)
        self._asked = host

    def connect(self) -> None:
        """As the library does, but the time limit holds for the handshake too."""
        http.client.HTTPConnection.connect(self)
        self.sock = self._trust.wrap_socket(
            self.sock, server_hostname=self._asked or self.host, do_handshake_on_connect=False
        )
        self._cancel.watch(self.sock)
        self.sock.do_handshake()


@dataclass(frozen=True)
class _Way:
    """In place of :func:`socket.create_connection`: a name is not asked for a second time.

    Attributes:
        addresses: where to; None: as named (the proxy of the settings).
        cancel: shuts the connection when the time is up.
    """

    addresses: list[str] | None
    cancel: Cancel

    def __call__(
        self,
        place: tuple[str, int],
        timeout: float,
        source: tuple[str, int] | None = None,
    ) -> socket.socket:
        last: OSError | None = None
        for address in self.addresses if self.addresses is not None else [place[0]]:
            if self.cancel.told:
                break
            try:
                made = socket.create_connection((address, place[1]), timeout, source)
            except OSError as error:
                last = error
                continue
            self.cancel.watch(made)
            return made
        raise last or TimeoutError(_LATE)


def _read(response: http.client.HTTPResponse, host: str) -> Answer:
    body = response.read(MOST_BYTES)
    told = {name.lower(): value for name, value in response.getheaders()}
    length = told.get("content-length", "")
    promised = int(length) if length.isascii() and length.isdigit() else 0
    if len(body) < min(promised, MOST_BYTES):
        raise NotTakenError(f"{host}: the answer broke off", status=response.status)
    return Answer(response.status, told, body)


def _target(parts: SplitResult) -> str:
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


_WORDS: tuple[tuple[type[Exception], str], ...] = (
    (TimeoutError, _LATE),
    (ConnectionRefusedError, "the connection is refused"),
    (http.client.IncompleteRead, "the answer broke off"),
    (ConnectionError, "the connection was lost"),
    (ssl.SSLError, "no TLS connection"),
    (http.client.HTTPException, "the answer is no HTTP"),
)


def _said(error: Exception) -> str:
    """What happened, in our words: the libraries' may hold addresses."""
    return next((words for kind, words in _WORDS if isinstance(error, kind)), "cannot be reached")
