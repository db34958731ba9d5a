"""What a source is: a table ``[[ingest.sources]]`` of ``foresite.toml``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from ingest.contracts import FeedName
from ingest.sources.names import file_name_of, name_trouble
from ingest.sources.periods import check_template, unit_of

RESERVED = ("inbox", "ingest")
EVERY_MIN = 15.0
LOOPBACK = ("localhost", "127.0.0.1", "::1")


class SourceBase(BaseModel):
    """What every kind of source has."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(
        pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$",
        description="its name in folders, history and messages: small letters, digits, - and _",
    )
    enabled: bool = Field(default=True, description="false: declared, but never fetched")
    profile: str | None = Field(
        default=None,
        min_length=1,
        description="profile (name or path) of its files; `ingest.inbox_profiles` when left out",
    )
    feed: FeedName | None = Field(
        default=None, description="feed of its files; told by profile, name or columns otherwise"
    )
    every_min: float | None = Field(
        default=None,
        ge=0.1,
        le=10080,
        description=f"minutes between two fetches; {EVERY_MIN:g} when neither this nor `cron` is "
        "given",
    )
    cron: str | None = Field(
        default=None,
        description="times of fetches as five fields, e.g. `10 * * * mon-fri`, in the operator's "
        "time zone; weekdays by name",
    )
    limit_s: float = Field(
        default=900.0, gt=0, le=86400, description="seconds after which a fetch is ended"
    )

    @field_validator("name")
    @classmethod
    def _free(cls, name: str) -> str:
        if name in RESERVED:
            raise ValueError(f"is taken by the program ({', '.join(RESERVED)}): choose another")
        return name

    @model_validator(mode="after")
    def _one_rhythm(self) -> SourceBase:
        if self.every_min is not None and self.cron is not None:
            raise ValueError(f"source {self.name}: give every_min or cron, not both")
        return self

    @property
    def interval_min(self) -> float | None:
        """Minutes between two fetches; None where a cron line tells."""
        if self.cron is not None:
            return None
        return EVERY_MIN if self.every_min is None else self.every_min


class DirectorySource(SourceBase):
    """A source that is a folder of this machine."""

    path: Path = Field(description="the folder, absolute")
    include: tuple[str, ...] = Field(
        default=("*",), min_length=1, description="patterns of file names that are taken"
    )
    exclude: tuple[str, ...] = Field(default=(), description="patterns of file names that are not")
    max_depth: int = Field(
        default=5, ge=0, le=32, description="levels of subfolders looked into; 0: none"
    )

    @field_validator("path")
    @classmethod
    def _absolute(cls, path: Path) -> Path:
        if not path.is_absolute():
            raise ValueError("must be an absolute path")
        return path


class FolderSource(DirectorySource):
    """A folder whose files are ours to take: complete ones are moved into the inbox."""

    kind: Literal["folder"] = Field(description="a local folder; its files are moved away")


class LandingSource(DirectorySource):
    """A folder that somebody else's server fills and owns: complete files are copied."""

    kind: Literal["landing"] = Field(
        description="a folder that an SFTP or rsync server fills; only read"
    )


class HttpsSource(SourceBase):
    """Files pulled from a web server."""

    kind: Literal["https"] = Field(description="files of a web server")
    url: str = Field(
        description="address of the file, or of the index; `{day}` and `{hour}` stand for the "
        "start of a period, with a format as in `{day:%Y%m%d}`"
    )
    index: Literal["json", "html", "text"] | None = Field(
        default=None, description="the address is a list of files, of this kind"
    )
    pattern: str = Field(
        default="*", min_length=1, description="pattern of the names taken from the index"
    )
    save_as: str | None = Field(
        default=None,
        description="name of the file in the inbox, may hold `{day}` and `{hour}`; the address's "
        "last part when left out",
    )
    allow_hosts: tuple[str, ...] = Field(
        default=(), description="further hosts that redirects and indexes may lead to"
    )
    ca_file: Path | None = Field(
        default=None, description="certificates (PEM) to trust instead of the public ones"
    )
    credentials_file: Path | None = Field(
        default=None,
        description="TOML file of mode 0600 with `user` and `password`, or `token`",
    )
    proxy: str | None = Field(default=None, description="address of an HTTP proxy")
    connect_s: float = Field(default=10.0, gt=0, le=600, description="seconds to connect")
    read_s: float = Field(
        default=60.0, gt=0, le=3600, description="seconds without a byte before it is given up"
    )
    tries: int = Field(default=4, ge=1, le=20, description="attempts for each file in one fetch")
    most_wait_s: float = Field(
        default=120.0,
        gt=0,
        le=3600,
        description="longest wait before another attempt; a server that asks for more is left "
        "alone until then",
    )
    max_bytes: int | None = Field(
        default=None, gt=0, description="largest file; `ingest.max_file_bytes` when left out"
    )
    max_files: int = Field(default=1000, ge=1, description="most files of one fetch")
    catch_up_days: float = Field(
        default=7.0, gt=0, le=366, description="how far back missed periods are fetched"
    )
    lag_min: float = Field(
        default=0.0, ge=0, le=10080, description="minutes after a period's end before it is asked"
    )
    recheck: int = Field(
        default=1,
        ge=0,
        le=1000,
        description="how many of the newest files that were fetched are asked for changes",
    )
    allow_unsized: bool = Field(
        default=False,
        description="take answers that do not say how long they are; a torn one goes unnoticed",
    )

    @field_validator("url", "save_as")
    @classmethod
    def _template(cls, text: str | None) -> str | None:
        if text is not None:
            check_template(text)
        return text

    @field_validator("url")
    @classmethod
    def _address(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.username or parts.password:
            raise ValueError("holds a user or password: put them into credentials_file")
        if not parts.hostname or "{" in parts.netloc:
            raise ValueError("needs a host, as in https://host/path")
        if not is_allowed_scheme(parts.scheme, parts.hostname):
            raise ValueError("must begin with https:// (http:// only for this machine)")
        return url

    @model_validator(mode="after")
    def _named(self) -> HttpsSource:
        if self.index is not None:
            if self.save_as is not None:
                raise ValueError(f"source {self.name}: save_as is for a single file, not an index")
            return self
        name = self.save_as or file_name_of(self.url)
        trouble = name_trouble(name)
        if trouble:
            raise ValueError(f"source {self.name}: the file name {name!r} {trouble}: set save_as")
        unit = unit_of(self.url)
        if unit is not None and unit_of(name) != unit:
            raise ValueError(
                f"source {self.name}: the file name {name!r} is the same for several periods: set "
                f"save_as with {{{unit}}} in it"
            )
        return self

    @property
    def hosts(self) -> frozenset[str]:
        """Hosts that may be asked, in small letters."""
        own = urlsplit(self.url).hostname or ""
        return frozenset({own, *(host.lower() for host in self.allow_hosts)})


Source = Annotated[FolderSource | LandingSource | HttpsSource, Field(discriminator="kind")]
"""A source of any kind."""


def is_allowed_scheme(scheme: str, host: str) -> bool:
    """Whether it is encrypted, or leads to this very machine."""
    return scheme == "https" or (scheme == "http" and host in LOOPBACK)
