"""Settings of the ingest package."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, field_validator

from ingest.catalogue import BUILT_IN, Catalogue, load_catalogue
from ingest.formulas.catalogue import Formulas, load_formulas
from ingest.sources.model import Source

MIB = 1024 * 1024


def check_zone(name: str) -> str:
    """The same name, if the machine knows that IANA time zone; ValueError otherwise."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(
            f"unknown time zone {name!r}: use an IANA name, e.g. Asia/Shanghai"
        ) from error
    return name


class RetentionSettings(BaseModel):
    """How long facts are kept, in whole local days back from the newest KPI."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    keep_raw_days: int = Field(
        default=120,
        ge=35,
        description="days of raw KPIs and hand-overs; forecasts learn from them, so that fewer "
        "than forecasting.training_days + forecasting.normal_days + 15 are refused",
    )
    keep_counters_days: int = Field(
        default=7, ge=1, description="days of raw counters, from which KPIs were computed"
    )
    keep_hourly_days: int = Field(default=400, ge=1, description="days of hourly KPIs per cell")
    keep_daily_days: int = Field(default=1100, ge=1, description="days of daily KPIs per cell")
    keep_rejected_days: int = Field(
        default=90,
        ge=1,
        description="days, from their loading, for which rejected rows can be looked at; their "
        "numbers and reasons are kept for ever",
    )


class QualitySettings(BaseModel):
    """From when on a flaw of the data is worth a warning."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    grace_min: int = Field(
        default=60,
        ge=0,
        description="minutes beyond the usual delivery after which an interval counts as missing",
    )
    missing_share: float = Field(
        default=0.02, gt=0, lt=1, description="share of a source's intervals missing that warns"
    )
    rejected_share: float = Field(
        default=0.01, gt=0, lt=1, description="share of a source's rows rejected that warns"
    )
    unplaced_share: float = Field(
        default=0.2, gt=0, lt=1, description="share of tickets without any place that warns"
    )
    jump: float = Field(
        default=6.0,
        ge=3,
        description="robust z at which a KPI's median has jumped against the same hours of the "
        "four weeks before",
    )


class IngestSettings(BaseModel):
    """How files are read, what they may hold, and when a file in the inbox is taken."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    time_zone: str = Field(
        default="Asia/Shanghai",
        description="IANA zone of times without offset, unless a profile declares another",
    )
    kpi_delay_min: int = Field(
        default=15,
        ge=0,
        le=7 * 1440,
        description="minutes from the end of a KPI interval to its delivery, for KPIs loaded "
        "after the fact",
    )
    catalogue: Path | None = Field(
        default=None, description="KPI catalogue (TOML); the built-in one when empty"
    )
    formulas: Path | None = Field(
        default=None,
        description="an operator's own formulas from counters to KPIs (TOML), which come before "
        "the built-in ones",
    )
    future_tolerance_min: int = Field(
        default=60,
        ge=0,
        description="minutes that a KPI interval or a ticket delivered live may lie ahead of the "
        "clock; beyond them its row is rejected",
    )
    max_file_bytes: int = Field(
        default=8192 * MIB, gt=0, description="largest file that is read, in bytes as delivered"
    )
    max_decompressed_bytes: int = Field(
        default=16384 * MIB, gt=0, description="largest content of a .gz file, in bytes"
    )
    max_workbook_bytes: int = Field(
        default=1024 * MIB,
        gt=0,
        description="largest content of an XLSX workbook, and largest boundary file, in bytes",
    )
    max_ratio: int = Field(
        default=250,
        gt=1,
        description="largest ratio of unpacked to packed bytes, beyond the first 16 MiB",
    )
    max_rows: int = Field(
        default=100_000_000, gt=0, description="most rows of a Parquet file, by its own account"
    )
    max_field_bytes: int = Field(
        default=64 * 1024, gt=0, description="longest single field of a text file, in characters"
    )
    max_json_bytes: int = Field(
        default=64 * MIB,
        gt=0,
        description="largest content of a JSON file, in bytes; it is read as a whole and takes "
        "about 15 times as much memory",
    )
    max_json_depth: int = Field(
        default=32, gt=0, le=500, description="levels that the objects of a JSON record may nest"
    )
    max_columns: int = Field(default=2000, gt=0, description="most columns of a table")
    max_cells: int = Field(
        default=50_000_000,
        gt=0,
        description="most cells (rows × columns) of one sheet of a workbook",
    )
    max_members: int = Field(default=10_000, gt=0, description="most files in a zip or tar file")
    max_file_seconds: float = Field(
        default=3600, gt=0, description="longest time that loading one file may take, in seconds"
    )
    min_free_bytes: int = Field(
        default=256 * MIB,
        ge=0,
        description="room that must be left on the disk, beyond the size of the file to be loaded",
    )
    keep_raw_files: bool = Field(
        default=True,
        description="keep every accepted file below DATA/archive, so that `foresite rebuild` can "
        "make the warehouse anew",
    )
    inbox_profiles: tuple[str, ...] = Field(
        default=(),
        description="profiles (names or paths) tried in order by file name on files in the inbox; "
        "files that match none are canonical",
    )
    inbox_rest_s: int = Field(
        default=5,
        ge=0,
        description="seconds between two looks in which size and time of a file in the inbox must "
        "not change before it is taken",
    )
    inbox_old_s: int = Field(
        default=300,
        ge=0,
        description="a file in the inbox that was last written this many seconds ago is taken at "
        "the first look",
    )

    quality: QualitySettings = Field(
        default=QualitySettings(), description="When a flaw of the data warns."
    )
    retention: RetentionSettings = Field(
        default=RetentionSettings(), description="How long facts are kept."
    )

    sources: tuple[Source, ...] = Field(
        default=(),
        description="where files are fetched from: tables `[[ingest.sources]]`, see the guide to "
        "sources",
    )

    @field_validator("sources")
    @classmethod
    def _one_name_each(cls, sources: tuple[Source, ...]) -> tuple[Source, ...]:
        names = [source.name for source in sources]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"several sources are named {twice[0]}: give each its own name")
        return sources

    @field_validator("time_zone")
    @classmethod
    def _zone(cls, value: str) -> str:
        return check_zone(value)

    def load_catalogue(self) -> Catalogue:
        """The KPI catalogue these settings name; CatalogueError when it cannot be used."""
        return load_catalogue(self.catalogue or BUILT_IN)

    def load_formulas(self) -> Formulas:
        """The formulas these settings name; CatalogueError when they cannot be used."""
        return load_formulas(self.formulas, self.load_catalogue())
