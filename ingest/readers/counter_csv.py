"""Tables of counters: one row per measured object and interval, one column per counter."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, islice

import numpy as np
import pyarrow as pa

from ingest.counters.cells import WHOLE
from ingest.counters.names import CounterNames, without_unit
from ingest.counters.rows import MEASURED, Measured
from ingest.deadline import check_time
from ingest.errors import FileRefusedError
from ingest.profiles.counters import CounterTable, template_names
from ingest.profiles.model import Table
from ingest.readers.rows import BadRow, Rows
from ingest.times import TimeReader

_BATCH = 5_000
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_NARROW = str.maketrans("０１２３４５６７８９．，－＋", "0123456789.,-+")
_SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600}
MISSING = frozenset({"nil", "null", "n/a", "na", "-", "--", "/0"})
"""Words for an unknown value that element managers write, besides the profile's; without case."""


@dataclass(frozen=True)
class _Columns:
    """Places in the header."""

    object: int | None
    start: int
    period: int | None
    reliability: int | None
    others: dict[str, int]  # columns that templates of the cell name
    counters: dict[int, tuple[str, ...]]

    @property
    def used(self) -> set[int]:
        places = {self.object, self.start, self.period, self.reliability}
        return {p for p in places if p is not None} | {*self.others.values(), *self.counters}


def read_counter_rows(rows: Rows, table: Table, names: CounterNames, times: TimeReader) -> Measured:
    """Measurements of a table.

    A first row without object and time is a row of units and counts for nothing. A row whose time,
    length or one of whose counters cannot be read is a bad row: a counter that is wrong in one
    place is not trusted in the next.

    Args:
        rows: the table.
        table: of the profile, with its ``counters``.
        names: the counters that are looked for.
        times: reads the times of the intervals.

    Raises:
        FileRefusedError: a column of object, time or length is missing, or a counter twice.
    """
    layout = table.counters or CounterTable()
    columns = _columns(rows.header, layout, names)
    measured = Measured("", "", None, iter(()))
    measured.ignored = tuple(
        name for place, name in enumerate(rows.header) if name and place not in columns.used
    )
    measured.counters_seen = {rows.header[place] for place in columns.counters}
    measured.rows = _Reading(rows, table, columns, times, measured).batches()
    return measured


def _columns(header: tuple[str, ...], layout: CounterTable, names: CounterNames) -> _Columns:
    places: dict[str, int] = {}
    for place, name in enumerate(header):  # exact names come before those without their unit
        places.setdefault(name.casefold(), place)
    for place, name in enumerate(header):
        places.setdefault(without_unit(name).casefold(), place)
    keys = {k for template in layout.cell or () for k in template_names(template) if k != WHOLE}
    others = {key: places[key.casefold()] for key in sorted(keys) if key.casefold() in places}
    missing = []
    found: list[int | None] = []
    for wanted in (layout.object, layout.start, layout.period, layout.reliability):
        first = next((places[n.casefold()] for n in wanted or () if n.casefold() in places), None)
        found.append(first)
        if wanted and first is None and not (wanted is layout.object and others):
            missing.append(" or ".join(wanted))
    if layout.period is None and layout.period_min is None:
        missing.append("period or period_min in [tables.counters]")
    if missing or found[1] is None:
        raise FileRefusedError(
            f"lacks the column {'; '.join(missing)}; it has {', '.join(n for n in header if n)}"
        )
    counters = names.columns(header)
    for taken in {p for p in found if p is not None} | set(others.values()):
        counters.pop(taken, None)
    return _Columns(found[0], found[1], found[2], found[3], others, counters)


