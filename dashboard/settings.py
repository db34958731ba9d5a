"""The root settings: `DATA/foresite.toml`, then environment variables `FORESITE_…`."""

from __future__ import annotations

import os
import re
import tomllib
from contextvars import ContextVar
from pathlib import Path
from typing import Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from dashboard import errors
from dashboard.dispatch.settings import DispatchSettings
from dashboard.reports.settings import ReportsSettings
from dashboard.trends.settings import TrendsSettings
from dashboard.web.settings import WebSettings
from forecasting.settings import ForecastingSettings
from geo.settings import GeoSettings
from ingest.settings import IngestSettings

FILE_NAME = "foresite.toml"
PREFIX = "FORESITE_"

# Variables with the prefix that are not settings: where the data are, sign-in, test data.
RESERVED = {
    "FORESITE_DATA": "the data directory, as --data does",
    "FORESITE_AUTH": "`off` leaves sign-in out; only ever on the loopback address",
    "FORESITE_REAL_DATA": "folder of real files for tests and benchmarks",
}

_KINDS = "folder|landing|https|tmf697|tmf621|wecom|dingtalk|feishu|mail"
_TABLE = re.compile(rf"^(ingest\.sources|dispatch\.(?:out|in)bound)\.(\d+)(\.({_KINDS}))?")
# Addresses of robots, and those with a password by mistake, are secrets.
_HIDDEN = {"url"}

_file: ContextVar[Path | None] = ContextVar("settings_file", default=None)


class ScheduleSettings(BaseModel):
    """When the worker does what."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    inbox_every_s: float = Field(
        30.0, ge=0.5, le=3600, description="Seconds between two looks into the inbox."
    )
    forecast_every_min: float = Field(
        60.0,
        ge=0.5,
        le=1440,
        description="Minutes after which a forecast is made even when no new facts came.",
    )
    retry_after_s: float = Field(
        60.0,
        ge=1,
        le=3600,
        description="Seconds after which a forecast or a source that failed is tried again; for a "
        "source that goes on failing twice as long each time, up to an hour.",
    )
    upkeep_every_h: float = Field(
        24.0,
        ge=0.1,
        le=168,
        description="Hours between two upkeeps: roll-ups, quality figures, removal of what is "
        "older than it is to be kept.",
    )


class OpsSettings(BaseModel):
    """Where runs of jobs, and later people's actions, are kept."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: SecretStr | None = Field(
        None,
        description="Database by SQLAlchemy URL, such as `postgresql+psycopg://user@host/name`; "
        "`ops.sqlite` in the data directory when left out.",
    )
    keep_runs_days: float = Field(
        400, ge=1, le=3660, description="Days for which the history of runs is kept."
    )

    @property
    def address(self) -> str | None:
        """The URL, password and all; never to be shown."""
        return self.url.get_secret_value() if self.url else None


