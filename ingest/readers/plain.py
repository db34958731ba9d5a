"""Files as DuckDB's own readers want them: UTF-8, and without signs in the path that it expands."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ingest.errors import FileRefusedError
from ingest.readers.scan import open_bytes
from ingest.settings import MIB

_EXPANDED = "*?[]"


@contextmanager
def plain_file(path: Path, encoding: str | None = None) -> Iterator[Path]:
    """A path to the same content that DuckDB reads as one file.

    Args:
        path: the file.
        encoding: of a text file; other than UTF-8 is transcoded into a temporary file.

    Raises:
        FileRefusedError: bytes that are not of that encoding.
    """
    if encoding not in (None, "utf-8", "utf-8-sig"):
        with tempfile.TemporaryDirectory(prefix="foresite-") as folder:
            target = Path(folder) / "plain.csv"
            _transcode(path, str(encoding), target)
            yield target
    elif any(sign in str(path) for sign in _EXPANDED):
        with tempfile.TemporaryDirectory(prefix="foresite-") as folder:
            target = Path(folder) / "plain"
            target.symlink_to(path.resolve())
            yield target
    else:
        yield path


def _transcode(path: Path, encoding: str, target: Path) -> None:
    try:
        with (
            io.TextIOWrapper(open_bytes(path), encoding=encoding, newline="") as source,
            target.open("w", encoding="utf-8", newline="") as out,
        ):
            while block := source.read(4 * MIB):
                out.write(block)
    except UnicodeError as error:
        raise FileRefusedError(f"bytes that are not {encoding}: {error}") from error
