"""A refresh of kept hours killed before and after each commit, deliveries coming in between: the
next one goes on, and ends where one that makes all anew would."""

from __future__ import annotations

import signal
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pandas as pd

from forecasting.calendar import Calendar
from forecasting.hours.frame import REACH, Frame
from forecasting.hours.hashes import kpis_hash
from forecasting.hours.kept import TABLE, KeptHours
from forecasting.hours.normals import Normals
from forecasting.hours.shards import Shard
from forecasting.hours.view import put_older, put_view
from ingest.catalogue import load_catalogue
from tests.support.facts import ZONE, local
from tests.support.forks import WORKER, fork
from tests.support.warehouses import Room

CATALOGUE = load_catalogue()
FIRST, DAYS = local(2026, 1, 26), 33
ORIGIN = FIRST + timedelta(days=28, hours=12)
FRAME = Frame(CATALOGUE, Calendar(None), ZONE, 14, 28, shard_cells=1)
COMMITS = 4  # normals of two weeks, hours, hashes

CHILD = """
import sys
from datetime import datetime
from pathlib import Path
import forecasting.hours.hashes, forecasting.hours.kept, forecasting.hours.normals
from ingest.warehouse import open_warehouse
from tests.fault.test_kept_kills import refresh
from tests.support.kills import watch_commits

hours = forecasting.hours
watch_commits((hours.hashes, hours.kept, hours.normals), int(sys.argv[3]))
refresh(open_warehouse(Path(sys.argv[1])), datetime.fromisoformat(sys.argv[2]))
"""


def refresh(connection: duckdb.DuckDBPyConnection, origin: datetime) -> tuple[pd.DataFrame, str]:
    """What was known of hours and of all KPIs at an origin."""
    KeptHours(FRAME, Normals(FRAME)).put(connection, origin)
    FRAME.put_days(connection, origin - REACH, origin)
    put_older(connection, origin, FRAME)
    put_view(connection, origin, [TABLE], Shard(), FRAME.names)
    seen = connection.sql("SELECT * FROM fc_hours ORDER BY cell_id, ts").to_arrow_table()
    since = origin - timedelta(days=20)
    told = kpis_hash(connection, origin, since, zone=ZONE, kpis=FRAME.names)
    return seen.to_pandas(), told


def a_day(room: Room, number: int) -> None:
    """A day of KPIs, and a correction of three days before."""
    start = FIRST + timedelta(days=number)
    rows = [
        f"{cell},{(start + timedelta(hours=h)).isoformat()},360,{-95 - (number * 4 + h) % 7}\n"
        for h in range(0, 24, 6)
        for cell in "AB"
    ]
    late = f"A,{(start - timedelta(days=3)).isoformat()},360,{-90 - number % 5}\n"
    head = "cell_id,ts,period_min,rsrp_dbm\n"
    room.take(f"{number}.csv", head + "".join(rows) + (late if number > 3 else ""))


def test_killed_at_every_commit(tmp_path: Path) -> None:
    data, killed = tmp_path / "data", 0
    room = Room(data)
    room.take("cells.csv", "cell_id,technology\nA,LTE\nB,NR\n")
    for number in range(28):
        a_day(room, number)
    room.close()
    for point in range(1, 2 * COMMITS + 1):
        origin = ORIGIN + timedelta(hours=12 * point)
        child = fork(CHILD, data, origin.isoformat(), point, imports=WORKER)
        killed += child.wait() == -signal.SIGKILL
        assert child.returncode in (0, -signal.SIGKILL), child.stderr
        room = Room(data)
        if point % 2 and 28 + point // 2 < DAYS:
            a_day(room, 28 + point // 2)
        hours, told = refresh(room.connection, origin)
        for table in ("kept_weeks", "cell_normals", "cell_steps", "cell_hours", "kpi_day_hashes"):
            room.connection.execute(f"DELETE FROM {table}")
        again, told_again = refresh(room.connection, origin)
        pd.testing.assert_frame_equal(hours, again, check_exact=True)
        assert told == told_again
        assert hours["z_rsrp_dbm"].notna().all()
        if point % 3 == 0:  # the next one begins with nothing kept
            for table in ("kept_weeks", "cell_normals", "cell_steps", "cell_hours"):
                room.connection.execute(f"DELETE FROM {table}")
            room.connection.execute("DELETE FROM kpi_day_hashes")
        room.close()
    assert killed >= COMMITS
