"""What the snapshot says of deliveries and of regions' intervals, by hand and behind the wall."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest

from dashboard.publish.accuracy import told_coverage
from dashboard.publish.quality import ROWS_EACH, delivery_tables
from tests.support.facts import LOCAL, local
from tests.support.forecasts import Forecasts
from tests.support.warehouses import Room

HEAD = "ticket_id,created_at,cell_id,customer_id,satisfaction,description,shop\n"
CANARY = "13987654321"


@pytest.fixture
def room(tmp_path):
    room = Room(tmp_path / "data")
    yield room
    room.close()


def test_rejected_rows_are_bounded_and_masked(room):
    as_of = datetime(2030, 1, 1, tzinfo=UTC)
    bad = "".join(f"T{n},soon,A,{CANARY},3,打{CANARY},x\n" for n in range(ROWS_EACH + 20))
    room.take(f"张三先生{CANARY}.csv", HEAD + bad, feed="tickets", source="crm")
    room.take("few.csv", HEAD + f"U1,2026-02-28T10:00:00+08:00,A,,x{CANARY},,y\n", source="crm")
    loaded = room.connection.execute("SELECT max(loaded_at)::VARCHAR FROM deliveries").fetchall()
    as_of = min(as_of, datetime.fromisoformat(loaded[0][0]) + timedelta(hours=1))
    told = delivery_tables(room.connection, as_of)
    rows = told["quality_rejected_rows"]
    assert sorted(rows.groupby("reason").size().to_dict().items()) == [
        ("bad_time", ROWS_EACH), ("not_a_number", 1),
    ]  # fmt: skip
    assert not any(CANARY in str(frame.to_dict()) for frame in told.values())
    columns = told["quality_columns"].set_index("column_name")
    assert columns.loc["shop", ["files_with", "files", "came", "gone"]].tolist() == [
        2,
        2,
        False,
        False,
    ]


def test_what_came_later_is_not_known_yet(room):
    for n in range(6):
        extra = ",note" if n >= 3 else ""
        more = ",x" if n >= 3 else ""
        row = f"A,2026-02-2{n}T08:00:00+08:00,60,1{more}\n"
        room.take(f"k{n}.csv", f"cell_id,ts,period_min,drop_rate_pct{extra}\n{row}", source="oss")
    room.connection.execute(
        "UPDATE deliveries SET mode = 'live',"
        " loaded_at = TIMESTAMPTZ '2026-02-20 00:00:00+08' + to_days(delivery_id::INTEGER)"
    )
    room.take(
        "bad.csv", "ts,drop_rate_pct\n2026-02-20T08:00:00+08:00,1\n", feed="kpis", source="oss"
    )
    room.connection.execute(
        "UPDATE deliveries SET mode = 'live', loaded_at = TIMESTAMPTZ '2026-02-27 00:00:00+08'"
        " WHERE refused IS NOT NULL"
    )
    whole = delivery_tables(room.connection, local(2026, 2, 28))
    [rhythm] = whole["quality_rhythm"].to_dict("records")
    assert (rhythm["deliveries"], rhythm["usual_min"]) == (6, 1440.0)
    [column] = whole["quality_columns"].to_dict("records")
    assert (column["column_name"], column["files_with"], column["came"]) == ("note", 3, True)
    [refused] = whole["quality_refused"].to_dict("records")
    assert "cell_id" in refused["reason"]
    before = delivery_tables(room.connection, local(2026, 2, 23, 12))
    assert before["quality_columns"].empty
    assert before["quality_refused"].empty
    assert before["quality_rhythm"].empty  # two waits tell no rhythm


def test_a_regions_day_is_judged_when_it_is_over(tmp_path):
    room = Forecasts(tmp_path)
    as_of = local(2026, 10, 5)
    room.forecast(as_of)
    room.forecast(as_of + timedelta(hours=6))  # not the first of its day
    days = [date(2026, 10, 5) + timedelta(days=n) for n in range(5)]
    rows = [
        {"as_of": made, "region_id": "R0", "measure": "tickets", "day": day, "mean": 5.0,
         "lower": 2.0, "upper": 8.0, "model": "sum"}
        for made in (as_of, as_of + timedelta(hours=6)) for day in days
    ]  # fmt: skip
    room.insert("region_forecasts", rows)
    seen = pd.DataFrame(
        {"region_id": "R0", "measure": "tickets", "day": days, "observed": [1.0, 4, 9, 8, None]}
    )
    # the 6th is over at midnight, and complaints had twelve hours to be recorded
    early = told_coverage(room.connection, local(2026, 10, 7, 11, 59), seen, LOCAL)
    assert early.empty
    told = told_coverage(room.connection, local(2026, 10, 7, 12), seen, LOCAL)
    assert told[["day", "ahead", "observed", "settled"]].to_numpy().tolist() == [
        [days[1], 1, 4.0, False]
    ]
    later = told_coverage(room.connection, local(2026, 10, 14), seen, LOCAL)
    assert later["ahead"].tolist() == [1, 2, 3]  # the same day and the fourth are not asked for
    assert later["settled"].tolist() == [True, False, False]  # a week after the 6th was over
    assert told_coverage(room.connection, local(2026, 10, 4), seen, LOCAL).empty
    room.close()
