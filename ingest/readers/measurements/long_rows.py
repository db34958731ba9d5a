"""Collects the results of measured objects and gives them as batches in long form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.counters.rows import MEASURED
from ingest.readers.measurements.block import Taken

BATCH = 100_000  # values to a batch
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNKNOWN = pa.array(["", "NIL", "nil", "Nil", "NULL", "null", "NA", "N/A", "-"], pa.string())
_NUMBER = r"^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$"


@dataclass
class _Group:
    """Objects that share their interval and their counters."""

    numbers: list[int]
    names: list[str]
    suspects: list[bool]
    columns: list[list[str | None]]


@dataclass
class LongRows:
    """Rows on their way into a batch.

    Objects of the same interval and the same counters are kept together, whichever blocks they come
    from: files with one object to a block are as frequent as files with one block.
    """

    _groups: dict[tuple[tuple[str, ...], datetime, int], _Group] = field(default_factory=dict)
    _size: int = 0

    def add(
        self,
        taken: Taken,
        numbers: Sequence[int],
        names: Sequence[str],
        start: datetime,
        period_s: int,
    ) -> None:
        """Add the results of objects; ``numbers`` and ``names`` are the objects' own."""
        key = (taken.counters, start, period_s)
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = _Group([], [], [], [[] for _ in taken.columns])
        group.numbers.extend(numbers)
        group.names.extend(names)
        group.suspects.extend(taken.suspects)
        for column, texts in zip(group.columns, taken.columns, strict=True):
            column.extend(texts)
        self._size += len(numbers) * len(taken.columns)

    @property
    def full(self) -> bool:
        """Whether there is enough for a batch."""
        return self._size >= BATCH

    def __len__(self) -> int:
        return self._size

    def take(self) -> pa.RecordBatch:
        """The batch of all that was added, which is then forgotten."""
        table = pa.Table.from_batches(
            [_batch(*key, group) for key, group in self._groups.items()], MEASURED
        )
        self._groups, self._size = {}, 0
        [batch] = table.unify_dictionaries().combine_chunks().to_batches()
        return batch


def _batch(
    counters: tuple[str, ...], start: datetime, period_s: int, group: _Group
) -> pa.RecordBatch:
    """The rows of one group: counter by counter for each object in turn."""
    width, count = len(counters), len(group.numbers)
    rows = width * count
    objects = pa.array(group.names, pa.string()).dictionary_encode()
    values = np.empty((count, width))
    for place, texts in enumerate(group.columns):
        values[:, place] = numbers_of(texts).to_numpy(zero_copy_only=False)
    return pa.record_batch(
        [
            pa.array(np.repeat(np.array(group.numbers, np.int64), width)),
            pa.DictionaryArray.from_arrays(
                np.repeat(objects.indices.to_numpy(), width), objects.dictionary
            ),
            pa.array(np.full(rows, (start - _EPOCH) // timedelta(microseconds=1))).cast(
                MEASURED.field("start").type
            ),
            pa.array(np.full(rows, period_s, np.int32)),
            pa.array(np.repeat(np.array(group.suspects, np.bool_), width)),
            pa.DictionaryArray.from_arrays(
                np.tile(np.arange(width, dtype=np.int32), count), pa.array(counters, pa.string())
            ),
            pa.array(values.ravel(), from_pandas=True),
        ],
        schema=MEASURED,
    )


def numbers_of(texts: Sequence[str | None]) -> pa.Array:
    """The numbers that texts say; null for what is no finite number (NIL, NaN, ``12 Mbit``)."""
    array = pa.array(texts, pa.string())
    try:
        numbers = array.cast(pa.float64())
    except pa.ArrowInvalid:
        numbers = _carefully(pc.utf8_trim_whitespace(array))
    return pc.if_else(pc.is_finite(numbers), numbers, pa.scalar(None, pa.float64()))


def _carefully(array: pa.Array) -> pa.Array:
    nothing = pa.scalar(None, pa.string())
    array = pc.if_else(pc.is_in(array, value_set=_UNKNOWN), nothing, array)
    try:
        return array.cast(pa.float64())
    except pa.ArrowInvalid:
        sound = pc.match_substring_regex(array, _NUMBER)
        return pc.if_else(sound, array, nothing).cast(pa.float64())
