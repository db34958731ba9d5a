"""One pass over a file before it is read: its hash, its size, and whether its text is sound."""

from __future__ import annotations

import codecs
import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

from ingest.deadline import check_time
from ingest.errors import FileRefusedError
from ingest.readers.ahead import read_ahead
from ingest.settings import MIB, IngestSettings

_BLOCK = 4 * MIB
_FREE = 16 * MIB  # below this much content no ratio is held against a file
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True)
class Scan:
    """What one pass over a text file shows.

    Attributes:
        sha256: of the file as delivered.
        bom: encoding that a byte order mark names, else None.
        utf8: all bytes are valid UTF-8.
        lines: line feeds in the content.
        quotes: a double quote occurs.
        underscores: how many there are.
        open_end: the last line has no line break.
        terminated: it has one, or the container vouches for the end (gzip).
        size: bytes of the content, unpacked.
    """

    sha256: str
    bom: str | None
    utf8: bool
    lines: int
    quotes: bool
    underscores: int
    open_end: bool
    terminated: bool
    size: int


def sha256(path: Path, settings: IngestSettings) -> str:
    """SHA-256 of a file, 64 hex digits; FileRefusedError when it is too large."""
    check_size(path, settings)
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_size(path: Path, settings: IngestSettings) -> None:
    """FileRefusedError when the file as delivered is larger than allowed."""
    size = path.stat().st_size
    if size > settings.max_file_bytes:
        raise FileRefusedError(
            f"{size:,} bytes, more than max_file_bytes = {settings.max_file_bytes:,}: split it"
        )


def is_gzip(path: Path) -> bool:
    """Whether the file is gzip by its first bytes, whatever its name."""
    with path.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"


def open_bytes(path: Path) -> IO[bytes]:
    """The content of a plain or gzip file."""
    if is_gzip(path):
        return io.BufferedReader(gzip.open(path))
    return path.open("rb")


def scan_text(path: Path, settings: IngestSettings) -> Scan:
    """Read the file once.

    Raises:
        FileRefusedError: too large, unpacks to too much, is cut off or damaged (gzip), or holds
            NUL bytes without a byte order mark.
    """
    check_size(path, settings)
    packed = is_gzip(path)
    limit = settings.max_decompressed_bytes if packed else settings.max_file_bytes
    ratio_limit = max(_FREE, path.stat().st_size * settings.max_ratio)
    bom: str | None = None
    size = lines = underscores = 0
    quotes, last, nul = False, b"", False
    utf8 = _Utf8()
    digest = hashlib.sha256()
    with read_ahead(_blocks(path) if packed else _hashed(path, digest)) as blocks:
        for block in blocks:
            check_time()
            if size == 0:
                bom = next((name for mark, name in _BOMS if block.startswith(mark)), None)
            size += len(block)
            if size > limit or (packed and size > ratio_limit):
                raise FileRefusedError(
                    f"unpacks to more than {min(limit, ratio_limit):,} bytes "
                    "(max_decompressed_bytes, max_ratio): it may be a bomb; split it if it is not"
                )
            lines += _count(block, b"\n")
            underscores += _count(block, b"_") if b"_" in block else 0
            quotes = quotes or b'"' in block
            nul = nul or b"\x00" in block
            utf8.feed(block)
            last = block[-4:]
    if nul and bom not in ("utf-16", "utf-32"):
        raise FileRefusedError(
            "holds NUL bytes: it is not text, or UTF-16 without a byte order mark; deliver UTF-8"
        )
    if bom in ("utf-16", "utf-32"):
        last = last[-2:].strip(b"\x00") if bom == "utf-16" else last.strip(b"\x00")
    open_end = size > 0 and not last.endswith((b"\n", b"\r"))
    return Scan(
        sha256(path, settings) if packed else digest.hexdigest(),
        bom,
        utf8.valid(),
        lines,
        quotes,
        underscores,
        open_end,
        packed or not open_end,
        size,
    )


def _blocks(path: Path) -> Iterator[bytes]:
    try:
        with open_bytes(path) as file:
            while block := file.read(_BLOCK):
                yield block
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise FileRefusedError(f"the gzip file is cut off or damaged: {error}") from error


def _count(block: bytes, sign: bytes) -> int:
    """How often the sign occurs; several times quicker than ``bytes.count``."""
    return int(np.count_nonzero(np.frombuffer(block, np.uint8) == sign[0]))


def _hashed(path: Path, digest: hashlib._Hash) -> Iterator[bytes]:
    """The content of a plain file, hashed on the way."""
    for block in _blocks(path):
        digest.update(block)
        yield block


class _Utf8:
    """Whether blocks of bytes, one after the other, are valid UTF-8."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("strict")
        self._valid = True
        self._clean = True  # no half character is waiting

    def feed(self, block: bytes) -> None:
        if not self._valid or (self._clean and block.isascii()):
            return
        try:
            self._decoder.decode(block)
        except UnicodeDecodeError:
            self._valid = False
            return
        self._clean = not self._decoder.getstate()[0]

    def valid(self) -> bool:
        return self._valid and self._clean
