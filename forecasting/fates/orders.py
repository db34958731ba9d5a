"""What became of work orders, and of every red of every forecast: tables of the snapshot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from itertools import repeat
from zoneinfo import ZoneInfo

import duckdb
import pandas as pd

from forecasting import queries
from forecasting.fates.pipeline import WINDOW, Judged

OUTCOMES = (
    "verified", "verified_later", "reopened", "waiting", "rejected", "cancelled", "open",
)  # fmt: skip
WAITING = "waiting"
"""In place of a fate: the horizon of the forecast is not over."""
ORDERS = [
    "day", "order_id", "opened_at", "region_id", "technology", "cause", "found_cause", "cells",
    "outcome", "reason", "reopened", "repaired_at", "verified_at",
]  # fmt: skip
REDS = ["day", "fate", "treatment", "reds"]


def order_outcomes(
    connection: duckdb.DuckDBPyConnection, as_of: datetime, cells: pd.DataFrame
) -> pd.DataFrame:
    """One row per order of the last 90 days: ``ORDERS``, by its opening.

    ``day`` is the local day of the opening, ``cells`` their number, ``technology`` that of its
    cells where they have one in common; ``outcome`` is one of ``OUTCOMES``.

    Args:
        connection: the warehouse.
        as_of: aware; nothing that happened later is used.
        cells: ``cell_id, technology``.
    """
    zone = ZoneInfo(queries.session_zone(connection))
    span: dict[str, queries.Value] = {"as_of": as_of, "since": as_of - WINDOW}
    made = queries.frame(connection, "order_outcomes", span)
    kind = dict(zip(cells["cell_id"], cells["technology"], strict=True))
    made["day"] = made["opened_at"].dt.tz_convert(zone).dt.date
    made["cells"] = made["cell_ids"].map(len).astype("int64")
    made["technology"] = made["cell_ids"].map(lambda ids: _common(kind.get(id_) for id_ in ids))
    return made[ORDERS]


def _common(kinds: Iterable[object]) -> object:
    """The one that all have; None where they differ or none is known."""
    found = set(kinds)
    return found.pop() if len(found) == 1 else None


def all_reds(
    connection: duckdb.DuckDBPyConnection, as_of: datetime, judged: Judged
) -> pd.DataFrame:
    """Every red of every forecast of the last 90 days: ``REDS``, by local day of the forecast.

    Each red has exactly one fate, or is still ``waiting``; so the sum of a day is what its
    forecasts had red.
    """
    zone = ZoneInfo(queries.session_zone(connection))
    span: dict[str, queries.Value] = {"since": as_of - WINDOW, "until": as_of}
    reds = queries.frame(connection, "fates_reds", span)
    queries.put(connection, "fc_judged", pd.DataFrame({"as_of": judged.kept}))
    stored = queries.frame(connection, "stored_reds")
    counts: Counter[tuple[date, str, str | None]] = Counter()

    def add(
        as_ofs: pd.Series, fates: Iterable[str], kinds: Iterable[str], ns: Iterable[int]
    ) -> None:
        days = as_ofs.dt.tz_convert(zone).dt.date
        for day, fate, kind, n in zip(days, fates, kinds, ns, strict=True):
            counts[day, fate, None if pd.isna(kind) else kind] += int(n)

    add(stored["as_of"], stored["fate"], stored["treatment"], stored["reds"])
    if (made := judged.made.get("fates")) is not None:
        red = made[made["status"] == "red"]
        add(red["as_of"], red["fate"], red["treatment"], repeat(1, len(red)))
    open_ = reds[~reds["as_of"].isin(judged.judgements["as_of"])]
    add(open_["as_of"], repeat(WAITING, len(open_)), repeat("", len(open_)), repeat(1, len(open_)))
    rows = [
        {"day": day, "fate": fate, "treatment": kind or None, "reds": n}
        for (day, fate, kind), n in sorted(counts.items(), key=lambda item: str(item[0]))
    ]
    return pd.DataFrame(rows, columns=REDS)
