"""Walks a performance file: blocks are read while the parser is still at them, then thrown away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
from lxml import etree
from lxml.etree import _Element as Element

from ingest.counters.rows import Measured, Wanted
from ingest.deadline import check_time
from ingest.errors import FileRefusedError
from ingest.profiles.model import Table
from ingest.readers.measurements.block import Block, Defect, Taken, read_types
from ingest.readers.measurements.interval import Interval, read_interval
from ingest.readers.measurements.long_rows import LongRows
from ingest.readers.measurements.names import FullNames
from ingest.readers.measurements.source import xml_blocks
from ingest.readers.rows import BadRow
from ingest.settings import MIB, IngestSettings
from ingest.times import TimeReader

ROOTS = ("measCollecFile", "measDataFile")
MAX_BAD = 100_000
"""So many objects that cannot be taken apart are put down one by one; more refuse the file."""
_IDLE = 64 * MIB  # so many bytes without an object, or in one: memory would not stay flat
_PROLOGUE = MIB  # so many bytes may stand before the root element
_HELD = 32 * MIB  # so many bytes are read at most before a batch is given
_ELEMENTS = ("managedElement", "measEntity")
_NOT_ONE = (
    "is no performance file of TS 32.435 or TS 28.532: the root element is neither "
    "measCollecFile nor measDataFile"
)


class Reader:
    """One pass over one file.

    The parser is fed block by block. After each, the finished ``measValue`` elements of the
    ``measInfo`` that is still open are read and deleted, all but the last: the parser may still be
    adding text behind it. What is left of a finished ``measInfo`` or ``measData`` goes when the
    next one starts, for the same reason.
    """

    def __init__(
        self, path: Path, table: Table | None, settings: IngestSettings, wanted: Wanted
    ) -> None:
        self.measured = Measured("", "", None, iter(()))
        self._max_columns = settings.max_columns
        self._wanted, self._places = wanted, wanted.places()
        self._declared_s = table.granularity_s if table else None
        self._times = TimeReader(
            table.time_formats if table else ("iso",),
            (table.time_zone if table else None) or settings.time_zone,
            next_day_24=True,  # as XML Schema has it
        )
        self._source = xml_blocks(path, settings)
        self._parser = etree.XMLPullParser(
            events=("start", "end"),
            tag=("{*}measInfo", *(f"{{*}}{root}" for root in ROOTS)),
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        self._events: list[tuple[str, Element]] = []
        self._ended = False
        self._idle = self._held = 0
        self._namespace = ""
        self._data: Element | None = None  # the measData at hand
        self._info: Element | None = None  # the measInfo at hand, while it is open
        self._block: Block | None = None
        self._interval = Interval(None, 0)
        self._head = 0  # children of the measInfo before its first measValue
        self._names = FullNames("")
        self._rows = LongRows()

    def start(self) -> Measured:
        """Read as far as the header goes.

        Raises:
            FileRefusedError: no performance file, or no sound XML.
        """
        while not self._ended and len(self._events) < 2:  # the root and the first measInfo
            self._feed()
            if not self._events and self._held > _PROLOGUE:
                raise FileRefusedError(_NOT_ONE)
        root = self._events[0][1]
        self._namespace = root.tag[: root.tag.rfind("}") + 1]
        self._read_header(root)
        self.measured.rows = self._batches()
        return self.measured

    def _batches(self) -> Iterator[pa.RecordBatch]:
        while True:
            for event, element in self._events:
                if element.getparent() is None:
                    continue
                if event == "start":
                    self._open(element)
                else:
                    self._drain(element, closed=True)
                    self._info = None
            if self._info is not None:
                self._drain(self._info, closed=False)
            self._events = []
            if self._rows.full or (self._held > _HELD and len(self._rows)):
                yield self._take()
            if self._ended:
                break
            self._feed()
        if len(self._rows):
            yield self._take()
        self.measured.ignored = self._wanted.ignored(self.measured.counters_seen)

    def _feed(self) -> None:
        """Give the parser the next block, or end it."""
        check_time()
        block = next(self._source, None)
        try:
            if block is None:
                self._ended = True
                root = self._parser.close()
                if root.tag.rpartition("}")[2] not in ROOTS:
                    raise FileRefusedError(_NOT_ONE)
            else:
                self._parser.feed(block)
        except etree.XMLSyntaxError as error:
            raise FileRefusedError(
                f"line {error.lineno}: cut off, or no sound XML ({error.msg}): deliver it whole"
            ) from error
        for event, element in self._parser.read_events():
            if isinstance(element, Element):
                self._events.append((str(event), element))
        size = len(block or b"")
        self._held, self._idle = self._held + size, self._idle + size
        if self._idle > _IDLE:
            raise FileRefusedError(
                f"{_IDLE:,} bytes without a measured object after {self.measured.rows_read:,} of "
                "them: no performance file is like that"
            )

    def _read_header(self, root: Element) -> None:
        header = root.find(self._namespace + "fileHeader")
        if header is None:
            return
        self.measured.vendor = header.get("vendorName", "")
        sender = header.find(self._namespace + "fileSender")
        if sender is not None:
            self.measured.sender = sender.get("localDn") or sender.get("senderName") or ""
        for child in header:
            if begin := child.get("beginTime"):
                self.measured.begin = self._times.read(begin.strip())[0]

    def _open(self, info: Element) -> None:
        """Begin a measInfo; what was read before it is thrown away."""
        data = info.getparent()
        if data is None:
            raise FileRefusedError(_NOT_ONE)
        if data is not self._data:
            _remove_before(data)
            self._data = data
            found = (data.find(self._namespace + name) for name in _ELEMENTS)
            own = next((element.get("localDn") for element in found if element is not None), None)
            self._names = FullNames(own or self.measured.sender)
        _remove_before(info)
        self._info, self._block, self._head = info, None, 0

    def _begin_block(self, info: Element, head: int) -> Block:
        """Read what stands before the first measValue: counters and interval."""
        namespace = self._namespace
        types = read_types(namespace, list(info)[:head])
        if len(types) > self._max_columns:
            raise FileRefusedError(
                f"line {info.sourceline}: {len(types):,} counters in one measInfo, more than "
                f"max_columns = {self._max_columns:,}"
            )
        self.measured.counters_seen.update(counter.name for counter in types)
        period = info.find(namespace + "granPeriod")
        end, duration = (
            (None, None) if period is None else (period.get("endTime"), period.get("duration"))
        )
        self._interval = read_interval(end, duration, self._times, self._declared_s)
        self._head = head
        return Block(namespace, types, self._places)

    def _drain(self, info: Element, *, closed: bool) -> None:
        """Read and delete the finished measValue elements."""
        stop = len(info) if closed else len(info) - 1
        if self._block is None:
            tag = self._namespace + "measValue"
            head = next((n for n, child in enumerate(info) if child.tag == tag), stop)
            if head >= stop and not closed:
                return
            self._block = self._begin_block(info, head)
        values = list(info)[self._head : stop]
        before = self.measured.rows_read
        self._read_values(values, self._block)
        if self.measured.rows_read > before:
            self._idle = 0
        if closed:
            del info[:]
        elif values:
            del info[self._head : stop]

    def _read_values(self, values: list[Element], block: Block) -> None:
        named = [value.get("measObjLdn") for value in values]
        tag = self._namespace + "measValue"
        if None in named:  # without a name, or an extension that is no object
            values = [v for v, name in zip(values, named, strict=True) if name or v.tag == tag]
            named = [value.get("measObjLdn") for value in values]
        first = self.measured.rows_read + 1
        self.measured.rows_read += len(values)
        if block.empty or not values:
            return
        problem = self._problem(block)
        taken = None if problem or None in named else block.read(values)
        if taken is not None:
            numbers = range(first, first + len(values))
            self._add(taken, numbers, [self._names.full(name or "") for name in named])
            return
        for number, (value, name) in enumerate(zip(values, named, strict=True), first):
            try:
                taken = block.read_one(value, problem)
                self._add(taken, (number,), (self._names.full(name or ""),))
            except Defect as defect:
                self._set_aside(number, value, defect)

    def _add(self, taken: Taken, numbers: Sequence[int], names: Sequence[str]) -> None:
        start, period_s = self._interval.start, self._interval.period_s
        if start is not None:
            self._rows.add(taken, numbers, names, start, period_s)

    def _problem(self, block: Block) -> Defect | None:
        """Why no object of the block can be read; None when they can."""
        if self._interval.start is None:
            return Defect(self._interval.reason, self._interval.value)
        return block.defect

    def _set_aside(self, number: int, value: Element, defect: Defect) -> None:
        bad = self.measured.bad
        where = f"line {value.sourceline}: {defect.value}".removesuffix(": ")
        bad.append(BadRow(number, defect.reason, where))
        if len(bad) > MAX_BAD:
            raise FileRefusedError(
                f"more than {MAX_BAD:,} measured objects cannot be taken apart; the first: "
                f"{bad[0].value} ({bad[0].reason})"
            )

    def _take(self) -> pa.RecordBatch:
        self._held = 0
        return self._rows.take()


def _remove_before(element: Element) -> None:
    """Remove the elements of the same kind right before this one; all of them are finished."""
    parent = element.getparent()
    while (before := element.getprevious()) is not None and before.tag == element.tag:
        if parent is None:
            return
        parent.remove(before)
