"""Payloads written after TMF621 v4.0.0 and v5.0.1 and TMF642 v4.0.0, and what they become."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.clock import FixedClock
from ingest.inbox import take_inbox
from ingest.privacy import KEY_FILE, customer_key, hash_customer
from ingest.rebuild import rebuild
from tests.support.warehouses import NOW, Room

PAYLOADS = Path(__file__).with_name("payloads")


def test_trouble_tickets_v4_as_an_array(room: Room) -> None:
    [result] = room.load(PAYLOADS / "tmf621" / "list_v4.json")  # no profile: told by the content
    assert (result.feed, result.rows_read, result.rows_loaded, result.rows_rejected) == (
        "tickets", 2, 2, 0,
    )  # fmt: skip
    assert set(result.ignored) == {
        "href", "@type", "severity", "priority", "externalId", "statusChangeReason",
    }  # fmt: skip
    key = customer_key(room.data / "secrets", hashes_exist=True)
    assert room.rows(
        "SELECT ticket_id, created_at, due_at, replied_at, closed_at, changed_at, channel, "
        "service, category, description, cell_id, customer_hash, satisfaction, status "
        "FROM tickets ORDER BY 1"
    ) == [
        (
            "8493",
            "2026-02-26T00:15:00Z",
            "2026-02-27T00:15:00Z",  # requested before expected
            "2026-03-01T01:00:00Z",
            "2026-03-01T02:20:00Z",
            "2026-03-01T02:20:00Z",
            "hotline",
            "VoLTE",
            "Coverage",
            (
                "Weak indoor coverage\nNo signal in the bedroom since Monday, call ***TEL***\n"
                "Customer is at home after 18:00; Antenna tilt corrected"
            ),
            "460-00-123456-12",
            hash_customer("13800138000", key),
            None,
            "closed",
        ),
        (
            "8494",
            "2026-03-01T01:00:00Z",
            None,
            None,
            None,
            "2026-03-01T01:05:00Z",
            None,
            None,
            "Speed",
            "Video stalls at the station",
            None,
            None,
            None,
            "inProgress",
        ),
    ]


def test_trouble_tickets_v5_as_a_page(room: Room) -> None:
    [result] = room.load(PAYLOADS / "tmf621" / "page_v5.json")
    assert (result.rows_read, result.rows_loaded) == (2, 2)
    key = customer_key(room.data / "secrets", hashes_exist=True)
    assert room.one(
        "SELECT created_at, due_at, replied_at, closed_at, changed_at, channel, service, category, "
        "description, cell_id, region_id, longitude, latitude, customer_hash, satisfaction "
        "FROM tickets WHERE ticket_id = 'TT-2026-000039'"
    ) == (
        "2026-03-01T00:30:00Z",
        "2026-03-02T00:30:00Z",
        "2026-03-01T02:00:00Z",
        "2026-03-01T03:00:00Z",
        "2026-03-01T03:30:00Z",
        "app",
        "voice",
        "voice > drop",
        "Calls drop\nThree calls dropped on the way to work",
        "NRCELL-77-1",
        "110105",
        116.4612,
        39.9212,
        hash_customer("C-778899", key),
        3,
    )
    assert room.one(
        "SELECT changed_at, category FROM tickets WHERE ticket_id = 'TT-2026-000040'"
    ) == (None, "Complaint")


def test_notifications_are_ordered_by_their_own_time(room: Room) -> None:
    """The third line is older than the second: it is kept, and does not undo it."""
    [result] = room.load(PAYLOADS / "tmf621" / "notifications.jsonl")
    assert (result.rows_read, result.rows_loaded, result.rows_updated) == (3, 1, 2)
    assert room.one("SELECT status, replied_at, changed_at FROM tickets") == (
        "resolved", "2026-03-01T03:00:00Z", "2026-03-01T03:00:05Z",
    )  # fmt: skip

    def status(utc: str) -> object:
        return room.one(f"SELECT status FROM tickets_as_of('2026-03-01T{utc}Z'::TIMESTAMPTZ)")[0]

    # 08:00:05, 09:30:05 and 11:00:05 in Beijing
    assert [status(t) for t in ("00:10:00", "01:30:04", "01:30:05", "03:00:04", "03:00:05")] == [
        "acknowledged", "acknowledged", "inProgress", "inProgress", "resolved",
    ]  # fmt: skip


@pytest.mark.parametrize("first", ["list_v4.json", "notification.json"])
def test_alarms(room: Room, first: str) -> None:
    names = ["list_v4.json", "notification.json"]
    for name in sorted(names, key=lambda name: name != first):
        [result] = room.load(PAYLOADS / "tmf642" / name)
        assert (result.feed, result.refused, result.rows_rejected) == ("alarms", None, 0)
    assert room.one("SELECT count(*) FROM alarm_states") == (3,)
    assert room.rows(
        "SELECT alarm_id, cell_id, site_id, raised_at, cleared_at, changed_at, severity, kind, "
        "probable_cause, specific_problem, description, state FROM alarms ORDER BY 1"
    ) == [
        (
            "ALM-100",
            None,
            "SITE-0042",
            "2026-03-01T02:00:00Z",
            None,
            None,
            "major",
            "equipmentAlarm",
            "powerProblem",
            "Mains lost, site on battery",
            "Guard on site: ***TEL***\nGenerator ordered",
            "raised, unacknowledged",
        ),
        (
            "ALM-101",
            "NRCELL-77-1",
            None,
            "2026-03-01T04:00:00Z",
            "2026-03-01T05:30:00Z",
            "2026-03-01T05:30:00Z",
            "cleared",
            "qualityOfServiceAlarm",
            "thresholdCrossed",
            "High drop rate",
            None,
            "cleared, acknowledged",
        ),
    ]
    at_five = "alarms_as_of('2026-03-01T05:00:00Z'::TIMESTAMPTZ)"
    assert room.one(
        f"SELECT severity, cleared_at, state FROM {at_five} WHERE alarm_id = 'ALM-101'"
    ) == ("minor", None, "raised, unacknowledged")


def test_a_rebuild_from_masked_copies_is_the_same(room: Room) -> None:
    """The copies are CSV with paths for names; the customers' hashes are those of before."""
    inbox = room.data / "inbox"
    inbox.mkdir(parents=True)
    for path in PAYLOADS.glob("tmf*/*"):
        (inbox / f"{path.parent.name}_{path.name}").write_bytes(path.read_bytes())
    results = take_inbox(
        room.connection,
        room.data,
        settings=room.settings,
        clock=FixedClock(NOW),
        file_clock=FixedClock(datetime(2030, 1, 1, tzinfo=UTC)),
    )
    assert [result.refused for result in results] == [None] * 5
    what = [f"SELECT * FROM {name} ORDER BY ALL" for name in ("ticket_states", "alarm_states")]
    before = [room.rows(sql) for sql in what]
    room.close()
    done = rebuild(room.data, settings=room.settings, clock=FixedClock(NOW))
    assert (done.deliveries, done.missing, done.different) == (5, (), ())
    room.connection = Room(room.data).connection
    assert [room.rows(sql) for sql in what] == before


def test_a_rebuild_with_another_key_is_refused(room: Room) -> None:
    room.load(PAYLOADS / "tmf621" / "list_v4.json")
    room.close()
    (room.data / "secrets" / KEY_FILE).write_bytes(bytes(32))
    done = rebuild(room.data, settings=room.settings, clock=FixedClock(NOW))
    assert done.different or done.missing
    room.connection = Room(room.data).connection
