"""One attempt: a message handed to its endpoint."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote, urlsplit

from dashboard.dispatch.outbound import signing, tmf
from dashboard.dispatch.outbound.answers import taken
from dashboard.dispatch.outbound.client import Client
from dashboard.dispatch.outbound.errors import NotTakenError, OutboundError
from dashboard.dispatch.outbound.message import Message
from dashboard.dispatch.outbound.secrets import lines_of
from dashboard.dispatch.outbound.settings import (
    DingTalk,
    EndpointBase,
    Feishu,
    HttpBase,
    MailEndpoint,
    TmfBase,
)
from dashboard.reports.errors import MailError
from dashboard.reports.mail import Letter, Sender, send
from dashboard.reports.settings import MailSettings
from ingest.errors import IngestError
from ingest.sources.credentials import authorization

JSON = "application/json;charset=utf-8"


@dataclass(frozen=True)
class Sending:
    """How messages leave.

    Attributes:
        client: for webhooks and robots.
        server: that sends mails; None: there is none.
        send_mail: hands a letter to it.
    """

    client: Client
    server: MailSettings | None
    send_mail: Sender = field(default=send)

    def send(
        self, endpoint: EndpointBase, message: Message, now: datetime
    ) -> tuple[int | None, str | None]:
        """Hand over one message.

        Args:
            endpoint: of the message.
            message: as it was claimed: method and target stand.
            now: by the machine's clock; part of signatures.

        Returns:
            The HTTP status (None of a mail), and what the peer calls the order, if it says so.

        Raises:
            NotTakenError: it was not taken, or nobody knows: it may be sent again.
            UnsureError: a mail that was perhaps taken.
            OutboundError: the endpoint cannot be used as it is set.
        """
        if isinstance(endpoint, MailEndpoint):
            self._mail(message, now)
            return None, None
        if not isinstance(endpoint, HttpBase):
            raise OutboundError(f"endpoint {endpoint.name}: no way to send")
        return self._post(endpoint, message, now)

    def _post(self, endpoint: HttpBase, message: Message, now: datetime) -> tuple[int, str | None]:
        url = address_of(endpoint)
        secrets = secrets_of(endpoint)
        content, method = message.content, message.method or "POST"
        if method == "PATCH":
            content = tmf.patched(content)
            base, mark, query = url.partition("?")
            url = f"{base.rstrip('/')}/{quote(message.target or '', safe='')}{mark}{query}"
        if isinstance(endpoint, Feishu) and secrets:
            content = {**signing.feishu_fields(secrets[0], int(now.timestamp())), **content}
        if isinstance(endpoint, DingTalk) and secrets:
            signed = signing.dingtalk_query(secrets[0], int(now.timestamp() * 1000))
            url += ("&" if "?" in url else "?") + signed
        body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
        headers = {"User-Agent": "foresite", "Accept": "application/json", "Content-Type": JSON}
        hidden = [*secrets, *_parts(url)]
        if isinstance(endpoint, TmfBase):
            headers |= signing.headers(secrets, message.message_key, int(now.timestamp()), body)
            headers["Idempotency-Key"] = message.message_key
            headers["X-Foresite-Event"] = message.event_kind
            headers |= authorization_of(endpoint)
            hidden += [headers.get("Authorization", "").partition(" ")[2]]
        answer = self.client.ask(method, url, headers, body, ca_file=endpoint.ca_file)
        kind = getattr(endpoint, "kind", "")
        return answer.status, taken(kind, answer, now, hidden)

    def _mail(self, message: Message, now: datetime) -> None:
        if self.server is None:
            raise OutboundError("no mail server is set: see reports.mail")
        content = message.content
        letter = Letter(
            subject=content["subject"],
            text=content["text"],
            html=content["html"],
            files=(),
            key=message.message_key,
        )
        to = (message.recipient,)
        try:
            settings = self.server.model_copy(update={"to": to})
            self.send_mail(letter, message.recipient, settings, now)
        except MailError as error:
            raise NotTakenError(str(error), final=error.final) from None


def address_of(endpoint: HttpBase) -> str:
    """The endpoint's address; OutboundError, which never quotes it, when there is none."""
    if endpoint.url is not None:
        return endpoint.url
    place = "url_file" if endpoint.url_file is not None else "url_env"
    return lines_of(place, endpoint.url_file, endpoint.url_env)[0]


def secrets_of(endpoint: HttpBase) -> tuple[str, ...]:
    """Secrets for signatures: the present one, then the one that it takes the place of."""
    place = "secret_file" if endpoint.secret_file is not None else "secret_env"
    secrets = lines_of(place, endpoint.secret_file, endpoint.secret_env)
    if len(secrets) > 2:
        raise OutboundError(f"{place} of {endpoint.name}: give one line, or two while it changes")
    return secrets


def authorization_of(endpoint: TmfBase) -> Mapping[str, str]:
    """The header that shows the credentials; empty without; OutboundError when they are unset."""
    if endpoint.credentials_file is None:
        return {}
    try:
        return {"Authorization": authorization(endpoint.credentials_file)}
    except IngestError as error:
        raise OutboundError(str(error)) from None


def _parts(url: str) -> list[str]:
    """Parts of an address that may be secrets."""
    parts = urlsplit(url)
    values = [pair.partition("=")[2] for pair in parts.query.split("&")]
    return [url, parts.query, parts.path, *values, parts.path.rpartition("/")[2]]