class _Reading:
    def __init__(
        self, rows: Rows, table: Table, columns: _Columns, times: TimeReader, measured: Measured
    ) -> None:
        self._rows, self._table = rows, table
        self._layout = layout = table.counters or CounterTable()
        self._columns, self._times, self._measured = columns, times, measured
        self._missing = MISSING | {word.strip().casefold() for word in table.missing}
        self._reliable = {word.casefold() for word in layout.reliable}
        self._moments: dict[str, tuple[datetime | None, str | None]] = {}
        self._order = [(place, name) for place, kept in columns.counters.items() for name in kept]

    def batches(self) -> Iterator[pa.RecordBatch]:
        data = iter(self._rows.data)
        first = list(islice(data, 1))
        skipped = int(bool(first) and self._is_units(first[0][1]))
        data = data if skipped else chain(first, data)
        while part := list(islice(data, _BATCH)):
            check_time()
            batch = self._batch([(number - skipped, fields) for number, fields in part])
            if batch is not None:
                yield batch
        broken = [BadRow(b.number - skipped, b.reason, b.value) for b in self._rows.bad]
        self._measured.bad.extend(broken)
        self._measured.rows_read += len(broken)

    def _is_units(self, fields: list[str | None]) -> bool:
        places = (self._columns.object, self._columns.start)
        return all(place is None or not (fields[place] or "").strip() for place in places)

    def _batch(self, part: list[tuple[int, list[str | None]]]) -> pa.RecordBatch | None:
        numbers: list[int] = []
        objects: list[str] = []
        starts: list[datetime] = []
        periods: list[int] = []
        doubts: list[bool] = []
        values: list[list[float | None]] = []
        for number, fields in part:
            self._measured.rows_read += 1
            try:
                start, period_s = self._interval(fields)
                row = self._values(fields)
                name = self._object(fields)
            except _BadFieldError as error:
                self._measured.bad.append(BadRow(number, error.reason, error.value))
                continue
            numbers.append(number)
            objects.append(name)
            starts.append(start)
            periods.append(period_s)
            doubts.append(self._doubted(fields))
            values.append(row)
        width = len(self._order)
        if not numbers or not width:
            return None
        places = np.repeat(np.arange(len(numbers), dtype=np.int32), width)
        return pa.RecordBatch.from_arrays(
            [
                pa.array(numbers, pa.int64()).take(pa.array(places)),
                pa.DictionaryArray.from_arrays(pa.array(places), pa.array(objects, pa.string())),
                pa.array(starts, pa.timestamp("us", "UTC")).take(pa.array(places)),
                pa.array(periods, pa.int32()).take(pa.array(places)),
                pa.array(doubts, pa.bool_()).take(pa.array(places)),
                pa.DictionaryArray.from_arrays(
                    pa.array(np.tile(np.arange(width, dtype=np.int32), len(numbers))),
                    pa.array([name for _, name in self._order], pa.string()),
                ),
                pa.array([value for row in values for value in row], pa.float64()),
            ],
            schema=MEASURED,
        )

    def _interval(self, fields: list[str | None]) -> tuple[datetime, int]:
        text = (fields[self._columns.start] or "").strip()
        if text not in self._moments:
            self._moments[text] = self._times.read(text) if text else (None, "missing_value")
        moment, reason = self._moments[text]
        if moment is None:
            raise self._bad(reason or "bad_time", self._columns.start, text)
        if self._columns.period is None:
            period_s = (self._layout.period_min or 0) * 60
        else:
            length = self._number(self._columns.period, fields)
            if length is None:
                raise self._bad("bad_period", self._columns.period, "")
            seconds = length * _SECONDS[self._layout.period_unit]
            if not 0 < seconds < 1e9 or seconds != int(seconds):
                raise self._bad("bad_period", self._columns.period, f"{length:g}")
            period_s = int(seconds)
        if self._layout.time_is == "end":
            moment -= timedelta(seconds=period_s)
        return moment, period_s

    def _object(self, fields: list[str | None]) -> str:
        place = self._columns.object
        parts = [] if place is None else [(fields[place] or "").strip()]
        for key, column in self._columns.others.items():
            parts.append(f"{key}={(fields[column] or '').strip()}")
        name = ", ".join(part for part in parts if part)
        if not name:
            raise self._bad("missing_value", place or 0, "")
        return name

    def _doubted(self, fields: list[str | None]) -> bool:
        place = self._columns.reliability
        return place is not None and (
            (fields[place] or "").strip().casefold() not in self._reliable
        )

    def _values(self, fields: list[str | None]) -> list[float | None]:
        read = {place: self._number(place, fields) for place in self._columns.counters}
        return [read[place] for place, _ in self._order]

    def _number(self, place: int, fields: list[str | None]) -> float | None:
        """The number at a place; None where it is unknown."""
        text = (fields[place] or "").strip()
        if text.isdigit() and text.isascii() and len(text) < 300:  # as nearly all are
            return float(text)
        if not text or text.casefold() in self._missing:
            return None
        plain = text.translate(_NARROW) if self._table.full_width else text
        if self._table.decimal_comma:
            plain = plain.replace(".", "").replace(",", ".")
        if not _NUMBER.fullmatch(plain):
            raise self._bad("not_a_number", place, text)
        value = float(plain)
        if value in (float("inf"), float("-inf")):
            raise self._bad("not_a_number", place, text)
        return value

    def _bad(self, reason: str, place: int, text: str) -> _BadFieldError:
        return _BadFieldError(reason, f"{self._rows.header[place]}: {text[:80]}")


class _BadFieldError(Exception):
    def __init__(self, reason: str, value: str) -> None:
        super().__init__(reason)
        self.reason, self.value = reason, value
