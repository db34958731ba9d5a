"""Parquet: typed columns, taken over with their types, or as text where privacy asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ingest.deadline import check_time
from ingest.errors import FileRefusedError
from ingest.readers.rows import Rows, as_text, check_header
from ingest.settings import IngestSettings

_BATCH = 20_000
_CHECKED = 32_768
DAMAGE = (pa.ArrowException, OSError, ValueError, OverflowError)
"""What reading a damaged file may raise."""


def open_parquet(path: Path) -> pq.ParquetFile:
    """The file, to be used in a ``with`` statement; read piece by piece, never as a whole."""
    return pq.ParquetFile(path, pre_buffer=False)


def sound_batches(file: pq.ParquetFile, size: int) -> Iterator[pa.RecordBatch]:
    """The file's rows in batches, each validated down to the bytes of its texts.

    Raises:
        pa.ArrowInvalid: a batch is damaged, or rows are fewer than the file says it has.
    """
    rows = 0
    for batch in file.iter_batches(size):
        batch.validate(full=True)
        rows += batch.num_rows
        yield batch
    if rows != file.metadata.num_rows:
        raise pa.ArrowInvalid(f"{rows} rows instead of {file.metadata.num_rows}")


def check_sound(path: Path) -> None:
    """Read and validate a file to the last value, on two threads.

    Raises:
        FileRefusedError: the file is damaged.
    """
    try:
        with open_parquet(path) as file:
            groups = file.metadata.num_row_groups
            expected = file.metadata.num_rows
        halves = [half for half in (range(0, groups, 2), range(1, groups, 2)) if half]
        with ThreadPoolExecutor(2) as pool:
            counts = [pool.submit(copy_context().run, _sound, path, list(half)) for half in halves]
            rows = sum(count.result() for count in counts)
    except DAMAGE as error:
        raise FileRefusedError(f"the Parquet file is damaged: {_line(error)}") from error
    if rows != expected:
        raise FileRefusedError(f"the Parquet file is damaged: {rows} rows instead of {expected}")


def _sound(path: Path, groups: list[int]) -> int:
    """Rows of the row groups, each validated."""
    rows = 0
    with open_parquet(path) as file:
        for batch in file.iter_batches(_CHECKED, row_groups=groups, use_threads=False):
            check_time()
            batch.validate(full=True)
            rows += batch.num_rows
    return rows


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
