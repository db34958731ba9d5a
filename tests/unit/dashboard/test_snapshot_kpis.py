"""Which KPI files a query opens, and that files of other columns still read as one table."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from dashboard.errors import SnapshotError
from dashboard.snapshot import KpiDay, Snapshot, write_snapshot
from dashboard.snapshot.kpi_files import NONE, KpiFiles
from tests.support.snapshots import AS_OF, kpi_days, kpi_table, tiny

LAST = AS_OF.date()
ALL = {"cell_id": "C1", "since": AS_OF - timedelta(days=40)}
NEAR = {
    "cell_ids": ["C1", "C2"],
    "since": AS_OF - timedelta(days=2),
    "until": AS_OF,
    "columns": ["cell_id", "ts", "period_min", "latency_ms", "unheard_of"],
}


def publish(data, days):
    return write_snapshot(data, tiny(), kpi_days=days, published_at=AS_OF)


def files_of(snapshot):
    return KpiFiles(snapshot.path, snapshot.manifest.kpi_days, snapshot.manifest.time_zone)


def test_only_the_days_asked_for_are_read(tmp_path):
    publish(tmp_path, kpi_days(["C1"], last=LAST, days=9))
    source = files_of(Snapshot.open(tmp_path)).source
    assert source().count(".parquet") == 9
    # 08:00 UTC is 16:00 in Beijing: that day, a day more at each end.
    noon = datetime(LAST.year, LAST.month, LAST.day, 8, tzinfo=UTC)
    since, until = noon - timedelta(days=4), noon - timedelta(days=3)
    assert source(since, until).count(".parquet") == 4
    # 17:00 UTC is the next day there.
    assert source(since, until + timedelta(hours=9)).count(".parquet") == 5
    assert "union_by_name" not in source().lower()
    assert " UNION " not in source()


def test_a_time_without_files_has_columns_and_no_rows(tmp_path):
    publish(tmp_path, kpi_days(["C1"], last=LAST, days=2))
    frame = Snapshot.open(tmp_path).frame(
        "near_kpis", NEAR | {"since": AS_OF + timedelta(days=50), "until": AS_OF + timedelta(99)}
    )
    assert frame.empty
    assert "latency_ms" in frame.columns


def test_a_snapshot_without_kpis(tmp_path):
    publish(tmp_path, {})
    snapshot = Snapshot.open(tmp_path)
    assert files_of(snapshot).source() == NONE
    assert snapshot.rows("cell_kpis", ALL) == []
    assert list(snapshot.frame("near_kpis", NEAR).columns) == ["cell_id", "ts", "period_min"]


def test_days_with_other_columns_read_as_one_table(tmp_path):
    """A KPI that came later, and one whose values were whole numbers once."""
    before, day = LAST - timedelta(days=1), kpi_table(LAST, ["C1", "C2"])
    old = kpi_table(before, ["C1", "C2"])
    place = old.column_names.index("latency_ms")
    whole = pa.array([7] * len(old), pa.int32())
    old = old.set_column(place, "latency_ms", whole)
    later = pa.array([0.5] * len(day), pa.float64())
    publish(
        tmp_path,
        {
            before: KpiDay("old", lambda: old),
            LAST: KpiDay("new", lambda: day.append_column("later_still", later)),
        },
    )
    snapshot = Snapshot.open(tmp_path)
    assert files_of(snapshot).source().count("UNION ALL BY NAME") == 1
    frame = snapshot.frame("cell_kpis", ALL)
    assert len(frame) == len(old) / 2 + len(day) / 2
    assert frame["ts"].is_monotonic_increasing
    first = frame.iloc[: len(old) // 2]
    assert set(first["latency_ms"]) == {7}
    assert first["later_still"].isna().all()
    assert set(frame["later_still"].iloc[len(old) // 2 :]) == {0.5}


def test_a_kpi_file_that_is_gone_is_said(tmp_path):
    publish(tmp_path, kpi_days(["C1"], last=LAST, days=2))
    snapshot = Snapshot.open(tmp_path)
    for name in snapshot.manifest.kpi_days:
        (snapshot.path / name).unlink()
    with pytest.raises(SnapshotError, match=snapshot.id):
        snapshot.rows("cell_kpis", ALL)
