"""One file of a web server into a part: gone on with where it broke off, whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path

import requests

from ingest.sources.client import Client, key_of, shown
from ingest.sources.errors import SourceError, TransientError
from ingest.sources.given import Given

CHUNK = 256 * 1024
_RANGE = re.compile(r"^bytes (\d+)-(\d+)/(\d+|\*)$")


@dataclass(frozen=True)
class Body:
    """A complete part.

    Attributes:
        etag, last_modified: the server's words on this state; empty when it has none.
        sha256: of the content.
        size: bytes.
    """

    etag: str
    last_modified: str
    sha256: str
    size: int


@dataclass(frozen=True)
class _Rest:
    """What an earlier attempt left: so many bytes of a state that the server can name."""

    have: int
    validator: str


class Download:
    """The part of one file, and its note about which state of which file it holds."""

    def __init__(
        self, url: str, part: Path, given: Given, *, most: int, allow_unsized: bool
    ) -> None:
        self.url, self.part, self._given = url, part, given
        self._most, self._allow_unsized = most, allow_unsized
        self._note = part.with_name(part.name + ".json")

    def run(self, client: Client, conditions: dict[str, str]) -> Body | None:
        """One attempt; the rest of an earlier one is gone on with.

        Args:
            client: asks the server.
            conditions: ``If-None-Match``, ``If-Modified-Since``.

        Returns:
            The complete part; None when the file has not changed (304).

        Raises:
            TransientError: it broke off; the part is kept for the next attempt.
            SourceError: too large, packed against our wish, or of unknown length.
        """
        rest = self._rest()
        headers = conditions
        if rest is not None:
            headers = {"Range": f"bytes={rest.have}-", "If-Range": rest.validator}
        with client.get(self.url, headers) as response:
            if response.status_code == 304:
                return None
            if response.status_code == 416:
                self.discard()
                raise TransientError(f"{shown(self.url)}: what was fetched does not fit any more")
            have = self._agreed(response, rest)
            return self._read(response, have)

    def discard(self) -> None:
        """Remove part and note."""
        self.part.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)

    def settled(self) -> None:
        """Remove the note; the part is whole."""
        self._note.unlink(missing_ok=True)

    def _rest(self) -> _Rest | None:
        try:
            note = json.loads(self._note.read_text("utf-8"))
            have = self.part.stat().st_size
            if note["key"] == key_of(self.url) and have > 0 and note["validator"]:
                return _Rest(have, str(note["validator"]))
        except (OSError, ValueError, KeyError, TypeError):
            pass
        self.discard()
        return None

    def _agreed(self, response: requests.Response, rest: _Rest | None) -> int:
        """How many bytes of the part stay; raises when the answer is not the rest of it."""
        if response.status_code == 200:
            return 0
        match = _RANGE.match(response.headers.get("Content-Range", ""))
        if rest is None or match is None or int(match[1]) != rest.have:
            self.discard()
            raise TransientError(f"{shown(self.url)}: answered another range than was asked")
        return rest.have

    def _read(self, response: requests.Response, have: int) -> Body:
        where = shown(self.url)
        packing = response.headers.get("Content-Encoding", "identity").lower()
        if packing not in ("identity", "") and not self._is_packed(packing):
            raise SourceError(f"{where}: packed on its way ({packing}) though that was declined")
        length = _length(response)
        chunked = "chunked" in response.headers.get("Transfer-Encoding", "").lower()
        if length is None and not chunked and not self._allow_unsized:
            raise SourceError(
                f"{where}: the server does not say how long the file is, and a torn one would go "
                "unnoticed; allow_unsized = true takes it all the same"
            )
        if length is not None and have + length > self._most:
            raise self._too_large(have + length)
        if have == 0:
            self._begin(response)
        got = self._write(response, have)
        if length is not None and got != length:
            raise TransientError(f"{where}: broke off after {have + got:,} bytes")
        sha256, size = _hash(self.part, self._given)
        headers = response.headers
        return Body(headers.get("ETag", ""), headers.get("Last-Modified", ""), sha256, size)

    def _is_packed(self, packing: str) -> bool:
        """Some servers call a .gz file's own packing that of its way."""
        return packing in ("gzip", "x-gzip") and self.part.name.endswith(".gz.part")

    def _begin(self, response: requests.Response) -> None:
        """A new part, and a note by which it can be gone on with, where the server allows it."""
        self.discard()
        etag = response.headers.get("ETag", "")
        # Only a strong ETag says that bytes are the same (RFC 9110, 13.1.5); a date has seconds.
        validator = etag if etag.startswith('"') else response.headers.get("Last-Modified", "")
        if validator and response.headers.get("Accept-Ranges", "").lower() == "bytes":
            note = json.dumps({"key": key_of(self.url), "validator": validator})
            self._note.write_text(note, "utf-8")

    def _write(self, response: requests.Response, have: int) -> int:
        got = 0
        with self.part.open("ab" if have else "wb") as file:
            try:
                # Not iter_content: the bytes as they came, packed ones too.
                for chunk in response.raw.stream(CHUNK, decode_content=False):
                    self._given.cancel.check()
                    got += len(chunk)
                    if have + got > self._most:
                        raise self._too_large(have + got)
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            except OSError as error:
                if error.errno in (errno.ENOSPC, errno.EDQUOT):
                    self.discard()  # what is kept for the next attempt must not fill the disk
                raise
        return got

    def _too_large(self, size: int) -> SourceError:
        self.discard()
        return SourceError(f"{shown(self.url)}: {size:,} bytes or more, allowed are {self._most:,}")


def _length(response: requests.Response) -> int | None:
    value = response.headers.get("Content-Length", "")
    return int(value) if value.isascii() and value.isdecimal() else None


def _hash(path: Path, given: Given) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            given.cancel.check()
            digest.update(chunk)
            size += len(chunk)
    return digest.hexdigest(), size
