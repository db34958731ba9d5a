"""Single tables of the published snapshot, for jobs that need a few rows and no database."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import ValidationError

from dashboard.errors import SnapshotError
from dashboard.snapshot import files
from dashboard.snapshot.content import Manifest
from dashboard.snapshot.reader import NothingPublishedError, current_id
from dashboard.snapshot.schemas import OPTIONAL, SCHEMAS


class Tables:
    """The tables of one snapshot as rows. What came later than the snapshot reads as unknown."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            text = (path / files.MANIFEST).read_text("utf-8")
            self.manifest = Manifest.model_validate_json(text)
        except (OSError, ValidationError) as error:
            raise SnapshotError(f"snapshot {path.name}: its manifest cannot be read") from error

    @classmethod
    def newest(cls, data: Path) -> Tables:
        """Those of the snapshot that is published now.

        Raises:
            NothingPublishedError: there is none.
            SnapshotError: its manifest cannot be read.
        """
        name = current_id(data)
        if name is None:
            raise NothingPublishedError("nothing has been published yet; run: foresite forecast")
        return cls(files.snapshots_dir(data) / name)

    def rows(
        self, name: str, filters: Sequence[tuple[str, str, Any]] | None = None
    ) -> list[dict[str, Any]]:
        """Rows of a table with all columns of its schema; times are UTC.

        Args:
            name: of ``SCHEMAS`` or ``OPTIONAL``.
            filters: as of ``pyarrow.parquet.read_table``: column, operator, value.

        Raises:
            SnapshotError: the file is gone (pruned meanwhile) or damaged.
        """
        schema = (SCHEMAS | OPTIONAL)[name]
        file = f"{name}.parquet"
        if name in OPTIONAL and file not in self.manifest.files:
            return []
        try:
            table = pq.read_table(self.path / file, filters=filters)
        except (OSError, pa.ArrowException) as error:
            reason = str(error).splitlines()[0]
            raise SnapshotError(f"snapshot {self.path.name}: {file}: {reason}") from error
        empty = dict.fromkeys(schema.names)
        return [{**empty, **row} for row in table.to_pylist()]
