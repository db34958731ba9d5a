"""Can others be told of work orders, and were they?"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from dashboard.doctor.findings import Finding
from dashboard.errors import DashboardError
from dashboard.ops.engine import open_ops_to_read
from dashboard.settings import Settings

_NAME = "outbox"
_ADVICE = "`foresite outbox list --state dead` shows each; `foresite outbox resend` sends again"


def outbox(data: Path, settings: Settings) -> Finding:
    """Secrets, allow-list and addresses of each endpoint (nothing is sent), and dead letters."""
    endpoints = [endpoint for endpoint in settings.dispatch.outbound if endpoint.enabled]
    if not endpoints:
        return Finding(_NAME, "ok", "nobody is told of work orders; docs/how-to/outbound.md")
    troubles = [trouble for one in endpoints if (trouble := _trouble(one, settings))]
    if troubles:
        return Finding(_NAME, "fail", "; ".join(troubles), "see dispatch.outbound in the settings")
    dead = _dead(data, settings)
    if dead:
        return Finding(_NAME, "warn", dead, _ADVICE)
    names = ", ".join(endpoint.name for endpoint in endpoints)
    return Finding(_NAME, "ok", f"told of work orders: {names}")


def _trouble(endpoint: object, settings: Settings) -> str:
    """Why an endpoint cannot be told; empty: it can, as far as one sees from here."""
    from dashboard.dispatch.outbound import signing
    from dashboard.dispatch.outbound.addresses import Doors
    from dashboard.dispatch.outbound.sending import address_of, authorization_of, secrets_of
    from dashboard.dispatch.outbound.settings import (
        HttpBase,
        MailEndpoint,
        TmfBase,
        require_address,
    )

    if isinstance(endpoint, MailEndpoint):
        unset = settings.reports.mail is None
        return f"{endpoint.name}: no mail server is set: see reports.mail" if unset else ""
    if not isinstance(endpoint, HttpBase):
        return ""
    try:
        address, doors = address_of(endpoint), Doors.of(settings.dispatch.delivery)
        require_address(address)
        parts = urlsplit(address)
        host = parts.hostname or ""
        doors.require(host)
        if settings.dispatch.delivery.proxy is None or host in doors.inner:
            doors.addresses(host, parts.port or 443)
        secrets = secrets_of(endpoint)
        if isinstance(endpoint, TmfBase):
            for secret in secrets:
                signing.key_of(secret)
            authorization_of(endpoint)
    except (DashboardError, ValueError) as error:
        return f"{endpoint.name}: {error}"
    return ""


def _dead(data: Path, settings: Settings) -> str:
    from dashboard.dispatch.outbound.history import History

    engine = open_ops_to_read(data, settings.ops.address)
    if engine is None:
        return ""
    try:
        counts = History(engine).counts()
    finally:
        engine.dispose()
    told = (
        f"{endpoint}: {each['dead']} dead, {each['unsure']} unsure"
        for endpoint, each in counts.items()
        if each["dead"] or each["unsure"]
    )
    return "; ".join(told)
