"""The inbox: files that rest are loaded live, then archived or rejected; safe at every step.

The loader archives a file before it commits its rows and ledger entry together; only then the
file is removed here. A file that was loaded but not removed, since the process ended in between, is
known by its content at the next look.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import duckdb

from ingest.clock import Clock, SystemClock
from ingest.contracts import Feed, FeedName, feeds
from ingest.counters.orders import orders_of
from ingest.customers import warehouse_key
from ingest.errors import PoisonedFileError, ProfileError
from ingest.files import Job, find_jobs, is_waiting, loading_rank
from ingest.inbox_containers import remove_empty, with_members
from ingest.load import ingest_paths
from ingest.profiles import LoadedProfile, load_profile
from ingest.putting_away import REJECTED, Done, put_away, set_aside
from ingest.readers.measurements.ahead import ReadAhead
from ingest.result import FileResult
from ingest.settings import IngestSettings
from ingest.unpacking import FOLDER, clear_unpacked

LOOKS = ".looks.json"


def take_inbox(
    connection: duckdb.DuckDBPyConnection,
    data: Path,
    *,
    settings: IngestSettings,
    clock: Clock,
    file_clock: Clock | None = None,
) -> list[FileResult]:
    """Load the files in ``data/inbox`` that are complete, and put them away.

    A file is complete when an ``<name>.ok`` stands beside it, when it was last written
    ``inbox_old_s`` ago, or when its size and time have rested for ``inbox_rest_s`` between two
    looks. Loaded files go to ``data/archive/<day>/``, refused ones to ``data/rejected/`` with
    ``<name>.reason.txt`` beside them. Files with personal data leave a copy without them.
    A zip or tar file becomes a folder with what is in it, each file taken like any other.
    Files in ``data/inbox/<source>/`` are read with the feed and profile that the source declares.

    Args:
        connection: the warehouse.
        data: the data directory.
        settings: see :class:`~ingest.settings.IngestSettings`.
        clock: tells the moment of loading, the facts' ``known_at``.
        file_clock: the clock by which the file system stamps files; the machine's when None.

    Returns:
        One result per file taken, in order of loading; empty when none is complete.

    Raises:
        IngestError: the key of the customer hashes is gone; all files stay in the inbox.
        ProfileError: a profile named in ``inbox_profiles`` cannot be used.
        WarehouseError: the database failed; the file stays in the inbox, unless it was the cause.
        DiskFullError: there is no room; the files stay in the inbox.
    """
    inbox = data / "inbox"
    inbox.mkdir(parents=True, exist_ok=True)
    remove_empty(inbox)
    ready = _ready(inbox, settings, (file_clock or SystemClock()).now())
    if not ready:
        return []
    warehouse_key(connection, data / "secrets")
    ready = with_members(connection, ready, data, settings)
    known = feeds(settings.load_catalogue())
    profiles = [load_profile(name, known) for name in settings.inbox_profiles]
    origins = _origins(settings, known, inbox, ready)
    ready, results = _without_broken(ready, inbox, origins)
    jobs = _in_order(ready, inbox, origins, profiles)
    clear_unpacked(data)
    orders = orders_of((job for job, _ in jobs), settings)
    with ReadAhead(orders, settings, data / FOLDER) as ahead:
        for job, origin in jobs:
            now = clock.now()
            try:
                loaded = ingest_paths(
                    connection,
                    [job.path],
                    settings=settings,
                    data=data,
                    feed=origin.feed,
                    profile=origin.profile.source if origin.profile else None,
                    live_at=now,
                    source=origin.source,
                    inside=job.path.parent.relative_to(inbox),
                    ahead=ahead,
                )
            except PoisonedFileError as error:
                set_aside(job.path, data / REJECTED / job.path.parent.relative_to(inbox), error)
                raise
            results += loaded
            result = next((one for one in loaded if one.refused is not None), loaded[0])
            if not result.again:
                put_away(connection, Done(job, result, inbox, now), data, settings)
    remove_empty(inbox)
    return results


def _ready(inbox: Path, settings: IngestSettings, now: datetime) -> list[Path]:
    """Files that are complete; the others are noted for the next look."""
    before = _read_looks(inbox)
    looks: dict[str, list[float]] = {}
    ready = []
    for path in sorted(inbox.rglob("*")):
        name = str(path.relative_to(inbox))
        if path.is_symlink() or not path.is_file():
            continue
        if is_waiting(path) or any(part.startswith(".") for part in Path(name).parts):
            continue
        stat = path.stat()
        size, written, at = float(stat.st_size), stat.st_mtime, now.timestamp()
        seen = before.get(name)
        rested = seen is not None and seen[:2] == [size, written]
        if (
            path.with_name(path.name + ".ok").exists()
            or at - written >= settings.inbox_old_s
            or (rested and seen is not None and at - seen[2] >= settings.inbox_rest_s)
        ):
            ready.append(path)
        else:
            looks[name] = seen if rested and seen is not None else [size, written, at]
    if looks != before:
        part = inbox / (LOOKS + ".part")
        part.write_text(json.dumps(looks), "utf-8")
        part.replace(inbox / LOOKS)
    return ready


def _read_looks(inbox: Path) -> dict[str, list[float]]:
    try:
        looks = json.loads((inbox / LOOKS).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return looks if isinstance(looks, dict) else {}


@dataclass(frozen=True)
class _Origin:
    """Where a file in the inbox comes from: a source's folder, or somebody's hand."""

    source: str = "inbox"
    feed: FeedName | None = None
    profile: LoadedProfile | None = None
    broken: str = ""


def _origins(
    settings: IngestSettings, known: dict[str, Feed], inbox: Path, paths: list[Path]
) -> dict[str, _Origin]:
    """The declared sources whose files are among the paths, by the name of their folder."""
    folders = {_folder(path, inbox) for path in paths}
    found = {}
    for source in settings.sources:
        if source.name in folders:
            try:
                profile = load_profile(source.profile, known) if source.profile else None
                found[source.name] = _Origin(source.name, source.feed, profile)
            except ProfileError as error:
                found[source.name] = _Origin(source.name, broken=str(error))
    return found


def _without_broken(
    paths: list[Path], inbox: Path, origins: dict[str, _Origin]
) -> tuple[list[Path], list[FileResult]]:
    """Files of a source whose profile cannot be used wait for its mending; one result says so."""
    usable: list[Path] = []
    said: dict[str, FileResult] = {}
    for path in paths:
        origin = origins.get(_folder(path, inbox))
        if origin is None or not origin.broken:
            usable.append(path)
        else:
            refused = f"source {origin.source}: {origin.broken}; its files wait in the inbox"
            said.setdefault(origin.source, FileResult(str(path), "", refused=refused, again=True))
    return usable, list(said.values())


def _folder(path: Path, inbox: Path) -> str:
    """The folder of the inbox in which the path lies, at whatever depth; empty: in none."""
    return path.relative_to(inbox).parts[0] if path.parent != inbox else ""


def _in_order(
    paths: list[Path], inbox: Path, origins: dict[str, _Origin], profiles: list[LoadedProfile]
) -> list[tuple[Job, _Origin]]:
    """Jobs in loading order, each with its origin; files of a source are read as it declares."""
    pairs: list[tuple[Job, _Origin]] = []
    for path in paths:
        origin = origins.get(_folder(path, inbox), _Origin())
        if origin.profile is None:
            own = next((p for p in profiles if p.matches(path.name)), None)
            origin = replace(origin, profile=own)
        [job] = find_jobs([path], origin.feed, origin.profile)
        pairs.append((job, origin))
    return sorted(pairs, key=lambda pair: loading_rank(pair[0]))
