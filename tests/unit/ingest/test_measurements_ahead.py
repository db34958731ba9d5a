from __future__ import annotations

import os
import signal
from functools import partial
from pathlib import Path

import pytest

from ingest.clock import FixedClock
from ingest.counters.rows import Wanted
from ingest.errors import FileRefusedError
from ingest.inbox import take_inbox
from ingest.profiles.model import Table
from ingest.readers.measurements import ahead as reading
from ingest.readers.measurements.ahead import Order, ReadAhead
from ingest.readers.rows import BadRow
from ingest.settings import IngestSettings
from tests.support.containers import zipped
from tests.support.pm_xml import document, info, value
from tests.support.warehouses import NOW, Room

TABLE = Table(feed="kpis")
WANTED = Wanted(frozenset({"a", "b"}))


def orders(tmp_path: Path, count: int) -> list[Order]:
    made = []
    for n in range(count):
        path = tmp_path / f"{n}.xml"
        path.write_text(document(info(value(n, 2, name="小区=一"), value(1, 2, 3)), info(value(n))))
        made.append(Order(path, TABLE, WANTED))
    return made


def ahead(made: list[Order], tmp_path: Path, worth_bytes: int = 0) -> ReadAhead:
    return ReadAhead(made, IngestSettings(), tmp_path / "room", worth_bytes=worth_bytes)


def objects(files: ReadAhead, order: Order) -> int:
    """Measured objects of a file that is read to its end."""
    measured = files.read(order.path, order.table, order.wanted)
    assert list(measured.rows)
    return measured.rows_read


def test_files_come_in_order_as_read_alone(tmp_path: Path) -> None:
    made = orders(tmp_path, 5)
    with ahead(made, tmp_path) as files:
        for n, order in enumerate(made):
            measured = files.read(order.path, order.table, order.wanted)
            rows = [row for batch in measured.rows for row in batch.to_pylist()]
            assert [
                (r["object"], r["counter"], r["value"]) for r in rows if r["row_number"] == 1
            ] == [
                ("ManagedElement=E,小区=一", "a", n),
                ("ManagedElement=E,小区=一", "b", 2),
            ]
            assert measured.rows_read == 3
            assert measured.bad == [BadRow(2, "unknown_position", "line 1: 3")]
            assert (measured.vendor, measured.sender) == ("V", "S")
    assert list((tmp_path / "room").iterdir()) == []


def test_files_that_are_skipped_cost_no_later_one(tmp_path: Path) -> None:
    made = orders(tmp_path, 6)
    with ahead(made, tmp_path) as files:
        for n in (1, 2, 5):
            order = made[n]
            measured = files.read(order.path, order.table, order.wanted)
            rows = [row for batch in measured.rows for row in batch.to_pylist()]
            assert rows[0]["value"] == n


def test_a_file_that_is_refused_keeps_no_other(tmp_path: Path) -> None:
    made = orders(tmp_path, 3)
    made[1].path.write_text("<measCollecFile>")
    with ahead(made, tmp_path) as files:
        for n, order in enumerate(made):
            if n == 1:
                with pytest.raises(FileRefusedError, match="cut off, or no sound XML"):
                    files.read(order.path, order.table, order.wanted)
            else:
                assert objects(files, order) == 3


def test_a_process_that_dies_refuses_its_file_alone(tmp_path: Path) -> None:
    made = orders(tmp_path, 4)
    os.mkfifo(tmp_path / "never.xml")  # whoever opens it waits until he is killed
    made[1] = Order(tmp_path / "never.xml", TABLE, WANTED)
    with ahead(made, tmp_path) as files:
        assert objects(files, made[0]) == 3
        os.kill(files._busy[0]._process.pid, signal.SIGKILL)
        with pytest.raises(FileRefusedError, match="the process that read it ended"):
            files.read(made[1].path, TABLE, WANTED)
        for order in made[2:]:
            assert objects(files, order) == 3


def test_no_process_outlives_the_reading(tmp_path: Path) -> None:
    made = orders(tmp_path, 2)
    os.mkfifo(tmp_path / "never.xml")
    made.append(Order(tmp_path / "never.xml", TABLE, WANTED))
    with ahead(made, tmp_path) as files:
        files.read(made[0].path, TABLE, WANTED)
        children = [*files._busy, *files._idle]
    assert children
    assert all(child._process.returncode is not None for child in children)


@pytest.mark.parametrize(("count", "worth"), [(1, 0), (3, reading.WORTH_BYTES)])
def test_one_file_or_small_ones_start_no_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int, worth: int
) -> None:
    monkeypatch.setattr(reading, "_Child", None)
    made = orders(tmp_path, count)
    with ahead(made, tmp_path, worth) as files:
        for order in made:
            assert files.read(order.path, order.table, order.wanted).vendor == "V"


def test_the_loader_reads_ahead(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """By hand, out of a container and from the inbox: the same KPIs as one by one."""
    monkeypatch.setattr("ingest.load.ReadAhead", partial(ReadAhead, worth_bytes=0))
    monkeypatch.setattr("ingest.inbox.ReadAhead", partial(ReadAhead, worth_bytes=0))
    started = []
    child = reading._Child
    monkeypatch.setattr(reading, "_Child", lambda *how: started.append(how) or child(*how))
    types = (
        '<measType p="1">RRC.ConnEstabAtt.sum</measType>'
        '<measType p="2">RRC.ConnEstabSucc.sum</measType>'
    )

    def files(day: int) -> dict[str, str]:
        period = f'<granPeriod duration="PT1H" endTime="2026-02-{day:02}T01:00:00Z"/>'
        cells = [value(200, 190 + n, name=f"EUtranCellFDD=C{n}") for n in range(3)]
        return {
            f"{n}.xml": document(info(cell, period=period, types=types))
            for n, cell in enumerate(cells)
        }

    by_hand = [room.put(f"in/{name}", text) for name, text in files(1).items()]
    results = room.load(*by_hand)
    results += room.load(room.put("in/x.zip", zipped(files(2))))
    for name, text in files(3).items():
        path = room.data / "inbox" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    settings = IngestSettings(inbox_old_s=0)
    results += take_inbox(room.connection, room.data, settings=settings, clock=FixedClock(NOW))
    assert [(result.refused, result.rows_read, result.rows_loaded) for result in results] == [
        (None, 1, 1)
    ] * 9
    assert len(started) == 6  # two processes for each way in
    assert room.one("SELECT count(*) FROM counters") == (18,)
    again = room.load(*by_hand)
    assert all(result.known for result in again)
    assert len(started) == 6  # what is known is not read
