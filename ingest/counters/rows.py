"""Measurements in long form: what performance readers give and counter formulas take."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

import pyarrow as pa

from ingest.readers.rows import BadRow

_TEXT = pa.dictionary(pa.int32(), pa.string())  # few texts, many rows; batches differ in theirs

MEASURED = pa.schema(
    [
        ("row_number", pa.int64()),
        ("object", _TEXT),
        ("start", pa.timestamp("us", "UTC")),
        ("period_s", pa.int32()),
        ("suspect", pa.bool_()),
        ("counter", _TEXT),
        ("value", pa.float64()),
    ]
)
"""One row per measured object, interval and wanted counter.

``row_number`` counts the measured objects of the file (``measValue``) from 1, so that rows of one
number belong together. ``object`` is the full name, the managed element's first. ``start`` is the
interval's start, ``period_s`` its length in seconds. ``suspect``: the source itself doubts these
values. ``counter`` is a name of :class:`Wanted`. ``value`` is null where it is unknown: NIL, empty,
no finite number, or left out.
"""

_ELEMENT = re.compile(r"(.+)\[(\d{1,4})\]")
_SUM = re.compile(r"sum\((.+)\)")
SUM = -1
"""Stands for the sum of all elements where a place in a vector is asked for."""


@dataclass(frozen=True)
class Wanted:
    """The counters that formulas ask for.

    Attributes:
        names: ``X`` is a counter of one number, ``X[2]`` the third element (from 0) of a vector,
            ``sum(X)`` the sum of all its elements, unknown when one is. None: every counter as it
            stands, vectors by their elements.
    """

    names: frozenset[str] | None = None

    def places(self) -> dict[str, dict[int | None, str]] | None:
        """Counter -> place in its vector -> wanted name; place None is the whole, SUM the sum."""
        if self.names is None:
            return None
        found: dict[str, dict[int | None, str]] = {}
        for name in sorted(self.names):
            counter, place = split_name(name)
            found.setdefault(counter, {})[place] = name
        return found

    def ignored(self, seen: Iterable[str]) -> tuple[str, ...]:
        """Of the counters that were seen, those that nobody asks for, in order of names."""
        places = self.places()
        return () if places is None else tuple(sorted(set(seen) - set(places)))


def split_name(name: str) -> tuple[str, int | None]:
    """Counter and place of a wanted name: (X, None) of X, (X, 2) of X[2], (X, SUM) of sum(X)."""
    if match := _SUM.fullmatch(name):
        return match[1], SUM
    if match := _ELEMENT.fullmatch(name):
        return match[1], int(match[2])
    return name, None


@dataclass
class Measured:
    """A performance file that is being read.

    Attributes:
        sender: name of the element that wrote the file; empty when it does not say.
        vendor: as the file says; may be empty.
        begin: when the collection began, UTC; None when it is not told.
        rows: batches of the schema MEASURED; rows are in no particular order, but those of one
            measured object are in one batch. A file that turns out cut off, unsound
            or beyond a limit raises FileRefusedError here: nothing of it may be kept.
        rows_read: measured objects; complete, as all below, once ``rows`` is used up.
        bad: measured objects that could not be taken apart; none of them is in ``rows``.
        counters_seen: names of all counters in the file.
        ignored: counters that nobody asks for.
    """

    sender: str
    vendor: str
    begin: datetime | None
    rows: Iterator[pa.RecordBatch]
    rows_read: int = 0
    bad: list[BadRow] = field(default_factory=list)
    counters_seen: set[str] = field(default_factory=set)
    ignored: tuple[str, ...] = ()
