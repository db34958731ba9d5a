"""Tickets, cells, regions, works and events through the whole loader."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ingest.errors import IngestError
from tests.support.warehouses import NOW, TICKET_HEAD, Room, counts

OPEN = 'T1,2026-03-01 08:00,,13812345678,,"无法上网,\n请回电13812345678"\n'
DONE = "T1,2026-03-01 08:00,2026-03-01 20:00,13812345678,3,无法上网\n"


def test_ticket_times_are_known_when_the_facts_say(room: Room) -> None:
    result = room.take(
        "tickets.csv",
        "ticket_id,created_at,recorded_at,replied_at,closed_at,callback_at,satisfaction,"
        "callback_satisfaction\n"
        "T1,2026-03-01 08:00,2026-03-01 08:10,2026-03-01 12:00,2026-03-01 20:00,"
        "2026-03-02 10:00,3,9\n"
        "T2,2026-03-01 08:00,,2026-03-01 12:00,,,4,\n"
        "T3,2026-03-01 08:00,,,,,,\n"
        "T4,2026-03-01 08:00,,,,,5,\n",
    )
    assert counts(result) == (4, 4, 0, 0, 0, 0)
    assert room.rows(
        "SELECT ticket_id, state_at, known_at, answer_known_at, callback_known_at, satisfaction "
        "FROM tickets ORDER BY 1"
    ) == [
        (
            "T1",
            "2026-03-02T02:00:00Z",
            "2026-03-01T00:10:00Z",
            "2026-03-01T12:00:00Z",
            "2026-03-02T02:00:00Z",
            3,
        ),
        ("T2", "2026-03-01T04:00:00Z", "2026-03-01T00:00:00Z", "2026-03-01T04:00:00Z", None, 4),
        ("T3", "2026-03-01T00:00:00Z", "2026-03-01T00:00:00Z", None, None, None),
        # nothing tells when the answer came: it is never used for a forecast
        ("T4", "2026-03-01T00:00:00Z", "2026-03-01T00:00:00Z", None, None, 5),
    ]
    seen = "SELECT satisfaction, callback_satisfaction FROM tickets_as_of(TIMESTAMPTZ '{}') "
    seen += "WHERE ticket_id = 'T1'"
    assert room.rows(seen.format("2026-03-01 00:09+00")) == []
    assert room.rows(seen.format("2026-03-01 00:10+00")) == [(None, None)]
    assert room.rows(seen.format("2026-03-01 12:00+00")) == [(3, None)]
    assert room.rows(seen.format("2026-03-02 02:00+00")) == [(3, 9)]


def test_live_ticket_states_are_known_when_loaded(room: Room) -> None:
    room.take("tickets.csv", TICKET_HEAD + DONE + "T2,2026-03-01 08:00,,,,\n", live_at=NOW)
    assert room.rows("SELECT known_at, answer_known_at FROM tickets ORDER BY ticket_id") == [
        ("2026-03-02T04:00:00Z", "2026-03-02T04:00:00Z"),
        ("2026-03-02T04:00:00Z", None),
    ]


@pytest.mark.parametrize("order", [(OPEN, DONE), (DONE, OPEN)])
def test_the_newest_state_wins_in_any_order_and_history_is_kept(
    room: Room, order: tuple[str, str]
) -> None:
    first = room.take("tickets_1.csv", TICKET_HEAD + order[0])
    second = room.take("tickets_2.csv", TICKET_HEAD + order[1])
    assert counts(first) == (1, 1, 0, 0, 0, 0)
    assert counts(second) == (1, 0, 1, 0, 0, 0)
    assert room.rows("SELECT satisfaction, closed_at FROM tickets") == [(3, "2026-03-01T12:00:00Z")]
    assert room.one("SELECT count(*) FROM ticket_states") == (2,)
    again = room.take("tickets_3.csv", TICKET_HEAD + OPEN + DONE)
    assert counts(again) == (2, 0, 0, 2, 0, 0)


def test_two_states_in_one_file_are_one_new_and_one_update(room: Room) -> None:
    result = room.take("tickets.csv", TICKET_HEAD + DONE + OPEN + OPEN)
    assert counts(result) == (3, 1, 1, 0, 0, 1)


def test_of_two_states_of_one_time_the_fuller_is_newer(room: Room) -> None:
    bare = TICKET_HEAD + "T1,2026-03-01 08:00,2026-03-01 20:00,,,\n"
    full = TICKET_HEAD + "T1,2026-03-01 08:00,2026-03-01 20:00,,7,\n"
    room.take("tickets_1.csv", full)
    room.take("tickets_2.csv", bare)
    assert room.rows("SELECT satisfaction FROM tickets") == [(7,)]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("T1,2026-03-01 08:00,,,0,", "out_of_range:satisfaction"),
        ("T1,2026-03-01 08:00,,,11,", "out_of_range:satisfaction"),
        ("T1,2026-03-01 08:00,,,7.5,", "not_an_integer:satisfaction"),
        ("T1,2026-03-01 08:00,,,good,", "not_a_number:satisfaction"),
        ("T1,,,,5,", "missing_value:created_at"),
        ("T1,2026-03-01 08:00,gestern,,5,", "bad_time:closed_at"),
        (",2026-03-01 08:00,,,5,", "missing_value:ticket_id"),
    ],
)
def test_bad_tickets(room: Room, line: str, reason: str) -> None:
    result = room.take("tickets.csv", TICKET_HEAD + line + "\nT2,2026-03-01 08:00,,,10,\n")
    assert counts(result) == (2, 1, 0, 0, 1, 0)
    assert result.reasons == {reason: 1}


CANARY = "13987654321"


def test_customers_and_numbers_in_texts_never_reach_the_disk(room: Room) -> None:
    """Nor from columns that shifted, broken rows, extra columns, or the database's own log."""
    result = room.take(
        "tickets.csv",
        TICKET_HEAD.strip()
        + ",contact\n"
        + f"T1,2026-03-01 08:00,,{CANARY},3,打{CANARY},{CANARY}\n"
        + f"T2,2026-03-01 08:00,{CANARY},x,3,,\n"
        + f"T3,2026-03-01 08:00,,x,{CANARY},,\n"
        + f"T4,2026-03-01 08:00,{CANARY},{CANARY},{CANARY},,,{CANARY}\n"
        + f"T5,2026-03-01 08:00,,+86 {CANARY[:3]}-{CANARY[3:7]}-{CANARY[7:]},3,,\n",
    )
    assert counts(result) == (5, 2, 0, 0, 3, 0)
    room.connection.execute("CHECKPOINT")
    [(one,), (other,)] = room.rows("SELECT customer_hash FROM tickets")
    assert one == other
    assert len(one) == 64
    assert room.rows("SELECT description FROM tickets WHERE ticket_id = 'T1'") == [("打***TEL***",)]
    for path in room.data.rglob("*"):
        if path.is_file():
            assert CANARY.encode() not in path.read_bytes(), path
    assert room.rows("SELECT value FROM rejected_rows ORDER BY row_number") == [
        ("***TEL***",),
        ("***TEL***",),
        ("8 fields instead of 7",),
    ]


