"""The bytes of an XML file, block by block, bounded before the parser sees them."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator
from pathlib import Path

from ingest.errors import FileRefusedError
from ingest.readers.scan import check_size, is_gzip, open_bytes
from ingest.settings import MIB, IngestSettings

BLOCK = 256 * 1024
_FREE = 16 * MIB  # below this much content no ratio is held against a file
_FIELDS = 16  # so many of the longest fields make the longest text: lists are one text in XML
_DOCTYPE = b"<!DOCTYPE"
_WIDE = (b"\xff\xfe", b"\xfe\xff", b"\x00<", b"<\x00", b"\x00\x00")
_DECLARED = re.compile(rb"""<\?xml[^>]*?\bencoding\s*=\s*["']([A-Za-z0-9._:-]+)["']""")
_ASCII_LIKE = re.compile(
    r"utf-?8|(us-)?ascii|iso-?8859-?\d+|iso_8859-\d+|latin-?1|windows-125\d|cp125\d|gbk|cp936|gb-?2312"
    r"|gb-?18030|big5|euc-..",
    re.IGNORECASE,
)


def xml_blocks(path: Path, settings: IngestSettings) -> Iterator[bytes]:
    """The content of a plain or gzip XML file in blocks of 256 KiB.

    Document types are looked for in the bytes, which is sound because only encodings are let in
    whose markup is ASCII: entities never get as far as the parser.

    Raises:
        FileRefusedError: too large, unpacks to too much, is cut off or damaged (gzip), declares a
            document type or an encoding that is not let in, or holds an overlong text.
    """
    check_size(path, settings)
    packed = is_gzip(path)
    limit = settings.max_file_bytes
    if packed:
        ratio = max(_FREE, path.stat().st_size * settings.max_ratio)
        limit = min(settings.max_decompressed_bytes, ratio)
    texts = _Texts(settings.max_field_bytes * _FIELDS)
    size, rest = 0, b""
    for block in _blocks(path):
        if size == 0:
            _check_encoding(block)
        size += len(block)
        if size > limit:
            raise FileRefusedError(
                f"unpacks to more than {limit:,} bytes (max_decompressed_bytes, max_ratio): it may "
                "be a bomb; split it if it is not"
            )
        if _DOCTYPE in block or _DOCTYPE in rest + block[: len(_DOCTYPE)]:
            raise FileRefusedError(
                "has a document type declaration (<!DOCTYPE): performance files have none; "
                "deliver it without"
            )
        rest = block[-len(_DOCTYPE) :]
        texts.check(block)
        yield block
    if size == 0:
        raise FileRefusedError("is empty")


def _blocks(path: Path) -> Iterator[bytes]:
    try:
        with open_bytes(path) as file:
            while block := file.read(BLOCK):
                yield block
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise FileRefusedError(f"the gzip file is cut off or damaged: {error}") from error


def _check_encoding(head: bytes) -> None:
    if head.startswith(_WIDE):
        raise FileRefusedError("is UTF-16 or UTF-32: deliver UTF-8")
    match = _DECLARED.search(head[:1024])
    declared = match[1].decode("ascii") if match else "utf-8"
    if not _ASCII_LIKE.fullmatch(declared):
        raise FileRefusedError(f"declares the encoding {declared}: deliver UTF-8 or GB18030")


class _Texts:
    """Bounds the bytes between two ``<``, across blocks, without looking at every byte."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._open = 0  # bytes since the last < when the block begins

    def check(self, block: bytes) -> None:
        last = -1 - self._open
        while len(block) - last - 1 > self._limit:
            found = block.rfind(b"<", max(last + 1, 0), max(last + self._limit + 2, 0))
            if found < 0:
                raise FileRefusedError(
                    f"holds a text of more than {self._limit:,} bytes (16 × max_field_bytes)"
                )
            last = found
        found = block.rfind(b"<")
        self._open = len(block) - 1 - (last if found < 0 else found)
