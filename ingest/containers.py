"""Zip and tar files: what is in them is unpacked beside them, whole or not at all."""

from __future__ import annotations

import errno
import gzip
import os
import shutil
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from ingest.archive.names import sync_folder
from ingest.deadline import check_time
from ingest.errors import FileRefusedError
from ingest.readers.scan import check_size, is_gzip, open_bytes
from ingest.settings import MIB, IngestSettings
from ingest.waiting import is_waiting_name

CONTAINERS = (".zip", ".tar", ".tar.gz", ".tgz")
_BLOCK = MIB
_FREE = 16 * MIB  # below this much content no ratio is held against a file
_LARGEST_READ = 64 * MIB  # tar reads a header of any stated size in one go
_LONGEST_NAME = 255
_DAMAGE = (
    tarfile.TarError,
    zipfile.BadZipFile,
    gzip.BadGzipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OverflowError,
    struct.error,
)


@dataclass(frozen=True)
class Member:
    """A file in a container: its place below the folder it is unpacked into, and its content."""

    place: PurePosixPath
    content: IO[bytes]


def is_container(path: Path) -> bool:
    """Whether the file is a zip or tar file, by its content; an XLSX workbook is none.

    What is called so is one too, so that it is refused where it is damaged.
    """
    name = path.name.lower()
    try:
        with open_bytes(path) as file:
            head = file.read(512)
    except (OSError, EOFError, zlib.error):
        return name.endswith(CONTAINERS)
    if head.startswith(b"PK\x03\x04") and not is_gzip(path):
        return not name.endswith((".xlsx", ".xlsm")) and not _is_workbook(path)
    return head[257:262] == b"ustar" or name.endswith(CONTAINERS)


def unpack(path: Path, folder: Path, settings: IngestSettings) -> list[Path]:
    """Unpack a container into a new folder; all of it is on disk when this returns.

    Hidden files, those of macOS and those still being written are left out.

    Args:
        path: a zip file, or a tar file, plain or gzip.
        folder: does not exist yet.
        settings: limits of bytes, ratio and members.

    Returns:
        The files, in order of names.

    Raises:
        FileRefusedError: damaged, encrypted, beyond a limit, or with a member that must not be
            unpacked (absolute or outside names, links, devices, containers); nothing is left.
        OSError: it cannot be written; nothing is left.
    """
    check_size(path, settings)
    folder.mkdir(parents=True)
    try:
        made = _unpack(path, folder, settings)
        _check_made(made, folder)
        for below in {folder, *(parent for file in made for parent in file.parents)}:
            if below.is_relative_to(folder):
                sync_folder(below)
    except _DAMAGE as error:
        shutil.rmtree(folder)
        first = (str(error).splitlines() or [type(error).__name__])[0]
        raise FileRefusedError(f"is damaged, cut off or encrypted: {first}") from error
    except OSError as error:
        shutil.rmtree(folder)
        if error.errno == errno.EINVAL:  # a damaged zip file points before its beginning
            raise FileRefusedError(f"is damaged or cut off: {error}") from error
        raise
    except BaseException:
        shutil.rmtree(folder)
        raise
    return sorted(made)


def _check_made(made: list[Path], folder: Path) -> None:
    if not made:
        raise FileRefusedError("holds no file")
    for inner in sorted(made):
        if is_container(inner):
            raise FileRefusedError(
                f"holds another container, {inner.relative_to(folder)}: deliver what is in it "
                "directly"
            )


def _unpack(path: Path, folder: Path, settings: IngestSettings) -> list[Path]:
    ratio = max(_FREE, path.stat().st_size * settings.max_ratio)
    limit = min(settings.max_decompressed_bytes, ratio)
    members = _zip_members(path, settings) if _is_zip(path) else _tar_members(path, settings, limit)
    made: set[Path] = set()
    room = limit
    for number, member in enumerate(members, 1):
        if number > settings.max_members:
            raise FileRefusedError(
                f"has more than max_members = {settings.max_members:,} members: split it"
            )
        target = folder.joinpath(*member.place.parts)
        if target in made:
            raise FileRefusedError(f"has the member {member.place} twice")
        if is_waiting_name(target.name) or "__MACOSX" in member.place.parts:
            continue
        if any(part.startswith(".") for part in member.place.parts):
            continue
        room -= _write(member, target, room)
        made.add(target)
    return list(made)