def test_a_lost_key_refuses_tickets_with_customers(room: Room) -> None:
    room.take("tickets_1.csv", TICKET_HEAD + DONE)
    (room.data / "secrets" / "customer.key").unlink()
    result = room.take("tickets_2.csv", TICKET_HEAD + OPEN)
    assert result.refused is not None
    assert "customer.key is missing" in result.refused
    assert room.one("SELECT count(*) FROM ticket_states") == (1,)


CELL_HEAD = "cell_id,site_id,technology,longitude,latitude,azimuth_deg,subscribers\n"


def test_positions_that_cannot_be_are_unknown_and_counted(room: Room) -> None:
    result = room.take(
        "cells.csv",
        CELL_HEAD
        + "A,S,lte,116.4,39.9,0,100\n"
        + "B,S,NR,0,0,120,100\n"
        + "C,S,NR,39.9,116.4,240,100\n"
        + "D,S,NR,116.4,,240,100\n"
        + "E,S,NR,516.4,39.9,240,100\n"
        + "F,S,NR,,,,\n",
    )
    assert counts(result) == (6, 6, 0, 0, 0, 0)
    assert result.reasons == {
        "zero_position": 1,
        "swapped_position": 1,
        "half_position": 1,
        "impossible_position": 1,
    }
    assert room.rows("SELECT cell_id, longitude, latitude FROM cells WHERE longitude > 0") == [
        ("A", 116.4, 39.9)
    ]
    assert room.one("SELECT technology FROM cells WHERE cell_id = 'A'") == ("LTE",)
    assert room.one("SELECT count(latitude) FROM cells") == (1,)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("A,S,5G,116.4,39.9,0,1", "unknown_value:technology"),
        ("A,S,LTE,x,39.9,0,1", "not_a_number:longitude"),
        ("A,S,LTE,116.4,39.9,361,1", "out_of_range:azimuth_deg"),
        ("A,S,LTE,116.4,39.9,0,-1", "out_of_range:subscribers"),
    ],
)
def test_bad_cells(room: Room, line: str, reason: str) -> None:
    assert room.take("cells.csv", CELL_HEAD + line + "\n").reasons == {reason: 1}


