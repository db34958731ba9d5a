"""What a profile may say: how a foreign table maps onto a canonical feed."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from ingest.contracts import FeedName
from ingest.profiles.counters import CounterTable
from ingest.settings import check_zone

Rule = Literal["mean", "sum", "max", "min", "first", "last"]
Names = Annotated[
    tuple[str, ...],
    BeforeValidator(lambda v: (v,) if isinstance(v, str) else v),
    Field(min_length=1),
]
WORDS = ("iso", "excel", "epoch_s", "epoch_ms")


def _check_format(form: str) -> str:
    """The same time format, if a moment that is written in it can be read again."""
    if form in WORDS:
        return form
    try:
        moment = datetime(2026, 11, 21, 15, 0, 0, tzinfo=UTC)
        again = datetime.strptime(moment.strftime(form), form)  # noqa: DTZ007 - only the day counts
    except ValueError as error:
        raise ValueError(f"not a time format: {form!r}: {error}") from error
    if again.date() != moment.date():
        raise ValueError(f"the time format {form!r} does not tell the day; use {', '.join(WORDS)}")
    return form


Formats = Annotated[Names, AfterValidator(lambda forms: tuple(_check_format(f) for f in forms))]
Zone = Annotated[str, BeforeValidator(lambda v: check_zone(v) if isinstance(v, str) else v)]


class Pattern(BaseModel):
    """A text in which ``pattern`` (RE2) is found becomes ``value``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pattern: str
    value: str

    @model_validator(mode="after")
    def _compiles(self) -> Pattern:
        try:
            re.compile(self.pattern)
        except re.error as error:
            raise ValueError(f"not a regular expression: {self.pattern!r}: {error}") from error
        return self


class ColumnMap(BaseModel):
    """Where one canonical column comes from: exactly one of ``source``, ``join``, ``constant``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: Names | None = Field(
        default=None, description="source column; of several names the first that the file has"
    )
    join: Names | None = Field(
        default=None, description="source columns joined with `separator`, e.g. date and time"
    )
    separator: str = Field(
        default=" ",
        max_length=20,
        description="stands between joined columns; empty ones are left out",
    )
    partial: bool = Field(
        default=False, description="join what the file has of the columns, if it is one at least"
    )
    constant: str | None = Field(default=None, description="the same text for every row")
    required: bool = Field(default=False, description="refuse a file that lacks it")
    values: dict[str, str] = Field(
        default_factory=dict, description="source text -> canonical text; others stay as they are"
    )
    patterns: tuple[Pattern, ...] = Field(
        default=(), description="searched in order after `values`; the first that is found counts"
    )
    otherwise: str | None = Field(
        default=None, description="what a text becomes that is in neither `values` nor `patterns`"
    )
    scale: float = Field(
        default=1.0, description="number × scale + offset gives the canonical unit"
    )
    offset: float = Field(default=0.0, description="see `scale`")

    @model_validator(mode="after")
    def _one_origin(self) -> ColumnMap:
        given = [n for n in ("source", "join", "constant") if getattr(self, n) is not None]
        if len(given) != 1:
            raise ValueError("give exactly one of source, join, constant")
        return self


class Table(BaseModel):
    """One kind of file and the feed it becomes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    feed: FeedName = Field(description="the canonical feed")
    files: Names | None = Field(
        default=None,
        description="file name patterns (*, ?); the only table of a profile needs none",
    )
    encoding: str | None = Field(
        default=None, description="encoding of a text file without BOM; found out when left out"
    )
    delimiter: str = Field(default=",", min_length=1, max_length=1, description="field delimiter")
    sheets: Names | None = Field(
        default=None, description='sheets of a workbook; "*" means all; the first when left out'
    )
    records: Literal["json"] | None = Field(
        default=None, description="json: the source columns are paths into JSON records"
    )
    header_row: int = Field(default=1, ge=1, le=100, description="line of the column names, from 1")
    unit_rows: int = Field(
        default=0, ge=0, le=20, description="lines between the header and the first row of data"
    )
    missing: tuple[str, ...] = Field(
        default=(), description="texts that mean unknown, besides the empty one"
    )
    decimal_comma: bool = Field(
        default=False, description="numbers are written 1.234,5 (points group the thousands)"
    )
    full_width: bool = Field(default=False, description="digits may be full-width (１２.３)")
    time_zone: Zone | None = Field(
        default=None, description="IANA zone of times without offset; the settings' when left out"
    )
    time_formats: Formats = Field(
        default=("iso",),
        description='strptime formats, "iso", "excel" (serial days), "epoch_s" or "epoch_ms"; a '
        "text that two of them read differently is refused",
    )
    midnight_24: Literal["refuse", "next_day"] = Field(
        default="refuse", description="what 24:00 means"
    )
    coordinates: Literal["wgs84", "gcj02", "bd09"] = Field(
        default="wgs84",
        description="coordinate system of longitude and latitude, or of the regions",
    )
    granularity_s: int | None = Field(
        default=None,
        ge=1,
        le=31 * 86400,
        description="length of the intervals of a performance file, in seconds, where the file's "
        "own (granPeriod) cannot be read; such objects are rejected when left out",
    )
    delivery_delay_min: int | None = Field(
        default=None, ge=0, le=7 * 1440, description="instead of the settings' kpi_delay_min"
    )
    unterminated_last_row: Literal["refuse", "accept"] = Field(
        default="refuse", description="a text file whose last line has no line break"
    )
    columns: dict[str, ColumnMap] = Field(
        default_factory=dict, description="canonical column -> where it comes from"
    )
    counters: CounterTable | None = Field(
        default=None,
        description="rows of counters, from which KPIs are computed by formulas; instead of "
        "`columns`",
    )
    merge: dict[str, Rule] = Field(
        default_factory=dict,
        description="how several KPI rows of one key become one, per column; `default` for the "
        "others. Without it the last row of the file counts",
    )

    @model_validator(mode="after")
    def _one_way(self) -> Table:
        if self.counters is not None and (self.columns or self.merge or self.feed != "kpis"):
            raise ValueError("a table of counters is of feed kpis, without `columns` and `merge`")
        return self


class Profile(BaseModel):
    """A profile: one or more tables."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    description: str = Field(description="what files these are and what was assumed of them")
    tables: tuple[Table, ...] = Field(min_length=1, description="kinds of file, tried in order")

    @model_validator(mode="after")
    def _told_apart(self) -> Profile:
        if len(self.tables) > 1 and any(table.files is None for table in self.tables):
            raise ValueError("with several tables each needs `files`, so that they are told apart")
        return self
