"""Neighbours as measured by then: learned once a week, at its Monday midnight, from hand-overs.

Weights of a week follow from the hand-overs of the 28 days before its local Monday that were known
at that midnight. So an origin sees nothing newer, and all origins of a week share one table.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import duckdb
import pandas as pd

from forecasting import queries
from forecasting.hours.weeks import midnight, monday_of, weeks_between
from geo.neighbours import neighbours
from ingest.retention.marks import newest_delivery, purged_us
from ingest.warehouse import transaction

DAYS = 28
_SUMS = ("relation_sums", "relation_weeks")
_COLUMNS = ["cell_id", "neighbour_id", "kind", "distance_m", "weight"]


@dataclass
class Relations:
    """Sums of hand-overs by week, and the neighbours that follow from them and the inventory.

    Attributes:
        keep_days: weeks made are kept in the warehouse, for so many days back from the newest;
            None: nothing is written.
    """

    keep_days: int | None = None
    _sure: dict[date, pd.DataFrame] = field(default_factory=dict)
    _made: dict[tuple[str, date], pd.DataFrame] = field(default_factory=dict)

    def neighbours(
        self, connection: duckdb.DuckDBPyConnection, origin: datetime, cells: pd.DataFrame, key: str
    ) -> pd.DataFrame:
        """Neighbours of the cells, see :func:`geo.neighbours.neighbours`.

        Cells without coordinates take part where hand-overs tell of them.

        Args:
            connection: the warehouse.
            origin: what was known at its week's Monday midnight is looked at.
            cells: the inventory as known at ``origin``.
            key: tells inventories apart.
        """
        zone = queries.session_zone(connection)
        monday = monday_of(origin, zone)
        if (key, monday) not in self._made:
            told = self.sums(connection, monday, zone)
            self._made = {(key, monday): _neighbours(cells, told)}
        return self._made[key, monday]

    def sums(self, connection: duckdb.DuckDBPyConnection, monday: date, zone: str) -> pd.DataFrame:
        """``cell_id, neighbour_id, attempts, successes`` of the four weeks before a Monday."""
        if monday not in self._sure:
            self._sure = {monday: self._sums(connection, monday, zone)}
        return self._sure[monday]

    def fingerprint(
        self, connection: duckdb.DuckDBPyConnection, since: datetime, until: datetime
    ) -> str:
        """Tells whether the same hand-overs weigh the neighbours of all weeks of a span.

        The weeks are kept by it, so that the next call only looks whether they still hold.

        Raises:
            ValueError: weeks are not kept.
        """
        if self.keep_days is None:
            raise ValueError("fingerprints are of weeks that are kept: say for how many days")
        zone = queries.session_zone(connection)
        weeks = weeks_between(since, until, zone)
        for week in weeks:
            if not _holds(connection, _kept(connection, week.monday), week.monday, zone):
                self._make(connection, week.monday, zone)
        ends: dict[str, queries.Value] = {
            "first": weeks[0].monday.isoformat(),
            "last": weeks[-1].monday.isoformat(),
        }
        found = queries.frame(connection, "relation_hash", ends)
        return "|".join(f"{day}:{told}" for day, told in found.itertuples(index=False))

    def _sums(self, connection: duckdb.DuckDBPyConnection, monday: date, zone: str) -> pd.DataFrame:
        if _holds(connection, _kept(connection, monday), monday, zone):
            return queries.frame(connection, "relation_sums", {"monday": monday.isoformat()})
        return self._make(connection, monday, zone)

    def _make(self, connection: duckdb.DuckDBPyConnection, monday: date, zone: str) -> pd.DataFrame:
        told = queries.frame(connection, "relation_sums_known", _span(monday, zone))
        # a week without hand-overs is not kept: nothing is cheaper than to look for them
        if self.keep_days is not None and (len(told) or len(_kept(connection, monday))):
            self._keep(connection, monday, told, zone)
        return told

    def _keep(
        self, connection: duckdb.DuckDBPyConnection, monday: date, told: pd.DataFrame, zone: str
    ) -> None:
        """Write a week down, in a transaction of its own."""
        queries.put(connection, "fc_relations", told)
        week: dict[str, queries.Value] = {"monday": monday.isoformat()}
        oldest = monday - timedelta(days=self.keep_days or 0)
        mark: dict[str, queries.Value] = {
            "delivery_id": newest_delivery(connection),
            "purged_at": _purged(connection, monday, zone),
        }
        with transaction(connection):
            for table in _SUMS:
                forget = {**week, "oldest": oldest.isoformat()}
                queries.run(connection, f"forget_{table}", forget)
            if len(told):
                queries.run(connection, "write_relation_sums", week)
                queries.run(connection, "write_relation_week", {**week, **mark})


def _span(monday: date, zone: str) -> dict[str, queries.Value]:
    """The four weeks before a Monday midnight."""
    since = midnight(monday - timedelta(days=DAYS), zone)
    return {"since": since, "until": midnight(monday, zone)}


def _kept(connection: duckdb.DuckDBPyConnection, monday: date) -> pd.DataFrame:
    """How the week was kept; no row: it was not."""
    return queries.frame(connection, "relation_week", {"monday": monday.isoformat()})


def _holds(
    connection: duckdb.DuckDBPyConnection, kept: pd.DataFrame, monday: date, zone: str
) -> bool:
    """Is the week kept, and has nothing come or gone since that was known or there then?"""
    if kept.empty:
        return False
    purged, then = _purged(connection, monday, zone), kept["purged_at"].iloc[0]
    if then != purged and not (purged is None and pd.isna(then)):
        return False
    mark = {"delivery_id": int(kept["delivery_id"].iloc[0])}
    stale = queries.frame(connection, "relations_stale", {**_span(monday, zone), **mark})
    return int(stale["rows"].iloc[0]) == 0


def _neighbours(cells: pd.DataFrame, told: pd.DataFrame) -> pd.DataFrame:
    placed = cells["longitude"].notna() & cells["latitude"].notna()
    if told.empty:
        if not placed.any():
            return pd.DataFrame(columns=_COLUMNS)
        return neighbours(cells[placed])
    related = cells["cell_id"].isin([*told["cell_id"], *told["neighbour_id"]])
    return neighbours(cells[placed | related], handovers=told)


def _purged(connection: duckdb.DuckDBPyConnection, monday: date, zone: str) -> datetime | None:
    """Before which moment of its four weeks rows were removed for their age; None: none were."""
    purged = purged_us(connection)
    if purged is None:
        return None
    gone = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=purged)
    since = midnight(monday - timedelta(days=DAYS), zone)
    return min(gone, midnight(monday, zone)) if gone > since else None