def test_cells_of_history_hold_for_all_time_and_live_ones_from_loading(room: Room) -> None:
    one, other = CELL_HEAD + "A,S,LTE,,,0,1\n", CELL_HEAD + "A,S,LTE,,,10,1\n"
    assert counts(room.take("cells_1.csv", one)) == (1, 1, 0, 0, 0, 0)
    azimuth = "SELECT azimuth_deg FROM cells_as_of(TIMESTAMPTZ '{}')"
    assert room.rows(azimuth.format("2000-01-01")) == [(0.0,)]
    assert counts(room.take("cells_2.csv", other, live_at=NOW)) == (1, 0, 1, 0, 0, 0)
    assert room.rows(azimuth.format("2026-03-02 03:59:59+00")) == [(0.0,)]
    assert room.rows(azimuth.format("2026-03-02 04:00:00+00")) == [(10.0,)]
    # back again: a change like any other, though an older state said the same
    later = NOW.replace(hour=5)
    assert counts(room.take("cells_3.csv", one + "\n", live_at=later)) == (1, 0, 1, 0, 0, 0)
    assert room.rows(azimuth.format("2026-03-02 05:00:00+00")) == [(0.0,)]
    assert counts(room.take("cells_4.csv", one + "\n\n", live_at=later)) == (1, 0, 0, 1, 0, 0)


