"""Parquet: typed columns, taken over with their types, or as text where privacy asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ingest.errors import FileRefusedError
from ingest.readers.rows import Rows, as_text, check_header
from ingest.settings import IngestSettings

_BATCH = 20_000
DAMAGE = (pa.ArrowException, OSError, ValueError, OverflowError)
"""What reading a damaged file may raise."""


def open_parquet(path: Path) -> pq.ParquetFile:
    """The file, to be used in a ``with`` statement."""
    return pq.ParquetFile(path)


def sound_batches(
    file: pq.ParquetFile, size: int, columns: list[str] | None = None
) -> Iterator[pa.RecordBatch]:
    """The file's rows in batches, each validated down to the bytes of its texts.

    Args:
        file: the open file.
        size: most rows of a batch.
        columns: names of those to be read; all when None.

    Raises:
        pa.ArrowInvalid: a batch is damaged, or rows are fewer than the file says it has.
    """
    rows = 0
    for batch in file.iter_batches(size, columns=columns):
        batch.validate(full=True)
        rows += batch.num_rows
        yield batch
    if rows != file.metadata.num_rows:
        raise pa.ArrowInvalid(f"{rows} rows instead of {file.metadata.num_rows}")


def parquet_header(path: Path, settings: IngestSettings) -> tuple[str, ...]:
    """Column names of a Parquet file; FileRefusedError when it is none, damaged or too large."""
    try:
        metadata = pq.read_metadata(path)
        names = list(metadata.schema.to_arrow_schema().names)
    except DAMAGE as error:
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
        with open_parquet(path) as file:
            for batch in sound_batches(file, _BATCH):
                columns = [_texts(column) for column in batch.columns]
                for fields in zip(*columns, strict=True):
                    number += 1
                    yield number, list(fields)
    except DAMAGE as error:
        raise FileRefusedError(f"the Parquet file is damaged: {_line(error)}") from error


def _texts(column: pa.Array) -> list[str | None]:
    if pa.types.is_timestamp(column.type):
        # nanoseconds would come out as a pandas type
        column = column.cast(pa.timestamp("us", tz=column.type.tz), safe=False)
    return [as_text(value) for value in column.to_pylist()]


def _line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
