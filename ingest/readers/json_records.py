"""JSON: arrays, pages, lines and notifications of records, as rows of text.

A whole document is read at a time, since a record may be told only by what stands behind it; its
size has a limit of its own. Numbers stay the text they were written as, however long.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ingest.errors import FileRefusedError
from ingest.profiles.model import Table
from ingest.profiles.paths import Json, RecordPath, parse_path
from ingest.readers.rows import BadRow, Rows, check_header
from ingest.readers.scan import Scan, open_bytes
from ingest.settings import IngestSettings

NOT_AN_OBJECT, TOO_DEEP, HALF_SIGN = "not_an_object", "too_deep", "half_sign"
_SPACE = " \t\r\n"
_KEYS = {
    "regions": "region_id",
    "cells": "cell_id",
    "kpis": "cell_id",
    "tickets": "ticket_id",
    "works": "work_id",
    "events": "event_id",
    "alarms": "alarm_id",
    "teams": "team_id",
    "shifts": "team_id",
}


@dataclass(frozen=True)
class Record:
    """One JSON object and the notification it came in, if any."""

    body: dict[str, Json]
    envelope: dict[str, Json] | None = None


def read_json(
    path: Path, scan: Scan, encoding: str, table: Table, settings: IngestSettings
) -> Rows:
    """Rows of a JSON file.

    Taken as records: the objects of an array; of the one array in an object that is no record
    itself (a page); objects or pages that follow one another (JSON lines); what a TM Forum
    notification carries in ``event``. With a profile the columns are its paths, and besides them
    the members of the records that no path begins with; without one, the members.

    Raises:
        FileRefusedError: too large, cut off, not JSON, NaN or Infinity in it, a name twice in one
            object, or a text that is too long.
    """
    if scan.size > settings.max_json_bytes:
        raise FileRefusedError(
            f"{scan.size:,} bytes of JSON, more than max_json_bytes = "
            f"{settings.max_json_bytes:,}: split it, or deliver CSV or Parquet"
        )
    with open_bytes(path) as file:
        raw = file.read()
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise FileRefusedError(f"bytes that are not {encoding}: {error}") from error
    paths = _paths(table)
    keys = _keys(table, paths)
    found = list(_records(documents(text), keys))
    names = list(paths) + _other_names(found, paths)
    rows = Rows(check_header(names, settings.max_columns), iter(()))
    ways = [paths.get(name) or _member(name) for name in names]
    rows.data = _data(found, ways, rows, settings)
    return rows


def documents(text: str) -> list[Json]:
    """All JSON values of a text, one behind the other; numbers as text.

    Raises:
        FileRefusedError: see :func:`read_json`.
    """
    decoder = json.JSONDecoder(
        object_pairs_hook=_object, parse_int=str, parse_float=str, parse_constant=_constant
    )
    place, found = 0, []
    text = text.removeprefix("\ufeff")
    try:
        while place < len(text):
            if text[place] in _SPACE:
                place += 1
                continue
            value, place = decoder.raw_decode(text, place)
            found.append(value)
    except json.JSONDecodeError as error:
        raise FileRefusedError(
            f"is not JSON, or cut off: line {error.lineno}, column {error.colno}: {error.msg}"
        ) from error
    except RecursionError as error:
        raise FileRefusedError("nests objects or arrays too deep to be a table") from error
    if not found:
        raise FileRefusedError("is empty: there is no JSON in it")
    return found


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    made = dict(pairs)
    if len(made) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise FileRefusedError(f"an object has the name {twice!r} twice: which one counts?")
    return made


def _constant(word: str) -> Json:
    raise FileRefusedError(f"holds {word}, which is not JSON and no number: write null")


def _paths(table: Table) -> dict[str, RecordPath]:
    """The source columns of a profile's table, each as a path."""
    names = [
        name
        for rule in table.columns.values()
        for name in (*(rule.source or ()), *(rule.join or ()))
    ]
    return {name: _path(name, table) for name in names}


