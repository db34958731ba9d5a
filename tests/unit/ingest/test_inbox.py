from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from ingest.clock import FixedClock
from ingest.errors import IngestError, PoisonedFileError
from ingest.inbox import take_inbox
from ingest.settings import IngestSettings
from tests.support.warehouses import KPI_HEAD, NOW, TICKET_HEAD, Room
from tests.support.workbooks import workbook

CANARY = "13987654321"
FILES = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)  # the file system's clock


class Box:
    """An inbox with a clock for files that the test moves on."""

    def __init__(self, room: Room) -> None:
        self.room, self.at = room, FILES
        self.path = room.data / "inbox"

    def drop(self, name: str, content: str | bytes, *, age_s: float = 0) -> Path:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        written = (self.at - timedelta(seconds=age_s)).timestamp()
        os.utime(path, (written, written))
        return path

    def look(self, *, after_s: float = 0):
        self.at += timedelta(seconds=after_s)
        return take_inbox(
            self.room.connection,
            self.room.data,
            settings=self.room.settings,
            clock=FixedClock(NOW),
            file_clock=FixedClock(self.at),
        )

    def left(self) -> list[str]:
        return sorted(
            str(p.relative_to(self.room.data))
            for folder in ("inbox", "archive", "rejected")
            for p in (self.room.data / folder).rglob("*")
            if p.is_file() and p.name != ".looks.json"
        )


@pytest.fixture
def box(room: Room) -> Box:
    return Box(room)


KPIS = KPI_HEAD + "A,2026-03-02 08:00,60,1,2\n"


def test_a_file_is_taken_when_it_has_rested_between_two_looks(box: Box) -> None:
    box.drop("kpis.csv", KPIS)
    assert box.look() == []
    assert box.look(after_s=4) == []
    [result] = box.look(after_s=1)
    assert (result.rows_loaded, result.feed) == (1, "kpis")
    assert box.left() == ["archive/2026-03-02/kpis.csv"]
    assert box.room.one("SELECT known_at FROM kpis") == ("2026-03-02T04:00:00Z",)
    assert box.room.one("SELECT mode FROM deliveries") == ("live",)
    assert box.look(after_s=60) == []


def test_a_file_that_grows_is_left_until_it_rests(box: Box) -> None:
    box.drop("kpis.csv", KPI_HEAD)
    box.look()
    box.at += timedelta(seconds=5)
    box.drop("kpis.csv", KPIS)
    assert box.look() == []
    assert box.look(after_s=4) == []
    assert box.look(after_s=1)[0].rows_loaded == 1


def test_a_voucher_or_age_make_it_ready_at_once(box: Box) -> None:
    box.drop("kpis.csv", KPIS.rstrip("\n"))  # the voucher stands for its end, too
    box.drop("kpis.csv.ok", "")
    box.drop("cells.csv", "cell_id\nA\n", age_s=300)
    box.drop("works.csv", "work_id,starts_at\nW,2026-03-03\n", age_s=299)
    assert [result.feed for result in box.look()] == ["cells", "kpis"]
    assert box.left() == [
        "archive/2026-03-02/cells.csv",
        "archive/2026-03-02/kpis.csv",
        "inbox/works.csv",
    ]


def test_files_in_the_making_and_links_are_left_alone(box: Box) -> None:
    for name in (".kpis.csv", "kpis.csv.part", "kpis.csv.tmp", "lost.csv.ok", ".dir/kpis.csv"):
        box.drop(name, KPIS, age_s=1000)
    outside = box.room.put("kpis.csv", KPIS)
    (box.path / "kpis.csv").symlink_to(outside)
    before = box.left()
    assert box.look() == []
    assert box.left() == before


def test_refused_files_end_in_rejected_with_their_reason(box: Box) -> None:
    box.drop("kpis.csv", "cell_id,latency_ms\nA,1\n", age_s=1000)
    box.drop("odd.csv", f"a,b\n{CANARY},x\n", age_s=1000)
    results = box.look()
    assert all(result.refused for result in results)
    assert box.left() == [
        "rejected/kpis.csv",
        "rejected/kpis.csv.reason.txt",
        "rejected/odd.csv.masked.csv",
        "rejected/odd.csv.masked.csv.reason.txt",
    ]
    rejected = box.room.data / "rejected"
    reason = (rejected / "kpis.csv.reason.txt").read_text()
    assert reason.endswith(
        "kpis.csv: lacks the columns ts, period_min; it has cell_id, latency_ms\n"
    )
    assert reason.count("\n") == 1
    assert (rejected / "odd.csv.masked.csv").read_text() == "a,b\n***TEL***,x\n"


def test_a_file_with_some_bad_rows_is_archived(box: Box) -> None:
    box.drop("kpis.csv", KPIS + "A,2026-03-02 09:00,60,NaN,1\n", age_s=1000)
    [result] = box.look()
    assert (result.rows_loaded, result.rows_rejected) == (1, 1)
    assert box.left() == ["archive/2026-03-02/kpis.csv"]
    assert box.room.one("SELECT reason FROM rejected_rows") == ("not_a_number",)


def test_one_name_twice_a_day_and_the_same_file_twice(box: Box) -> None:
    other = KPI_HEAD + "A,2026-03-02 09:00,60,1,2\n"
    for content in (KPIS, other, KPIS):
        box.drop("kpis.csv", content, age_s=1000)
        box.look()
    assert box.left() == ["archive/2026-03-02/kpis-2.csv", "archive/2026-03-02/kpis.csv"]
    assert (box.room.data / "archive/2026-03-02/kpis-2.csv").read_text() == other
    assert box.room.one("SELECT count(*) FROM deliveries") == (2,)


