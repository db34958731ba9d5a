"""Checks of the ops database and of sources."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import text

from dashboard.doctor.findings import Finding
from dashboard.ops.engine import FILE_NAME, explained, open_ops_to_read
from dashboard.ops.errors import OpsError
from dashboard.ops.runs import SourceState
from dashboard.runtime.overview import LATE_AFTER, SourceLine, overview, source_line
from dashboard.settings import Settings
from ingest.contracts import feeds
from ingest.errors import IngestError
from ingest.profiles import load_profile
from ingest.sources.credentials import mode_trouble
from ingest.sources.model import FolderSource, HttpsSource, LandingSource, Source


def ops(data: Path, settings: Settings) -> Finding:
    """Can the history of runs be read, and is it whole?"""
    name = "ops database"
    url = settings.ops.address
    try:
        engine = open_ops_to_read(data, url)
        if engine is None:
            return Finding(name, "ok", "none yet; the worker makes it")
        try:
            with explained(engine), engine.connect() as connection:
                if engine.dialect.name == "sqlite":
                    said = connection.execute(text("PRAGMA quick_check(1)")).scalar()
                    if said != "ok":
                        raise OpsError(f"ops database {data / FILE_NAME} is damaged: {said}")
        finally:
            engine.dispose()
    except OpsError as error:
        return Finding(name, "fail", str(error), _mend(data, url))
    return Finding(name, "ok", "opens and is whole")


def sources(data: Path, settings: Settings, now: datetime) -> Finding:
    """Can each source be fetched, and is each on time?

    Args:
        data: the data directory.
        settings: of it.
        now: the present moment of the machine's clock.
    """
    name = "sources"
    declared = [source for source in settings.ingest.sources if source.enabled]
    if not declared:
        return Finding(name, "ok", "none declared; files come by the inbox or `foresite ingest`")
    broken = [trouble for source in declared for trouble in _troubles(source, settings)]
    if broken:
        return Finding(
            name, "fail", "; ".join(broken), "mend it; the next fetch takes it up by itself"
        )
    try:
        lines = overview(data, settings, now)
    except OpsError:  # that it cannot be read is said by the other check
        empty = SourceState()
        lines = [source_line(source, empty, now, settings.zone) for source in declared]
    late = [_late(line, now) for line in lines if line.late]
    if late:
        return Finding(
            name,
            "warn",
            "; ".join(late),
            "`foresite runs --source NAME` tells why; `foresite sources run NAME` tries it now",
        )
    never = sum(line.state == "never" for line in lines)
    more = f", {never} never fetched yet" if never else ""
    return Finding(name, "ok", f"{len(declared)} declared, none late{more}")


def _troubles(source: Source, settings: Settings) -> list[str]:
    found = []
    if source.profile:
        try:
            load_profile(source.profile, feeds(settings.ingest.load_catalogue()))
        except IngestError as error:
            found.append(f"{source.name}: {error}")
    if isinstance(source, HttpsSource):
        found += _files_of(source)
    else:
        found += _folder_of(source)
    return found


def _folder_of(source: FolderSource | LandingSource) -> list[str]:
    if not source.path.is_dir():
        return [f"{source.name}: folder {source.path} is not there"]
    needed = os.R_OK | os.X_OK | (os.W_OK if isinstance(source, FolderSource) else 0)
    if not os.access(source.path, needed):
        return [f"{source.name}: folder {source.path} cannot be used: check its owner and mode"]
    return []


def _files_of(source: HttpsSource) -> list[str]:
    found = []
    if source.credentials_file is not None:
        try:
            trouble = mode_trouble(source.credentials_file)
        except OSError as error:
            trouble = f"credentials_file {source.credentials_file}: {error.strerror}"
        if trouble:
            found.append(f"{source.name}: {trouble}")
    if source.ca_file is not None and not source.ca_file.is_file():
        found.append(f"{source.name}: ca_file {source.ca_file} is not there")
    return found


def _late(line: SourceLine, now: datetime) -> str:
    success = line.history.last_success
    since = f"last success {_age(now - success)} ago" if success else "never a success"
    every = f"{LATE_AFTER} × {_age(line.interval)} allowed"
    last = line.history.last
    reason = f": {last.message}" if last and last.message else ""
    return f"{line.source.name} is late ({since}, {every}){reason}"


def _age(age: timedelta) -> str:
    minutes = age.total_seconds() / 60
    return f"{minutes:.0f} min" if minutes < 120 else f"{minutes / 60:.0f} h"


def _mend(data: Path, url: str | None) -> str:
    if url is not None:
        return "check ops.url and the database server; ingest goes on without it"
    return (
        f"stop the worker, move {data / FILE_NAME}* away, start it: a new one is made; ingest goes "
        "on without it"
    )
