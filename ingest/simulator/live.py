"""A city that goes on: each hour's files are dropped into an inbox, the state is kept on disk."""

from __future__ import annotations

import json
import os
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime, time, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.errors import IngestError
from ingest.simulator import alarms, crews, feeds
from ingest.simulator.city import City, build_city
from ingest.simulator.handovers import Walks
from ingest.simulator.plans import Event, Work
from ingest.simulator.repairs import Repair, look
from ingest.simulator.run import ZONE, Life
from ingest.simulator.state import State
from ingest.simulator.tickets import Customers, Ticket
from ingest.simulator.told import Told, part

_ARRAYS = (
    "kind", "severity", "age", "gain", "daytime", "fault", "pools", "memory", "blamed",
    "blamed_fault", "relief",
)  # fmt: skip
_TIMES = {
    "announced_at", "starts_at", "ends_at", "created_at", "recorded_at", "due_at", "replied_at",
    "closed_at", "callback_at", "raised_at", "cleared_at", "acknowledged_at", "at",
}  # fmt: skip
_REMEMBERED = timedelta(days=30)  # so long a repair that is asked for again is known


class LiveCity:
    """Goes on where ``simulate`` stopped.

    The state directory holds the arrays and ``state.json``, which names them and is replaced last,
    so that a kill at any moment leaves either the old state or the new one.
    """

    def __init__(self, state_dir: Path, life: Life, tickets: list[Ticket]) -> None:
        self.state_dir, self.life, self.tickets = state_dir, life, tickets
        self._busy = False  # between two hours that are told together: nothing is saved
        self.sites = list(dict.fromkeys(life.city.cells["site_id"]))

    @property
    def next_hour(self) -> datetime:
        """Start of the hour that the next call will live through."""
        return self.life.next_hour

    def drop_hour(self, inbox: Path) -> list[Path]:
        """Live through one hour and drop its files into ``inbox``; returns them.

        Files are written as ``<name>.part`` and renamed, so that nobody reads half of one. The
        state is saved first: after a kill in between, the hour is missing from the feeds, never
        told twice with different content.
        """
        return self.drop_hours(inbox, self.next_hour + timedelta(hours=1))

    def drop_hours(
        self, folder: Path, until: datetime, before: Callable[[datetime], None] | None = None
    ) -> list[Path]:
        """Live up to ``until`` and tell of all these hours in one file a feed; returns them.

        What changed several times meanwhile is told as it stands at the end, which is the same for
        whoever loads it as history. The state is saved once, as in ``drop_hour``.

        Args:
            folder: where the files go.
            until: a whole hour, later than ``next_hour``.
            before: called with the start of each hour before it is lived through: repairs, say.
        """
        since, life = self.next_hour, self.life
        works, events = len(life.works), len(life.events)
        rung = life.book.open[:]
        told = Told(life.city)
        self._busy = True
        try:
            while self.next_hour < until:
                if before is not None:
                    before(self.next_hour)
                hour, created = life.live()
                self.tickets += created
                told.hour(hour, life.handovers)
        finally:
            self._busy = False
        until = self.next_hour
        rung += [alarm for alarm in life.raised if alarm.has_news(since, until)]
        new: dict[str, list[dict[str, Any]]] = {
            "tickets": feeds.ticket_rows(
                [t for t in self.tickets if _news(t, since, until)], until
            ),
            "works": [feeds.work_row(w, self.sites) for w in life.works[works:]],
            "events": [feeds.event_row(e) for e in life.events[events:]],
            "alarms": alarms.rows(
                {a.alarm_id: a for a in rung if a.has_news(since, until)}.values(), life.city, until
            ),
            "shifts": _announced(life.city, since, until),
        }
        self._save(until)
        return told.write(folder, new)

    def repair(
        self, cell_ids: Sequence[str], against: str, at: datetime, *, key: str, site_id: str = ""
    ) -> Repair:
        """A crew works against one cause; saved when this returns.

        Args:
            cell_ids: the cells; those of ``site_id`` where that is given.
            against: a cause of ``repairs.REMEDIES``; where it is the true one, its fault ends with
                the hour of ``at``.
            at: the moment (aware).
            key: of the request: the same one again changes nothing and gives the same answer.
            site_id: a whole site instead of single cells.

        Returns:
            What it ends and what the crew found on site.

        Raises:
            IngestError: a cell or site is unknown, or nobody knows a repair against the cause.
        """
        done = self.life.repair(self._numbers(cell_ids, site_id), against, at, key=key)
        if not self._busy:
            self.save()
        return done

    def look(self, cell_ids: Sequence[str], at: datetime) -> str | None:
        """The cause that a crew sees on site; None: nothing. It changes nothing.

        Raises:
            IngestError: a cell is unknown.
        """
        return look(self.life.city, self.life.state, self._numbers(cell_ids), at)

    def _numbers(self, cell_ids: Sequence[str], site_id: str = "") -> NDArray[np.int64]:
        column, wanted = ("site_id", [site_id]) if site_id else ("cell_id", list(cell_ids))
        known = self.life.city.cells[column]
        if missing := sorted(set(wanted) - set(known)):
            raise IngestError(f"the city has no {column} {', '.join(missing)}")
        return np.flatnonzero(known.isin(wanted))

    def save(self) -> None:
        """Keep the present state on disk."""
        self._save(self.life.next_hour)

    def _save(self, now: datetime) -> None:
        self.tickets = [t for t in self.tickets if _last(t) >= now]
        self.life.works = self.life.state.works[:]
        self.life.events = self.life.state.events[:]
        self.life.raised = []
        self.state_dir.mkdir(parents=True, exist_ok=True)
        names = (f"state-{now:%Y%m%dT%H}-{n}.npz" for n in count())
        # Never over the file that state.json names: within an hour each repair saves anew.
        arrays = next(p for name in names if not (p := self.state_dir / name).exists())
        with arrays.open("wb") as file:
            state = {name: getattr(self.life.state, name) for name in _ARRAYS}
            np.savez(file, **state, walks=self.life.walks.users)
            file.flush()
            os.fsync(file.fileno())
        document = {
            "arrays": arrays.name,
            "seed": self.life.city.seed,
            "cells": len(self.life.city.cells),
            "next_hour": now.isoformat(),
            "faults": self.life.state.faults,
            "works": [asdict(w) for w in self.life.state.works],
            "events": [asdict(e) for e in self.life.state.events],
            "tickets": [asdict(t) for t in self.tickets],
            "alarms": [asdict(a) for a in self.life.book.open],
            "repairs": [asdict(r) for r in self.life.repairs.values() if r.at > now - _REMEMBERED],
            "pending": [r.key for r in self.life.pending],
            "mended": self.life.mended,
            "customers": {
                "count": self.life.customers.count,
                "recent": {str(k): list(v) for k, v in self.life.customers.recent.items()},
            },
        }
        target = self.state_dir / "state.json"
        with part(target).open("w", encoding="utf-8") as file:
            json.dump(document, file, ensure_ascii=False, default=datetime.isoformat)
            file.flush()
            os.fsync(file.fileno())
        part(target).replace(target)
        for old in self.state_dir.glob("state-*.npz"):
            if old != arrays:
                old.unlink()

    @classmethod
    def start(cls, state_dir: Path, life: Life, tickets: list[Ticket]) -> LiveCity:
        """Go on from what ``simulate`` returned, and save it."""
        city = cls(state_dir, life, tickets)
        city.save()
        return city

    @classmethod
    def resume(cls, state_dir: Path) -> LiveCity:
        """Go on from the saved state.

        Raises:
            IngestError: there is none, or it is damaged.
        """
        try:
            document = json.loads((state_dir / "state.json").read_text("utf-8"))
            with np.load(state_dir / document["arrays"], allow_pickle=False) as arrays:
                values = {name: arrays[name] for name in _ARRAYS if name in arrays}
                walks = arrays["walks"] if "walks" in arrays else np.zeros(0)  # of older cities
            city = build_city(document["cells"], document["seed"])
            works = [Work(**_times(row)) for row in document["works"]]
            events = [Event(**_times(row)) for row in document["events"]]
            values.setdefault("relief", np.ones(document["cells"]))  # of older cities
            state = State(**values, works=works, events=events, faults=document["faults"])
            customers = Customers(
                {int(k): deque(v, maxlen=12) for k, v in document["customers"]["recent"].items()},
                document["customers"]["count"],
            )
            life = Life(city, state, customers, _time(document["next_hour"]), works[:], events[:])
            life.walks = Walks(walks)
            life.book.open = [alarms.Alarm(**_times(row)) for row in document["alarms"]]
            life.repairs = {row["key"]: _repair(row) for row in document.get("repairs", [])}
            life.pending = [life.repairs[key] for key in document.get("pending", [])]
            life.mended = [(c, n, key) for c, n, key in document.get("mended", [])]
            tickets = [Ticket(**_times(row)) for row in document["tickets"]]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise IngestError(
                f"{state_dir}: the simulated city cannot go on ({error}); start a new one"
            ) from error
        return cls(state_dir, life, tickets)


