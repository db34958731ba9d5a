"""Read a snapshot: hashes are checked first, queries run in a locked-down in-memory DuckDB."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
from pydantic import ValidationError

from dashboard.errors import SnapshotError
from dashboard.snapshot import files
from dashboard.snapshot.content import Manifest
from dashboard.snapshot.kpi_files import NONE, KpiFiles
from dashboard.snapshot.queries import load_queries, load_sql
from dashboard.snapshot.schemas import COMPLAINT_DAYS, COMPLAINTS, OPTIONAL, SCHEMAS

# KPI days and months of complaints are hard links: the same inode from snapshot to snapshot, hashed
# once a process.
_VERIFIED: dict[tuple[int, int, int, int], str] = {}
_VERIFIED_LIMIT = 4096


def current_id(data: Path) -> str | None:
    """What ``CURRENT`` names, None when there is none yet."""
    try:
        return (files.snapshots_dir(data) / files.CURRENT).read_text("utf-8").strip() or None
    except FileNotFoundError:
        return None


def list_snapshots(data: Path) -> list[tuple[datetime, str]]:
    """All published snapshots as ``(as_of, snapshot_id)``, newest first.

    Of several with one as_of, the one published last comes first.
    """
    root = files.snapshots_dir(data)
    found = []
    for path in root.iterdir() if root.is_dir() else ():
        as_of = files.as_of_of(path.name)
        manifest = path / files.MANIFEST
        if as_of is not None and manifest.is_file():
            found.append((as_of, manifest.stat().st_mtime_ns, path.name))
    return [(as_of, name) for as_of, _, name in sorted(found, reverse=True)]


def read_manifest(path: Path) -> Manifest:
    """The manifest of a snapshot directory.

    Raises:
        SnapshotError: missing, unreadable or of another snapshot.
    """
    try:
        manifest = Manifest.model_validate_json((path / files.MANIFEST).read_bytes())
    except (OSError, ValidationError) as error:
        reason = str(error).splitlines()[0]
        raise SnapshotError(f"snapshot {path.name}: unusable manifest: {reason}") from error
    if manifest.snapshot_id != path.name:
        raise SnapshotError(f"snapshot {path.name}: its manifest is of {manifest.snapshot_id}")
    return manifest


class NothingPublishedError(SnapshotError):
    """No snapshot exists yet."""


class NothingThatOldError(SnapshotError):
    """Snapshots exist, but none at or before the moment asked for."""


class Snapshot:
    """One published state; immutable, safe to share between threads.

    Attributes:
        manifest: what it is.
        notice: why this one is shown instead of the one asked for; None in the normal case.
    """

    def __init__(self, path: Path, *, notice: str | None = None) -> None:
        self.path = path
        self.notice = notice
        self.manifest = read_manifest(path)
        _verify(path, self.manifest)
        self._kpis = KpiFiles(path, self.manifest.kpi_days, self.manifest.time_zone)
        self._connection = _connect(path, self.manifest)
        self._queries = load_queries()

    @classmethod
    def open(cls, data: Path, at: datetime | None = None) -> Snapshot:
        """The newest snapshot, or the newest with ``as_of <= at``.

        A damaged one is passed over for the newest intact one before it; ``notice`` says so.

        Raises:
            NothingPublishedError: there is none.
            NothingThatOldError: all are newer than ``at``.
            SnapshotError: all are damaged. Each message says what to do.
        """
        if at is not None and at.tzinfo is None:
            raise SnapshotError(f"at={at.isoformat()} has no time zone")
        known = list_snapshots(data)
        names = [name for as_of, name in known if at is None or as_of <= at]
        current = current_id(data)
        if at is None and current is not None:
            names = [current, *(name for name in names if name != current)]
        problems: list[str] = []
        for name in names:
            try:
                return cls(files.snapshots_dir(data) / name, notice="; ".join(problems) or None)
            except SnapshotError as error:
                problems.append(str(error))
        if problems:
            raise SnapshotError(f"no intact snapshot: {problems[0]}; run: foresite forecast")
        if known and at is not None:
            raise NothingThatOldError(
                f"no snapshot at or before {at.isoformat()}; the oldest is of"
                f" {known[-1][0].isoformat()}"
            )
        raise NothingPublishedError("nothing has been published yet; run: foresite forecast")

    @staticmethod
    def locate(data: Path, at: datetime) -> str | None:
        """The id of the newest snapshot with ``as_of <= at``, from names alone."""
        return next((name for as_of, name in list_snapshots(data) if as_of <= at), None)

    @property
    def id(self) -> str:
        """The snapshot's id."""
        return self.manifest.snapshot_id

    @property
    def has_day_sums(self) -> bool:
        """Every month of complaints has its daily sums; older snapshots have none."""
        return set(self.manifest.complaints) == set(self.manifest.complaint_days.values())

    def table(self, query: str, parameters: Mapping[str, Any] | None = None) -> pa.Table:
        """The result of a named query of ``sql/queries/``; times are UTC.

        ``{kpis}`` in it stands for the KPI rows of all days that ``$since`` and ``$until`` touch.

        Raises:
            SnapshotError: a KPI file is gone (pruned while somebody looked at it) or unreadable.
        """
        statement, given = self._queries[query], dict(parameters or {})
        if "{kpis}" in statement:
            source = self._kpis.source(given.get("since"), given.get("until"))
            statement = statement.replace("{kpis}", source)
        with self._connection.cursor() as cursor:
            try:
                relation = cursor.sql(statement, params=given)
                return relation.to_arrow_table()
            except (duckdb.IOException, duckdb.InvalidInputException) as error:
                reason = str(error).splitlines()[0]
                raise SnapshotError(f"snapshot {self.id}: {reason}") from error

    def frame(self, query: str, parameters: Mapping[str, Any] | None = None) -> pd.DataFrame:
        """The same as a frame."""
        frame: pd.DataFrame = self.table(query, parameters).to_pandas()
        for column in frame.columns:
            if isinstance(frame[column].dtype, pd.DatetimeTZDtype):
                frame[column] = frame[column].dt.tz_convert("UTC")
        return frame

    def rows(self, query: str, parameters: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """The same as plain dicts; null is None."""
        rows: list[dict[str, Any]] = self.table(query, parameters).to_pylist()
        return rows

    @cached_property
    def geojson(self) -> dict[str, Any]:
        """The regions' FeatureCollection, WGS-84."""
        loaded: dict[str, Any] = json.loads((self.path / "regions.geojson").read_bytes())
        return loaded

    def close(self) -> None:
        """Let go of the database."""
        self._connection.close()


def _verify(path: Path, manifest: Manifest) -> None:
    linked = {*manifest.kpi_days, *manifest.complaints, *manifest.complaint_days}
    for name, expected in manifest.files.items():
        file = path / name
        try:
            status = file.stat()
            key = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
            actual = _VERIFIED.get(key) or files.sha256(file)
        except OSError as error:
            raise SnapshotError(f"snapshot {path.name}: {name} cannot be read: {error}") from error
        if actual != expected:
            raise SnapshotError(f"snapshot {path.name}: {name} is damaged (its hash differs)")
        if name in linked:
            if len(_VERIFIED) >= _VERIFIED_LIMIT:
                _VERIFIED.clear()
            _VERIFIED[key] = actual


def _connect(path: Path, manifest: Manifest) -> duckdb.DuckDBPyConnection:
    """Small tables in memory, months as a view; then nothing outside the folder can be read."""
    connection = duckdb.connect(
        ":memory:",
        config={
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "threads": 2,
        },
    )
    try:
        connection.execute("SET TimeZone = 'UTC'")
        # A cell's page reads all KPI days: reading their footers anew takes longer than the rows.
        connection.execute("SET parquet_metadata_cache = true")
        for name, schema in (SCHEMAS | OPTIONAL).items():
            # An older snapshot lacks tables and columns that came later: they read as empty.
            connection.register("columns", schema.empty_table())
            if name in OPTIONAL and f"{name}.parquet" not in manifest.files:
                connection.execute(f"CREATE TABLE {name} AS SELECT * FROM columns")
            else:
                connection.execute(
                    f"CREATE TABLE {name} AS SELECT * FROM columns"
                    " UNION ALL BY NAME SELECT * FROM read_parquet($file)",
                    {"file": str(path / f"{name}.parquet")},
                )
            connection.unregister("columns")
        connection.execute(
            f"CREATE TABLE {NONE} (cell_id VARCHAR, ts TIMESTAMPTZ, period_min INTEGER)"
        )
        _complaints_view(connection, path, manifest)
        connection.execute(load_sql("lockdown.sql").replace("{folder}", _quoted(path.parent)))
    except duckdb.Error as error:
        connection.close()
        raise SnapshotError(f"snapshot {path.name}: {str(error).splitlines()[0]}") from error
    return connection


def _complaints_view(connection: duckdb.DuckDBPyConnection, path: Path, manifest: Manifest) -> None:
    """Views over the months' files: complaints and their daily sums; empty where there are none."""
    for name, schema, listed in (
        ("complaints", COMPLAINTS, manifest.complaints),
        ("complaint_days", COMPLAINT_DAYS, manifest.complaint_days),
    ):
        connection.register("columns", schema.empty_table())
        connection.execute(f"CREATE TABLE no_{name} AS SELECT * FROM columns")
        connection.unregister("columns")
        paths = ", ".join(f"'{_quoted(path / file)}'" for file in listed)
        source = f"read_parquet([{paths}])" if paths else f"no_{name}"
        connection.execute(f"CREATE VIEW {name} AS SELECT * FROM {source}")
    connection.execute(load_sql("complaints.sql"))


def _quoted(path: Path) -> str:
    return str(path.resolve()).replace("'", "''")
