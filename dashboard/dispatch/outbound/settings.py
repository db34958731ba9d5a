"""Who is told of work orders: tables ``[[dispatch.outbound]]``, and the limits of all of them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from dashboard.dispatch.states import Kind

LOOPBACK = ("localhost", "127.0.0.1", "::1")
_HOST = re.compile(r"^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$|^[0-9a-f:]+$")
_MAIL = re.compile(r"^[^@\s<>,;:\"'\\]+@[^@\s<>,;:\"'\\]+$")
_VARIABLE = r"^[A-Z_][A-Z0-9_]{0,99}$"
USUAL: tuple[Kind, ...] = ("propose", "dispatch", "escalate", "reopen", "verify")


USUAL_TMF: tuple[Kind, ...] = (
    "propose", "dispatch", "escalate", "repair", "cannot", "reopen", "verify", "reject", "cancel",
    "close",
)  # fmt: skip


class DeliverySettings(BaseModel):
    """Limits of every delivery to others."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    allow_hosts: tuple[str, ...] = Field(
        (),
        description="The only hosts that are ever told of orders, by exact name; the host of each "
        "endpoint must be one of them.",
    )
    inner_hosts: tuple[str, ...] = Field(
        (),
        description="Of these, hosts whose name may lead to an address inside your own network "
        "(10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10, fc00::/7); never to this "
        "machine or a link-local address.",
    )
    proxy: str | None = Field(
        None,
        pattern=r"^http://[A-Za-z0-9.-]+:\d{1,5}$",
        description="HTTP proxy through which hosts that are not inner ones are reached (CONNECT), "
        "such as `http://proxy.example.com:3128`; it resolves their names.",
    )
    attempts: int = Field(
        12, ge=1, le=100, description="Attempts before a message goes to the dead letters."
    )
    first_again_s: float = Field(
        30.0, gt=0, le=3600, description="Seconds before the second attempt; doubled each time."
    )
    last_again_s: float = Field(
        3600.0, gt=0, le=86400, description="Most seconds between two attempts."
    )
    limit_s: float = Field(
        15.0, ge=0.1, le=300, description="Seconds that one attempt may take in all."
    )
    keep_days: float = Field(
        90.0, ge=1, le=3660, description="Days for which messages that were taken are kept."
    )

    @field_validator("allow_hosts", "inner_hosts")
    @classmethod
    def _plain(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        for host in hosts:
            if not _HOST.match(host.lower()):
                raise ValueError(f"{host[:80]!r} is no host: give its name alone, without scheme")
        return tuple(host.lower() for host in hosts)

    @model_validator(mode="after")
    def _subset(self) -> Self:
        for host in self.inner_hosts:
            if host not in self.allow_hosts:
                raise ValueError(f"inner_hosts: {host} is not among allow_hosts")
        if self.last_again_s < self.first_again_s:
            raise ValueError("last_again_s is less than first_again_s")
        return self


class EndpointBase(BaseModel):
    """What every endpoint has."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(
        pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$",
        description="its name in lists and messages: small letters, digits, - and _",
    )
    enabled: bool = Field(
        True, description="false: it is told nothing; when enabled again it begins with what is new"
    )
    events: tuple[Kind, ...] = Field(
        USUAL, min_length=1, description="which events of orders it is told of"
    )
    least_expected: float = Field(
        0.5,
        ge=0,
        description="a proposed order is told of only if at least so many low-satisfaction "
        "complaints are expected of its cells; 0: each one",
    )
    language: Literal["zh", "en"] | None = Field(
        None, description="language of its texts; that of `web.language` when left out"
    )


class HttpBase(EndpointBase):
    """An endpoint with an address."""

    url: str | None = Field(None, description="its address; https, or http for this machine alone")
    url_file: Path | None = Field(
        None, description="file of mode 0600 with the address, where the address is a secret itself"
    )
    url_env: str | None = Field(
        None, pattern=_VARIABLE, description="variable of the environment with the address"
    )
    secret_file: Path | None = Field(
        None, description="file of mode 0600 with the secret for signatures"
    )
    secret_env: str | None = Field(
        None, pattern=_VARIABLE, description="variable of the environment with that secret"
    )
    ca_file: Path | None = Field(
        None, description="certificates (PEM) to trust instead of the public ones"
    )

    @field_validator("url")
    @classmethod
    def _address(cls, url: str | None) -> str | None:
        if url is not None:
            require_address(url)
        return url

    @field_validator("url_env", "secret_env")
    @classmethod
    def _not_ours(cls, name: str | None) -> str | None:
        if name is not None and name.startswith("FORESITE_"):
            raise ValueError("variables FORESITE_… are settings: give another name")
        return name

    @model_validator(mode="after")
    def _one_each(self) -> Self:
        if sum(value is not None for value in (self.url, self.url_file, self.url_env)) != 1:
            raise ValueError(f"endpoint {self.name}: give one of url, url_file and url_env")
        if self.secret_file is not None and self.secret_env is not None:
            raise ValueError(f"endpoint {self.name}: give secret_file or secret_env, not both")
        return self


class TmfBase(HttpBase):
    """A system that speaks TM Forum's Open APIs, and keeps the state of orders."""

    events: tuple[Kind, ...] = Field(
        USUAL_TMF, min_length=1, description="which events of orders it is told of"
    )
    updates: Literal["patch", "post"] = Field(
        "patch",
        description="`patch`: the first event of an order is POSTed to the address, later ones are "
        "PATCHed to address/id as the API says; `post`: all are POSTed, to a plain webhook",
    )
    credentials_file: Path | None = Field(
        None, description="TOML file of mode 0600 with `user` and `password`, or `token`"
    )


class Tmf697(TmfBase):
    """Work orders of TMF697."""

    kind: Literal["tmf697"] = Field(description="TMF697 v4 work orders; `url` ends in /workOrder")


class Tmf621(TmfBase):
    """Trouble tickets of TMF621."""

    kind: Literal["tmf621"] = Field(
        description="TMF621 v4 trouble tickets; `url` ends in /troubleTicket"
    )


class RobotBase(HttpBase):
    """A robot in a group chat."""

    per_minute: int = Field(
        18, ge=1, le=1000, description="most messages in a minute; the robots refuse more than 20"
    )


class WeCom(RobotBase):
    """A robot of WeCom (企业微信)."""

    kind: Literal["wecom"] = Field(description="robot in a group of WeCom; its address is secret")


class DingTalk(RobotBase):
    """A robot of DingTalk (钉钉)."""

    kind: Literal["dingtalk"] = Field(
        description="robot in a group of DingTalk; the secret is that of 加签"
    )


class Feishu(RobotBase):
    """A robot of Feishu (飞书)."""

    kind: Literal["feishu"] = Field(
        description="robot in a group of Feishu; the secret is that of 签名校验"
    )


class MailEndpoint(EndpointBase):
    """People with a mailbox; the server is that of ``reports.mail``."""

    kind: Literal["mail"] = Field(description="mails by the server of `reports.mail`")
    to: tuple[str, ...] = Field(min_length=1, description="addresses; each gets a mail of its own")

    @field_validator("to")
    @classmethod
    def _plain(cls, to: tuple[str, ...]) -> tuple[str, ...]:
        for address in to:
            if not _MAIL.match(address) or not address.isascii() or len(address) > 100:
                raise ValueError(f"{address[:60]!r} is no mail address such as name@example.com")
        if len({address.lower() for address in to}) < len(to):
            raise ValueError("an address is given twice")
        return to


Robot = WeCom | DingTalk | Feishu
Http = Tmf697 | Tmf621 | Robot
Endpoint = Annotated[
    Tmf697 | Tmf621 | WeCom | DingTalk | Feishu | MailEndpoint, Field(discriminator="kind")
]
"""An endpoint of any kind."""


class InboundPeer(BaseModel):
    """A system that tells us what became of orders: a table ``[[dispatch.inbound]]``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(
        pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$",
        description="its name in orders' histories; that of the endpoint which is the same system, "
        "so that both know the orders by the same ids",
    )
    token_file: Path | None = Field(
        None,
        description="file of mode 0600 with the token that it shows; one line, or two while it "
        "changes",
    )
    token_env: str | None = Field(
        None, pattern=_VARIABLE, description="variable of the environment with that token"
    )

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.token_file is None) == (self.token_env is None):
            raise ValueError(f"peer {self.name}: give token_file or token_env")
        if (self.token_env or "").startswith("FORESITE_"):
            raise ValueError("variables FORESITE_… are settings: give another name")
        return self


def require_address(url: str) -> None:
    """Raise ValueError, which never quotes the address, unless it may be asked at all."""
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError("is no address such as https://host/path") from None
    if not host or not url.isascii() or any(sign.isspace() for sign in url):
        raise ValueError("is no address such as https://host/path")
    if parts.username or parts.password:
        raise ValueError("holds a user or password: put them into credentials_file")
    if parts.fragment:
        raise ValueError("holds a # part, which no server gets to see")
    if parts.scheme != "https" and not (parts.scheme == "http" and host in LOOPBACK):
        raise ValueError("must begin with https:// (http:// only for this machine)")


def require_endpoints(endpoints: tuple[Endpoint, ...], delivery: DeliverySettings) -> None:
    """Raise ValueError when names repeat, or an endpoint's host is not on the allow-list."""
    names = [endpoint.name for endpoint in endpoints]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"two endpoints are called {name}")
    for endpoint in endpoints:
        if isinstance(endpoint, MailEndpoint) or endpoint.url is None:
            continue
        host = urlsplit(endpoint.url).hostname
        if host not in delivery.allow_hosts:
            raise ValueError(
                f"endpoint {endpoint.name}: host {host} is not on the allow-list: add it to "
                "dispatch.delivery.allow_hosts if it is meant"
            )
