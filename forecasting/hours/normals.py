"""The normals of a week: kept in the warehouse, made where they are not there or do not hold."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import duckdb
import pandas as pd

from forecasting import queries
from forecasting.cells.normals import steps
from forecasting.hours.frame import Frame
from forecasting.hours.weeks import Week
from ingest.retention.marks import newest_delivery, purged_us
from ingest.warehouse import transaction


@dataclass(frozen=True)
class Kept:
    """One row of ``kept_weeks``; see the table's comments."""

    monday: date
    made_with: str
    facts_from: datetime
    normals_delivery: int
    hours_from: datetime | None = None
    hours_until: datetime | None = None
    hours_delivery: int | None = None


@dataclass
class Normals:
    """Lets ``cell_normals`` and ``cell_steps`` hold the weeks that are asked for.

    Normals of a week are a function of the KPIs that were known at its Monday midnight. They are
    made once, and again where a later delivery brings KPIs that were known then (history), where
    old KPIs were removed, or where settings, catalogue or calendar changed.
    """

    frame: Frame
    _sure: set[date] = field(default_factory=set)

    def put(self, connection: duckdb.DuckDBPyConnection, week: Week) -> None:
        """Make the normals of a week if the kept ones do not hold; in a transaction of its own."""
        if week.monday in self._sure:
            return
        since = self._facts_from(connection, week)
        kept = kept_week(connection, week.monday)
        if kept is None or not self._holds(connection, kept, week, since):
            with transaction(connection):
                self._make(connection, week, since)
        self._sure.add(week.monday)

    def _facts_from(self, connection: duckdb.DuckDBPyConnection, week: Week) -> datetime:
        since = self.frame.normals_since(week)
        purged = purged_us(connection)
        if purged is None:
            return since
        gone = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=purged)
        return min(max(since, gone), week.start)

    def _holds(
        self, connection: duckdb.DuckDBPyConnection, kept: Kept, week: Week, since: datetime
    ) -> bool:
        if kept.made_with != self.frame.made_with(week) or kept.facts_from != since:
            return False
        what: dict[str, queries.Value] = {
            "delivery_id": kept.normals_delivery,
            "anchor": week.start,
            "since": since,
        }
        return int(queries.frame(connection, "normals_stale", what)["rows"].iloc[0]) == 0

    def _make(self, connection: duckdb.DuckDBPyConnection, week: Week, since: datetime) -> None:
        names = self.frame.names
        monday: dict[str, queries.Value] = {"monday": week.monday.isoformat()}
        forget_week(connection, week)
        self.frame.put_days(connection, since, week.start)
        span = {"since": since, "until": week.start, "known_at": week.start}
        strays = []
        for shard, parts in self.frame.split_shards(connection):
            queries.run(connection, "known_rows", {**span, **shard.parameters}, names)
            for part in parts:
                queries.run(connection, "normal_centre", part.parameters, names)
                queries.run(connection, "write_normals", monday)
                strays.append(queries.frame(connection, "normal_scale", None, names))
        sizes = queries.frame(connection, "normal_sizes", monday, names).iloc[0]
        made = steps(pd.concat(strays, ignore_index=True), sizes, self.frame.catalogue)
        queries.put(connection, "fc_steps", made)
        queries.run(connection, "write_steps", monday)
        for table in ("fc_rows", "fc_centre", "fc_steps"):
            connection.execute(f"DROP TABLE {table}")
        keep_week(
            connection,
            Kept(week.monday, self.frame.made_with(week), since, newest_delivery(connection)),
        )


def _known(value: pd.Timestamp) -> datetime | None:
    return None if pd.isna(value) else value.to_pydatetime()


def kept_week(connection: duckdb.DuckDBPyConnection, monday: date) -> Kept | None:
    """How far a week is kept; None when it is not."""
    rows = queries.frame(connection, "kept_week", {"monday": monday.isoformat()})
    if rows.empty:
        return None
    row = rows.iloc[0]
    mark = row["hours_delivery"]
    return Kept(
        monday,
        row["made_with"],
        row["facts_from"].to_pydatetime(),
        int(row["normals_delivery"]),
        _known(row["hours_from"]),
        _known(row["hours_until"]),
        None if pd.isna(mark) else int(mark),
    )


def keep_week(connection: duckdb.DuckDBPyConnection, kept: Kept) -> None:
    """Write down how far a week is kept; inside the transaction of the work."""
    queries.run(connection, "forget_kept_weeks", {"monday": kept.monday.isoformat()})
    row: dict[str, queries.Value] = {**kept.__dict__, "monday": kept.monday.isoformat()}
    queries.run(connection, "write_kept_week", row)


def forget_week(connection: duckdb.DuckDBPyConnection, week: Week) -> None:
    """Nothing of a week is kept any more; inside a transaction."""
    monday: dict[str, queries.Value] = {"monday": week.monday.isoformat()}
    for table in ("cell_normals", "cell_steps", "kept_weeks"):
        queries.run(connection, f"forget_{table}", monday)
    queries.run(connection, "forget_week_hours", {"start": week.start, "end": week.end})
