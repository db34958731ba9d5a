"""Facts of complaints: as known then, immutable months, and the same counts as the regions'."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd
import pytest

from dashboard.publish.complaints import complaint_months
from dashboard.snapshot import COMPLAINTS, Snapshot, write_snapshot
from forecasting.cells.inventory import InventoryCache
from forecasting.regions.counts import count
from forecasting.settings import ForecastingSettings
from tests.support.facts import ZONE, local, two_districts
from tests.support.snapshots import tiny

NOON = local(2026, 10, 12, 12)


@dataclass
class Made:
    """What of a forecast the facts follow from."""

    inventory: object
    as_of: object
    time_zone: str = ZONE


@pytest.fixture
def facts(tmp_path):
    facts = two_districts(tmp_path)
    facts.cells(
        {"cell_id": "w1", "longitude": 116.35, "latitude": 39.90, "azimuth_deg": 0.0,
         "technology": "LTE"},
        {"cell_id": "w2", "longitude": 116.35, "latitude": 39.90, "azimuth_deg": 180.0,
         "technology": "NR"},
        {"cell_id": "e1", "longitude": 116.45, "latitude": 39.90, "azimuth_deg": 90.0,
         "technology": "NR"},
    )  # fmt: skip
    yield facts
    facts.close()


def made(facts, as_of=NOON):
    return Made(InventoryCache().as_of(facts.connection, as_of), as_of)


def rows_of(facts, as_of=NOON):
    with complaint_months(facts.connection, made(facts, as_of), 6) as months:
        frames = [month.load() for month in months.values()]
        marks = {first: month.fingerprint for first, month in months.items()}
    whole = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()
    return whole, marks


def by_ticket(frame):
    return {row["ticket_id"]: row for row in frame.astype(object).to_dict("records")}


def test_every_complaint_is_there_once(facts):
    facts.ticket(local(2026, 8, 31, 23, 30), cell_id="w1", satisfaction=3)
    facts.ticket(local(2026, 9, 1, 0, 30), cell_id="gone", region_id="east")
    facts.ticket(local(2026, 10, 1, 9), longitude=116.354, latitude=39.90)
    facts.ticket(local(2026, 10, 11, 9))
    facts.ticket(local(2026, 10, 12, 13), cell_id="w1")  # an hour after as_of
    frame, marks = rows_of(facts)
    assert list(marks) == [date(2026, 8, 1), date(2026, 9, 1), date(2026, 10, 1)]
    assert set(COMPLAINTS.names) <= set(frame.columns)
    assert frame.groupby("ticket_id")["weight"].sum().tolist() == [1.0] * 4
    told = by_ticket(frame)
    assert [told[f"T000{n}"]["day"] for n in (1, 2)] == [date(2026, 8, 31), date(2026, 9, 1)]
    assert (told["T0001"]["region_id"], told["T0001"]["technology"]) == ("west", "LTE")
    assert told["T0002"]["region_id"] == "east"
    assert pd.isna(told["T0002"]["technology"])
    near = frame[frame["ticket_id"] == "T0003"]
    assert set(near["technology"]) == {"LTE", "NR"}
    assert ((near["weight"] * 2**20) % 1 == 0).all()
    assert (set(near["region_id"]), told["T0004"]["region_id"]) == ({"west"}, None)


def test_scores_limits_and_replies_are_those_known(facts):
    start = local(2026, 10, 1, 9)
    facts.ticket(start, satisfaction=3)
    facts.connection.execute(
        "UPDATE ticket_states SET due_at = created_at + INTERVAL 2 DAY,"
        " replied_at = created_at + INTERVAL 90 SECOND,"
        " callback_satisfaction = 9, callback_at = created_at + INTERVAL 5 DAY,"
        " callback_known_at = created_at + INTERVAL 5 DAY"
    )
    told = by_ticket(rows_of(facts)[0])["T0001"]
    assert (told["satisfaction"], told["final_satisfaction"], told["low"]) == (3, 9, True)
    assert told["reply_min"] == 2  # begun minutes count
    assert told["due_day"] == date(2026, 10, 3)
    early = by_ticket(rows_of(facts, start + timedelta(days=4))[0])["T0001"]
    assert (early["satisfaction"], early["final_satisfaction"]) == (3, 3)


def test_a_repeat_is_the_same_customer_and_category_within_thirty_days(facts):
    first = local(2026, 8, 1, 9)
    for days, category, customer in [
        (0, "a", "x"), (31, "a", "x"), (60, "a", "x"), (61, "b", "x"), (62, "a", "y"),
        (63, None, "x"), (64, "a", None), (29, "a", "y"),
    ]:  # fmt: skip
        facts.ticket(first + timedelta(days=days))
        facts.connection.execute(
            "UPDATE ticket_states SET category = ?, customer_hash = ? WHERE ticket_id ="
            " (SELECT max(ticket_id) FROM ticket_states)",
            [category, customer],
        )
    told = by_ticket(rows_of(facts)[0])
    known = {n: told[f"T000{n}"]["repeat"] for n in range(1, 9)}
    # 1, 8: before the history reaches back 30 days; 2: 31 days after; 3: 29 days after
    assert [known[n] is pd.NA or known[n] is None for n in (1, 6, 7, 8)] == [True] * 4
    assert [bool(known[n]) for n in (2, 3, 4, 5)] == [False, True, False, False]


def test_nothing_known_later_moves_a_digit(facts):
    for n in range(40):
        facts.ticket(local(2026, 8, 20, 9) + timedelta(hours=31 * n), cell_id="w1", satisfaction=4)
    before, marks = rows_of(facts)
    # the future: another answer to every ticket, more tickets, a moved cell
    facts.connection.execute(
        "INSERT INTO ticket_states SELECT * REPLACE (known_at + INTERVAL 90 DAY AS known_at,"
        " state_at + INTERVAL 90 DAY AS state_at, 9 AS satisfaction, 'late' AS category,"
        " answer_known_at + INTERVAL 90 DAY AS answer_known_at) FROM ticket_states"
    )
    for n in range(5):
        facts.ticket(NOON + timedelta(hours=n + 1), cell_id="w1", satisfaction=1)
    after, marks_after = rows_of(facts)
    pd.testing.assert_frame_equal(before, after)
    assert marks == marks_after


def test_months_are_made_anew_only_where_they_changed(facts, tmp_path):
    for month in (5, 8, 9, 10):
        facts.ticket(local(2026, month, 2, 9), cell_id="w1")

    def published(hour):
        with complaint_months(facts.connection, made(facts, hour), 6) as months:
            content = tiny(as_of=hour, complaints=months)
            return write_snapshot(tmp_path, content, kpi_days={}, published_at=hour)

    def inodes(name, of="complaints"):
        folder = tmp_path / "snapshots" / name / of
        return {path.name[:7]: path.stat().st_ino for path in folder.iterdir()}

    begun = published(NOON)
    first = inodes(begun)
    assert sorted(first) == ["2026-05", "2026-08", "2026-09", "2026-10"]
    again = inodes(published(NOON + timedelta(hours=1)))
    assert again == first
    facts.ticket(local(2026, 10, 12, 12, 30), cell_id="e1")
    last = published(NOON + timedelta(hours=2))
    third = inodes(last)
    assert {m for m in first if third[m] == first[m]} == {"2026-05", "2026-08", "2026-09"}
    sums, were = inodes(last, "complaint_days"), inodes(begun, "complaint_days")
    assert {m for m in were if sums[m] == were[m]} == {"2026-05", "2026-08", "2026-09"}
    snapshot = Snapshot.open(tmp_path)
    whole = [r["tickets"] for r in snapshot.rows("trend_values") if r["dimension"] == "service"]
    assert sum(whole) == 5
    snapshot.close()


def test_counts_are_those_of_the_regions(facts):
    for n in range(60):
        place = {"longitude": 116.35 + 0.1 * (n % 2), "latitude": 39.91} if n % 3 else {}
        facts.ticket(
            local(2026, 9, 1, 7) + timedelta(hours=16 * n),
            cell_id=None if n % 3 else "e1",
            satisfaction=1 + n % 10,
            **place,
        )
    frame, _ = rows_of(facts)
    settings = ForecastingSettings()
    counts = count(facts.connection, NOON, made(facts).inventory, settings, ZONE)
    past = frame[frame["day"] < date(2026, 10, 12)]
    for name, table in (("weight", counts.tickets), ("low", counts.low)):
        values = past.assign(low=past["low"].fillna(value=False).astype(float) * past["weight"])
        mine = values.pivot_table(index="day", columns="region_id", values=name, aggfunc="sum")
        mine.index = pd.DatetimeIndex(mine.index)
        expected = table.loc[mine.index, mine.columns]
        assert expected.to_numpy().tolist() == mine.fillna(0).to_numpy().tolist()
        assert table.to_numpy().sum() == mine.to_numpy()[mine.notna().to_numpy()].sum() > 0
