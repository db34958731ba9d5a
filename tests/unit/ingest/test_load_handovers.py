"""The feed of hand-overs through the whole loader; counts are worked out by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ingest.catalogue import load_catalogue
from ingest.clock import FixedClock
from ingest.errors import ProfileError
from ingest.rebuild import rebuild
from ingest.retention import apply_retention
from ingest.settings import IngestSettings
from ingest.warehouse import open_warehouse
from tests.support.warehouses import NOW, Room, counts
from tests.support.workbooks import workbook

HEAD = "cell_id,neighbour_id,ts,period_min,attempts,successes\n"
A = "A,B,2026-03-01 00:00,1440,100,97\n"


def test_rows_are_known_after_their_interval_and_unknown_cells_are_kept_and_counted(
    room: Room,
) -> None:
    room.take("cells.csv", "cell_id\nA\nB\n")
    result = room.take("handovers.csv", HEAD + A + "A,X,2026-03-01 00:00,1440,7,\n")
    assert counts(result) == (2, 2, 0, 0, 0, 0)
    assert result.reasons == {"unknown_cell": 1}
    # midnight in Beijing + a day + 15 minutes of delivery
    assert room.rows(
        "SELECT cell_id, neighbour_id, ts, period_min, attempts, successes, known_at "
        "FROM handovers ORDER BY neighbour_id"
    ) == [
        ("A", "B", "2026-02-28T16:00:00Z", 1440, 100, 97, "2026-03-01T16:15:00Z"),
        ("A", "X", "2026-02-28T16:00:00Z", 1440, 7, None, "2026-03-01T16:15:00Z"),
    ]


@pytest.mark.parametrize(
    ("line", "reason", "value"),
    [
        ("A,A,2026-03-02 00:00,1440,1,1", "self_relation:neighbour_id", "A"),
        ("A,B,2026-03-02 00:00,1440,5,6", "more_than_attempts:successes", "6"),
        ("A,B,2026-03-02 00:00,1440,-1,", "out_of_range:attempts", "-1"),
        ("A,B,2026-03-02 00:00,1440,5,-1", "out_of_range:successes", "-1"),
        ("A,B,2026-03-02 00:00,1440,1.5,1", "not_an_integer:attempts", "1.5"),
        ("A,B,2026-03-02 00:00,1440,,1", "missing_value:attempts", None),
        ("A,B,2026-03-02 00:00,1440,NaN,1", "not_a_number:attempts", "NaN"),
        ("A,B,2026-03-02 00:00,1440,#DIV/0!,1", "not_a_number:attempts", "#DIV/0!"),
        ('A,B,2026-03-02 00:00,1440,"1,5",1', "not_a_number:attempts", "1,5"),
        ("A,B,2026-03-02 00:00,14,5,1", "out_of_range:period_min", "14"),
        ("A,B,2026-03-02 00:00,10081,5,1", "out_of_range:period_min", "10081"),
        ("A,,2026-03-02 00:00,1440,5,1", "missing_value:neighbour_id", None),
        ("A,B,03/04/2026,1440,5,1", "ambiguous_time:ts", "03/04/2026"),
        ("A,B,2026-03-02 24:00,1440,5,1", "bad_time:ts", "2026-03-02 24:00"),
        ("A,B,2026-03-02 00:00,1440,5", "wrong_field_count", "5 fields instead of 6"),
    ],
)
def test_bad_rows(room: Room, line: str, reason: str, value: str | None) -> None:
    room.take("cells.csv", "cell_id\nA\nB\n")
    result = room.take("handovers.csv", HEAD + A + line + "\n")
    assert counts(result) == (2, 1, 0, 0, 1, 0)
    assert result.reasons == {reason: 1}
    assert room.rows("SELECT feed, row_number, value FROM rejected_rows") == [
        ("handovers", 2, value)
    ]


def test_a_file_without_its_columns_is_refused_with_names(room: Room) -> None:
    result = room.take("handovers.csv", "cell_id,ts,attempts\nA,2026-03-01,5\n")
    assert result.refused is not None
    assert "lacks the columns neighbour_id, period_min; it has cell_id, ts, attempts" in (
        result.refused
    )


def test_the_same_content_again_changes_nothing(room: Room) -> None:
    room.take("handovers_a.csv", HEAD + A)
    again = room.take("handovers_b.csv", HEAD + A)
    assert (counts(again), again.known) == ((1, 0, 0, 1, 0, 0), True)
    other = room.take("handovers_c.csv", HEAD + A + "B,A,2026-03-01 00:00,1440,1,1\n")
    assert counts(other) == (2, 1, 0, 1, 0, 0)


def test_a_revision_replaces_and_keeps_what_was_known_before(room: Room) -> None:
    room.take("handovers_a.csv", HEAD + A)
    result = room.take("handovers_b.csv", HEAD + A.replace("100", "120"), live_at=NOW)
    assert counts(result) == (1, 0, 1, 0, 0, 0)
    as_of = "SELECT attempts FROM handovers_as_of(TIMESTAMPTZ '{}')"
    assert room.rows(as_of.format("2026-03-01 16:14:59+00")) == []
    assert room.rows(as_of.format("2026-03-01 16:15:00+00")) == [(100,)]
    assert room.rows(as_of.format("2026-03-02 03:59:59+00")) == [(100,)]
    assert room.rows(as_of.format("2026-03-02 04:00:00+00")) == [(120,)]


def test_counts_that_a_file_lacks_are_unknown_since_they_belong_together(room: Room) -> None:
    room.take("handovers_a.csv", HEAD + A)
    room.take(
        "handovers_b.csv",
        "cell_id,neighbour_id,ts,period_min,attempts\nA,B,2026-03-01 00:00,1440,5\n",
    )
    assert room.one("SELECT attempts, successes FROM handovers") == (5, None)


def test_rows_of_one_relation_are_summed_where_a_profile_says_so(room: Room) -> None:
    text = (
        'description = "x"\n[[tables]]\nfeed = "handovers"\nmerge = { default = "sum" }\n'
        '[tables.columns]\ncell_id = { source = "源小区" }\n'
        'neighbour_id = { source = "目标小区" }\n'
        'ts = { source = "时间" }\nperiod_min = { constant = "60" }\n'
        'attempts = { source = "请求" }\nsuccesses = { source = "成功" }\n'
    )
    profile = room.put("relations.toml", text)
    rows = "源小区,目标小区,频点,时间,请求,成功\n"
    rows += "A,B,100,2026-03-01 08:00,10,9\nA,B,200,2026-03-01 08:00,5,5\n"
    result = room.take("ho.csv", rows, profile=str(profile))
    assert counts(result) == (2, 1, 0, 0, 0, 1)
    assert room.one("SELECT attempts, successes, period_min FROM handovers") == (15, 14, 60)
    room.put("relations.toml", text.replace('"sum"', '"last"'))
    with pytest.raises(ProfileError, match="can only be summed"):
        room.take("ho2.csv", rows, profile=str(profile))


def test_future_rows_are_set_aside_live(room: Room) -> None:
    text = HEAD + "A,B,2026-03-02T05:00:01Z,60,1,1\n"
    result = room.take("handovers.csv", text, live_at=NOW)
    assert result.reasons == {"in_future:ts": 1}


def test_parquet_and_workbooks_say_the_same_and_are_told_by_their_columns(room: Room) -> None:
    room.take("first.csv", HEAD + A)
    path = room.put("export.parquet", b"")
    table = pa.table(
        {
            "cell_id": ["A"],
            "neighbour_id": ["B"],
            "ts": pa.array([datetime(2026, 2, 28, 16, tzinfo=UTC)], pa.timestamp("ns", tz="UTC")),
            "period_min": pa.array([1440], pa.int16()),
            "attempts": [100],
            "successes": [97.0],
        }
    )
    pq.write_table(table, path)
    [result] = room.load(path)
    assert (result.feed, counts(result)) == ("handovers", (1, 0, 0, 1, 0, 0))
    sheet = [HEAD.strip().split(","), ["A", "B", "2026-03-01 00:00:00", 1440, 100, 97]]
    [result] = room.load(room.put("export.xlsx", workbook({"s": sheet})))
    assert (result.feed, counts(result)) == ("handovers", (1, 0, 0, 1, 0, 0))


def test_they_go_with_the_raw_kpis_and_too_old_ones_are_rejected(room: Room) -> None:
    room.take("handovers.csv", HEAD + A + A.replace("2026-03-01", "2025-01-01"))
    settings = IngestSettings().retention
    gone = apply_retention(room.connection, NOW, settings, load_catalogue())
    assert gone.rows == {"handovers": 1}
    assert room.rows("SELECT ts FROM handovers") == [("2026-02-28T16:00:00Z",)]
    late = room.take("handovers_2.csv", HEAD + A.replace("2026-03-01", "2025-01-02"))
    assert late.reasons == {"too_old:ts": 1}


def test_a_dry_run_keeps_nothing_and_a_rebuild_all(room: Room) -> None:
    tried = room.take("handovers.csv", HEAD + A, dry_run=True)
    assert counts(tried) == (1, 1, 0, 0, 0, 0)
    assert room.rows("FROM handovers") == []
    room.take("handovers.csv", HEAD + A)
    room.take("handovers_2.csv", HEAD + A.replace("100", "120"), live_at=NOW + timedelta(hours=1))
    before = (room.rows("FROM handovers"), room.rows("FROM handover_revisions"))
    room.close()
    rebuild(room.data, settings=room.settings, clock=FixedClock(NOW))
    room.connection = open_warehouse(room.data)
    assert (room.rows("FROM handovers"), room.rows("FROM handover_revisions")) == before