def square(region_id: str, west: float) -> dict:
    ring = [[west, 39], [west + 1, 39], [west + 1, 40], [west, 40], [west, 39]]
    return {
        "type": "Feature",
        "properties": {"region_id": region_id, "name": f"区{region_id}", "subscribers": 1000},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


def test_regions_with_their_area(room: Room) -> None:
    import shapely

    collection = {"type": "FeatureCollection", "features": [square("1", 116), square("2", 117)]}
    result = room.take("regions.geojson", json.dumps(collection))
    assert counts(result) == (2, 2, 0, 0, 0, 0)
    rows = room.rows("SELECT region_id, name, subscribers, level, geometry FROM regions ORDER BY 1")
    assert [row[:4] for row in rows] == [("1", "区1", 1000.0, None), ("2", "区2", 1000.0, None)]
    assert shapely.from_wkb(rows[1][4]).bounds == (117, 39, 118, 40)
    collection["features"][0]["properties"]["subscribers"] = 1100
    again = room.take("regions.geojson", json.dumps(collection))
    assert counts(again) == (2, 0, 1, 1, 0, 0)


def test_bad_regions_are_refused_in_one_line(room: Room) -> None:
    result = room.take("regions.geojson", '{"type": "FeatureCollection", "features": [}')
    assert result.refused is not None
    assert result.refused.count("regions.geojson") == 1
    assert "\n" not in result.refused


def test_works_and_events_count_from_their_announcement(room: Room) -> None:
    works = "work_id,site_id,starts_at,ends_at,announced_at,kind,description\n"
    room.take("works.csv", works + "W1,S,2026-03-05 00:00,,2026-03-01 00:00,割接,联系13812345678\n")
    assert room.rows("SELECT known_at, state_at, description FROM works") == [
        ("2026-02-28T16:00:00Z", "2026-02-28T16:00:00Z", "联系***TEL***")
    ]
    events = "event_id,name,kind,starts_at,longitude,latitude,radius_m\n"
    result = room.take(
        "events.csv",
        events
        + "E1,演唱会,gathering,2026-03-05 19:00,116.4,39.9,800\n"
        + "E2,x,party,2026-03-05 19:00,,,\n",
    )
    assert result.reasons == {"unknown_value:kind": 1}
    assert room.rows("SELECT known_at, radius_m FROM events") == [("2026-03-05T11:00:00Z", 800.0)]
    # moved to an earlier hour, live: what is heard last counts
    room.take("events_2.csv", events + "E1,演唱会,gathering,2026-03-05 18:00,,,\n", live_at=NOW)
    later = NOW.replace(hour=6)
    room.take("events_3.csv", events + "E1,演唱会,gathering,2026-03-05 17:00,,,\n", live_at=later)
    assert room.rows("SELECT starts_at FROM events") == [("2026-03-05T09:00:00Z",)]


def test_gcj02_positions_become_wgs84(room: Room) -> None:
    profile = room.put(
        "gcj.toml",
        'description = "x"\n[[tables]]\nfeed = "cells"\ncoordinates = "gcj02"\n[tables.columns]\n'
        'cell_id = { source = "id" }\nlongitude = { source = "x" }\nlatitude = { source = "y" }\n',
    )
    room.take("sites.csv", "id,x,y\nA,116.404,39.915\nB,,\n", profile=str(profile))
    # Tian'anmen: GCJ-02 116.404, 39.915 is WGS-84 116.39776, 39.91360 (eviltransform, 5 digits)
    assert room.rows(
        "SELECT round(longitude, 4), round(latitude, 4) FROM cells ORDER BY cell_id"
    ) == [
        (116.3978, 39.9136),
        (None, None),
    ]


def test_unknown_feed_or_profile_is_told_with_the_valid_ones(room: Room, tmp_path: Path) -> None:
    result = room.take("export.csv", "a,b\n1,2\n")
    assert result.refused is not None
    assert "is of no known feed: it has the columns a, b" in result.refused
    assert "tickets (ticket_id)" in result.refused
    with pytest.raises(IngestError, match=r"no profile 'nope': give the path .* fcc_complaints"):
        room.load(tmp_path, profile="nope")
    with pytest.raises(IngestError, match="no feed 'faults': use one of regions, cells, kpis"):
        room.load(tmp_path, feed="faults")
    [missing] = room.load(tmp_path / "gone.csv")
    assert missing.refused is not None
    assert missing.refused.endswith("gone.csv: no such file or folder")


def test_a_change_is_not_known_before_its_time(room: Room) -> None:
    head = "ticket_id,created_at,changed_at,status,satisfaction,closed_at\n"
    room.take("tickets_1.csv", head + "A,2026-03-01T00:00:00Z,2026-03-01T04:00:00Z,rated,3,\n")

    def as_of(utc: str) -> list[tuple]:
        return room.rows(
            "SELECT status, satisfaction, changed_at "
            f"FROM tickets_as_of('2026-03-01T{utc}Z'::TIMESTAMPTZ)"
        )

    # the ticket exists from its beginning; what was said of it at 4 is not known at 3
    assert as_of("00:00:00") == as_of("03:59:59") == [(None, None, None)]
    assert as_of("04:00:00") == [("rated", 3, "2026-03-01T04:00:00Z")]
    room.take("tickets_0.csv", head + "A,2026-03-01T00:00:00Z,2026-03-01T01:00:00Z,open,,\n")
    assert as_of("00:30:00") == [(None, None, None)]
    assert as_of("03:59:59") == [("open", None, "2026-03-01T01:00:00Z")]
    assert as_of("04:00:00") == [("rated", 3, "2026-03-01T04:00:00Z")]
    assert room.one("SELECT status FROM tickets") == ("rated",)  # the older one came later


def test_a_status_is_not_known_before_what_it_tells_of(room: Room) -> None:
    head = "ticket_id,created_at,recorded_at,replied_at,closed_at,callback_at,status\n"
    times = [f"2026-11-01T{hour:02d}:00:00+08:00" for hour in (8, 9, 12, 15, 18)]
    room.take(
        "tickets.csv",
        head + f"T1,{','.join(times[:3])},,,replied\nT2,{','.join(times)},called back\n",
    )

    def known(hour: int) -> list[tuple[str, str | None]]:
        moment = f"2026-11-01T{hour:02d}:00:00+08:00"
        return room.rows(
            f"SELECT ticket_id, status FROM tickets_as_of('{moment}'::TIMESTAMPTZ) ORDER BY 1"
        )

    assert known(11) == [("T1", None), ("T2", None)]
    assert known(12) == [("T1", "replied"), ("T2", None)]
    assert known(16) == [("T1", "replied"), ("T2", None)]
    assert known(18) == [("T1", "replied"), ("T2", "called back")]