def _write(member: Member, target: Path, room: int) -> int:
    """Write a member of at most ``room`` bytes; its size."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        file = target.open("xb")
    except (FileExistsError, NotADirectoryError) as error:
        raise FileRefusedError(f"has the member {member.place} as file and as folder") from error
    size = 0
    with file, member.content as content:
        while block := content.read(_BLOCK):
            check_time()
            size += len(block)
            if size > room:
                raise _too_much()
            file.write(block)
        file.flush()
        os.fsync(file.fileno())
    return size


def _zip_members(path: Path, settings: IngestSettings) -> Iterator[Member]:
    with zipfile.ZipFile(path) as packed:
        entries = packed.infolist()
        if len(entries) > settings.max_members:
            raise FileRefusedError(
                f"has {len(entries):,} members, more than max_members = {settings.max_members:,}: "
                "split it"
            )
        for entry in entries:
            name = _zip_name(entry)
            kind = stat.S_IFMT(entry.external_attr >> 16)
            if entry.is_dir():
                _place(name)
                continue
            if kind not in (0, stat.S_IFREG):
                raise _no_file(name)
            if entry.flag_bits & 0x1:
                raise FileRefusedError(f"is encrypted ({name}): deliver it without a password")
            yield Member(_place(name), packed.open(entry))


def _zip_name(entry: zipfile.ZipInfo) -> str:
    """The member's name; without the sign for UTF-8 it may be GB18030, as Windows writes it."""
    if entry.flag_bits & 0x800:
        return entry.filename
    try:
        raw = entry.filename.encode("cp437")
    except UnicodeEncodeError:
        return entry.filename
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return entry.filename


def _tar_members(path: Path, settings: IngestSettings, limit: int) -> Iterator[Member]:
    """Members of a tar file, which must end with its mark: a cut or torn one seems to end too."""
    with open_bytes(path) as file:
        bounded = _Bounded(file, limit)
        # closed with its file; it reads from whatever has read and seek
        packed = tarfile.open(fileobj=bounded, mode="r:")  # type: ignore[call-overload]  # noqa: SIM115
        for number, entry in enumerate(packed, 1):
            check_time()
            if number > settings.max_members:
                raise FileRefusedError(
                    f"has more than max_members = {settings.max_members:,} members: split it"
                )
            place = _place(entry.name)
            if entry.isdir():
                continue
            content = packed.extractfile(entry) if entry.isreg() and not entry.issparse() else None
            if content is None:
                raise _no_file(entry.name)
            yield Member(place, content)
        if bounded.last.strip(b"\x00") or len(bounded.last) != tarfile.BLOCKSIZE:
            raise FileRefusedError("is damaged or cut off: the mark at the end of a tar file fails")
        while file.read(_BLOCK):  # a gzip file has its check sum at the end
            check_time()


class _Bounded:
    """A file of which no more than ``limit`` bytes are read, nor many at once."""

    def __init__(self, file: IO[bytes], limit: int) -> None:
        self._file, self._limit = file, limit
        self.last = b""
        """What was read last: when a tar file ends as it should, a block of zeros."""

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= _LARGEST_READ:
            raise FileRefusedError("has a header of absurd size")
        self._check(self._file.tell() + size - _LARGEST_READ)
        self.last = self._file.read(size)
        return self.last

    def seek(self, place: int, whence: int = os.SEEK_SET) -> int:
        self._check(place - _LARGEST_READ)
        return self._file.seek(place, whence)

    def tell(self) -> int:
        return self._file.tell()

    def _check(self, place: int) -> None:
        if place > self._limit:
            raise _too_much()


def _place(name: str) -> PurePosixPath:
    """The member's place below the folder; FileRefusedError when it would be elsewhere."""
    place = PurePosixPath(name.replace("\\", "/"))
    parts = place.parts
    if place.is_absolute() or ".." in parts or "\x00" in name or any(":" in p for p in parts[:1]):
        raise FileRefusedError(
            f"has a member outside of it, {name[:80]!r}: only names below the container are taken"
        )
    if any(len(part.encode("utf-8", "surrogateescape")) > _LONGEST_NAME for part in parts):
        raise FileRefusedError(f"has a member with too long a name, {name[:40]!r}…")
    return place


def _no_file(name: str) -> FileRefusedError:
    return FileRefusedError(f"has a member that is no plain file, {name[:80]!r} (link or device)")


def _too_much() -> FileRefusedError:
    return FileRefusedError(
        "unpacks to more than max_decompressed_bytes or max_ratio allow: it may be a bomb; split "
        "it if it is not"
    )


def _is_zip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == b"PK"


def _is_workbook(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as packed:
            return "[Content_Types].xml" in packed.namelist()
    except (zipfile.BadZipFile, OSError, UnicodeError, NotImplementedError, RuntimeError):
        return False