def _announced(city: City, since: datetime, until: datetime) -> list[dict[str, Any]]:
    """The shifts that are announced in [since, until)."""
    rows = []
    day = since.date()
    while day <= until.date():
        moment = datetime.combine(day, time(crews.ANNOUNCED_HOUR), ZONE)
        if since <= moment < until:
            ahead = day + timedelta(days=crews.ANNOUNCED_DAYS)
            rows += [feeds.shift_row(shift) for shift in crews.shifts_of(city, ahead, ZONE)]
        day += timedelta(days=1)
    return rows


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(ZONE)


def _times(row: dict[str, Any]) -> dict[str, Any]:
    return {k: _time(v) if k in _TIMES and v is not None else v for k, v in row.items()}


def _repair(row: dict[str, Any]) -> Repair:
    lists = {name: tuple(row[name]) for name in ("cells", "faults", "relieved")}
    return Repair(**{**_times(row), **lists})


def _news(ticket: Ticket, since: datetime, until: datetime) -> bool:
    """Something about the ticket became known in (since, until]."""
    moments = (ticket.recorded_at, ticket.replied_at, ticket.closed_at, ticket.callback_at)
    return any(m is not None and since < m <= until for m in moments)


def _last(ticket: Ticket) -> datetime:
    return max(ticket.recorded_at, ticket.callback_at or ticket.closed_at) + timedelta(hours=1)
