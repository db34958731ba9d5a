"""What is worked out once a snapshot and asked for often; it goes with the snapshot."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable
from datetime import date
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from dashboard.snapshot import Snapshot
from dashboard.trends.areas import Areas, areas_of

T = TypeVar("T")

_HELD: WeakKeyDictionary[Snapshot, dict[Hashable, Any]] = WeakKeyDictionary()


def held(snapshot: Snapshot, key: Hashable, make: Callable[[], T]) -> T:
    """A pure function of the snapshot, made at its first use.

    Two threads that ask at once may both make it; the results are equal.
    """
    results = _HELD.setdefault(snapshot, {})
    if key not in results:
        results[key] = make()
    found: T = results[key]
    return found


def areas(snapshot: Snapshot) -> Areas:
    """The regions of a snapshot."""
    return held(snapshot, "areas", lambda: areas_of(snapshot))


def history_from(snapshot: Snapshot) -> date | None:
    """The first local day with a complaint; before it nothing is known. None: there is none."""

    def make() -> date | None:
        name = "trend_span_days" if snapshot.has_day_sums else "trend_span"
        first: date | None = snapshot.rows(name)[0]["first"]
        return first

    return held(snapshot, "history_from", make)


def files_of(snapshot: Snapshot, days: Collection[date]) -> list[str]:
    """The months' files that hold complaints made, or due, on some local days; few to open."""

    def make() -> list[tuple[str, date, date]]:
        folder, of = snapshot.path.resolve(), snapshot.manifest.complaint_days
        files = {str(folder / sums): str(folder / month) for sums, month in of.items()}
        if not snapshot.has_day_sums:
            months = snapshot.manifest.complaints
            return [(str(folder / month), date.min, date.max) for month in months]
        if not files:
            return []
        spans = snapshot.rows("complaint_spans", {"files": list(files)})
        return [(files[span["file"]], span["first"], span["last"]) for span in spans]

    spans = held(snapshot, "files", make)
    return [file for file, first, last in spans if any(first <= day <= last for day in days)]


def values(snapshot: Snapshot) -> dict[str, list[str | None]]:
    """The values of each dimension, those with most complaints first; None: not known."""

    def make() -> dict[str, list[str | None]]:
        found: dict[str, list[str | None]] = {}
        name = "trend_values_days" if snapshot.has_day_sums else "trend_values"
        for row in snapshot.rows(name):
            found.setdefault(row["dimension"], []).append(row["value"] or None)
        return found

    return held(snapshot, "values", make)
