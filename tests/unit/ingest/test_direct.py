"""The short way says the same as the long one, or stands back."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest import file_rows
from ingest.plain_source import NotPlainError
from ingest.settings import IngestSettings
from tests.support.warehouses import KPI_HEAD, NOW, Room

GOOD = [f"C{i},2026-03-01T{i % 24:02}:00:00+08:00,60,{i % 7},{i}\n" for i in range(48)]
TABLES = ("kpis", "kpi_revisions", "deliveries", "rejected_rows")


def outcome(room: Room, path: Path, **how) -> tuple:
    """All that a load leaves: counts, rejected rows, KPI rows."""
    for table in TABLES:
        room.connection.execute(f"DELETE FROM {table}")
    for before in how.pop("before", ()):
        room.load(before)
    [result] = room.load(path, **how)
    return (
        result,
        room.rows("SELECT row_number, column_name, value, reason FROM rejected_rows ORDER BY 1"),
        room.rows(
            "SELECT cell_id, ts, period_min, known_at, delivery_id, drop_rate_pct, latency_ms "
            "FROM kpis ORDER BY ALL"
        ),
    )


def both(room: Room, path: Path, **how) -> tuple[tuple, bool]:
    """The outcome, which is the same by both ways; and whether the short one took the file."""
    taken: list[bool] = []
    original = file_rows.load_directly

    def spy(*args, **options):
        try:
            found = original(*args, **options)
        except BaseException:
            taken.append(False)
            raise
        taken.append(True)
        return found

    def never(*_args, **_options):
        raise NotPlainError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(file_rows, "load_directly", spy)
        short = outcome(room, path, **dict(how))
        patch.setattr(file_rows, "load_directly", never)
        assert outcome(room, path, **dict(how)) == short
    return short, taken[-1]


PLAIN = {
    "sound": "".join(GOOD),
    "blank lines": "\n" + "\n".join(GOOD) + "\n",
    "no offset": "".join(GOOD).replace("+08:00", ""),
    "minutes": "".join(GOOD).replace(":00+08:00", ""),
    "blank between": "".join(GOOD).replace("T", " "),
    "utc": "".join(GOOD).replace("+08:00", "Z"),
    "underscores": "".join(GOOD).replace("C1", "C_1"),
    "quoted": "".join(f'"{line[:2]}"{line[2:]}' for line in GOOD[:10]),
    "unknown values": "A,2026-03-01T00:00:00Z,60,,1\nB,2026-03-01T00:00:00Z,60,2,\n",
    "chinese": "东城一,2026-03-01T00:00:00Z,60,1,1\n",
    "signs of numbers": "A,2026-03-01T00:00:00Z,60,1e1, 2 \nB,2026-03-01T00:00:00Z,60,+3,.5\n",
}
DOUBTFUL = {
    "bad value": "A,2026-03-01T00:00:00Z,60,x,1\n",
    "not a number": "A,2026-03-01T00:00:00Z,60,NaN,1\n",
    "endless": "A,2026-03-01T00:00:00Z,60,inf,1\n",
    "out of range": "A,2026-03-01T00:00:00Z,60,101,1\n",
    "thousands": "A,2026-03-01T00:00:00Z,60,1,1_000\n",
    "key twice": "A,2026-03-01T00:00:00Z,60,1,1\nA,2026-03-01T00:00:00Z,60,1,2\n",
    "same moment twice": "A,2026-03-01T00:00:00Z,60,1,1\nA,2026-03-01T08:00:00+08:00,60,1,2\n",
    "two forms": "A,2026-03-01T00:00:00Z,60,1,1\nA,2026-03-01T01:00:00+08:00,60,1,2\n",
    "24 hours": "A,2026-03-01T24:00:00+08:00,60,1,1\n",
    "no such day": "A,2026-02-30T00:00:00+08:00,60,1,1\n",
    "long ago": "A,0026-02-03T00:00:00+08:00,60,1,1\n",
    "half a minute": "A,2026-03-01T00:00:00Z,60.5,1,1\n",
    "short period": "A,2026-03-01T00:00:00Z,4,1,1\n",
    "no cell": ",2026-03-01T00:00:00Z,60,1,1\n",
    "blank cell": "\u3000,2026-03-01T00:00:00Z,60,1,1\n",
    "blank before": " A,2026-03-01T00:00:00Z,60,1,1\n",
    "no value": "A,2026-03-01T00:00:00Z,60,,\n",
    "ragged": "A,2026-03-01T00:00:00Z,60,1\n",
    "nothing": "",
}


@pytest.mark.parametrize("name", PLAIN)
def test_plain_files_go_the_short_way(room: Room, name: str) -> None:
    (result, rejected, rows), taken = both(room, room.put("kpis.csv", KPI_HEAD + PLAIN[name]))
    assert taken
    assert result.rows_loaded == result.rows_read == len(rows) > 0
    assert rejected == []


@pytest.mark.parametrize("name", DOUBTFUL)
def test_files_in_doubt_go_the_long_way(room: Room, name: str) -> None:
    text = KPI_HEAD + DOUBTFUL[name] + ("".join(GOOD) if name != "nothing" else "")
    assert not both(room, room.put("kpis.csv", text))[1]


def test_known_keys_and_touched_hours_go_the_long_way(room: Room) -> None:
    first = room.put("kpis_1.csv", KPI_HEAD + GOOD[3] + GOOD[5])
    again = room.put("kpis_2.csv", KPI_HEAD + GOOD[3].replace(",3,3", ",3,4"))
    between = room.put("kpis_3.csv", KPI_HEAD + GOOD[4] + GOOD[5])
    (result, _, _), taken = both(room, again, before=[first])
    assert (taken, result.rows_updated) == (False, 1)
    (result, _, _), taken = both(room, between, before=[first])
    assert (taken, result.rows_loaded, result.rows_unchanged) == (False, 1, 1)
    later = room.put("kpis_4.csv", KPI_HEAD + GOOD[6])
    assert both(room, later, before=[first])[1]


def test_rows_from_the_future_go_the_long_way(room: Room) -> None:
    early, late = (f"A,2026-03-02T{hour}:00:00+08:00,60,1,1\n" for hour in (12, 14))
    assert both(room, room.put("kpis_1.csv", KPI_HEAD + early), live_at=NOW)[1]
    (result, _, rows), taken = both(
        room, room.put("kpis_2.csv", KPI_HEAD + early + late), live_at=NOW
    )
    assert (taken, result.rows_rejected, rows[0][3]) == (False, 1, "2026-03-02T04:00:00Z")


def test_clocks_that_were_changed_go_the_long_way(tmp_path: Path) -> None:
    room = Room(tmp_path / "data", IngestSettings(time_zone="Europe/Berlin"))
    lines = [f"A,2026-10-{day} 0{hour}:30,60,1,1\n" for day in (20, 25) for hour in (1, 2)]
    assert both(room, room.put("kpis_1.csv", KPI_HEAD + lines[0] + lines[1]))[1]
    (result, _, _), taken = both(room, room.put("kpis_2.csv", KPI_HEAD + "".join(lines)))
    assert not taken
    assert result.reasons == {"ambiguous_time:ts": 1}
    room.close()


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "Asia/Shanghai"])
def test_parquet_of_any_timestamp(room: Room, unit: str, zone: str | None) -> None:
    moments = [datetime(2026, 3, 1, hour, tzinfo=UTC if zone else None) for hour in range(5)]
    table = pa.table(
        {
            "cell_id": ["A", "B", "C", "D_1", "E"],
            "ts": pa.array(moments, pa.timestamp(unit, tz=zone)),
            "period_min": pa.array([60] * 5, pa.int16()),
            "latency_ms": pa.array([1, 2, None, 4, 5], pa.float64()),
            "drop_rate_pct": pa.array([1, 2, 3, None, 5], pa.int64()),
            "note": ["1_0"] * 5,
        }
    )
    path = room.put("kpis.parquet", b"")
    pq.write_table(table, path)
    (result, _, rows), taken = both(room, path)
    assert (taken, result.rows_loaded, result.ignored) == (True, 5, ("note",))
    assert rows[0][1] == ("2026-03-01T00:00:00Z" if zone else "2026-02-28T16:00:00Z")
    for bad in ({"latency_ms": pa.array([1, 2, -1, 4, float("nan")])}, {"cell_id": ["A"] * 5}):
        changed = table
        for name, values in bad.items():
            place = table.schema.get_field_index(name)
            changed = table.set_column(place, name, [values])
        pq.write_table(changed, path)
        assert both(room, path)[1] is (name == "cell_id")


word = st.sampled_from(
    [
        "",
        " ",
        "1",
        "-1",
        "1e2",
        "1e400",
        "1_0",
        "NaN",
        "inf",
        "0x1",
        "１",
        "1,5",
        "null",
        "+.5",
        "5 ",
    ]
)
moment = st.sampled_from(
    [
        "2026-03-01T00:00:00Z",
        "2026-03-01T01:00:00Z",
        "2026-03-01 01:00:00Z",
        "2026-03-01T09:00:00+08:00",
        "2026-03-01T24:00:00Z",
        "2026-03-01T00:00:0_Z",
        "2026-3-01T00:00:00Z",
        "-026-03-01T00:00:00Z",
        "",
    ]
)
row = st.tuples(st.sampled_from(["A", "B", "a_b", " A", '"C"', '"D ']), moment, word, word, word)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=st.lists(row, min_size=1, max_size=4))
def test_odd_values_end_the_same_by_both_ways(room: Room, rows: list[tuple]) -> None:
    lines = "".join(",".join(fields) + "\n" for fields in rows)
    both(room, room.put("kpis.csv", KPI_HEAD + lines))
