"""The encoding of a text file: byte order mark, declared, strict UTF-8, GB18030; never mojibake."""

from __future__ import annotations

import io
from pathlib import Path

from ingest.errors import FileRefusedError
from ingest.readers.scan import Scan, open_bytes

_SHARE_OF_RARE = 0.2  # Chinese text has well under 1 % signs outside GB 2312


def encoding_of(path: Path, scan: Scan, declared: str | None) -> str:
    """Name of the encoding to read the file with.

    GB18030 reads nearly any bytes, so that text of another encoding would turn into other signs
    without a word. It is taken only when no line is UTF-8 Chinese, and when most of its two-byte
    signs are those of GB 2312, as in every real Chinese text.

    Raises:
        FileRefusedError: the bytes are of no encoding that can be told, or of two; names the line.
    """
    if scan.bom:
        return scan.bom
    if declared:
        _check(path, declared)
        return declared
    if scan.utf8:
        return "utf-8"
    common = rare = 0
    with open_bytes(path) as file:
        for number, line in enumerate(file, 1):
            if line.isascii():
                continue
            if _is_utf8_chinese(line):
                raise FileRefusedError(
                    f"line {number} is UTF-8, other lines are not: deliver one encoding, UTF-8"
                )
            try:
                line.decode("gb18030")
            except UnicodeDecodeError as error:
                raise FileRefusedError(
                    f"line {number} is neither UTF-8 nor GB18030 (byte {line[error.start]:#04x}): "
                    "deliver UTF-8, or declare the encoding in a profile"
                ) from error
            good, odd = _count_signs(line)
            common, rare = common + good, rare + odd
    if rare > _SHARE_OF_RARE * (common + rare):
        raise FileRefusedError(
            "is not UTF-8, and read as GB18030 it makes no sense: declare the encoding in a profile"
        )
    return "gb18030"


def _check(path: Path, declared: str) -> None:
    """Read through the file as text, so that a wrong byte is found before any row is."""
    number = 0
    try:
        with io.TextIOWrapper(open_bytes(path), encoding=declared) as text:
            for number, _ in enumerate(text, 1):  # noqa: B007 - the last line read is named
                pass
    except LookupError as error:
        raise FileRefusedError(f"the profile's encoding {declared!r} is not known") from error
    except UnicodeError as error:
        raise FileRefusedError(
            f"after line {number}: bytes that are not {declared}, as the profile declares"
        ) from error


def _is_utf8_chinese(line: bytes) -> bool:
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return any("\u4e00" <= sign <= "\u9fff" for sign in text)


def _count_signs(line: bytes) -> tuple[int, int]:
    """Two-byte signs of GB 2312, and others, in a line that is valid GB18030."""
    good = odd = place = 0
    while place < len(line):
        if line[place] < 0x80:
            place += 1
            continue
        second = line[place + 1]
        four = 0x30 <= second <= 0x39
        if line[place] <= 0xF7 and second >= 0xA1 and line[place] >= 0xA1:
            good += 1
        else:
            odd += 1
        place += 4 if four else 2
    return good, odd
