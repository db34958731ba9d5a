"""The hours of the last days, kept in the warehouse: a refresh makes those that are new.

``cell_hours`` is a function of the newest revision of every KPI row and of the normals of its week.
What was known at a moment follows from it by ``known_at`` (see ``forecasting.hours.view``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import duckdb
import pandas as pd

from forecasting import queries
from forecasting.hours.frame import REACH, Frame
from forecasting.hours.making import make_hours, no_rows
from forecasting.hours.normals import Normals, keep_week, kept_week
from forecasting.hours.shards import Shard
from forecasting.hours.weeks import Week, local_day, midnight, monday_of, weeks_between
from ingest.retention.marks import newest_delivery
from ingest.warehouse import transaction

TABLE = "cell_hours"


@dataclass(frozen=True)
class KeptHours:
    """Keeps ``cell_hours`` up with the deliveries."""

    frame: Frame
    normals: Normals

    def covers(self, connection: duckdb.DuckDBPyConnection, origin: datetime) -> bool:
        """May the kept hours be brought to ``origin``? Not where it lies before them.

        A week in the middle may be missing (its normals were made anew, and then the power failed):
        it is made with the others.
        """
        since, until = self.span(origin)
        held = queries.frame(connection, "kept_span").iloc[0]
        if pd.isna(held["until"]):
            return True
        return bool(held["since"] <= since or held["until"] <= until)

    def span(self, origin: datetime) -> tuple[datetime, datetime]:
        """What a forecast at ``origin`` asks for: whole local days, UTC."""
        zone = self.frame.zone
        first = local_day(origin - REACH, zone)
        return midnight(first, zone), midnight(local_day(origin, zone) + timedelta(days=1), zone)

    def put(self, connection: duckdb.DuckDBPyConnection, origin: datetime) -> None:
        """Let ``cell_hours`` hold all rows that a forecast at ``origin`` may look at.

        One transaction (the normals of a week that is new have one of their own): killed at any
        point, the next run goes on from a sound state.
        """
        since, until = self.span(origin)
        weeks = weeks_between(since, until, self.frame.zone)
        for week in weeks:
            self.normals.put(connection, week)
        self.frame.put_days(connection, since, until)
        held_since = self._since(connection)
        with transaction(connection):
            if held_since is not None and held_since < since:
                self._let_go(connection, since)
            for week in weeks:
                self._extend(connection, week, max(week.start, since), min(week.end, until))

    def _since(self, connection: duckdb.DuckDBPyConnection) -> datetime | None:
        held = queries.frame(connection, "kept_span")["since"].iloc[0]
        return None if pd.isna(held) else held.to_pydatetime()

    def _let_go(self, connection: duckdb.DuckDBPyConnection, since: datetime) -> None:
        zone = self.frame.zone
        queries.run(connection, "forget_old_hours", {"since": since})
        first = monday_of(since, zone)
        queries.run(connection, "let_old_weeks_go", {"monday": first.isoformat()})
        reach = timedelta(days=self.frame.training_days) + 2 * REACH
        oldest: dict[str, queries.Value] = {"monday": monday_of(since - reach, zone).isoformat()}
        for table in ("cell_normals", "cell_steps", "kept_weeks"):
            queries.run(connection, f"forget_old_{table}", oldest)

    def _extend(
        self,
        connection: duckdb.DuckDBPyConnection,
        week: Week,
        since: datetime,
        until: datetime,
    ) -> None:
        """Bring one week up to what is delivered."""
        kept = kept_week(connection, week.monday)
        if kept is None:
            raise RuntimeError(f"the normals of {week.monday} are not there")
        newest = newest_delivery(connection)
        fresh = kept.hours_from is None or kept.hours_from > since
        held = since if fresh or kept.hours_until is None else kept.hours_until
        if fresh:
            queries.run(connection, "forget_week_hours", {"start": since, "end": week.end})
        span: dict[str, queries.Value] = {
            "since": since,
            "until": max(until, held),
            "kept_until": held,
            "delivery_id": kept.hours_delivery or 0,
        }
        for shard in self.frame.shards(connection) if fresh else [Shard()]:
            given = {**span, **shard.parameters}
            queries.run(connection, "new_rows", given, self.frame.names)
            if no_rows(connection):
                continue
            if not fresh:
                renewed: dict[str, queries.Value] = {"since": since, "kept_until": held}
                queries.run(connection, "forget_renewed_hours", renewed)
            make_hours(connection, f"INSERT INTO {TABLE} BY NAME", shard, self.frame.names)
        done = replace(kept, hours_from=since, hours_until=max(until, held), hours_delivery=newest)
        if done != kept:
            keep_week(connection, done)
