"""A city that goes on: each hour's files are dropped into an inbox, the state is kept on disk."""

from __future__ import annotations

import json
import os
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.errors import IngestError
from ingest.simulator import alarms, crews, feeds
from ingest.simulator.city import build_city
from ingest.simulator.handovers import Walks
from ingest.simulator.kpis import measure
from ingest.simulator.plans import Event, Work
from ingest.simulator.repairs import Repair, look
from ingest.simulator.run import ZONE, Life
from ingest.simulator.state import State
from ingest.simulator.tickets import Customers, Ticket

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
        inbox.mkdir(parents=True, exist_ok=True)
        works, events = len(self.life.works), len(self.life.events)
        hour, created = self.life.live()
        until = self.life.next_hour
        self.tickets += created
        values, arrives = measure(self.life.city, hour)
        self._save(until)
        name = f"{hour.local:%Y%m%dT%H}"
        dropped = []
        path = inbox / f"kpis_{name}.parquet"
        table = feeds.kpi_table(self.life.city, [(hour.local, values, arrives)])
        feeds.write_parquet(_part(path), table)
        dropped.append(path)
        if self.life.handovers is not None:
            path = inbox / f"handovers_{name}.parquet"
            feeds.write_parquet(_part(path), self.life.handovers)
            dropped.append(path)
        told = [t for t in self.tickets if _news(t, hour.local, until)]
        rung = [a for a in self.life.book.open if a.has_news(hour.local, until)]
        new_works, new_events = self.life.works[works:], self.life.events[events:]
        lists: list[tuple[str, tuple[str, ...], list[dict[str, Any]]]] = [
            ("tickets", feeds.TICKET_COLUMNS, feeds.ticket_rows(told, until)),
            (
                "works",
                feeds.WORK_COLUMNS,
                [feeds.work_row(w, self.sites) for w in new_works],
            ),
            ("events", feeds.EVENT_COLUMNS, [feeds.event_row(e) for e in new_events]),
            ("alarms", feeds.ALARM_COLUMNS, alarms.rows(rung, self.life.city, until)),
            ("shifts", feeds.SHIFT_COLUMNS, self._roster(hour.local)),
        ]
        for feed, columns, rows in lists:
            if rows:
                path = inbox / f"{feed}_{name}.csv"
                feeds.write_csv(_part(path), columns, rows)
                dropped.append(path)
        for path in dropped:
            _part(path).replace(path)
        return dropped

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

    def _roster(self, local: datetime) -> list[dict[str, Any]]:
        """The shifts that are announced in this hour."""
        if local.hour != crews.ANNOUNCED_HOUR:
            return []
        day = local.date() + timedelta(days=crews.ANNOUNCED_DAYS)
        return [feeds.shift_row(shift) for shift in crews.shifts_of(self.life.city, day, ZONE)]

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
        with _part(target).open("w", encoding="utf-8") as file:
            json.dump(document, file, ensure_ascii=False, default=datetime.isoformat)
            file.flush()
            os.fsync(file.fileno())
        _part(target).replace(target)
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


def _part(path: Path) -> Path:
    return path.with_name(path.name + ".part")


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
