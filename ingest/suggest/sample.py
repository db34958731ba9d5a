"""The first part of a file, taken apart: at most some megabytes, whatever the file's size."""

from __future__ import annotations

import csv
import io
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from ingest.errors import FileRefusedError
from ingest.files import Kind, kind_of
from ingest.readers.columnar import read_parquet_rows
from ingest.readers.json_records import documents
from ingest.readers.scan import open_bytes
from ingest.readers.workbook import sheet_lines
from ingest.settings import MIB, IngestSettings
from ingest.suggest.model import Guess

SAMPLE_BYTES, SAMPLE_ROWS = 4 * MIB, 5000
DELIMITERS = (",", ";", "\t", "|", "^")
_NAMES = {"\t": "tab", ",": "comma", ";": "semicolon"}


@dataclass(frozen=True)
class Sample:
    """The head of a file.

    Attributes:
        path, kind: the file.
        lines: fields of each line from the first on, as they stand there.
        encoding, delimiter, sheets: see :class:`~ingest.profiles.model.Table`; None where they
            need not be said.
        records: the lines are JSON records: the first holds paths.
        whole: nothing of the file is missing.
        guesses: how it was read.
    """

    path: Path
    kind: Kind
    lines: list[list[str]]
    encoding: str | None = None
    delimiter: str = ","
    sheets: tuple[str, ...] | None = None
    records: bool = False
    whole: bool = True
    guesses: list[Guess] = field(default_factory=list)


def take_sample(path: Path, settings: IngestSettings) -> Sample:
    """Read the head of a file.

    Raises:
        FileRefusedError: it cannot be read, is empty, or is a performance file (XML), which
            needs no columns.
    """
    kind = kind_of(path)
    if kind == "text":
        return _text(path)
    if kind == "workbook":
        return _workbook(path, settings)
    if kind == "parquet":
        rows = read_parquet_rows(path, settings)
        data = [_plain(fields) for _, fields in islice(rows.data, SAMPLE_ROWS)]
        return Sample(path, kind, [list(rows.header), *data], whole=len(data) < SAMPLE_ROWS)
    if kind == "records":
        return _records(path)
    raise FileRefusedError(
        "holds no table of rows: performance files (XML) are loaded without a profile"
    )


