"""What normals and kept hours are made with: KPIs, calendar, zone, sizes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb

from forecasting import queries
from forecasting.calendar import Calendar
from forecasting.cells.kpi_features import rules
from forecasting.hours.shards import CELLS, Shard, known_shards
from forecasting.hours.weeks import Days, Week, local_day
from ingest.catalogue import Catalogue

REACH = timedelta(hours=192)
"""How far features look back at hours from an origin."""
_PARTS = 5  # of a shard: a median keeps all of its values in memory, and none of them on disk
_FORMAT = 1  # of the kept tables: counted up when what they hold is computed otherwise


@dataclass(frozen=True)
class Frame:
    """What normals and hours are a function of, beside the facts.

    Attributes:
        catalogue: the KPIs.
        calendar: which days are off.
        zone: IANA name; local days and hours follow it.
        normal_days: days before a week from which its normals are taken.
        training_days: days back that training looks; normals are kept so long.
        shard_cells: cells that are worked on at a time; it moves no digit.
    """

    catalogue: Catalogue
    calendar: Calendar
    zone: str
    normal_days: int
    training_days: int
    shard_cells: int = CELLS

    @property
    def names(self) -> tuple[str, ...]:
        """KPI columns."""
        return self.catalogue.names

    def shards(self, connection: duckdb.DuckDBPyConnection) -> list[Shard]:
        """Spans of cells that cover all KPI rows there can be."""
        return known_shards(connection, self.shard_cells)

    def split_shards(
        self, connection: duckdb.DuckDBPyConnection
    ) -> list[tuple[Shard, list[Shard]]]:
        """The shards, each with the parts it is worked on in where medians are taken."""
        parts = known_shards(connection, max(1, self.shard_cells // _PARTS))
        groups = [parts[n : n + _PARTS] for n in range(0, len(parts), _PARTS)]
        return [(Shard(group[0].low, group[-1].high), group) for group in groups]

    def put_days(
        self, connection: duckdb.DuckDBPyConnection, since: datetime, until: datetime
    ) -> None:
        """Make ``fc_days`` for the local days of a span, and ``fc_rules``."""
        first, last = local_day(since, self.zone), local_day(until, self.zone)
        Days(self.calendar, self.zone).put(connection, first, last)
        queries.put(connection, "fc_rules", rules(self.catalogue))

    def normals_since(self, week: Week) -> datetime:
        """From when on KPIs make the normals of a week."""
        return week.start - timedelta(days=self.normal_days)

    def made_with(self, week: Week) -> str:
        """Tells whether a week was made with the same settings, KPIs, calendar and zone."""
        first = local_day(self.normals_since(week), self.zone)
        days = Days(self.calendar, self.zone).hash(first, local_day(week.end, self.zone))
        what = "|".join(
            (
                str(_FORMAT),
                duckdb.__version__,  # another one may round a logarithm otherwise
                str(self.normal_days),
                self.zone,
                days,
                self.catalogue.model_dump_json(),
            )
        )
        return hashlib.sha256(what.encode()).hexdigest()
