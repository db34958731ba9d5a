"""Paths into JSON records, as the columns of a profile name them.

    path       = way *( "|" way )              the first that gives something counts
    way        = [ "^" ] [ "[" test "]" "." ] step *( "." step )
                                               ^: of the notification that the record came in;
                                               a test: only of records that pass it
    step       = name *( "[" selector "]" )
    name       = letters, digits and any of _ - @ $ :, or anything within double quotes
    selector   = "*"                           every element
               | number                        one element; -1 is the last
               | test                          the first element whose member is (is not) one of the
                                               values, compared without case; behind [*] all of them
    test       = name *( "." name ) ( "=" | "!=" ) value *( "," value )

Several values of one path are joined with ``"; "``. What a path leads to is text, a number, true or
false, or a list of such; an object, or nothing, is unknown.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

JOINED = "; "
_NAME = re.compile(r'"([^"]+)"|([\w@$:-]+)')
_INDEX = re.compile(r"-?\d{1,6}")
_TEST = re.compile(r"(?P<member>[^=!]+)(?P<no>!)?=(?P<values>.+)", re.DOTALL)

Json = object
_Step = Callable[[list[Json]], list[Json]]


@dataclass(frozen=True)
class Way:
    """One way into a record: ``first`` is the name it begins with."""

    first: str
    outside: bool
    steps: tuple[_Step, ...]

    def values(self, record: Json, envelope: Json) -> list[Json]:
        """All that the way leads to."""
        if len(self.steps) == 1 and not self.outside and isinstance(record, dict):
            return [record[self.first]] if self.first in record else []
        found: list[Json] = [envelope if self.outside else record]
        for step in self.steps:
            found = step(found)
        return found


@dataclass(frozen=True)
class RecordPath:
    """A path, ready to be followed."""

    ways: tuple[Way, ...]

    def text(self, record: Json, envelope: Json = None) -> str | None:
        """The text of the first way that leads to any; None when none does.

        Args:
            record: one JSON object; numbers in it as text.
            envelope: the notification around it, for ways that begin with ``^``.
        """
        for way in self.ways:
            texts = [text for value in way.values(record, envelope) for text in _texts(value)]
            if texts:
                return JOINED.join(texts)
        return None

    @property
    def first_names(self) -> set[str]:
        """The record's own members at which the ways begin."""
        return {way.first for way in self.ways if not way.outside}


@cache
def parse_path(text: str) -> RecordPath:
    """Read a path; ValueError with the place that cannot be understood."""
    return RecordPath(tuple(_way(part.strip(), text) for part in _split(text, "|", text)))


def _way(text: str, whole: str) -> Way:
    outside = text.startswith("^")
    steps: list[_Step] = []
    first = ""
    parts = _split(text.removeprefix("^"), ".", whole)
    for place, part in enumerate(parts):
        rest = part
        if place > 0 or len(parts) == 1 or not part.startswith("["):
            match = _NAME.match(part)
            if match is None:
                raise ValueError(f"the path {whole!r} has no name at {part!r}")
            name = match[1] or match[2]
            first = first or name
            steps.append(_member(name))
            rest = part[match.end() :]
        while rest:
            end = _closing(rest, whole)
            steps.append(_selector(rest[1:end].strip(), whole))
            rest = rest[end + 1 :]
    return Way(first, outside, tuple(steps))


def _split(text: str, sign: str, whole: str) -> list[str]:
    """Parts between the signs that stand neither in brackets nor in quotes."""
    parts, depth, quoted, part = [], 0, False, ""
    for letter in text:
        if letter == '"':
            quoted = not quoted
        elif not quoted and letter in "[]":
            depth += 1 if letter == "[" else -1
        if letter == sign and not quoted and depth == 0:
            parts.append(part)
            part = ""
        else:
            part += letter
    if quoted or depth != 0:
        raise ValueError(f"the path {whole!r} has an open quote or bracket")
    return [*parts, part]


def _closing(rest: str, whole: str) -> int:
    if not rest.startswith("["):
        raise ValueError(f"the path {whole!r} cannot be understood at {rest!r}")
    quoted = False
    for place, letter in enumerate(rest):
        if letter == '"':
            quoted = not quoted
        elif letter == "]" and not quoted:
            return place
    raise ValueError(f"the path {whole!r} has an open bracket")


def _member(name: str) -> _Step:
    def step(found: list[Json]) -> list[Json]:
        return [value[name] for value in found if isinstance(value, dict) and name in value]

    return step


def _selector(text: str, whole: str) -> _Step:
    if text == "*":
        return lambda found: [item for value in found if isinstance(value, list) for item in value]
    if _INDEX.fullmatch(text):
        return _element(int(text))
    test = _TEST.fullmatch(text)
    if test is None:
        raise ValueError(f"the path {whole!r} has the selector [{text}]: use *, a number, or a=b")
    try:
        member = _way(test["member"].strip(), whole)
    except ValueError:
        member = None
    if member is None or member.outside:
        raise ValueError(f"the path {whole!r} has the selector [{text}], which tests no member")
    values = {_unquoted(value).casefold() for value in test["values"].split(",")}
    return _chosen(member, values, wanted=test["no"] is None)


def _element(place: int) -> _Step:
    def step(found: list[Json]) -> list[Json]:
        lists = [value for value in found if isinstance(value, list)]
        return [value[place] for value in lists if -len(value) <= place < len(value)]

    return step


def _chosen(member: Way, values: set[str], *, wanted: bool) -> _Step:
    def fits(item: Json) -> bool:
        texts = {t.casefold() for v in member.values(item, None) for t in _texts(v)}
        return bool(texts & values) is wanted

    def step(found: list[Json]) -> list[Json]:
        kept: list[Json] = []
        for value in found:
            if isinstance(value, list):
                kept.extend([item for item in value if fits(item)][:1])
            elif fits(value):
                kept.append(value)
        return kept

    return step


def _unquoted(text: str) -> str:
    text = text.strip()
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text


def _texts(value: Json) -> list[str]:
    """The texts of a value; none of an object or an empty text."""
    if isinstance(value, str):
        return [value] if value.strip() else []
    if isinstance(value, bool):
        return ["true" if value else "false"]
    if isinstance(value, list):
        return [text for item in value if not isinstance(item, list) for text in _texts(item)]
    return []
