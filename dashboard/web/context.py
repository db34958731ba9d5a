"""What every page and route needs: snapshots, clock, settings, words, and a memory of results."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from dashboard.basemap.store import BaseMap
from dashboard.dispatch.desk import DispatchDesk
from dashboard.layers.store import LayerStore
from dashboard.ops.desk import OpsDesk
from dashboard.ops.reading import States
from dashboard.reports.history import ReportHistory
from dashboard.snapshot import Snapshot, SnapshotStore
from dashboard.web.figures.theme import Theme, theme_of
from dashboard.web.i18n import load_texts
from dashboard.web.settings import WebSettings
from dashboard.web.view.freshness import Freshness, judge
from dashboard.web.view.state import ViewState
from dashboard.web.view.words import Words
from ingest.catalogue import Catalogue
from ingest.clock import Clock

T = TypeVar("T")


class Memo:
    """Results of pure functions of immutable snapshots; the least recently used go first.

    Several threads that ask for one key at once wait for one computation.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._lock = Lock()
        self._held: OrderedDict[Hashable, Any] = OrderedDict()
        self._making: dict[Hashable, Lock] = {}

    def peek(self, key: Hashable) -> object | None:
        """The result for that key, or None."""
        with self._lock:
            return self._held.get(key)

    def put(self, key: Hashable, value: object) -> None:
        """Hold a result that was made elsewhere, in place of an older one."""
        with self._lock:
            self._held[key] = value
            self._held.move_to_end(key)
            while len(self._held) > self._size:
                self._held.popitem(last=False)

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The result for that key, made when it is not held; an exception is not remembered."""
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                held: T = self._held[key]
                return held
            making = self._making.setdefault(key, Lock())
        with making:
            with self._lock:
                if key in self._held:
                    made: T = self._held[key]
                    return made
            try:
                made = make()
                self.put(key, made)
            finally:
                with self._lock:
                    self._making.pop(key, None)
            return made


class InUse:
    """What was asked for lately: made ready ahead when a new snapshot comes."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = Lock()
        self._now: OrderedDict[Hashable, Any] = OrderedDict()
        self._before: OrderedDict[Hashable, Any] = OrderedDict()

    def note(self, key: Hashable, asked: object) -> None:
        """Somebody asked for that."""
        with self._lock:
            self._now[key] = asked
            self._now.move_to_end(key)
            while len(self._now) > self._most:
                self._now.popitem(last=False)

    def turn(self) -> list[Any]:
        """All that was asked for since the turn before the last; the latest first."""
        with self._lock:
            known = {**self._before, **self._now}
            self._before, self._now = self._now, OrderedDict()
        return list(known.values())[::-1][: self._most]


@dataclass(frozen=True)
class Look:
    """One person's view of one snapshot.

    Attributes:
        snapshot: what is shown.
        freshness: whether it may still be believed.
        words: numbers, times and texts in the person's language.
        state: what the person chose.
    """

    snapshot: Snapshot
    freshness: Freshness
    words: Words
    state: ViewState

    @property
    def version(self) -> str:
        """Changes whenever the page has to be drawn anew."""
        return f"{self.snapshot.id}/{'fresh' if self.freshness.fresh else 'stale'}"

    @property
    def theme(self) -> Theme:
        """The colours of a desk page, as chosen."""
        return theme_of(self.state.ground, self.state.palette)

    @property
    def wall_theme(self) -> Theme:
        """The colours of the wall: always dark."""
        return theme_of("dark", self.state.palette)


@dataclass(frozen=True)
class Context:
    """The web application's parts.

    Attributes:
        store: the snapshots.
        clock: the present moment.
        settings: how much is shown.
        catalogue: the KPIs.
        states: reads what is known of fetches; None where nobody tells.
        ops: runs of jobs, and what people ask the worker to do; None where nobody tells.
        reports: what became of reports; None where nobody tells.
        dispatch: the work orders; None where nobody tells.
        layers: the geometry of maps.
        base_map: what the operator's base map consists of now.
        memo: values of the wall and geometry of maps.
        walls: parts of the wall as they travel.
        in_use: the walls that people look at: their state and screen.
        kpi_memo: KPI series by snapshot and cell.
        cells_memo: the table of cells as prepared, filtered and sorted.
        charts: the KPI charts last drawn for a cell: the old picture while a new one is made.
    """

    store: SnapshotStore
    clock: Clock
    settings: WebSettings
    catalogue: Catalogue
    states: States | None = None
    ops: OpsDesk | None = None
    reports: ReportHistory | None = None
    dispatch: DispatchDesk | None = None
    layers: LayerStore = field(default_factory=lambda: LayerStore(()))
    base_map: Callable[[], BaseMap] = BaseMap
    memo: Memo = field(default_factory=lambda: Memo(64))
    walls: Memo = field(default_factory=lambda: Memo(96))
    in_use: InUse = field(default_factory=lambda: InUse(24))
    kpi_memo: Memo = field(default_factory=lambda: Memo(256))
    cells_memo: Memo = field(default_factory=lambda: Memo(32))
    charts: Memo = field(default_factory=lambda: Memo(12))

    def state(self, search: str | None) -> ViewState:
        """The query string, understood."""
        return ViewState.parse(
            search, default_language=self.settings.language, default_ground=self.settings.theme
        )

    def words(self, language: str, zone: ZoneInfo) -> Words:
        """Words of a language in a zone."""
        return Words(load_texts(language), zone, self.catalogue)

    def look(self, state: ViewState) -> Look:
        """The snapshot that the address asks for, with its freshness.

        In a replay (``at``) freshness is that of the moment asked for: the screen as it was.

        Raises:
            SnapshotError: there is no such snapshot.
            BadQueryError: ``at`` is no time.
        """
        newest, now = self.store.get(), self.clock.now()
        at = state.at(ZoneInfo(newest.manifest.time_zone))
        if at is None:
            return self.look_at(newest, state, now)
        seen_from = min(at, now)
        return self.look_at(self.store.get(seen_from), state, seen_from)

    def look_at(self, snapshot: Snapshot, state: ViewState, now: datetime) -> Look:
        """That snapshot as it is seen at a moment, whatever ``at`` says."""
        words = self.words(state.language, ZoneInfo(snapshot.manifest.time_zone))
        return Look(snapshot, self.freshness(snapshot, now), words, state)

    def freshness(self, snapshot: Snapshot, now: datetime) -> Freshness:
        """Freshness of a snapshot at a moment, by the limit of the settings."""
        return judge(snapshot.manifest, now, self.settings.stale_after_min)
