"""From figures to what should be looked at."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from ingest.quality.model import Flaw
from ingest.settings import QualitySettings

_LAST_DAY = timedelta(hours=24)
_QUIET = timedelta(hours=24)  # no ticket for so long ...
_TICKETS_A_DAY = 10  # ... where so many a day are usual
# Factors by which units differ: thousand, 1024, percent, bits and bytes, minutes, hours, mega.
_UNITS = (1000.0, 1024.0, 100.0, 8.0, 60.0, 3600.0, 1e6, 8000.0, 125.0)
_NEAR = 0.12
_KEPT = ("_position", "unknown_skill", "unknown_team")  # reasons for which no row was rejected


def find_flaws(
    said: dict[str, pd.DataFrame], as_of: datetime, limits: QualitySettings
) -> tuple[Flaw, ...]:
    """What the frames of :class:`~ingest.quality.model.Quality` give cause to; the worst first."""
    flaws = [
        *_missing(said["hours"], limits.missing_share),
        *_quiet(said["sources"], said["attribution"], as_of),
        *_rejected(said["rejected"], limits.rejected_share),
        *_refused(said["sources"]),
        *_shifted(said["shifts"]),
        *_inventory(said["inventory"]),
        *_unplaced(said["attribution"], limits.unplaced_share),
    ]
    return ranked(flaws)


def ranked(flaws: Iterable[Flaw]) -> tuple[Flaw, ...]:
    """The worst first; equal ones in a fixed order."""
    return tuple(sorted(flaws, key=lambda flaw: (-flaw.weight, flaw.code, repr(flaw.about))))


def _missing(hours: pd.DataFrame, limit: float) -> Iterator[Flaw]:
    """Per source: the stretch up to now in which intervals are missing, else the last day."""
    for source, rows in hours.groupby("source", sort=True):
        lacking = 1 - rows["intervals_present"] / rows["intervals_expected"]
        gap = (lacking >= limit).to_numpy()
        length = len(gap) if gap.all() else int(gap[::-1].argmin())
        stretch = (
            rows.tail(length) if length else rows[rows["hour"] > rows["hour"].max() - _LAST_DAY]
        )
        expected = int(stretch["intervals_expected"].sum())
        missing = expected - int(stretch["intervals_present"].sum())
        share = missing / expected
        if share < limit:
            continue
        code = "silent" if share == 1 else "missing" if length else "gaps"
        values = {"source": source, "share": share, "intervals": missing}
        yield Flaw(code, 0.5 + share / 2, values | {"since": stretch["hour"].iloc[0]})


def _quiet(sources: pd.DataFrame, attribution: pd.DataFrame, as_of: datetime) -> Iterator[Flaw]:
    """Tickets that stopped coming."""
    days = attribution["day"].nunique()
    if not days or attribution["tickets"].sum() / days < _TICKETS_A_DAY:
        return
    newest = sources.loc[sources["feed"] == "tickets", "data_time"].max()
    if pd.notna(newest) and as_of - newest > _QUIET:
        yield Flaw("no_tickets", 0.8, {"since": newest})


def _rejected(rejected: pd.DataFrame, limit: float) -> Iterator[Flaw]:
    """Per source and feed: rows rejected over the days shown, and the commonest reason."""
    for (source, feed), rows in rejected.groupby(["source", "feed"], sort=True):
        read, bad = int(rows["rows_read"].sum()), int(rows["rows_rejected"].sum())
        if not read or bad / read < limit:
            continue
        reasons: Counter[str] = Counter()
        for text in rows["reasons"]:
            reasons.update(json.loads(text))
        values: dict[str, Any] = {"source": source, "feed": feed, "share": bad / read, "rows": bad}
        reasons = Counter({r: n for r, n in reasons.items() if not r.endswith(_KEPT)})
        reason = max(sorted(reasons), key=reasons.__getitem__, default="")
        yield Flaw("rejected", 0.4 + bad / read / 2, values | {"reason": reason})


def _refused(sources: pd.DataFrame) -> Iterator[Flaw]:
    for source, rows in sources.groupby("source", sort=True):
        files = int(rows["files_refused"].sum())
        if files:
            yield Flaw("refused", 0.45, {"source": source, "files": files})


def _shifted(shifts: pd.DataFrame) -> Iterator[Flaw]:
    """Shifts that last; one line for those of one KPI and source that began together."""
    lasting = shifts[shifts["lasting"].astype(bool)]
    up = lasting["z"] > 0
    for (kind, kpi, source, since, _), rows in lasting.groupby(
        ["kind", "kpi", "source", "since", up], sort=True
    ):
        vendors = sorted({vendor for vendor in rows["vendor"] if vendor})
        biggest = rows.iloc[int(rows["cells"].to_numpy().argmax())]
        values: dict[str, Any] = {
            "kpi": kpi,
            "source": source,
            "vendor": ", ".join(vendors),
            "since": since,
            "value": float(biggest["value"]),
            "usual": float(biggest["usual"]),
        }
        if kind == "nulls":
            yield Flaw("kpi_gone", 0.7, values)
            continue
        factor = unit_factor(values["value"], values["usual"])
        code = "unit" if factor else "shift"
        weight = 0.9 if factor else 0.6
        yield Flaw(code, weight, values | ({"factor": factor} if factor else {}))


def unit_factor(value: float, usual: float) -> float | None:
    """The ratio of two units that value / usual is close to; below 1 its inverse; None: no unit."""
    if not value > 0 or not usual > 0:
        return None
    ratio = value / usual
    for factor in _UNITS:
        for known in (factor, 1 / factor):
            if abs(ratio / known - 1) <= _NEAR:
                return known
    return None


def _inventory(inventory: pd.DataFrame) -> Iterator[Flaw]:
    """Cells that only one side knows, and new ones."""
    for kind, weight in (("not_in_inventory", 0.5), ("no_kpis", 0.3), ("new", 0.05)):
        cells = sorted(inventory.loc[inventory["kind"] == kind, "cell_id"])
        if cells:
            yield Flaw(kind, weight, {"cells": len(cells), "example": cells[0]})


def _unplaced(attribution: pd.DataFrame, limit: float) -> Iterator[Flaw]:
    """Tickets that nothing places, and those that name cells nobody knows."""
    tickets = int(attribution["tickets"].sum())
    if not tickets:
        return
    none = int(attribution.loc[attribution["attribution"] == "none", "tickets"].sum())
    if none / tickets >= limit:
        yield Flaw("unplaced", 0.5, {"share": none / tickets, "tickets": none})
    unknown = int(attribution["unknown_cell"].sum())
    if unknown / tickets >= limit:
        yield Flaw("unknown_cells", 0.5, {"share": unknown / tickets, "tickets": unknown})