def _text(path: Path) -> Sample:
    try:
        with open_bytes(path) as file:
            raw = file.read(SAMPLE_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise FileRefusedError(f"cannot be read: {error}") from error
    whole = len(raw) <= SAMPLE_BYTES
    if not whole:
        raw = raw[: raw.rfind(b"\n") + 1] or raw
    encoding, text = _decode(raw)
    shown = text.split("\n", 400)[:400]
    delimiter, width, share = _delimiter(shown)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    lines = list(islice(_rows(reader), SAMPLE_ROWS))
    if not any(any(line) for line in lines):
        raise FileRefusedError("is empty: there is nothing to suggest a profile from")
    guesses = [
        Guess("encoding", encoding, "its bytes are valid in it", "high"),
        Guess(
            "delimiter",
            _NAMES.get(delimiter, delimiter),
            f"{share:.0%} of the lines have {width} fields with it",
            "high" if share > 0.9 and width > 1 else "low",
        ),
    ]
    told = None if encoding in ("utf-8", "utf-8-sig", "utf-16", "gb18030") else encoding
    return Sample(path, "text", lines, told, delimiter, whole=whole, guesses=guesses)


def _rows(reader: Iterator[list[str]]) -> Iterator[list[str]]:
    try:
        yield from reader
    except csv.Error as error:
        raise FileRefusedError(f"its rows cannot be taken apart: {error}") from error


def _decode(raw: bytes) -> tuple[str, str]:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16", raw.decode("utf-16", "replace")
    if raw.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig", raw.decode("utf-8-sig", "replace")
    for encoding in ("utf-8", "gb18030", "cp1252"):
        try:
            return encoding, raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise FileRefusedError("is neither UTF-8 nor GB18030: deliver UTF-8")


def _delimiter(lines: list[str]) -> tuple[str, int, float]:
    """The delimiter, the number of fields it makes, and the share of lines that have so many."""
    best = (",", 1, 0.0)
    for delimiter in DELIMITERS:
        try:
            rows = [row for row in csv.reader(lines, delimiter=delimiter) if any(row)]
        except csv.Error:
            continue
        widths = Counter(len(row) for row in rows)
        if not widths:
            continue
        width, count = max(widths.items(), key=lambda item: (item[1] * (item[0] > 1), item[0]))
        share = count / len(rows)
        if width > 1 and share * min(width, 4) > best[2] * min(best[1], 4):
            best = (delimiter, width, share)
    return best


def _workbook(path: Path, settings: IngestSettings) -> Sample:
    names, first = sheet_lines(path, None, settings, SAMPLE_ROWS)
    guesses = []
    sheets: tuple[str, ...] | None = None
    if len(names) > 1:
        heads = [sheet_lines(path, name, settings, 3)[1][:1] for name in names]
        if all(head == heads[0] for head in heads):
            sheets = ("*",)
            guesses.append(Guess("sheets", "all", f"all {len(names)} have the same header", "high"))
        else:
            guesses.append(
                Guess("sheets", names[0], f"the first; it has {', '.join(names)}", "medium")
            )
    lines = [_plain(line) for line in first]
    if not any(any(line) for line in lines):
        raise FileRefusedError(f"its sheet {names[0]!r} is empty")
    whole = len(first) < SAMPLE_ROWS and sheets is None
    return Sample(path, "workbook", lines, sheets=sheets, whole=whole, guesses=guesses)


def _records(path: Path) -> Sample:
    with open_bytes(path) as file:
        raw = file.read(SAMPLE_BYTES * 4 + 1)
    if len(raw) > SAMPLE_BYTES * 4:
        raise FileRefusedError("is too large a JSON file to suggest from: give a part of it")
    found = [row for value in documents(_decode(raw)[1]) for row in _objects(value)]
    flat = [_flat(row) for row in found[:SAMPLE_ROWS]]
    names = list(dict.fromkeys(name for row in flat for name in row))
    if not names:
        raise FileRefusedError("holds no JSON objects")
    lines = [names, *([row.get(name, "") for name in names] for row in flat)]
    return Sample(path, "records", lines, records=True, whole=len(found) <= SAMPLE_ROWS)


def _objects(value: object) -> list[dict[str, object]]:
    if isinstance(value, list):
        return [item for item in value if isinstance(item, dict)]
    if not isinstance(value, dict):
        return []
    arrays = [m for m in value.values() if isinstance(m, list) and m and isinstance(m[0], dict)]
    scalars = [m for m in value.values() if not isinstance(m, (list, dict))]
    if len(arrays) == 1 and len(scalars) < 6:
        return [item for item in arrays[0] if isinstance(item, dict)]
    return [value]


def _flat(value: dict[str, object], before: str = "", depth: int = 0) -> dict[str, str]:
    """The scalars of an object by path; of arrays of objects nothing."""
    found: dict[str, str] = {}
    for name, member in value.items():
        path = before + (name if name.isidentifier() else f'"{name}"')
        if isinstance(member, dict) and depth < 3:
            found.update(_flat(member, f"{path}.", depth + 1))
        elif isinstance(member, bool):
            found[path] = "true" if member else "false"
        elif isinstance(member, str):
            found[path] = member
    return found


def _plain(fields: list[str | None]) -> list[str]:
    return ["" if field is None else field for field in fields]


def base_table(sample: Sample) -> dict[str, object]:
    """Keys of the profile's table that follow from how the file is laid out."""
    keys: dict[str, object] = {}
    if sample.encoding:
        keys["encoding"] = sample.encoding
    if sample.delimiter != ",":
        keys["delimiter"] = sample.delimiter
    if sample.sheets:
        keys["sheets"] = sample.sheets[0] if len(sample.sheets) == 1 else list(sample.sheets)
    if sample.records:
        keys["records"] = "json"
    return keys