TICKETS = (
    TICKET_HEAD.strip()
    + ",contact\n"
    + f"T1,2026-03-02 08:00,,{CANARY},3,请回电{CANARY},王 {CANARY}\n"
    + f"T2,2026-03-02 08:00,,{CANARY},{CANARY},x,\n"
    + f"T3,2026-03-02 08:00,,{CANARY}\n"
)


def no_canary(room: Room) -> None:
    room.connection.execute("CHECKPOINT")
    for path in room.data.rglob("*"):
        if path.is_file():
            assert CANARY.encode() not in path.read_bytes(), path


def test_archived_tickets_hold_no_customer_and_load_again_as_the_same(
    box: Box, tmp_path: Path
) -> None:
    box.drop("tickets.csv", TICKETS, age_s=1000)
    [result] = box.look()
    assert (result.rows_loaded, result.rows_rejected) == (1, 2)
    assert box.left() == ["archive/2026-03-02/tickets.csv.masked.csv"]
    no_canary(box.room)
    copy = box.room.data / "archive/2026-03-02/tickets.csv.masked.csv"
    text = copy.read_text("utf-8")
    assert "请回电***TEL***" in text
    assert text.count("hmac:") == 2
    assert "contact" not in text
    [again] = box.room.load(copy)
    assert (again.rows_unchanged, again.rows_rejected) == (1, 1)


def test_archived_workbook_of_a_profile_loads_again_with_it(room: Room) -> None:
    profile = room.put(
        "crm.toml",
        'description = "x"\n[[tables]]\nfeed = "tickets"\nfiles = "crm*"\nheader_row = 2\n'
        'unit_rows = 1\nsheets = "工单"\ntime_formats = "%Y/%m/%d %H:%M"\n[tables.columns]\n'
        'ticket_id = { source = "工单号" }\ncreated_at = { source = "时间" }\n'
        'customer_id = { source = "号码" }\n',
    )
    box = Box(Room(room.data.parent / "other", IngestSettings(inbox_profiles=(str(profile),))))
    sheet = [
        ["导出"],
        ["工单号", "时间", "号码", "备注"],
        ["-"],
        ["T1", "2026/03/02 08:00", CANARY, "x"],
    ]
    box.drop("crm_1.xlsx", workbook({"工单": sheet}), age_s=1000)
    [result] = box.look()
    assert (result.refused, result.rows_loaded) == (None, 1)
    [copy] = (box.room.data / "archive/2026-03-02").iterdir()
    assert copy.name == "crm_1.xlsx.masked.csv"
    no_canary(box.room)
    [again] = box.room.load(copy, profile=str(profile))
    assert again.rows_unchanged == 1
    box.room.close()


@pytest.mark.parametrize(
    "content",
    [
        TICKETS.replace("created_at", "when"),
        TICKETS.rstrip("\n") + "\nT4,2026-03-02 08:00,,1398",
        TICKETS.encode("utf-8") + "T5,2026-03-02 08:00,,,,慢".encode("gbk") + b"\n",
        workbook({"一": [["ticket_id", "号码"], ["T1", CANARY]]}),
    ],
    ids=["missing column", "cut off", "two encodings", "workbook"],
)
def test_refused_tickets_hold_no_numbers_either(box: Box, content: str | bytes) -> None:
    box.drop("tickets.csv", content, age_s=1000)
    [result] = box.look()
    assert result.refused is not None
    assert "rejected/tickets.csv.masked.csv" in box.left()
    no_canary(box.room)


def test_a_refused_file_that_is_no_table_is_for_its_owner_alone(box: Box) -> None:
    box.drop("tickets.csv", b"\x00\x01" + CANARY.encode(), age_s=1000)
    box.look()
    kept = box.room.data / "rejected" / "tickets.csv.masked"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert CANARY.encode() not in kept.read_bytes()
    box.drop("tickets.xlsx", b"PK no number in it", age_s=1000)
    box.look()
    kept = box.room.data / "rejected" / "tickets.xlsx"
    assert kept.read_bytes() == b"PK no number in it"
    assert kept.stat().st_mode & 0o777 == 0o600


def test_without_the_key_everything_waits(box: Box) -> None:
    box.drop("tickets.csv", TICKETS, age_s=1000)
    box.look()
    key = box.room.data / "secrets" / "customer.key"
    saved = key.read_bytes()
    key.unlink()
    box.drop("tickets_2.csv", TICKETS.replace("T1", "T9"), age_s=1000)
    with pytest.raises(IngestError, match="put the key back"):
        box.look()
    assert "inbox/tickets_2.csv" in box.left()
    key.write_bytes(saved)
    assert box.look()[0].rows_loaded == 1


@pytest.mark.parametrize("way", ["stage_file", "load_directly"])
def test_a_file_that_fells_the_database_is_not_tried_again(
    box: Box, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    def fail(*_args, **_options):
        raise duckdb.InternalException("INTERNAL Error: assertion\nstack")

    monkeypatch.setattr(f"ingest.file_rows.{way}", fail)
    if way == "stage_file":
        monkeypatch.setattr("ingest.delivering.is_for_short_way", lambda *_: False)
    box.drop("kpis/kpis.csv", KPIS, age_s=1000)
    with pytest.raises(PoisonedFileError, match="reading it made the database fail"):
        box.look()
    assert box.left() == ["rejected/kpis/kpis.csv", "rejected/kpis/kpis.csv.reason.txt"]


def test_subfolders_tell_the_feed_and_are_kept_in_the_archive(box: Box) -> None:
    box.drop("kpis/2026-03-02.csv", KPIS, age_s=1000)
    assert box.look()[0].feed == "kpis"
    assert box.left() == ["archive/2026-03-02/kpis/2026-03-02.csv"]
