"""Signatures by which receivers know that a message is ours, and not changed on its way."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from urllib.parse import quote_plus

from dashboard.dispatch.outbound.errors import OutboundError

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
"""Headers of Standard Webhooks 1.0 (standardwebhooks.com), whose libraries check them."""
SHORTEST = 24
_PREFIX = "whsec_"


def key_of(secret: str) -> bytes:
    """The key behind a secret: base64 behind ``whsec_``, else the text itself.

    Raises:
        OutboundError: shorter than 24 bytes, or no base64; the secret is not shown.
    """
    if secret.startswith(_PREFIX):
        try:
            key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
        except ValueError:
            raise OutboundError("the secret for signatures is no base64 behind whsec_") from None
    else:
        key = secret.encode()
    if len(key) < SHORTEST:
        raise OutboundError(f"the secret for signatures is shorter than {SHORTEST} bytes")
    return key


def signature(key: bytes, message_id: str, timestamp: int, body: bytes) -> str:
    """``v1,`` and base64 of HMAC-SHA256 over ``id.timestamp.body`` (Standard Webhooks 1.0)."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode("ascii")


def headers(secrets: Sequence[str], message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers; with several secrets several signatures, so that one can be changed.

    Args:
        secrets: the present one first; empty: the signature is left out.
        message_id: stable over attempts.
        timestamp: of this attempt, seconds since 1970.
        body: exactly as it is sent.
    """
    told = {ID: message_id, TIMESTAMP: str(timestamp)}
    if secrets:
        signed = (signature(key_of(secret), message_id, timestamp, body) for secret in secrets)
        told[SIGNATURE] = " ".join(signed)
    return told


def dingtalk_query(secret: str, timestamp_ms: int) -> str:
    r"""``timestamp=…&sign=…`` of DingTalk's 加签.

    HMAC-SHA256 of ``timestamp\nsecret`` by the secret. The time is in milliseconds, and may differ
    from the server's by an hour. Source: open.dingtalk.com, 自定义机器人安全设置.
    """
    signed = f"{timestamp_ms}\n{secret}".encode()
    sign = base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha256).digest())
    return f"timestamp={timestamp_ms}&sign={quote_plus(sign)}"


def feishu_fields(secret: str, timestamp: int) -> dict[str, str]:
    r"""``timestamp`` and ``sign`` of Feishu's 签名校验.

    HMAC-SHA256 of nothing by ``timestamp\nsecret``: key and message stand the other way round than
    DingTalk's. The time is in seconds, and may differ from the server's by an hour.
    Source: open.feishu.cn, 自定义机器人使用指南.
    """
    sign = hmac.new(f"{timestamp}\n{secret}".encode(), b"", hashlib.sha256).digest()
    return {"timestamp": str(timestamp), "sign": base64.b64encode(sign).decode("ascii")}
