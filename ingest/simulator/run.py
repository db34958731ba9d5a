"""Simulates a stretch of days and writes feeds and, apart, the truth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from ingest.errors import IngestError
from ingest.simulator import alarms, crews, feeds
from ingest.simulator.city import City, build_city
from ingest.simulator.handovers import HandoverFiles, Walks
from ingest.simulator.kpis import measure
from ingest.simulator.plans import Event, Work
from ingest.simulator.repairs import Repair, repair, settle
from ingest.simulator.state import Hour, State, new_state, step
from ingest.simulator.tickets import Customers, Ticket, draw_tickets
from ingest.simulator.truth import Truth

ZONE = ZoneInfo("Asia/Shanghai")
DEFAULT_END = datetime(2026, 11, 1, tzinfo=ZONE)  # fixed, so that same arguments give same bytes
_WARM_UP = timedelta(days=15)  # until faults, plans and annoyance are in balance

Ints = NDArray[np.int64]
Progress = Callable[[str, float], None]


@dataclass
class Life:
    """A city that lives: its state and what the writers must remember from hour to hour."""

    city: City
    state: State
    customers: Customers
    next_hour: datetime
    works: list[Work] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    book: alarms.AlarmBook = field(default_factory=alarms.AlarmBook)
    raised: list[alarms.Alarm] = field(default_factory=list)
    walks: Walks = field(default_factory=Walks)
    handovers: pa.Table | None = None  # of the day that the last hour ended
    repairs: dict[str, Repair] = field(default_factory=dict)  # by key
    pending: list[Repair] = field(default_factory=list)  # end something in hours to come
    mended: list[tuple[int, int, str]] = field(default_factory=list)  # told by the next hour

    def repair(self, cells: Ints, against: str, at: datetime, *, key: str) -> Repair:
        """Work against one cause on these cells; what it ends is over from the next whole hour on.

        Args:
            cells: numbers of the cells.
            against: a cause of ``repairs.REMEDIES``.
            at: the moment (aware), in the present hour; an earlier one counts as its beginning.
            key: of the request: the same one again changes nothing and gives the same answer.

        Raises:
            IngestError: see ``repairs.repair``.
        """
        if key in self.repairs:
            return self.repairs[key]
        moment = max(at.astimezone(ZONE), self.next_hour)
        done = repair(self.city, self.state, np.asarray(cells, np.int64), against, moment, key=key)
        self.repairs[key] = done
        if done.helped:
            self.pending.append(done)
            self._settle()
        return done

    def _settle(self) -> None:
        """End what repairs have ended by the beginning of the next hour."""
        for done in [d for d in self.pending if d.ends_at <= self.next_hour]:
            self.mended += settle(self.city, self.state, done)
            self.pending.remove(done)

    def live(self) -> tuple[Hour, list[Ticket]]:
        """Live through one hour."""
        hour = step(self.city, self.state, self.next_hour, self.mended)
        tickets = draw_tickets(self.city, self.state, self.customers, hour)
        self.works += hour.announced[0]
        self.events += hour.announced[1]
        self.raised += self.book.live(self.city, self.state.works, hour)
        self.handovers = self.walks.live(self.city, hour)
        self.next_hour += timedelta(hours=1)
        self.mended = []
        self._settle()
        return hour, tickets


def simulate(
    out: Path,
    *,
    cells: int = 2000,
    days: int = 90,
    seed: int = 1,
    end: datetime = DEFAULT_END,
    with_truth: bool = True,
    progress: Progress | None = None,
) -> tuple[Life, list[Ticket]]:
    """Write the canonical feeds of a city into ``out``, and ``truth/`` beside them.

    Args:
        out: an absent or empty directory.
        cells: exactly so many cells.
        days: days of history before ``end``.
        seed: 0 or greater; same arguments, same bytes.
        end: whole hour at which history ends (exclusive), aware.
        with_truth: also write ``truth/``.
        progress: called with a step's name and the share done, 0 … 1.

    Returns:
        The living city as it stands at ``end``, and all tickets still to be told of.

    Raises:
        IngestError: bad arguments, or ``out`` is not empty.
    """
    _check(out, days, seed, end)
    city = build_city(cells, seed)
    end = end.astimezone(ZONE)
    start = end - timedelta(days=days)
    life = Life(city, new_state(city), Customers(), start - _WARM_UP)
    while life.next_hour < start:
        life.live()
    # Plans announced before the first day are part of history only if they reach into it.
    life.works = [w for w in life.works if w.ends_at > start]
    life.events = [e for e in life.events if e.ends_at > start]
    life.raised = life.book.open[:]
    out.mkdir(parents=True, exist_ok=True)
    feeds.write_inventory(out, city)
    truth = Truth(city, start) if with_truth else None
    tickets: list[Ticket] = []
    writer, relations = KpiFiles(out / "kpis", city), HandoverFiles(out / "handovers")
    while life.next_hour < end:
        if truth is not None and life.next_hour.hour == 0:
            truth.midnight(life.state, life.next_hour)
        hour, created = life.live()
        tickets += created
        writer.add(hour)
        if life.handovers is not None:
            relations.add(hour.local, life.handovers)
        if truth is not None:
            truth.hour(hour)
        if progress is not None and hour.local.hour == 23:
            progress("simulate", (hour.local - start) / (end - start))
    writer.close()
    relations.close()
    _write_facts(out, life, tickets, start, end)
    if truth is not None:
        truth.write(out / "truth", tickets, end)
    return life, [t for t in tickets if t.recorded_at > end or (t.callback_at or t.closed_at) > end]


def _check(out: Path, days: int, seed: int, end: datetime) -> None:
    if not 1 <= days <= 3660:
        raise IngestError(f"days must be between 1 and 3660, not {days}")
    if not 0 <= seed < 2**63:
        raise IngestError(f"seed must be between 0 and 2^63 - 1, not {seed}")
    if end.tzinfo is None or end != end.replace(minute=0, second=0, microsecond=0):
        raise IngestError(f"end must be a whole hour with a time zone, not {end}")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise IngestError(f"{out} is not an empty directory: name another, or empty it first")


def _write_facts(
    out: Path, life: Life, tickets: list[Ticket], start: datetime, end: datetime
) -> None:
    sites = list(dict.fromkeys(life.city.cells["site_id"]))
    rows: list[dict[str, Any]] = [feeds.work_row(w, sites) for w in life.works]
    feeds.write_csv(out / "works.csv", feeds.WORK_COLUMNS, rows)
    feeds.write_csv(out / "events.csv", feeds.EVENT_COLUMNS, map(feeds.event_row, life.events))
    feeds.write_csv(out / "tickets.csv", feeds.TICKET_COLUMNS, feeds.ticket_rows(tickets, end))
    _write_crews(out, life.city, start, end)
    told = alarms.rows(life.raised, life.city, end)
    feeds.write_csv(out / "alarms.csv", feeds.ALARM_COLUMNS, told)


def _write_crews(out: Path, city: City, start: datetime, end: datetime) -> None:
    """The teams, and the roster as far as it was announced by the end."""
    feeds.write_csv(
        out / "teams.csv", feeds.TEAM_COLUMNS, map(feeds.team_row, crews.teams_of(city))
    )
    days = (end - start).days + crews.ANNOUNCED_DAYS + 1
    roster = [
        shift
        for n in range(-1, days)
        for shift in crews.shifts_of(city, start.date() + timedelta(days=n), ZONE)
        if shift.ends_at > start and shift.announced_at < end
    ]
    feeds.write_csv(out / "shifts.csv", feeds.SHIFT_COLUMNS, map(feeds.shift_row, roster))


class KpiFiles:
    """One Parquet file a week, a row group a day; memory holds one day."""

    def __init__(self, folder: Path, city: City) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.city = folder, city
        self.week: str | None = None
        self.writer: pq.ParquetWriter | None = None
        self.day: list[feeds.KpiHour] = []

    def add(self, hour: Hour) -> None:
        """Take one hour's KPIs; a full day goes to the file of its ISO week."""
        values, arrives = measure(self.city, hour)
        self.day.append((hour.local, values, arrives))
        if hour.local.hour == 23:
            self._flush()

    def _flush(self) -> None:
        if not self.day:
            return
        year, week, _ = self.day[0][0].isocalendar()
        name = f"kpis_{year}-W{week:02d}.parquet"
        if name != self.week:
            if self.writer is not None:
                self.writer.close()
            self.week = name
            self.writer = pq.ParquetWriter(self.folder / name, feeds.KPI_SCHEMA, compression="zstd")
        assert self.writer is not None
        self.writer.write_table(feeds.kpi_table(self.city, self.day))
        self.day = []

    def close(self) -> None:
        """Write what is left and close the file."""
        self._flush()
        if self.writer is not None:
            self.writer.close()
