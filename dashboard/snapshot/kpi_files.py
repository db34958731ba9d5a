"""The KPI days of a snapshot: the least SQL that reads the days a query asks for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq

from dashboard.errors import SnapshotError

NONE = "no_kpis"  # the table that stands for a snapshot without KPIs
_DAY = timedelta(days=1)
# Columns of files by inode: a day is the same file from snapshot to snapshot.
_COLUMNS: dict[tuple[int, int, int, int], pa.Schema] = {}
_COLUMNS_LIMIT = 4096


class KpiFiles:
    """Which files there are, and which of them have the same columns.

    A query over files whose columns may differ has to open all of them first. So the columns are
    compared once, and only where they do differ are the groups joined by name.
    """

    def __init__(self, path: Path, names: Iterable[str], zone: str) -> None:
        """Look into the files of a snapshot directory.

        Args:
            path: of the snapshot.
            names: of the files, ``kpis/<local day>.<hash>.parquet``.
            zone: of those days.

        Raises:
            SnapshotError: a file cannot be read.
        """
        self._zone = ZoneInfo(zone)
        found = []
        for name in sorted(names):
            try:
                found.append((_day(name), path / name, _columns(path / name)))
            except (OSError, pa.ArrowException) as error:
                reason = str(error).splitlines()[0]
                raise SnapshotError(f"snapshot {path.name}: {name}: {reason}") from error
        self._files = found

    def source(self, since: datetime | None = None, until: datetime | None = None) -> str:
        """What to write after FROM to read the rows of a time; rows of other times may be there.

        Args:
            since: begin of the first interval (aware); None: all days.
            until: end of the last one (aware); None: up to the newest day.
        """
        # A day more at both ends: days that were cut in another zone are found too.
        first = since.astimezone(self._zone).date() - _DAY if since else date.min
        last = until.astimezone(self._zone).date() + _DAY if until else date.max
        files = [file for file in self._files if file[0] is None or first <= file[0] <= last]
        files = files or self._files[-1:]
        if not files:
            return NONE
        groups = [list(group) for _, group in groupby(files, key=lambda file: file[2])]
        parts = [_read(path for _, path, _ in group) for group in groups]
        if len(parts) == 1:
            return parts[0]
        return f"({' UNION ALL BY NAME '.join(f'SELECT * FROM {part}' for part in parts)})"


def _read(paths: Iterable[Path]) -> str:
    # A list of files cannot be a parameter of part of a query: the paths are ours, quoted.
    listed = ", ".join("'" + str(path.resolve()).replace("'", "''") + "'" for path in paths)
    return f"read_parquet([{listed}])"


def _day(name: str) -> date | None:
    try:
        return date.fromisoformat(Path(name).name.split(".")[0])
    except ValueError:
        return None


def _columns(path: Path) -> pa.Schema:
    status = path.stat()
    key = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
    if key not in _COLUMNS:
        if len(_COLUMNS) >= _COLUMNS_LIMIT:
            _COLUMNS.clear()
        _COLUMNS[key] = pq.read_schema(path).remove_metadata()
    return _COLUMNS[key]
