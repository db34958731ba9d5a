"""Which files a call means, what they are, and in which order they are loaded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from geo.source import is_map
from ingest.catalogue import load_catalogue
from ingest.containers import CONTAINERS, is_container
from ingest.contracts import FEED_NAMES, Feed, FeedName, feeds
from ingest.errors import FileRefusedError
from ingest.profiles import LoadedProfile, load_profile
from ingest.profiles.model import Table
from ingest.profiles.performance import PROFILE, XML_NAMES, is_performance, is_xml
from ingest.profiles.records import is_geography, is_json, profile_of
from ingest.waiting import is_waiting_name

Kind = Literal["text", "parquet", "workbook", "regions", "records", "measurements"]

_REGIONS = (".geojson", ".topojson", ".gpkg", ".shp", ".fgb", ".kml", ".gml", ".mif")
_TABLES = (".csv", ".csv.gz", ".parquet", ".xlsx")
_NOT_ENTERED = ("truth", "archive", "rejected")  # a simulated city's answers; files done with


MASKED = ".masked.csv"
"""Suffix of archived copies from which personal data are gone."""

_BY_KEY: tuple[FeedName, ...] = (  # longer keys before the shorter ones they hold
    "tickets", "works", "events", "alarms", "handovers", "kpis", "cells", "shifts", "teams",
)  # fmt: skip
_COPIED = {
    "encoding": None, "delimiter": ",", "sheets": None, "header_row": 1, "unit_rows": 0,
}  # fmt: skip


@dataclass(frozen=True)
class Job:
    """One file to load; ``feed`` is None where only its columns can tell.

    ``profile`` is the one it is read with, asked for by name or told by the file's content.
    ``container``: it is to be unpacked, and what is in it loaded. ``shown``: how a file out of a
    container is called, ``export.zip/kpis.csv``.
    """

    path: Path
    feed: FeedName | None
    table: Table | None
    refused: str | None = None
    profile: LoadedProfile | None = None
    container: bool = False
    shown: str = ""

    @property
    def label(self) -> str:
        """What the file is called in results, errors and the ledger."""
        return self.shown or str(self.path)


def find_jobs(
    paths: Iterable[Path], feed: FeedName | None, profile: LoadedProfile | None
) -> list[Job]:
    """All files, folders walked in order of names; regions first, then cells, then the others."""
    jobs: list[Job] = []
    for path in paths:
        if path.is_dir():
            for file in _walk(path, profile):
                table = profile.table_for(file.name) if profile else None
                if profile is None or table is not None or is_container(file):
                    jobs.append(_job(file, feed, profile))
        elif path.is_file():
            jobs.append(_job(path, feed, profile))
        else:
            what = "is neither file nor folder" if path.exists() else "no such file or folder"
            jobs.append(Job(path, feed, None, what))
    return sorted(jobs, key=loading_rank)


def loading_rank(job: Job) -> int:
    """0 for regions, 1 for cells, 2 for what refers to them; 3 for shifts, after their teams."""
    if job.feed == "shifts":
        return 3
    order: dict[str, int] = {name: place for place, name in enumerate(FEED_NAMES)}
    return min(order.get(job.feed or "", 2), 2)


def is_waiting(path: Path) -> bool:
    """Whether the name is of a file still being written, hidden, or of no data file."""
    return is_waiting_name(path.name)


def feed_by_name(path: Path) -> FeedName | None:
    """The feed that the file's name, else its folder's, begins with."""
    for name in (path.name.lower(), path.parent.name.lower()):
        for feed in FEED_NAMES:
            if name.startswith(feed):
                return feed
    return None


def feed_by_columns(header: tuple[str, ...], feeds: dict[str, Feed]) -> FeedName:
    """The feed whose key the columns hold; FileRefusedError when it is none's."""
    have = {name.casefold() for name in header}
    for feed in _BY_KEY:
        if have.issuperset(feeds[feed].key):
            return feed
    keys = "; ".join(f"{name} ({', '.join(feed.key)})" for name, feed in feeds.items())
    raise FileRefusedError(
        f"is of no known feed: it has the columns {', '.join(n for n in header if n)}. "
        f"Name the feed or a profile; feeds and their keys are {keys}"
    )


def kind_of(path: Path) -> Kind:
    """How the file is read, by its first bytes, else by its suffix."""
    if path.suffix.lower() in _REGIONS or is_map(path):
        return "regions"
    if is_json(path):
        return "regions" if is_geography(path) else "records"
    with path.open("rb") as file:
        head = file.read(4)
    if head == b"PAR1":
        return "parquet"
    if head.startswith(b"PK"):
        return "workbook"
    suffix = path.suffix.lower()
    if suffix in (".parquet", ".xlsx") and head:
        raise FileRefusedError(f"is no {suffix[1:]} file: its first bytes are {head!r}")
    return "measurements" if is_xml(path) else "text"


def _job(path: Path, feed: FeedName | None, profile: LoadedProfile | None) -> Job:
    if is_container(path):
        return Job(path, feed, None, container=True)
    if profile is None:
        told = _told_by_content(path)
        if told is None:
            return Job(path, feed or feed_by_name(path), None)
        profile = load_profile(told, feeds(load_catalogue()))
    table = profile.table_for(path.name)
    if table is None and len(profile.profile.tables) == 1:
        table = profile.profile.tables[0]  # named by hand: the user knows what it is
    if table is None:
        patterns = ", ".join(p for t in profile.profile.tables for p in t.files or ())
        return Job(
            path, feed, None, f"matches no file pattern of profile {profile.name}: {patterns}"
        )
    if path.name.endswith(MASKED):  # the columns are the source's, the layout is ours
        table = as_copied(table)
    if feed is not None and feed != table.feed:
        return Job(path, feed, None, f"profile {profile.name} makes it {table.feed}, not {feed}")
    return Job(path, table.feed, table, profile=profile)


def _told_by_content(path: Path) -> str | None:
    """Name of the shipped profile for a file that shows what it is; None: its columns tell."""
    if is_json(path):
        return None if is_geography(path) else profile_of(path)
    known = path.suffix.lower() in (*_REGIONS, ".parquet", ".xlsx")
    return PROFILE if not known and is_xml(path) else None


def as_copied(table: Table) -> Table:
    """The table with the layout of archived copies."""
    return table.model_copy(update=_COPIED)


def _walk(folder: Path, profile: LoadedProfile | None) -> list[Path]:
    found = []
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            if not path.name.startswith(".") and path.name not in _NOT_ENTERED:
                found.extend(_walk(path, profile))
        elif _is_data(path, profile):
            found.append(path)
    return found


def _is_data(path: Path, profile: LoadedProfile | None) -> bool:
    name = path.name.lower()
    if is_waiting(path):
        return False
    if is_json(path):  # most JSON in the world is configuration: a name or the content must tell
        if profile is not None:
            return True
        return feed_by_name(path) is not None or profile_of(path) is not None
    if name.endswith(XML_NAMES):  # and most XML no performance file
        return profile is not None or is_performance(path)
    return name.endswith(_TABLES + _REGIONS + CONTAINERS)
