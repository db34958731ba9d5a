"""The tables of the ops database, as the program uses them; the migrations make them.

A test holds that all migrations together give exactly these tables.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Dialect,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    text,
)

OUTCOMES = ("ok", "nothing", "failed", "interrupted", "timeout")


class Moment(TypeDecorator[datetime]):
    """An aware moment. SQLite knows no zones: it is kept in UTC there."""

    impl = DateTime
    cache_ok = True

    def __init__(self) -> None:
        super().__init__(timezone=True)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a moment without zone; ValueError."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """In UTC."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# A whole number of 64 bits; SQLite counts up by itself only what is called INTEGER.
Id = BigInteger().with_variant(Integer(), "sqlite")
Name = String(100)
Path = String(2000)

metadata = MetaData()

schema_migrations = Table(
    "schema_migrations",
    metadata,
    Column("version", Integer, primary_key=True),
    Column("name", Name, nullable=False),
)

job_runs = Table(
    "job_runs",
    metadata,
    Column("id", Id, primary_key=True),
    Column("job", Name, nullable=False),
    Column("source", Name),
    Column("started_at", Moment(), nullable=False),
    Column("ended_at", Moment()),
    Column("seconds", Float),
    Column("outcome", Name),
    Column("files", BigInteger, nullable=False, default=0),
    Column("rows_loaded", BigInteger, nullable=False, default=0),
    Column("rows_rejected", BigInteger, nullable=False, default=0),
    Column("bytes", BigInteger, nullable=False, default=0),
    Column("message", Text, nullable=False, default=""),
    CheckConstraint(
        "outcome IN ('ok', 'nothing', 'failed', 'interrupted', 'timeout')",
        name="ck_job_runs_outcome",
    ),
    CheckConstraint("(ended_at IS NULL) = (outcome IS NULL)", name="ck_job_runs_ended"),
    Index("ix_job_runs_started_at", "started_at"),
    Index("ix_job_runs_job_source", "job", "source", "id"),
)

job_requests = Table(
    "job_requests",
    metadata,
    Column("id", Id, primary_key=True),
    Column("job", Name, nullable=False),
    Column("source", Name, nullable=False, default=""),
    Column("asked_at", Moment(), nullable=False),
    Column("asked_by", Name, nullable=False),
    Column("taken_at", Moment()),
    Column("ended_at", Moment()),
    Column("attempts", BigInteger, nullable=False, default=0),
    Column("outcome", Name),
    Column("message", Text, nullable=False, default=""),
    CheckConstraint(
        "outcome IN ('ok', 'nothing', 'failed', 'interrupted', 'timeout')",
        name="ck_job_requests_outcome",
    ),
    CheckConstraint("(ended_at IS NULL) = (outcome IS NULL)", name="ck_job_requests_ended"),
    Index(
        "ux_job_requests_open",
        "job",
        "source",
        unique=True,
        sqlite_where=text("ended_at IS NULL"),
        postgresql_where=text("ended_at IS NULL"),
    ),
    Index("ix_job_requests_asked_at", "asked_at"),
)

worker_beats = Table(
    "worker_beats",
    metadata,
    Column("worker", Name, primary_key=True),
    Column("seen_at", Moment(), nullable=False),
)

taken_files = Table(
    "taken_files",
    metadata,
    Column("source", Name, primary_key=True),
    Column("path", Path, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("mtime_ns", BigInteger, nullable=False),
    Column("sha256", Name, nullable=False),
    Column("taken_at", Moment(), nullable=False),
)

pulled = Table(
    "pulled",
    metadata,
    Column("source", Name, primary_key=True),
    Column("url", Path, primary_key=True),
    Column("etag", Text, nullable=False),
    Column("last_modified", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("period", Name, nullable=False),
    Column("sha256", Name, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("pulled_at", Moment(), nullable=False),
)

report_deliveries = Table(
    "report_deliveries",
    metadata,
    Column("id", Id, primary_key=True),
    Column("unit", Name, nullable=False),
    Column("first_day", Name, nullable=False),
    Column("recipient", Name, nullable=False),
    Column("state", Name, nullable=False),
    Column("attempts", BigInteger, nullable=False),
    Column("first_at", Moment(), nullable=False),
    Column("changed_at", Moment(), nullable=False),
    Column("next_at", Moment()),
    Column("snapshot_id", Name, nullable=False),
    Column("message", Text, nullable=False, default=""),
    CheckConstraint(
        "state IN ('sending', 'sent', 'failed', 'refused', 'unsure')",
        name="ck_report_deliveries_state",
    ),
    Index("ux_report_deliveries_once", "unit", "first_day", "recipient", unique=True),
)
