"""Crews and their shifts in the snapshot: what orders are planned with."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pandas as pd

from dashboard.publish import queries
from ingest.crews import skills_of, split_list

if TYPE_CHECKING:
    import duckdb

SHIFTS_BACK, SHIFTS_AHEAD = timedelta(days=2), timedelta(days=14)


def told_crews(connection: duckdb.DuckDBPyConnection, as_of: datetime) -> dict[str, pd.DataFrame]:
    """The snapshot's tables ``teams`` and ``shifts``, as known at ``as_of``.

    Lists are joined by ``;``: of skills the codes come first, then words that nobody knows.
    Cancelled shifts are left out.
    """
    teams = queries.frame(connection, "teams", {"as_of": as_of})
    span = {"as_of": as_of, "since": as_of - SHIFTS_BACK, "until": as_of + SHIFTS_AHEAD}
    return {
        "teams": teams.assign(
            skills=teams["skills"].map(_skills, na_action="ignore"),
            region_ids=teams["region_ids"].map(_regions, na_action="ignore"),
        ),
        "shifts": queries.frame(connection, "shifts", span),
    }


def _skills(text: str) -> str | None:
    found = skills_of(text)
    return ";".join([*found.known, *found.unknown]) or None


def _regions(text: str) -> str | None:
    return ";".join(split_list(text)) or None
