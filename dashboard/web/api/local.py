"""Who may write while there is no sign-in: a page of this machine, and nobody else."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from flask import request

from dashboard.web.api.errors import ApiError

_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


def require_local() -> str:
    """The address that asks.

    Another site's page cannot ask in its reader's name: the request comes from a loopback address,
    names this machine as its host (so that no foreign name that was bent to it passes), and comes
    from a page of the same origin or from no page.

    Raises:
        ApiError: 403.
    """
    address = request.remote_addr or ""
    host = urlsplit(f"//{request.host}").hostname or ""
    origin = request.headers.get("Origin")
    same = origin is None or urlsplit(origin).netloc == request.host
    if not _loopback(address) or host not in _NAMES or not same:
        raise ApiError(
            403,
            "not_local",
            "without sign-in only a page of this machine may ask",
            "open the page on the machine itself, or through an SSH tunnel",
        )
    return address


def _loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
