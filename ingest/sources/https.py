"""``kind = "https"``: files pulled from a web server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from ingest.sources.client import Client, key_of, shown
from ingest.sources.dock import Dock
from ingest.sources.download import Download
from ingest.sources.errors import (
    AbsentError,
    BusyServerError,
    CancelledError,
    SourceError,
    TransientError,
)
from ingest.sources.given import Given
from ingest.sources.index import MAX_BYTES, read_index
from ingest.sources.memory import Pulled
from ingest.sources.model import HttpsSource
from ingest.sources.names import file_name_of
from ingest.sources.periods import due_periods, render, unit_of

GIVE_UP_AFTER = 2
"""Files in a row for which the server is silent before the others are left for the next fetch."""


@dataclass(frozen=True)
class _Target:
    """A file that may be fetched."""

    url: str
    name: str
    version: str
    period: str

    @property
    def key(self) -> str:
        return key_of(self.url)


def fetch_https(source: HttpsSource, dock: Dock, given: Given) -> None:
    """Fetch what is new or changed, oldest first; the caller holds the dock.

    A dated address stands for every period that has ended since ``catch_up_days`` ago and was not
    fetched yet, whatever the reason: the worker was down, the server was, or the file came late.

    Raises:
        SourceError: the server cannot be used; what was fetched before stays.
        CancelledError: the fetch is to end; a part is kept where it can be gone on with.
    """
    client = Client(source, given)
    try:
        _Pull(source, client, dock, given).run()
    finally:
        client.close()


class _Pull:
    def __init__(self, source: HttpsSource, client: Client, dock: Dock, given: Given) -> None:
        self.source, self.client, self.dock, self.given = source, client, dock, given
        self.known = given.memory.pulled(source.name)

    def run(self) -> None:
        targets = list(_targets(self.source, self.client, self.given))
        wanted = _wanted(targets, self.known, self.source)
        tally, silent, absent = self.given.tally, 0, []
        for done, target in enumerate(wanted):
            self.given.cancel.check()
            if tally.files == self.source.max_files or silent == GIVE_UP_AFTER:
                tally.waiting += len(wanted) - done
                break
            if not self._has_room(target):
                continue
            try:
                self._fetch(target)
                silent = 0
            except AbsentError as error:
                absent.append(error)
                if not target.period:
                    tally.troubles.append(str(error))
            except TransientError as error:
                # One file may fail for ever: it must not keep those behind it for ever too.
                silent = 0 if error.answered else silent + 1
                tally.troubles.append(str(error))
            except (CancelledError, BusyServerError):
                raise
            except SourceError as error:
                tally.troubles.append(str(error))
        tally.absent += len(absent)
        # A period's file may come late. But when there never was any, the address is wrong.
        if absent and len(absent) == len(wanted) and not self.known and not tally.troubles:
            raise SourceError(f"{absent[-1]}, nor for any other of {len(absent)} periods")

    def _has_room(self, target: _Target) -> bool:
        full = self.dock.is_full(target.name)
        self.given.tally.waiting += full
        return not full

    def _fetch(self, target: _Target) -> None:
        before = self.known.get(target.key)
        download = Download(
            target.url,
            self.dock.part(target.name),
            self.given,
            most=self.source.max_bytes or self.given.max_bytes,
            allow_unsized=self.source.allow_unsized,
        )
        conditions = _conditions(before)
        body = self.client.patiently(lambda: download.run(self.client, conditions))
        if body is None:
            if before is not None and before.version != target.version:
                self._remember(replace(before, version=target.version))
            return
        if before is not None and before.sha256 == body.sha256:
            download.discard()
        else:
            download.settled()
            self.dock.place(download.part, target.name, _written(body.last_modified))
            self.given.tally.took(body.size)
        # Remembered last: ended in between, it is fetched twice, and the ledger knows its content.
        self._remember(
            Pulled(
                key=target.key,
                etag=body.etag,
                last_modified=body.last_modified,
                version=target.version,
                period=target.period,
                sha256=body.sha256,
                size=body.size,
                at=self.given.file_clock.now(),
            )
        )

    def _remember(self, pulled: Pulled) -> None:
        self.given.memory.remember_pulled(self.source.name, pulled)


def _written(last_modified: str) -> int | None:
    """When the server's file was written, ns since 1970: the inbox sees that it is no young one."""
    try:
        seconds = parsedate_to_datetime(last_modified).timestamp()
    except (ValueError, OverflowError):
        return None
    return int(seconds) * 1_000_000_000 if seconds > 0 else None


def _conditions(before: Pulled | None) -> dict[str, str]:
    """Headers that let the server say that nothing changed (RFC 9110, 13.1)."""
    if before is None:
        return {}
    said = {"If-None-Match": before.etag, "If-Modified-Since": before.last_modified}
    return {name: value for name, value in said.items() if value}


def _targets(source: HttpsSource, client: Client, given: Given) -> Iterator[_Target]:
    unit = unit_of(source.url)
    if unit is None:
        starts: list[datetime | None] = [None]
    else:
        starts = [
            *due_periods(
                unit,
                given.clock.now(),
                given.zone,
                lag=timedelta(minutes=source.lag_min),
                back=timedelta(days=source.catch_up_days),
            )
        ]
    for start in starts:
        given.cancel.check()
        url = render(source.url, start) if start else source.url
        period = start.astimezone(UTC).isoformat() if start else ""
        if source.index is None:
            template = source.save_as
            name = render(template, start) if template and start else template or file_name_of(url)
            yield _Target(url, name, "", period)
            continue
        try:
            text = client.patiently(lambda url=url: _index(client, url))  # type: ignore[misc]
        except AbsentError:
            if start is None:
                raise
            continue
        for listed in read_index(text, source.index, url, source.pattern):
            yield _Target(listed.url, listed.name, listed.version, period)


def _index(client: Client, url: str) -> str:
    with client.get(url, {}) as response:
        if response.status_code != 200:
            raise SourceError(f"{shown(url)}: answered HTTP {response.status_code}")
        content = bytearray()
        for chunk in response.raw.stream(64 * 1024, decode_content=True):
            content += chunk
            if len(content) > MAX_BYTES:
                raise SourceError(f"{shown(url)}: an index of more than {MAX_BYTES:,} bytes")
    return content.decode("utf-8-sig", "replace")


def _wanted(targets: list[_Target], known: dict[str, Pulled], source: HttpsSource) -> list[_Target]:
    """New files, those that the index calls changed, and the newest of the known ones."""
    fetched = [target.key for target in targets if target.key in known]
    newest = set(fetched[-source.recheck :]) if source.recheck else set()

    def is_wanted(target: _Target) -> bool:
        before = known.get(target.key)
        return before is None or target.version != before.version or target.key in newest

    # Where clocks go back, two hours have one address.
    once = {target.key: target for target in targets}
    return [target for target in once.values() if is_wanted(target)]
