"""Upkeep killed before and after each commit, state accumulating: the next run mends all."""

from __future__ import annotations

import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ingest.catalogue import load_catalogue
from ingest.clock import FixedClock
from ingest.quality import update_quality
from ingest.retention import update_rollups
from ingest.retention.tend import tend
from ingest.settings import IngestSettings, RetentionSettings
from tests.support.forks import fork
from tests.support.warehouses import Room

START = datetime(2026, 1, 4, 16, tzinfo=UTC)
SETTINGS = IngestSettings(retention=RetentionSettings(keep_raw_days=35))
COMMITS = 8  # batches and marks of quality and roll-ups, raw KPIs; and one run that gets through

CHILD = """
import sys
from datetime import datetime
from pathlib import Path
import ingest.quality.update, ingest.retention.purge, ingest.retention.rollups
from ingest.clock import FixedClock
from ingest.retention.tend import tend
from ingest.warehouse import open_warehouse
from tests.fault.test_upkeep_kills import SETTINGS
from tests.support.kills import watch_commits

upkeep = (ingest.quality.update, ingest.retention.purge, ingest.retention.rollups)
data, now = Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2])
watch_commits(upkeep, int(sys.argv[3]))
tend(open_warehouse(data), data, settings=SETTINGS, clock=FixedClock(now))
"""


def day_of_kpis(room: Room, number: int) -> None:
    start = START + timedelta(days=number)
    rows = [
        f"{cell},{(start + timedelta(hours=h)).isoformat()},60,{(number + h) % 7 / 3:.5f}\n"
        for h in range(0, 24, 6)
        for cell in "AB"
    ]
    late = f"A,{(start - timedelta(days=3)).isoformat()},60,{number}\n" if number > 3 else ""
    head = "cell_id,ts,period_min,drop_rate_pct\n"
    room.take(f"{number}.csv", head + "".join(rows) + late)


def test_killed_at_every_commit(tmp_path: Path) -> None:
    data = tmp_path / "data"
    days, killed = 40, 0
    room = Room(data, SETTINGS)
    for number in range(days):
        day_of_kpis(room, number)
    room.close()
    for point in range(1, 2 * COMMITS + 1):
        now = START + timedelta(days=days + 1)
        child = fork(CHILD, data, now.isoformat(), point)
        killed += child.wait() == -signal.SIGKILL
        assert child.returncode in (0, -signal.SIGKILL), child.stderr
        room = Room(data, SETTINGS)
        # raw KPIs of both cells are gone only from days whose roll-up is there
        [gone] = room.one("SELECT (min(ts)::DATE - DATE '2026-01-05')::INTEGER FROM kpis")
        [rolled] = room.one(
            "SELECT count(*) FROM kpi_daily WHERE day < (SELECT min(ts)::DATE FROM kpis)"
        )
        assert rolled == 2 * gone
        day_of_kpis(room, days)
        days += 1
        room.close()
    assert killed >= 10
    room = Room(data, SETTINGS)
    try:
        now = START + timedelta(days=days + 1)
        tend(room.connection, data, settings=SETTINGS, clock=FixedClock(now))
        assert room.one("SELECT count(DISTINCT day) FROM kpi_daily") == (days,)
        [first] = room.one("SELECT min(ts)::DATE::VARCHAR FROM kpis")
        kept = tables(room, first)
        room.connection.execute(f"DELETE FROM kpi_hourly WHERE ts::DATE >= DATE '{first}'")
        room.connection.execute(f"DELETE FROM kpi_daily WHERE day >= DATE '{first}'")
        for table in ("quality_cells", "quality_kpis", "upkeep"):
            room.connection.execute(f"DELETE FROM {table}")
        update_rollups(room.connection, load_catalogue())
        update_quality(room.connection, load_catalogue())
        assert tables(room, first) == kept
    finally:
        room.close()


def tables(room: Room, first: str) -> list[list[tuple]]:
    """All that upkeep made: roll-ups whole, counts of the days whose raw KPIs are still there."""
    return [
        room.rows(f"SELECT * FROM {what} ORDER BY ALL")
        for what in (
            "kpi_hourly",
            "kpi_daily",
            f"quality_cells WHERE day >= DATE '{first}'",
            f"quality_kpis WHERE hour::DATE >= DATE '{first}'",
        )
    ]