def _path(name: str, table: Table) -> RecordPath:
    """The name as a path; in a profile not written for JSON it may be a member's plain name."""
    try:
        return parse_path(name)
    except ValueError:
        if table.records == "json":
            raise
        return _member(name)


def _keys(table: Table, paths: dict[str, RecordPath]) -> set[str]:
    """Members by which a record is known and told from a page of records."""
    if not table.columns:
        return set(_KEYS.values())
    rule = table.columns.get(_KEYS[table.feed]) or next(iter(table.columns.values()))
    names = (*(rule.source or ()), *(rule.join or ()))
    return {first for name in names for first in paths[name].first_names}


def _records(values: list[Json], keys: set[str]) -> Iterator[Record | Json]:
    """Records, and in their places what is none."""
    for value in values:
        if isinstance(value, list):
            yield from (_unwrapped(item, keys) for item in value)
            continue
        page = _page(value, keys)
        if page is None:
            yield _unwrapped(value, keys)
        else:
            yield from (_unwrapped(item, keys) for item in page)


def _page(value: Json, keys: set[str]) -> list[Json] | None:
    """The one array of objects in an object that is no record and no notification."""
    if not isinstance(value, dict) or keys & set(value) or _is_notification(value):
        return None
    arrays = [
        member
        for member in value.values()
        if isinstance(member, list) and all(isinstance(item, dict) for item in member)
    ]
    return arrays[0] if len(arrays) == 1 else None


def _unwrapped(value: Json, keys: set[str]) -> Record | Json:
    """A record, out of its notification where it came in one; what is no object as it is."""
    if not isinstance(value, dict):
        return value
    event = value.get("event")
    if not isinstance(event, dict) or not _is_notification(value):
        return Record(value)
    inner = [member for member in event.values() if isinstance(member, dict)]
    carried = inner[0] if len(inner) == 1 and not keys & set(event) else event
    return Record(carried, value)


def _is_notification(value: dict[str, Json]) -> bool:
    return isinstance(value.get("event"), dict) and ("eventType" in value or "eventTime" in value)


def _other_names(found: list[Record | Json], paths: dict[str, RecordPath]) -> list[str]:
    """Members of the records, in order of their first showing, that no path begins with."""
    known = {first for path in paths.values() for first in path.first_names}
    names = {name: None for item in found if isinstance(item, Record) for name in item.body if name}
    return [name for name in names if name not in known and not _half_sign(name)]


def _member(name: str) -> RecordPath:
    return parse_path(f'"{name}"') if '"' not in name else RecordPath(())


def _data(
    found: list[Record | Json], ways: list[RecordPath], rows: Rows, settings: IngestSettings
) -> Iterator[tuple[int, list[str | None]]]:
    for number, item in enumerate(found, 1):
        if not isinstance(item, Record):
            rows.bad.append(BadRow(number, NOT_AN_OBJECT, type(item).__name__))
        elif _deeper(item.body, settings.max_json_depth):
            rows.bad.append(BadRow(number, TOO_DEEP, f"more than {settings.max_json_depth} levels"))
        else:
            fields = [way.text(item.body, item.envelope) for way in ways]
            if any(len(field) > settings.max_field_bytes for field in fields if field):
                raise FileRefusedError(
                    f"record {number}: a text is longer than max_field_bytes = "
                    f"{settings.max_field_bytes}"
                )
            if any(map(_half_sign, fields)):
                rows.bad.append(BadRow(number, HALF_SIGN, "half of a surrogate pair"))
            else:
                yield number, fields


def _half_sign(text: str | None) -> bool:
    """Whether an escape in the text stands for no sign of its own, so that no file can hold it."""
    return text is not None and not text.isascii() and any("\ud800" <= s <= "\udfff" for s in text)


def _deeper(value: Json, levels: int) -> bool:
    """Whether objects and arrays nest deeper than so many levels."""
    layer: list[Json] = [value]
    for _ in range(levels):
        inner: list[Json] = []
        for item in layer:
            if isinstance(item, dict):
                inner.extend(item.values())
            elif isinstance(item, list):
                inner.extend(item)
        layer = [item for item in inner if isinstance(item, (dict, list))]
        if not layer:
            return False
    return True
