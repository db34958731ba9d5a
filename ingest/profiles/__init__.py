"""Profiles: TOML files that map foreign tables onto the canonical feeds."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from pydantic import ValidationError

from ingest.contracts import INTERVALS, Feed
from ingest.errors import ProfileError
from ingest.profiles.model import Profile, Table
from ingest.profiles.paths import parse_path

SHIPPED = Path(__file__).parent
_NAME = re.compile(r"^[a-z0-9_]+$")


@dataclass(frozen=True)
class LoadedProfile:
    """A profile, its name, and the name or path it was asked for by."""

    name: str
    source: str
    profile: Profile

    @property
    def path(self) -> Path:
        """Its file."""
        return _path_of(self.source)

    def matches(self, file_name: str) -> bool:
        """Whether a table claims the file by its name."""
        table = self.table_for(file_name)
        return table is not None and table.files is not None

    def table_for(self, file_name: str) -> Table | None:
        """The first table whose patterns match the file's name (without case); else None."""
        name = file_name.lower()
        for table in self.profile.tables:
            if table.files is None or any(fnmatchcase(name, p.lower()) for p in table.files):
                return table
        return None


def shipped_profiles() -> list[str]:
    """Names of the profiles that come with the product."""
    return sorted(path.stem for path in SHIPPED.glob("*.toml"))


def load_profile(name: str, feeds: dict[str, Feed]) -> LoadedProfile:
    """Read a profile.

    Args:
        name: name of a shipped profile, or path of a TOML file.
        feeds: the canonical feeds, to check column names against.

    Raises:
        ProfileError: no such profile, or what is wrong in it, with file and key.
    """
    path = _path_of(name)
    if not path.is_file():
        raise ProfileError(
            f"no profile {name!r}: give the path of a TOML file, or one of "
            f"{', '.join(shipped_profiles())}"
        )
    try:
        raw = path.read_bytes()
        profile = Profile.model_validate(tomllib.loads(raw.decode("utf-8")))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "profile"
        raise ProfileError(
            f"{path}: {where}: {first['msg'].removeprefix('Value error, ')}"
        ) from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ProfileError(f"{path}: cannot read the profile: {error}") from error
    for number, table in enumerate(profile.tables):
        _check_columns(path, number, table, feeds[table.feed])
    return LoadedProfile(path.stem, name, profile)


def _path_of(name: str) -> Path:
    return SHIPPED / f"{name}.toml" if _NAME.match(name) else Path(name)


def _check_columns(path: Path, number: int, table: Table, feed: Feed) -> None:
    for column, rule in table.columns.items():
        for name in (*(rule.source or ()), *(rule.join or ())) if table.records else ():
            try:
                parse_path(name)
            except ValueError as error:
                raise ProfileError(f"{path}: tables.{number}.columns.{column}: {error}") from error
    for column in table.columns:
        if column not in feed.names:
            raise ProfileError(
                f"{path}: tables.{number}.columns.{column}: no such column in feed {feed.name}; "
                f"it has {', '.join(feed.names)}"
            )
    if feed.name == "handovers" and table.merge not in ({}, {"default": "sum"}):
        raise ProfileError(
            f"{path}: tables.{number}.merge: rows of hand-overs can only be summed: default = 'sum'"
        )
    if table.merge and feed.name not in INTERVALS:
        raise ProfileError(
            f"{path}: tables.{number}.merge: only rows of KPIs or hand-overs can be merged"
        )
    for column in table.merge:
        if column != "default" and (column not in feed.names or column in feed.required):
            raise ProfileError(f"{path}: tables.{number}.merge.{column}: not a KPI column")
