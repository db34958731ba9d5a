"""Canaries: personal data in every text of every feed, searched for in every byte that is kept."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ingest.catalogue import load_catalogue
from ingest.clock import FixedClock
from ingest.contracts import Column, feeds
from ingest.inbox import take_inbox
from ingest.privacy import PERSONAL
from ingest.settings import IngestSettings
from tests.support.warehouses import NOW, Room
from tests.support.workbooks import workbook

FEEDS = feeds(load_catalogue())
LATER = datetime(2030, 1, 1, tzinfo=UTC)  # every file in the inbox is old enough
SIGNS = "10X98765432"
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


@dataclass
class Cage:
    """Makes canaries, each of its own."""

    made: list[str] = field(default_factory=list)

    def _next(self, text: str) -> str:
        self.made.append(text)
        return text

    def phone(self) -> str:
        return self._next(f"139{70000000 + 7 * len(self.made)}")

    def mail(self) -> str:
        return self._next(f"canary{len(self.made)}@secret.example.cn")

    def identity(self) -> str:
        front = f"11010519491231{len(self.made) % 1000:03}"
        total = sum(int(d) * w for d, w in zip(front, WEIGHTS, strict=True))
        return self._next(front + SIGNS[total % 11])

    def text(self) -> str:
        phone = self.phone()
        self.made[-1] = phone[3:]  # however it is split or widened, its digits are not to be seen
        return (
            f"联系人：欧阳金丝，电话{phone[:3]}-{phone[3:7]}-{phone[7:]}，邮箱{self.mail()}，"
            f"身份证{self.identity()}，小区460-00-123456-12弱覆盖"
        )

    def value(self, column: Column) -> str:
        """A value of the column with a canary in it, as far as the column may hold one."""
        if column.kind == "time":
            return "2026-03-01 08:00:00"
        if column.kind in ("number", "integer"):
            return "5"
        if column.kind == "choice":
            return column.choices[0]
        if column.kind == "customer":
            return self.phone()
        return f"家{self.phone()}" if column.name.endswith("_id") else self.text()


def rows_of(cage: Cage, feed: str, count: int) -> tuple[list[str], list[list[str]]]:
    """Header, with a column that nobody knows and one named by a number; and rows."""
    columns = FEEDS[feed].columns
    head = [column.name for column in columns] + ["unknown", f"col {cage.phone()}"]
    return head, [
        [*(cage.value(column) for column in columns), cage.text(), cage.phone()]
        for _ in range(count)
    ]


def as_csv(head: list[str], rows: list[list[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([head, *rows])
    return out.getvalue()


def as_json(head: list[str], rows: list[list[str]]) -> str:
    return json.dumps([dict(zip(head, row, strict=True)) for row in rows])  # with \u escapes


def as_parquet(head: list[str], rows: list[list[str]]) -> bytes:
    out = io.BytesIO()
    columns = [pa.array(column) for column in zip(*rows, strict=True)]
    pq.write_table(pa.table(columns, names=head), out, compression="none")
    return out.getvalue()


def wrong(head: list[str], rows: list[list[str]], column: str, value: str) -> list[list[str]]:
    place = head.index(column)
    return [[*row[:place], value, *row[place + 1 :]] for row in rows]


def deliveries(cage: Cage, feed: str) -> Iterator[tuple[str, bytes]]:
    """Files that are taken, files with bad rows, and files that are refused."""
    times = [c.name for c in FEEDS[feed].columns if c.kind == "time" and c.required]
    time, needed = (times[0], times[0]) if times else ("longitude", FEEDS[feed].key[0])
    forms: dict[str, Callable[[list[str], list[list[str]]], str | bytes]] = {
        "csv": as_csv,
        "json": as_json,
        "parquet": as_parquet,
        "xlsx": lambda head, rows: workbook({"s": [head, *rows]}),
    }
    for suffix, write in forms.items():
        head, rows = rows_of(cage, feed, 3)
        yield f"{feed}_good.{suffix}", _raw(write(head, rows))
        head, rows = rows_of(cage, feed, 2)
        yield f"{feed}_bad.{suffix}", _raw(write(head, wrong(head, rows, time, cage.phone())))
        head, rows = rows_of(cage, feed, 2)
        lacking = [name if name != needed else f"gone {cage.phone()}" for name in head]
        yield f"{feed}_lacks.{suffix}", _raw(write(lacking, rows))
        head, rows = rows_of(cage, feed, 2)
        whole = _raw(write(head, rows))
        yield f"{feed}_torn.{suffix}", whole[: len(whole) * 2 // 3]
        head, rows = rows_of(cage, feed, 2)
        yield f"unknown_{feed}.{suffix}", _raw(write([f"x{n}" for n in range(len(head))], rows))
    head, rows = rows_of(cage, feed, 3)
    yield f"{feed}_packed.csv.gz", gzip.compress(_raw(as_csv(head, rows)))
    head, rows = rows_of(cage, feed, 3)
    ragged = as_csv(head, [rows[0], [*rows[1], cage.text()], rows[2]])
    yield f"{feed}_ragged.csv", _raw(ragged)
    yield f"{feed}_quotes.csv", _raw(as_csv(head, rows) + f'"{cage.text()}"x,\n')
    yield f"{feed}_open.csv", _raw(as_csv(head, rows) + f'"{cage.text()}\n')
    yield f"{feed}_nul.csv", _raw(as_csv(head, rows)) + b"\x00\n"
    head, rows = rows_of(cage, feed, 3)
    yield f"{feed}_gbk.csv", as_csv(head, rows).encode("gb18030")
    head, rows = rows_of(cage, feed, 3)
    yield f"{feed}_mixed.csv", as_csv(head, rows).encode("gb18030") + "联系\n".encode()


def _raw(content: str | bytes) -> bytes:
    return content.encode() if isinstance(content, str) else content


def tmf(cage: Cage) -> Iterator[tuple[str, bytes]]:
    ticket = {
        "@type": "TroubleTicket",
        "id": f"TT{cage.phone()}",
        "creationDate": "2026-03-01T08:00:00Z",
        "name": cage.text(),
        "description": cage.text(),
        "note": [{"author": cage.mail(), "text": cage.text()}],
        "channel": {"name": cage.mail()},
        "status": cage.text(),
        "relatedParty": [{"role": "customer", "id": cage.phone(), "name": f"Mr {cage.mail()}"}],
        "other": int(cage.phone()),
    }
    yield "tmf.json", json.dumps([ticket]).encode()
    yield "tmf_torn.json", json.dumps([ticket], ensure_ascii=False).encode()[:-30]
    alarm = {
        "id": f"A{cage.phone()}",
        "alarmRaisedTime": "2026-03-01T08:00:00Z",
        "perceivedSeverity": "major",
        "specificProblem": cage.text(),
        "alarmDetails": cage.text(),
        "comment": [{"comment": cage.text(), "userId": cage.mail()}],
    }
    event = {"eventType": "AlarmCreateEvent", "eventTime": "x", "event": {"alarm": alarm}}
    yield "alarm_events.jsonl", json.dumps(event).encode()
    yield "alarm_twice.json", json.dumps([alarm]).replace('"id"', '"id": "1", "id"').encode()


def contents(path: Path) -> Iterator[bytes]:
    """The bytes of a file, and what is packed in it."""
    raw = path.read_bytes()
    yield raw
    if raw.startswith(b"\x1f\x8b"):
        yield gzip.decompress(raw)
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as packed:
            yield from (packed.read(name) for name in packed.namelist())


def seen(folder: Path, canaries: list[str]) -> list[tuple[str, str]]:
    found = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        for raw in contents(path):
            found += [
                (path.name, canary)
                for canary in canaries
                if canary.encode() in raw or canary.encode("utf-16-le") in raw
            ]
    return found


@pytest.mark.parametrize("feed", [*PERSONAL, "tmf"])
def test_no_canary_is_kept(tmp_path: Path, feed: str) -> None:
    cage = Cage()
    room = Room(tmp_path / "data", IngestSettings())
    inbox = room.data / "inbox"
    inbox.mkdir(parents=True)
    files = list(tmf(cage) if feed == "tmf" else deliveries(cage, feed))
    for name, raw in files:
        (inbox / name).write_bytes(raw)
    assert len(seen(inbox, cage.made)) > len(files)  # the search finds them where they are
    results = take_inbox(
        room.connection,
        room.data,
        settings=room.settings,
        clock=FixedClock(NOW),
        file_clock=FixedClock(LATER),
    )
    taken = [result for result in results if result.refused is None]
    assert len(results) == len(files)
    assert taken
    assert len(taken) < len(results)
    assert [path.name for path in inbox.iterdir() if not path.name.startswith(".")] == []
    told = json.dumps([result.to_json() for result in results], ensure_ascii=False)
    assert [canary for canary in cage.made if canary in told] == []
    assert seen(room.data, cage.made) == []  # with the write-ahead log
    room.connection.execute("CHECKPOINT")
    if feed == "tickets":
        texts = [row[0] for row in room.rows("SELECT description FROM tickets")]
        assert texts
        assert all("小区460-00-123456-12弱覆盖" in text for text in texts)
        assert all("***NAME***" in text for text in texts)
    room.close()
    assert seen(room.data, cage.made) == []
    assert all("欧阳金丝".encode() not in p.read_bytes() for p in room.data.rglob("*.csv"))


def test_none_is_kept_of_files_loaded_by_hand(tmp_path: Path) -> None:
    cage = Cage()
    room = Room(tmp_path / "data")
    made = list(deliveries(cage, "tickets"))
    paths = [tmp_path / "files" / name for name, _ in made]
    paths[0].parent.mkdir()
    for path, (_, raw) in zip(paths, made, strict=True):
        path.write_bytes(raw)
    results = room.load(*paths)
    assert sum(result.rows_loaded for result in results) > 20
    told = json.dumps([result.to_json() for result in results], ensure_ascii=False)
    assert [canary for canary in cage.made if canary in told] == []
    assert seen(room.data, cage.made) == []
    room.close()
    assert seen(room.data, cage.made) == []
