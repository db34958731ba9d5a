"""Headers that keep a page to this server and to itself."""

from __future__ import annotations

import dash
from flask import Response

# Dash's and Mantine's inline styles need 'unsafe-inline'; inline scripts are allowed by hash alone.
_POLICY = (
    "default-src 'self'; script-src 'self' {hashes}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:{tiles}; font-src 'self' data:; connect-src 'self'{tiles}; "
    "worker-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self'; "
    "frame-ancestors 'none'"
)


def protect(app: dash.Dash, tiles: str | None = None) -> None:
    """Set the security headers on every answer; call it after all callbacks are registered.

    Args:
        app: the application.
        tiles: origin of the operator's own tile server; the one other host that a map may ask.
    """
    also = f" {tiles}" if tiles else ""
    policy: list[str] = []

    def headers(response: Response) -> Response:
        if not policy:
            # Known only when the last inline script is registered, at the first request.
            hashes = " ".join(f"'{h}'" if not h.startswith("'") else h for h in app.csp_hashes())
            policy.append(_POLICY.format(hashes=hashes, tiles=also))
        response.headers["Content-Security-Policy"] = policy[0]
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["X-Frame-Options"] = "DENY"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        return response

    app.server.after_request(headers)
