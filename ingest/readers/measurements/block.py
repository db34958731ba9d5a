"""One block of measurements (``measInfo``): its counters, and the results of its objects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum, isfinite
from typing import NamedTuple

from lxml.etree import _Element as Element

from ingest.counters.rows import SUM

_DENSE = 3  # from a third of all results on it is quicker to take each than to pick
_UNDOUBTED = ("false", "0", "")

Texts = Sequence[str | None]
Places = dict[str, dict[int | None, str]]
"""Counter -> place in its vector -> wanted name, as of Wanted.places()."""


class Defect(Exception):  # noqa: N818 - of one object, not of the file
    """The results of an object cannot be taken apart."""

    def __init__(self, reason: str, value: str = "") -> None:
        super().__init__(reason)
        self.reason, self.value = reason, value


class Type(NamedTuple):
    """A counter of a block: its name and its position ``p``."""

    name: str
    p: str


@dataclass(frozen=True)
class Taken:
    """Results of several objects: per counter a text for each, and which of them are doubted."""

    counters: tuple[str, ...]
    columns: list[Texts]
    suspects: list[bool]


class Block:
    """Takes the wanted results out of the ``measValue`` elements of one block.

    Results come as a list (``measResults``) in the order of the counters, or one by one (``r``)
    with the counter's position ``p``; a counter without an ``r`` is unknown.

    Args:
        namespace: ``{uri}`` of the block's elements, or empty.
        types: the block's counters.
        wanted: None: all of them.
    """

    def __init__(self, namespace: str, types: list[Type], wanted: Places | None) -> None:
        self._r, self._list = namespace + "r", namespace + "measResults"
        self._suspect = namespace + "suspect"
        self._all = wanted is None
        self._types = types
        self._ps = [counter.p for counter in types]
        self._picks = [n for n, t in enumerate(types) if wanted is None or t.name in wanted]
        self._dense = len(self._picks) * _DENSE >= len(types)
        names = [types[n].name for n in self._picks]
        slots = [
            (n, place, wanted_name)
            for n, name in enumerate(names)
            for place, wanted_name in (wanted or {}).get(name, {None: name}).items()
        ]
        self.counters = tuple(name for _, _, name in slots)
        self._cuts = [(n, place) for n, place, _ in slots]
        self.defect = _defect(types)

    @property
    def empty(self) -> bool:
        """Whether none of its counters is wanted."""
        return not self.counters

    def read(self, values: list[Element]) -> Taken | None:
        """The results of ``measValue`` elements that are all laid out alike, as nearly all are.

        Element by element takes several times as long. None where they are not laid out alike:
        they are then for :meth:`read_one`.
        """
        counts = [len(value) for value in values]
        if self._all or 0 in counts:
            return None
        listed = values[0][0].tag == self._list
        width = 1 if listed else len(self._types)
        doubts = [value[-1] for value in values if len(value) != width]
        if not all(count in (width, width + 1) for count in counts):
            return None
        if [element.tag for element in doubts].count(self._suspect) != len(doubts):
            return None
        raw = self._from_lists(values) if listed else self._from_positions(values)
        if raw is None:
            return None
        suspects = [False] * len(values)
        if doubts:
            said = iter(doubts)
            suspects = [count != width and _doubted(next(said).text) for count in counts]
        return Taken(self.counters, self._cut(raw), suspects)

    def _from_lists(self, values: list[Element]) -> list[Texts] | None:
        firsts = [value[0] for value in values]
        if [first.tag for first in firsts].count(self._list) != len(firsts):
            return None
        parts = [(first.text or "").split() for first in firsts]
        if any(len(part) != len(self._types) for part in parts):
            return None
        return self._columns(parts)

    def _from_positions(self, values: list[Element]) -> list[Texts] | None:
        last = len(self._types) - 1
        if self._dense:
            rows = []
            for value in values:  # elements live briefly: many at once take longer
                row = list(value)[: last + 1]
                if [r.get("p") for r in row] != self._ps:
                    return None
                rows.append([r.text for r in row])
            return self._columns(rows)
        for place in {*self._picks, last}:
            if [value[place].get("p") for value in values].count(self._ps[place]) != len(values):
                return None
        return [[value[place].text for value in values] for place in self._picks]

    def _columns(self, rows: Sequence[Texts]) -> list[Texts]:
        if self._dense:
            columns: list[Texts] = list(zip(*rows, strict=True))
            return [columns[n] for n in self._picks]
        return [[row[n] for row in rows] for n in self._picks]

    def _cut(self, raw: list[Texts]) -> list[Texts]:
        """Wanted columns of picked ones: as they are, or an element or the sum of vectors."""
        return [
            raw[n] if place is None else [_cut(text, place) for text in raw[n]]
            for n, place in self._cuts
        ]

    def read_one(self, value: Element, problem: Defect | None = None) -> Taken:
        """The results of one ``measValue`` element, however it is laid out.

        Args:
            value: the element.
            problem: what is wrong with the block as a whole.

        Raises:
            Defect: it has no name, more or fewer results than counters in a list, or a position
                that no counter has, or that occurs twice; or the problem.
        """
        if problem is not None:
            raise problem
        if value.get("measObjLdn") is None:
            raise Defect("no_object")
        suspect = False
        listed: list[str] | None = None
        found: dict[str, str | None] = {}
        for child in value:
            if child.tag == self._suspect:
                suspect = suspect or _doubted(child.text)
            elif child.tag == self._list:
                listed = (child.text or "").split()
            elif child.tag == self._r:
                p = _position(child.get("p"))
                if p not in self._ps:
                    raise Defect("unknown_position", p[:40])
                if p in found:
                    raise Defect("repeated_position", p)
                found[p] = child.text
        row: Texts = [found.get(p) for p in self._ps]
        if listed is not None or not found:
            row = listed or []
        if len(row) != len(self._types):
            raise Defect(
                "wrong_number_of_results", f"{len(row)} results, {len(self._types)} counters"
            )
        if self._all:
            return self._spread(row, suspect=suspect)
        return Taken(self.counters, self._cut([[row[n]] for n in self._picks]), [suspect])

    def _spread(self, row: Texts, *, suspect: bool) -> Taken:
        """Every counter as it stands; vectors by their elements."""
        names: list[str] = []
        texts: list[str | None] = []
        for counter, text in zip(self._types, row, strict=True):
            if text is not None and "," in text:
                parts = text.split(",")
                names += [f"{counter.name}[{n}]" for n in range(len(parts))]
                texts += parts
            else:
                names.append(counter.name)
                texts.append(text)
        return Taken(tuple(names), [[text] for text in texts], [suspect])


def read_types(namespace: str, head: list[Element]) -> list[Type]:
    """The counters of a block, from the elements before its first object."""
    types: list[Type] = []
    for child in head:
        if child.tag == namespace + "measTypes":
            types += [Type(name, "") for name in (child.text or "").split()]
        elif child.tag == namespace + "measType":
            types.append(Type((child.text or "").strip(), _position(child.get("p"))))
    return [Type(counter.name, counter.p or str(n)) for n, counter in enumerate(types, 1)]


def _defect(types: list[Type]) -> Defect | None:
    """What is wrong with the counters of a block, so that none of its objects can be read."""
    if not types:
        return Defect("no_counters")
    for reason, texts in (
        ("repeated_position", [counter.p for counter in types]),
        ("repeated_counter", [counter.name for counter in types]),
    ):
        if twice := [text for text, count in Counter(texts).items() if count > 1]:
            return Defect(reason, twice[0][:80])
    return None


def _doubted(text: str | None) -> bool:
    """Whether a ``suspect`` element says so; what is neither true nor false counts as doubt."""
    return (text or "").strip().lower() not in _UNDOUBTED


def _position(text: str | None) -> str:
    """The position as a number is written, so that ``01`` and ``1`` are one."""
    text = (text or "").strip()
    return str(int(text)) if text.isascii() and text.isdigit() and len(text) < 10 else text


def _cut(text: str | None, place: int) -> str | None:
    """One element of a vector, or the sum of all; None where it is unknown."""
    if text is None:
        return None
    parts = text.split(",")
    if place != SUM:
        return parts[place] if place < len(parts) else None
    try:
        numbers = [float(part) for part in parts]
    except ValueError:
        return None
    if "_" in text or not text.isascii() or not all(isfinite(number) for number in numbers):
        return None
    return repr(fsum(numbers))
