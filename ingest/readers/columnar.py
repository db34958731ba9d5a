"""Parquet: typed columns, read by DuckDB itself, or as text where privacy asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ingest.errors import FileRefusedError
from ingest.readers.rows import Rows, as_text, check_header
from ingest.settings import IngestSettings

_BATCH = 20_000


def parquet_header(path: Path, settings: IngestSettings) -> tuple[str, ...]:
    """Column names of a Parquet file; FileRefusedError when it is none, damaged or too large."""
    try:
        metadata = pq.read_metadata(path)
        names = list(metadata.schema.to_arrow_schema().names)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise FileRefusedError(f"the Parquet file cannot be read: {_line(error)}") from error
    if metadata.num_rows > settings.max_rows:
        raise FileRefusedError(
            f"{metadata.num_rows:,} rows, more than max_rows = {settings.max_rows:,}: split it"
        )
    return check_header(names, settings.max_columns)


def read_parquet_rows(path: Path, settings: IngestSettings) -> Rows:
    """Rows of a Parquet file as text, without a detour over a database or the disk."""
    header = parquet_header(path, settings)
    return Rows(header, _data(path))


def _data(path: Path) -> Iterator[tuple[int, list[str | None]]]:
    number = 0
    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=_BATCH):
                columns = [_texts(column) for column in batch.columns]
                for fields in zip(*columns, strict=True):
                    number += 1
                    yield number, list(fields)
    except (pa.ArrowException, OSError) as error:
        raise FileRefusedError(f"the Parquet file is damaged: {_line(error)}") from error


def _texts(column: pa.Array) -> list[str | None]:
    if pa.types.is_timestamp(column.type):
        # nanoseconds would come out as a pandas type
        column = column.cast(pa.timestamp("us", tz=column.type.tz), safe=False)
    return [as_text(value) for value in column.to_pylist()]


def _line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
