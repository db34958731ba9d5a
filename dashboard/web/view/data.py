"""The state of the sources as the page tells it: what is late, what was renamed, what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from dashboard.ops.desk import Told
from dashboard.ops.requests import Request
from dashboard.ops.runs import GOOD, Run

Row = dict[str, Any]
LATE_WAITS = 2.0
"""A source is late when nothing came for so many of its usual waits."""
RENAMED_WITHIN = timedelta(days=1)
"""A column that came and a KPI that stopped within so long may be the same."""


@dataclass(frozen=True)
class Delivery:
    """One source and feed.

    Attributes:
        row: as in the snapshot (``quality_source_rhythm``).
        state: ``well``, ``late``, ``by_hand`` (no rhythm, and all files loaded by hand) or
            ``irregular`` (too few deliveries to tell).
        late_since: when the next file was due; None unless late.
    """

    row: Row
    state: str
    late_since: datetime | None = None


def delivery(row: Row, as_of: datetime) -> Delivery:
    """Whether a source is late, as of the snapshot's moment."""
    usual, delivered = row["usual_min"], row["delivered_at"]
    if usual is None or delivered is None:
        return Delivery(row, "by_hand" if row["source"] == "ingest" else "irregular")
    wait = timedelta(minutes=usual)
    if as_of - delivered > LATE_WAITS * wait:
        return Delivery(row, "late", delivered + wait)
    return Delivery(row, "well")


def renamed_from(column: Row, shifts: list[Row]) -> str | None:
    """A KPI of the same source that stopped when an unknown column came; None: there is none."""
    if not column["came"] or column["feed"] not in ("kpis", "counters"):
        return None
    stopped = (
        shift
        for shift in shifts
        if shift["kind"] == "nulls"
        and shift["source"] == column["source"]
        and abs(shift["since"] - column["first_seen"]) <= RENAMED_WITHIN
    )
    found = min(stopped, key=lambda shift: abs(shift["since"] - column["first_seen"]), default=None)
    return None if found is None else str(found["kpi"])


@dataclass(frozen=True)
class Job:
    """One job of the worker, or the fetch of one source.

    Attributes:
        job, source: which; source is empty but for fetches.
        last: its newest run; None: it never ran, as far as is remembered.
        usual_s: median length of its runs that went well; None: none did.
        failure: its newest run that did not go well, unless one that did came after it.
        request: what was asked for last; None: nothing.
        open_to: people may ask for it.
    """

    job: str
    source: str
    last: Run | None
    usual_s: float | None
    failure: Run | None
    request: Request | None
    open_to: bool

    @property
    def asked(self) -> bool:
        """A request stands open: another would be the same."""
        return self.request is not None and self.request.ended_at is None


def jobs(told: Told, may: list[tuple[str, str]]) -> list[Job]:
    """Every job that ran or may be asked for, in the order of the latter."""
    ran = dict.fromkeys((run.job, run.source or "") for run in told.runs)
    made = []
    for key in dict.fromkeys([*may, *sorted(ran)]):
        runs = [run for run in told.runs if (run.job, run.source or "") == key]
        good = [run.seconds for run in runs if run.outcome == "ok" and run.seconds is not None]
        ended = [run for run in runs if run.outcome is not None]
        failure = next((run for run in ended if run.outcome not in GOOD), None)
        if failure is not None and any(r.id > failure.id and r.outcome in GOOD for r in ended):
            failure = None
        request = next((r for r in told.requests if (r.job, r.source) == key), None)
        usual = median(good) if good else None
        last = runs[0] if runs else None
        made.append(Job(*key, last, usual, failure, request, key in may))
    return made


def chosen_rows(query: Mapping[str, str]) -> dict[str, str | None]:
    """Which rejected rows are asked for: source, feed and reason of an address."""
    return {name: query.get(name) or None for name in ("source", "feed", "reason")}
