"""What it costs to remove a day, and to roll one up, as ratios measured in one run.

    python benchmarks/retention.py [--cells 1000] [--repeat 5]

Fills two warehouses with hourly KPIs of 10 and of 100 days, delivered day by day, and measures on
both in turns, the median of the repeats:
  rollup    rolling up one new day
  quality   counting one new day
  assess    judging the last two weeks beside the four before them
  delete    removing the oldest day (with its checkpoint)
and prints seconds on 10 and on 100 days, and their ratio. Assessing looks six weeks back: on ten
days it finds less to look at.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

HERE = str(Path(__file__).parent)
sys.path[:] = [folder for folder in sys.path if folder != HERE]  # else `ingest` is a benchmark

import duckdb

from ingest.catalogue import load_catalogue
from ingest.ledger import microseconds
from ingest.quality import assess, update_quality
from ingest.retention import apply_retention, update_rollups
from ingest.settings import IngestSettings, RetentionSettings
from ingest.warehouse import open_warehouse

FIRST = datetime(2026, 1, 4, 16, tzinfo=UTC)  # a Monday midnight in Beijing
KPIS = load_catalogue()
HISTORY = (10, 100)


def deliver(connection: duckdb.DuckDBPyConnection, day: int, cells: int) -> None:
    """One day of hourly KPIs of all cells, as one delivery; values repeat from day to day."""
    values = ", ".join(
        f'(20 + (hash(cell, h, {number}) % 1000) / 20)::FLOAT AS "{name}"'
        for number, name in enumerate(KPIS.names)
    )
    start = f"make_timestamptz({microseconds(FIRST + timedelta(days=day))})"
    connection.execute(
        "INSERT INTO deliveries BY NAME SELECT $id AS delivery_id, 'f' AS file, 's' AS sha256, "
        "'kpis' AS feed, 'canonical' AS profile, 'history' AS mode, "
        f"{start} + INTERVAL 25 HOUR AS loaded_at, 0 AS rows_read, 0 AS rows_loaded, "
        "0 AS rows_updated, 0 AS rows_unchanged, 0 AS rows_rejected, 0 AS rows_merged, "
        "'{}' AS reasons, []::VARCHAR[] AS ignored, 'bench' AS source",
        {"id": day + 1},
    )
    connection.execute(
        "INSERT INTO kpis BY NAME SELECT 'C' || lpad(cell::VARCHAR, 6, '0') AS cell_id, "
        f"{start} + to_hours(h::INTEGER) AS ts, 60 AS period_min, "
        f"{start} + to_hours(h::INTEGER + 1) AS known_at, {day + 1} AS delivery_id, {values} "
        f"FROM range(24) a(h), range({cells}) b(cell)"
    )


class Store:
    """A warehouse of so many days."""

    def __init__(self, folder: Path, days: int, cells: int) -> None:
        self.days, self.cells = days, cells
        self.connection = open_warehouse(folder / str(days), threads=2)
        for day in range(days):
            deliver(self.connection, day, cells)
        update_rollups(self.connection, KPIS)
        update_quality(self.connection, KPIS)
        self.connection.execute("CHECKPOINT")
        self.seconds: dict[str, list[float]] = {}

    def one_day(self, number: int) -> None:
        """The next day comes, the oldest goes."""
        deliver(self.connection, self.days + number, self.cells)
        end = FIRST + timedelta(days=self.days + number + 1)
        self._time("rollup", lambda: update_rollups(self.connection, KPIS))
        self._time("quality", lambda: update_quality(self.connection, KPIS))
        self._time("assess", lambda: assess(self.connection, end, IngestSettings()))
        self.connection.execute("CHECKPOINT")
        self._time("delete", lambda: self._remove(end))

    def _remove(self, end: datetime) -> None:
        keep = RetentionSettings.model_construct(
            keep_raw_days=self.days - 1,
            keep_counters_days=7,
            keep_hourly_days=400,
            keep_daily_days=1100,
            keep_rejected_days=90,
        )
        done = apply_retention(self.connection, end, keep, KPIS)
        if done.days_deleted != 1:
            raise SystemExit(f"{done} is not one day")
        self.connection.execute("CHECKPOINT")

    def _time(self, step: str, work: Callable[[], object]) -> None:
        start = time.perf_counter()
        work()
        self.seconds.setdefault(step, []).append(time.perf_counter() - start)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cells", type=int, default=1000)
    parser.add_argument("--repeat", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        few, many = (Store(Path(name), days, options.cells) for days in HISTORY)
        for number in range(options.repeat):  # in turns, so that both see the same machine
            few.one_day(number)
            many.one_day(number)
    print(f"{options.cells:,} cells, {len(KPIS.names)} KPIs, hourly; {HISTORY} days stored")
    for step in few.seconds:
        a, b = (statistics.median(store.seconds[step]) for store in (few, many))
        print(f"{step:8} {a:7.3f} s and {b:7.3f} s: ratio {b / a:5.2f}")


if __name__ == "__main__":
    main()
