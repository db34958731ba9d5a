"""The files in a container while they are loaded."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import mkdtemp

import duckdb

from ingest.containers import unpack
from ingest.context import Context
from ingest.deadline import time_limit
from ingest.errors import DiskFullError, FileRefusedError
from ingest.files import Job, find_jobs
from ingest.room import check_room, is_full

FOLDER = "unpacked"
"""Below the data directory; what a killed process left there goes with the next call."""


@contextmanager
def unpacked(
    connection: duckdb.DuckDBPyConnection, job: Job, context: Context
) -> Iterator[list[Job]]:
    """The jobs of a container's files, in loading order; the files are gone afterwards.

    A container that cannot be used is a refused job itself.

    Raises:
        DiskFullError: there is no room to unpack it.
    """
    room = context.data / FOLDER
    room.mkdir(parents=True, exist_ok=True)
    folder = Path(mkdtemp(dir=room))
    try:
        yield _jobs(connection, job, context, folder / job.path.stem)
    finally:
        shutil.rmtree(folder)


def clear_unpacked(data: Path) -> None:
    """Remove what a killed process left."""
    shutil.rmtree(data / FOLDER, ignore_errors=True)


def _jobs(
    connection: duckdb.DuckDBPyConnection, job: Job, context: Context, folder: Path
) -> list[Job]:
    settings = context.settings
    try:
        check_room(context.data, settings, job.path.stat().st_size)
        with time_limit(connection, settings.max_file_seconds):
            unpack(job.path, folder, settings)
        found = find_jobs([folder], job.feed, context.profile)
    except FileRefusedError as error:
        return [replace(job, refused=str(error), container=False)]
    except OSError as error:
        if is_full(error):
            raise DiskFullError(f"{job.path}: {error}") from error
        return [replace(job, refused=str(error), container=False)]
    if not found:
        return [replace(job, refused="holds no file that can be loaded", container=False)]
    return [
        replace(inner, shown=f"{job.path}/{inner.path.relative_to(folder).as_posix()}")
        for inner in found
    ]
