"""Hours of the past, for training and forecasts of earlier moments: weeks in temporary tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

import duckdb

from forecasting import queries
from forecasting.hours.frame import REACH, Frame
from forecasting.hours.making import make_hours
from forecasting.hours.normals import Normals
from forecasting.hours.weeks import Week, weeks_between


@dataclass
class PastHours:
    """Makes the weeks that an origin looks at; the next origin finds them there."""

    frame: Frame
    normals: Normals
    _weeks: dict[date, str] = field(default_factory=dict)

    def put(self, connection: duckdb.DuckDBPyConnection, origin: datetime) -> list[str]:
        """Tables that hold all rows that a forecast at ``origin`` may look at.

        Weeks that it does not look at go: origins come in order, and memory is bounded.
        """
        weeks = weeks_between(origin - REACH, origin, self.frame.zone)
        wanted = {week.monday for week in weeks}
        for monday in [monday for monday in self._weeks if monday not in wanted]:
            connection.execute(f"DROP TABLE {self._weeks.pop(monday)}")
        for week in weeks:
            if week.monday not in self._weeks:
                self._weeks[week.monday] = self._make(connection, week)
        return [self._weeks[week.monday] for week in weeks]

    def _make(self, connection: duckdb.DuckDBPyConnection, week: Week) -> str:
        self.normals.put(connection, week)
        self.frame.put_days(connection, week.start, week.end)
        table, names = f"fc_week_{week.monday:%Y%m%d}", self.frame.names
        span: dict[str, queries.Value] = {
            "since": week.start,
            "until": week.end,
            "kept_until": week.start,
            "delivery_id": 0,
        }
        into = f"CREATE OR REPLACE TEMP TABLE {table} AS"
        for shard in self.frame.shards(connection):
            queries.run(connection, "new_rows", {**span, **shard.parameters}, names)
            make_hours(connection, into, shard, names)
            into = f"INSERT INTO {table} BY NAME"
        connection.execute("DROP TABLE fc_rows")
        return table
