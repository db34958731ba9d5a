"""KPI rows through the whole loader; counts are worked out by hand."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.support.warehouses import KPI_HEAD, NOW, Room, counts


def test_rows_are_loaded_in_the_declared_zone_and_known_after_their_interval(room: Room) -> None:
    result = room.take(
        "kpis.csv",
        KPI_HEAD
        + "A,2026-03-01T08:00:00+08:00,60,0.5,20\n"
        + "A,2026-03-01 09:00,60,,21\n"
        + "A,2026-03-01T02:00:00Z,15,1.5,\n",
    )
    assert counts(result) == (3, 3, 0, 0, 0, 0)
    # interval end + 15 minutes of delivery
    assert room.rows(
        "SELECT ts, period_min, drop_rate_pct, latency_ms, known_at FROM kpis ORDER BY ts"
    ) == [
        ("2026-03-01T00:00:00Z", 60, 0.5, 20.0, "2026-03-01T01:15:00Z"),
        ("2026-03-01T01:00:00Z", 60, None, 21.0, "2026-03-01T02:15:00Z"),
        ("2026-03-01T02:00:00Z", 15, 1.5, None, "2026-03-01T02:30:00Z"),
    ]


def test_live_rows_are_known_when_they_are_loaded(room: Room) -> None:
    room.take("kpis.csv", KPI_HEAD + "A,2026-03-01 08:00,60,1,2\n", live_at=NOW)
    assert room.one("SELECT known_at FROM kpis") == ("2026-03-02T04:00:00Z",)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("NaN", "not_a_number"),
        ("inf", "not_a_number"),
        ("-Infinity", "not_a_number"),
        ("#DIV/0!", "not_a_number"),
        ('"1,5"', "not_a_number"),
        ("1.234.5", "not_a_number"),
        ("１２", "not_a_number"),
        ("1_000", "not_a_number"),
        ("0x1F", "not_a_number"),
        ("true", "not_a_number"),
        ("12ms", "not_a_number"),
        ("-0.1", "out_of_range"),
        ("100.5", "out_of_range"),
        ("1e39", "not_a_number"),
    ],
)
def test_bad_values_reject_their_row_with_column_and_value(
    room: Room, value: str, reason: str
) -> None:
    result = room.take(
        "kpis.csv",
        KPI_HEAD + "A,2026-03-01 08:00,60,1,2\n" + f"A,2026-03-01 09:00,60,{value},2\n",
    )
    assert counts(result) == (2, 1, 0, 0, 1, 0)
    assert result.reasons == {f"{reason}:drop_rate_pct": 1}
    assert room.one("SELECT feed, row_number, column_name, value, reason FROM rejected_rows") == (
        "kpis",
        2,
        "drop_rate_pct",
        value.strip('"'),
        reason,
    )


@pytest.mark.parametrize(
    ("line", "reason", "value"),
    [
        (",2026-03-01 09:00,60,1,2", "missing_value:cell_id", None),
        ("A,,60,1,2", "missing_value:ts", None),
        ("A,03/04/2026,60,1,2", "ambiguous_time:ts", "03/04/2026"),
        ("A,2026-03-01 24:00,60,1,2", "bad_time:ts", "2026-03-01 24:00"),
        ("A,2026-03-01 09:00,,1,2", "missing_value:period_min", None),
        ("A,2026-03-01 09:00,4,1,2", "out_of_range:period_min", "4"),
        ("A,2026-03-01 09:00,1441,1,2", "out_of_range:period_min", "1441"),
        ("A,2026-03-01 09:00,7.5,1,2", "not_an_integer:period_min", "7.5"),
        ("A,2026-03-01 09:00,60,,", "no_value", None),
        ("A,2026-03-01 09:00,60,1", "wrong_field_count", "4 fields instead of 5"),
        ("A,2026-03-01 09:00,60,1,2,3", "wrong_field_count", "6 fields instead of 5"),
        ('A,2026-03-01 09:00,60,"1"x,2', "bad_quotes", "',' expected after '\"'"),
    ],
)
def test_bad_rows(room: Room, line: str, reason: str, value: str | None) -> None:
    good = "A,2026-03-01 08:00,60,1,2\n"
    result = room.take("kpis.csv", KPI_HEAD + good + line + "\n" + good.replace("A", "B"))
    assert counts(result) == (3, 2, 0, 0, 1, 0)
    assert result.reasons == {reason: 1}
    assert room.rows("SELECT row_number, value FROM rejected_rows") == [(2, value)]


def test_the_first_bad_column_of_a_row_counts(room: Room) -> None:
    result = room.take("kpis.csv", KPI_HEAD + "A,bad,4,NaN,-1\n")
    assert result.reasons == {"out_of_range:period_min": 1}


def test_same_content_again_changes_nothing_under_any_name(room: Room) -> None:
    text = KPI_HEAD + "A,2026-03-01 08:00,60,1,2\nA,2026-03-01 09:00,60,NaN,2\n"
    room.take("kpis_a.csv", text)
    before = room.rows("FROM kpis")
    again = room.take("kpis_b.csv", text)
    assert counts(again) == (2, 0, 0, 2, 0, 0)
    assert again.known
    assert room.rows("FROM kpis") == before
    assert room.one("SELECT count(*) FROM deliveries") == (1,)
    assert room.one("SELECT count(*) FROM rejected_rows") == (1,)


def test_identical_rows_in_another_file_are_unchanged(room: Room) -> None:
    room.take("kpis_a.csv", KPI_HEAD + "A,2026-03-01 08:00,60,1,2\nB,2026-03-01 08:00,60,1,2\n")
    result = room.take(
        "kpis_b.csv", KPI_HEAD + "B,2026-03-01T00:00Z,60,1.0,2\nC,2026-03-01 08:00,60,1,2\n"
    )
    assert counts(result) == (2, 1, 0, 1, 0, 0)
    assert room.one("SELECT count(*), count(DISTINCT cell_id) FROM kpis") == (3, 3)
    assert room.one("SELECT count(*) FROM kpi_revisions") == (0,)


def test_a_revision_replaces_and_keeps_what_was_known_before(room: Room) -> None:
    room.take("kpis_a.csv", KPI_HEAD + "A,2026-03-01 08:00,60,1,2\n")
    result = room.take("kpis_b.csv", KPI_HEAD + "A,2026-03-01 08:00,60,1,3\n", live_at=NOW)
    assert counts(result) == (1, 0, 1, 0, 0, 0)
    assert room.rows("SELECT latency_ms, known_at FROM kpis") == [(3.0, "2026-03-02T04:00:00Z")]
    assert room.rows("SELECT latency_ms, known_at FROM kpi_revisions") == [
        (2.0, "2026-03-01T01:15:00Z")
    ]
    as_of = "SELECT latency_ms FROM kpis_as_of(TIMESTAMPTZ '{}')"
    assert room.rows(as_of.format("2026-03-01 01:14:59+00")) == []
    assert room.rows(as_of.format("2026-03-01 01:15:00+00")) == [(2.0,)]
    assert room.rows(as_of.format("2026-03-02 03:59:59+00")) == [(2.0,)]
    assert room.rows(as_of.format("2026-03-02 04:00:00+00")) == [(3.0,)]


def test_a_correction_loaded_as_history_is_not_known_before_the_row_it_corrects(room: Room) -> None:
    room.take("kpis_a.csv", KPI_HEAD + "A,2026-03-01 08:00,60,1,2\n", live_at=NOW)
    room.take("kpis_b.csv", KPI_HEAD + "A,2026-03-01 08:00,60,1,3\n")
    assert room.one("SELECT latency_ms, known_at FROM kpis") == (3.0, "2026-03-02T04:00:00Z")


def test_a_live_correction_is_not_known_before_it_either(room: Room) -> None:
    """A clock that was set back: what is known of a moment must not depend on who asks."""
    room.take("kpis_a.csv", KPI_HEAD + "A,2026-03-01 08:00,60,1,2\n", live_at=NOW)
    early = NOW - timedelta(hours=1)
    room.take("kpis_b.csv", KPI_HEAD + "A,2026-03-01 08:00,60,1,3\n", live_at=early)
    assert room.one("SELECT latency_ms, known_at FROM kpis") == (3.0, "2026-03-02T04:00:00Z")


def test_columns_that_a_file_lacks_keep_what_is_known_and_empty_ones_are_unknown(
    room: Room,
) -> None:
    room.take("kpis_a.csv", KPI_HEAD + "A,2026-03-01 08:00,60,1,2\n")
    room.take("kpis_b.csv", "cell_id,ts,period_min,voice_mos\nA,2026-03-01 08:00,60,4.2\n")
    row = "SELECT drop_rate_pct, latency_ms, round(voice_mos, 3) FROM kpis"
    assert room.one(row) == (1.0, 2.0, pytest.approx(4.2))
    room.take("kpis_c.csv", KPI_HEAD + "A,2026-03-01 08:00,60,,2\n")
    assert room.one(row) == (None, 2.0, pytest.approx(4.2))


def test_rows_of_one_key_in_one_file_the_last_counts(room: Room) -> None:
    result = room.take(
        "kpis.csv",
        KPI_HEAD
        + "A,2026-03-01 08:00,60,1,2\n"
        + "A,2026-03-01 08:00,60,1,2\n"
        + "A,2026-03-01T00:00:00Z,60,9,9\n"
        + "A,2026-03-01 08:00,60,NaN,9\n",
    )
    assert counts(result) == (4, 1, 0, 0, 1, 2)
    assert room.rows("SELECT drop_rate_pct FROM kpis") == [(9.0,)]


def test_future_rows_are_set_aside_live_and_loaded_as_history(room: Room) -> None:
    text = KPI_HEAD + "A,2026-03-02T05:00:00Z,60,1,2\nA,2026-03-02T05:00:01Z,60,1,2\n"
    result = room.take("kpis_a.csv", text, live_at=NOW)  # one hour of tolerance
    assert counts(result) == (2, 1, 0, 0, 1, 0)
    assert result.reasons == {"in_future:ts": 1}
    assert counts(room.take("kpis_b.csv", text + "\n")) == (2, 1, 0, 1, 0, 0)


def test_unknown_columns_are_counted_and_names_compared_without_case(room: Room) -> None:
    result = room.take(
        "kpis.csv",
        "TS, Cell_ID ,vendor,PERIOD_MIN,latency_ms\n2026-03-01 08:00,A,x,60,2\n",
    )
    assert counts(result) == (1, 1, 0, 0, 0, 0)
    assert result.ignored == ("vendor",)
    assert room.one("SELECT ignored FROM deliveries") == (["vendor"],)


@pytest.mark.parametrize(
    ("head", "message"),
    [
        ("cell_id,period_min,latency_ms", "lacks the column ts; it has cell_id, period_min, lat"),
        ("zelle,latency_ms", "lacks the columns cell_id, ts, period_min; it has zelle, latency_ms"),
        ("cell_id,ts,period_min,foo", "has no KPI column: it has cell_id, ts, period_min, foo"),
        ("cell_id,ts,ts,period_min,latency_ms", "has the column ts 2 times"),
    ],
)
def test_files_without_their_columns_are_refused_with_names(
    room: Room, head: str, message: str
) -> None:
    result = room.take("kpis.csv", head + "\n1,2,3,4,5\n")
    assert result.refused is not None
    assert message in result.refused
    assert "\n" not in result.refused
    assert room.one("SELECT refused FROM deliveries") == (result.refused,)


def typed_frame(unit: str, zone: str | None) -> pa.Table:
    ts = pd.to_datetime(["2026-03-01T00:00:00Z", "2026-03-01T01:00:00Z"])
    ts = ts.tz_convert("Asia/Shanghai" if zone is None else zone)
    if zone is None:
        ts = ts.tz_localize(None)
    return pa.table(
        {
            "cell_id": pa.array(["A", "B"]),
            "ts": pa.array(ts, pa.timestamp(unit, tz=zone)),
            "period_min": pa.array([60, 60], pa.int16()),
            "drop_rate_pct": pa.array([0.5, None], pa.float64()),
            "latency_ms": pa.array([20, 21], pa.int32()),
            "vendor": pa.array(["x", "y"]),
        }
    )


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "+08:00", "America/New_York"])
def test_parquet_with_any_timestamp_says_the_same_as_csv(
    room: Room, unit: str, zone: str | None
) -> None:
    path = room.put("kpis.parquet", b"")
    pq.write_table(typed_frame(unit, zone), path, version="2.6")
    [result] = room.load(path)
    assert counts(result) == (2, 2, 0, 0, 0, 0)
    again = room.take(
        "kpis.csv", KPI_HEAD + "A,2026-03-01 08:00,60,0.5,20\nB,2026-03-01 09:00,60,,21\n"
    )
    assert counts(again) == (2, 0, 0, 2, 0, 0)


def test_parquet_values_are_checked_too(room: Room) -> None:
    path = room.put("kpis.parquet", b"")
    table = pa.table(
        {
            "cell_id": pa.array([111220.0, 2.0, 3.0, None]),
            "ts": pa.array(["2026-03-01 08:00"] * 4),
            "period_min": pa.array(["60"] * 4),
            "drop_rate_pct": pa.array([1.0, float("nan"), 101.0, 1.0]),
        }
    )
    pq.write_table(table, path)
    [result] = room.load(path)
    assert counts(result) == (4, 1, 0, 0, 3, 0)
    assert result.reasons == {
        "not_a_number:drop_rate_pct": 1,
        "out_of_range:drop_rate_pct": 1,
        "missing_value:cell_id": 1,
    }
    assert room.one("SELECT cell_id FROM kpis") == ("111220",)


def test_a_large_file_keeps_its_row_numbers(room: Room) -> None:
    """The parallel reader gives rows in the file's order."""
    lines = [f"C{i % 50},{1767225600 + i // 50 * 300},5,1,2\n" for i in range(150_000)]
    for bad in (0, 70_000, 149_999):
        lines[bad] = lines[bad].replace(",1,2", ",-1,2")
    profile = room.put(
        "epoch.toml",
        'description = "x"\n[[tables]]\nfeed = "kpis"\ntime_formats = "epoch_s"\n[tables.columns]\n'
        + "".join(f'{name} = {{ source = "{name}" }}\n' for name in KPI_HEAD.strip().split(",")),
    )
    result = room.take("kpis.csv", KPI_HEAD + "".join(lines), profile=str(profile))
    assert counts(result) == (150_000, 149_997, 0, 0, 3, 0)
    assert room.rows("SELECT row_number FROM rejected_rows ORDER BY 1") == [
        (1,),
        (70_001,),
        (150_000,),
    ]


def test_an_operators_own_kpi_is_loaded(tmp_path: Path) -> None:
    from ingest.catalogue import BUILT_IN, load_catalogue
    from ingest.settings import IngestSettings
    from ingest.warehouse import prepare

    catalogue = tmp_path / "kpis.toml"
    catalogue.write_text(
        BUILT_IN.read_text("utf-8")
        + '\n[kpi.bler_pct]\nunit = "%"\nmin = 0\nmax = 100\nworse = "higher"\n'
        'group = "integrity"\nzh = "误块率"\nen = "BLER"\nzh_help = "x"\nen_help = "x"\n',
        "utf-8",
    )
    room = Room(tmp_path / "data", IngestSettings(catalogue=catalogue))
    prepare(room.connection, time_zone="Asia/Shanghai", catalogue=load_catalogue(catalogue))
    result = room.take("kpis.csv", "cell_id,ts,period_min,bler_pct\nA,2026-03-01 08:00,60,7\n")
    assert counts(result) == (1, 1, 0, 0, 0, 0)
    assert room.one("SELECT bler_pct FROM kpis") == (7.0,)
    room.close()
