"""When reports are made, where they lie, and who gets them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

# One plain address; no display name, so that nothing can slip into a mail's head.
_ADDRESS = re.compile(r"^[^@\s<>,;:\"'\\]+@[^@\s<>,;:\"'\\]+$")
_HOST = re.compile(r"^[A-Za-z0-9.\-_:\[\]]+$")


class MailSettings(BaseModel):
    """The mail server that sends reports."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field(description="Name or address of the SMTP server.")
    port: int = Field(
        587, ge=1, le=65535, description="587 for STARTTLS, 465 for TLS, 25 for none."
    )
    security: Literal["starttls", "tls", "none"] = Field(
        "starttls",
        description="`starttls`: plain until the server was asked for TLS, refused without it; "
        "`tls`: from the beginning; `none`: only inside a network that nobody listens to, and "
        "never with a login.",
    )
    ca_file: Path | None = Field(
        None,
        description="Certificates (PEM) that the server's is checked against; the system's when "
        "left out.",
    )
    sender: str = Field(description="Address that reports come from.")
    to: tuple[str, ...] = Field(min_length=1, description="Addresses; each gets a mail of its own.")
    user: str | None = Field(None, description="Name to log in with; no login when left out.")
    password: SecretStr | None = Field(
        None, description="Its password; better as `FORESITE_REPORTS__MAIL__PASSWORD` or a file."
    )
    password_file: Path | None = Field(
        None, description="File with the password alone, which nobody else may read (mode 0600)."
    )
    timeout_s: float = Field(
        60.0, ge=1, le=600, description="Seconds that handing over one mail may take in all."
    )
    attempts: int = Field(
        12,
        ge=1,
        le=100,
        description="Attempts for a mail that the server did not take; from five minutes apart "
        "to six hours.",
    )

    @field_validator("host")
    @classmethod
    def _plain_host(cls, host: str) -> str:
        if not _HOST.match(host):
            raise ValueError("give the server's name or address alone, without scheme or path")
        return host

    @field_validator("to", "sender")
    @classmethod
    def _plain_address(cls, given: str | tuple[str, ...]) -> str | tuple[str, ...]:
        several = (given,) if isinstance(given, str) else given
        for address in several:
            if not _ADDRESS.match(address) or not address.isascii() or len(address) > 100:
                raise ValueError(f"{address[:60]!r} is no mail address such as name@example.com")
        if len({address.lower() for address in several}) < len(several):
            raise ValueError("an address is given twice")
        return given

    @model_validator(mode="after")
    def _login(self) -> Self:
        if self.user is None and (self.password or self.password_file):
            raise ValueError("a password without a user: give user too")
        if self.user is not None and self.password is None and self.password_file is None:
            raise ValueError(
                "user without a password: set password_file, or the variable "
                "FORESITE_REPORTS__MAIL__PASSWORD"
            )
        if self.user is not None and self.security == "none":
            raise ValueError(
                "a login over an open line would show the password: use starttls or tls"
            )
        if self.password is not None and self.password_file is not None:
            raise ValueError("password and password_file: give one of them")
        return self


class ReportsSettings(BaseModel):
    """Reports that are made by themselves; off until a rhythm is named."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    every: tuple[Literal["week", "month"], ...] = Field(
        (),
        description='Which reports are made: `["week"]`, `["month"]` or both; none by default. A '
        "week runs from Monday to Sunday.",
    )
    hour: int = Field(
        7,
        ge=0,
        le=23,
        description="Local hour of the day after the period from which on its report is made.",
    )
    catch_up: int = Field(
        2,
        ge=1,
        le=12,
        description="Periods of each kind for which a missed report is made up, the last included.",
    )
    folder: Path | None = Field(
        None, description="Where the files are put; `reports` in the data directory when left out."
    )
    language: Literal["zh", "en", "both"] = Field(
        "zh", description="Language of files and mails; `both`: one file each, one mail with both."
    )
    mail: MailSettings | None = Field(
        None, description="Mail server and recipients; no mails when left out."
    )

    @field_validator("every")
    @classmethod
    def _once(cls, every: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(every)) < len(every):
            raise ValueError("a rhythm is given twice")
        return every

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages of files."""
        return ("zh", "en") if self.language == "both" else (self.language,)
