"""Containers in the inbox: a folder with what is in them takes their place, safe at every step.

The folder is made under a hidden name, durable, and renamed before the container is removed. Killed
in between, both are there, and the container is unpacked once more: files that were loaded already
are known by their content.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb

from ingest.archive.names import sync_folder
from ingest.containers import is_container, unpack
from ingest.deadline import time_limit
from ingest.errors import DiskFullError, FileRefusedError
from ingest.room import check_room, is_full
from ingest.settings import IngestSettings

MEMBERS = ".members"
_NAME = 60  # signs of the container's name that the folder keeps: names have an end


def with_members(
    connection: duckdb.DuckDBPyConnection, paths: list[Path], data: Path, settings: IngestSettings
) -> list[Path]:
    """The complete files of the inbox, containers replaced by the files that are in them.

    A container that cannot be unpacked stays among them: the loader refuses it and says why.

    Raises:
        DiskFullError: there is no room; the container stays in the inbox.
    """
    found: list[Path] = []
    for path in paths:
        if not is_container(path):
            found.append(path)
            continue
        check_room(data, settings, path.stat().st_size)
        try:
            with time_limit(connection, settings.max_file_seconds):
                found += _unpack_in_place(path, settings)
        except FileRefusedError:
            found.append(path)
        except OSError as error:
            if is_full(error):
                raise DiskFullError(f"{path}: {error}") from error
            found.append(path)
    return found


def remove_empty(inbox: Path) -> None:
    """Remove folders of containers all of whose files were taken."""
    for folder in inbox.rglob("*" + MEMBERS + "*"):
        if folder.is_dir() and not any(below.is_file() for below in folder.rglob("*")):
            shutil.rmtree(folder, ignore_errors=True)


def _unpack_in_place(path: Path, settings: IngestSettings) -> list[Path]:
    aside = path.with_name(f".{path.name[:_NAME]}.unpacking")
    shutil.rmtree(aside, ignore_errors=True)  # of a killed process
    unpack(path, aside, settings)
    target = _free(path.with_name(path.name[:_NAME] + MEMBERS))
    aside.rename(target)
    sync_folder(path.parent)
    _remove(path)
    return sorted(file for file in target.rglob("*") if file.is_file())


def _remove(path: Path) -> None:
    path.unlink()
    path.with_name(path.name + ".ok").unlink(missing_ok=True)


def _free(target: Path) -> Path:
    number, free = 2, target
    while free.exists():
        free, number = target.with_name(f"{target.name}-{number}"), number + 1
    return free
