"""Copies of files without personal data, and where refused files go."""

from __future__ import annotations

import csv
import io
import os
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from ingest.archive.names import free_name, sync_folder
from ingest.archive.refused import is_customer_column, is_name_column, mask_bytes, mask_json
from ingest.errors import FileRefusedError
from ingest.files import MASKED, kind_of
from ingest.mapping import Plan
from ingest.opening import open_file
from ingest.privacy import HASH_MARK, hash_customer, mask_text
from ingest.profiles.model import Table
from ingest.profiles.records import is_json
from ingest.readers.columnar import read_parquet_rows
from ingest.readers.rows import ROW_NUMBER, Rows
from ingest.readers.scan import open_bytes
from ingest.settings import IngestSettings
from ingest.staging import Transform

_LENIENT_BYTES = 64 * 1024 * 1024


def move_refused_as_it_is(path: Path, folder: Path, reason: str, *, private: bool = False) -> Path:
    """Move a refused file into a folder, behind the reason beside it.

    A file of that name and other content is not replaced. ``private``: for its owner's eyes alone.
    """
    folder.mkdir(parents=True, exist_ok=True)
    target = free_name(folder / path.name, path)
    _write_reason(target, reason)
    if private:
        path.chmod(0o600)
    path.replace(target)
    sync_folder(folder)
    return target


def write_masked(
    path: Path, folder: Path, plan: Plan, transforms: dict[int, Transform], settings: IngestSettings
) -> Path:
    """Put a copy without personal data into the folder, durable; the file stays.

    The copy is UTF-8 CSV with those source columns that the feed knows, behind a column ``#row``
    with the row's number in the file; hashed customers carry the mark ``hmac:``. Loaded again,
    with the same profile, it says the same. Rows that could not be taken apart are left out.
    """
    opened = open_file(path, kind_of(path), plan.table, settings)
    rows = opened.rows or read_parquet_rows(path, settings)
    places = sorted({place for origin in plan.mapping.origins for place in origin.places})
    changes = [_marked(transforms.get(place)) for place in places]
    lines = (
        [
            str(number),
            *(change(fields[place]) for place, change in zip(places, changes, strict=True)),
        ]
        for number, fields in rows.data
    )
    header: list[str | None] = [ROW_NUMBER, *(rows.header[place] for place in places)]
    return _write(path.name, folder, header, lines)


def move_refused(
    path: Path, folder: Path, reason: str, table: Table | None, *, customers: set[str], key: bytes
) -> Path:
    """Put a refused file, which may hold personal data, into the folder.

    Text is kept with all its columns, masked, the customers' hashed (columns named in
    ``customers``, lower case) and people's names hashed; JSON as text likewise. What cannot be
    read as text or table is kept for its owner's eyes alone (mode 0600), without the numbers that
    can be read in it.
    """
    if is_json(path):
        return _rewrite(path, folder, reason, lambda raw: _masked_json(raw, customers, key))
    rows = _lenient(path, table)
    if rows is None:
        return _rewrite(path, folder, reason, mask_bytes)
    secret = {
        place
        for place, name in enumerate(rows.header)
        if name.lower() in customers or is_customer_column(name) or is_name_column(name)
    }

    def hashed(text: str | None) -> str | None:
        value = hash_customer(text, key)
        return None if value is None else HASH_MARK + value

    lines = (
        [hashed(text) if place in secret else mask_text(text) for place, text in enumerate(fields)]
        for _, fields in rows.data
    )
    header = [mask_text(name) for name in rows.header]
    target = _write(path.name, folder, header, lines, reason)
    path.unlink()
    return target


def _marked(change: Transform | None) -> Callable[[str | None], str | None]:
    """The transform; hashes get their mark, so that they are known for hashes when read again."""
    if change is None:
        return lambda text: text
    if not (isinstance(change, partial) and change.func is hash_customer):
        return change

    def marked(text: str | None) -> str | None:
        value = change(text)
        return None if value is None else HASH_MARK + value

    return marked


def _write_reason(target: Path, reason: str) -> None:
    target.with_name(target.name + ".reason.txt").write_text(reason + "\n", "utf-8")


def _write(
    name: str,
    folder: Path,
    header: list[str | None],
    lines: Iterator[list[str | None]],
    reason: str | None = None,
) -> Path:
    """Write the copy aside, make it durable, and rename it, behind the reason if there is one."""
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f".{name}.part"
    with part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(lines)
        file.flush()
        os.fsync(file.fileno())
    target = free_name(folder / (name + MASKED), part)
    if reason is not None:
        _write_reason(target, reason)
    part.replace(target)
    sync_folder(folder)
    return target


def _rewrite(path: Path, folder: Path, reason: str, change: Callable[[bytes], bytes]) -> Path:
    """Put the file's content, changed, into the folder; a large or gzip file's first part alone."""
    try:
        with open_bytes(path) as file:
            raw = file.read(_LENIENT_BYTES)
    except (OSError, EOFError, zlib.error):
        raw = path.read_bytes()[:_LENIENT_BYTES]
    content = change(raw)
    if content == path.read_bytes():
        return move_refused_as_it_is(path, folder, reason, private=True)
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f".{path.name}.part"
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    target = free_name(folder / (path.name + ".masked"), part)
    _write_reason(target, reason)
    part.replace(target)
    sync_folder(folder)
    path.unlink()
    return target


def _masked_json(raw: bytes, customers: set[str], key: bytes) -> bytes:
    wide = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    text = raw.decode("utf-16" if wide else _likely(raw), "backslashreplace")
    return mask_json(text, customers, key).encode("utf-8", "backslashreplace")


def _lenient(path: Path, table: Table | None) -> Rows | None:
    """The file's rows as far as they can be told, for masking alone; None when they cannot."""
    try:
        kind = kind_of(path)
        if kind == "parquet":
            return _all(read_parquet_rows(path, IngestSettings()))
        if kind == "workbook":
            layout = (table or Table(feed="tickets")).model_copy(update={"sheets": ("*",)})
            return _all(open_file(path, kind, layout, IngestSettings()).rows)
        with open_bytes(path) as file:
            content = file.read(_LENIENT_BYTES)
    except (FileRefusedError, OSError, EOFError):
        return None
    if b"\x00" in content:
        return None
    delimiter = table.delimiter if table else ","
    text = io.StringIO(content.decode(_likely(content), "backslashreplace"), newline="")
    csv.field_size_limit(_LENIENT_BYTES)
    reader = csv.reader(text, delimiter=delimiter)
    header = next(reader, [])
    return Rows(tuple(name.strip() for name in header), _numbered(reader))


def _likely(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    return "utf-8"


def _numbered(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str | None]]]:
    for number, fields in enumerate(reader, 1):
        yield number, list(fields)


def _all(rows: Rows | None) -> Rows | None:
    """The rows, all read, so that damage shows now and not while they are written."""
    return None if rows is None else Rows(rows.header, iter(list(rows.data)))