class Settings(BaseSettings):
    """Everything that an operator can set; unknown keys are refused."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        nested_model_default_partial_update=True,
    )

    time_zone: str = Field(
        "Asia/Shanghai",
        description="IANA zone of the operator: local days, hours and times without offset.",
    )
    threads: int | None = Field(
        None, ge=1, le=256, description="Threads of the warehouse; all cores when left out."
    )
    memory_limit: str | None = Field(
        None,
        pattern=r"^\d+(\.\d+)? ?[KMGT]i?B$",
        description='Memory of the warehouse, such as "4GB"; four fifths of the machine\'s when '
        "left out.",
    )
    schedule: ScheduleSettings = Field(ScheduleSettings(), description="The worker's rhythm.")
    ops: OpsSettings = Field(OpsSettings(), description="The ops database.")
    ingest: IngestSettings = Field(IngestSettings(), description="Files and their checks.")
    dispatch: DispatchSettings = Field(
        DispatchSettings(), description="Work orders: proposals, plan, timers, proof, messages."
    )
    trends: TrendsSettings = Field(
        TrendsSettings(), description="What the complaint rate is meant to become."
    )
    forecasting: ForecastingSettings = Field(
        ForecastingSettings(), description="Models, horizon and colours."
    )
    geo: GeoSettings = Field(
        GeoSettings(), description="Footprints of cells, and the hexagons of the map."
    )
    web: WebSettings = Field(WebSettings(), description="Pages and addresses.")
    reports: ReportsSettings = Field(
        ReportsSettings(), description="Weekly and monthly reports that are made by themselves."
    )

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError("no such time zone; use an IANA name such as Europe/Berlin") from error
        return name

    @model_validator(mode="after")
    def _raw_kpis_suffice(self) -> Self:
        """What a forecast reads must not be removed: origins to learn from, and their normals.

        An origin's normal begins up to a week (a Monday midnight) and ``normal_days`` before it.
        """
        learn = self.forecasting
        needed = learn.training_days + learn.normal_days + 15
        kept = self.ingest.retention.keep_raw_days
        if kept < needed:
            raise ValueError(
                f"ingest.retention.keep_raw_days = {kept} is too short: forecasting reads {needed} "
                f"days (training_days = {learn.training_days}, normal_days = {learn.normal_days}, "
                "and 15); keep more, or let forecasting learn from fewer"
            )
        return self

    @field_validator("ingest")
    @classmethod
    def _known_rhythms(cls, ingest: IngestSettings) -> IngestSettings:
        for source in ingest.sources:
            if source.cron is not None:
                from dashboard.runtime.rhythm import cron_trigger

                try:
                    cron_trigger(source.cron, ZoneInfo("UTC"))
                except ValueError as error:
                    raise ValueError(f"cron of source {source.name}: {error}") from error
        return ingest

    @property
    def zone(self) -> ZoneInfo:
        """The operator's time zone."""
        return ZoneInfo(self.time_zone)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments over environment over file; no `.env` and no secrets folder."""
        del dotenv_settings, file_secret_settings
        file = _file.get()
        if file is None:
            return init_settings, env_settings
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=file)


def load_settings(data: Path) -> Settings:
    """Settings of a data directory: ``data/foresite.toml`` if it exists, then the environment.

    Raises:
        SettingsError: one line naming the file or variable, the key, and what is allowed; or
            ``data`` is no directory.
    """
    file = data / FILE_NAME
    if data.exists() and not data.is_dir():
        raise errors.SettingsError(f"{data} is a file; name a directory with --data")
    _refuse_unknown_variables()
    token = _file.set(file if file.exists() else None)
    try:
        return _one_zone(Settings())
    except ValidationError as error:
        raise errors.SettingsError(_explain(error, file)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise errors.SettingsError(f"{file}: not valid TOML: {error}") from error
    except SettingsError as error:
        raise errors.SettingsError(f"environment: {error}; nested values are JSON") from error
    finally:
        _file.reset(token)


def _one_zone(settings: Settings) -> Settings:
    """The operator's zone is also that of files, unless ingest names another."""
    if "time_zone" in settings.ingest.model_fields_set:
        return settings
    ingest = settings.ingest.model_copy(update={"time_zone": settings.time_zone})
    return settings.model_copy(update={"ingest": ingest})


def _refuse_unknown_variables() -> None:
    """A typing error in a variable's name must not be taken for a default."""
    known = {name.upper() for name in Settings.model_fields}
    for name in sorted(os.environ):
        if not name.upper().startswith(PREFIX) or name.upper() in RESERVED:
            continue
        if name.upper().removeprefix(PREFIX).split("__")[0] not in known:
            choices = ", ".join(sorted(f"{PREFIX}{field}" for field in known))
            raise errors.SettingsError(
                f"environment variable {name}: no such setting; known are {choices} "
                "(nested with __) and " + ", ".join(RESERVED)
            )


def _explain(error: ValidationError, file: Path) -> str:
    """The first problem as one line; says whether file or environment holds it."""
    first, *others = error.errors(include_url=False)
    if not first["loc"]:  # settings that do not fit together
        return f"{file}: {first['msg'].removeprefix('Value error, ')}"
    key = ".".join(str(part) for part in first["loc"])
    variable = PREFIX + "__".join(str(part) for part in first["loc"]).upper()
    upper = {name.upper() for name in os.environ}
    key = _TABLE.sub(lambda match: f"[[{match[1]}]] number {int(match[2]) + 1}", key)
    where = f"environment variable {variable}" if variable in upper else f"{file}: {key}"
    if first["type"] == "extra_forbidden":
        what = "no such setting; docs/reference/settings.md lists them all"
    else:
        what = first["msg"].removeprefix("Value error, ")
        shown = first["loc"][-1] not in _HIDDEN
        if shown and isinstance(first["input"], str | int | float):  # a table says nothing
            value = repr(first["input"])
            what += f" (found {value if len(value) <= 60 else value[:57] + '…'})"
    more = f" (and {len(others)} more)" if others else ""
    return f"{where}: {what}{more}"
