"""Files cut off or damaged at any byte: no half batch, no wrong value, no traceback."""

from __future__ import annotations

import gzip
import random
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.support.warehouses import KPI_HEAD, Room
from tests.support.workbooks import local, workbook

LINES = [f"C{i},2026-03-01T0{i}:00:00+08:00,60,0.{i}25,1{i}.75\n" for i in range(6)]
WHOLE = KPI_HEAD + "".join(LINES)
TRUE = [(f"C{i}", pytest.approx(float(f"0.{i}25")), float(f"1{i}.75")) for i in range(6)]


def wipe(room: Room) -> None:
    for table in ("kpis", "kpi_revisions", "ticket_states", "deliveries", "rejected_rows"):
        room.connection.execute(f"DELETE FROM {table}")


def loaded(room: Room) -> list[tuple]:
    return room.rows("SELECT cell_id, drop_rate_pct, latency_ms FROM kpis ORDER BY cell_id")


def test_csv_cut_off_at_every_byte(room: Room) -> None:
    raw = WHOLE.encode()
    ends = {len(KPI_HEAD) + sum(map(len, LINES[:n])): n for n in range(7)}
    for cut in range(len(raw)):
        wipe(room)
        result = room.take("kpis.csv", raw[:cut])
        if cut in ends:  # the file ends with a line: nothing shows that more was to come
            assert result.rows_loaded == ends[cut]
            assert loaded(room) == TRUE[: ends[cut]]
        else:
            assert result.refused is not None, cut
            assert loaded(room) == []


def test_handovers_cut_off_at_every_byte(room: Room) -> None:
    head = b"cell_id,neighbour_id,ts,period_min,attempts,successes\n"
    lines = [f"A,B{i},2026-03-01,1440,{i}25,{i}20\n".encode() for i in range(3)]
    raw = head + b"".join(lines)
    ends = {len(head) + sum(map(len, lines[:n])): n for n in range(4)}
    for cut in range(len(head) - 3, len(raw)):
        room.connection.execute("DELETE FROM handovers")
        wipe(room)
        result = room.take("handovers.csv", raw[:cut])
        if cut in ends:
            assert result.rows_loaded == ends[cut]
        else:
            assert result.refused is not None, cut
            assert room.one("SELECT count(*) FROM handovers") == (0,)


def test_quoted_tickets_cut_off_at_every_byte(room: Room) -> None:
    head = b"ticket_id,created_at,description\n"
    lines = [f'"T{i}","2026-03-01 0{i}:00","slow,\nvery ""slow"""\n'.encode() for i in range(3)]
    raw = head + b"".join(lines)
    ends = {len(head) + sum(map(len, lines[:n])): n for n in range(4)}
    for cut in range(len(raw)):
        wipe(room)
        result = room.take("tickets.csv", raw[:cut])
        if cut in ends:
            assert result.rows_loaded == ends[cut]
        else:
            assert result.refused is not None, cut
            assert room.one("SELECT count(*) FROM ticket_states") == (0,)


def parquet_bytes(path: Path) -> bytes:
    table = pa.table(
        {
            "cell_id": [f"C{i}" for i in range(6)],
            "ts": [f"2026-03-01T0{i}:00:00+08:00" for i in range(6)],
            "period_min": [60] * 6,
            "drop_rate_pct": [float(f"0.{i}25") for i in range(6)],
            "latency_ms": [float(f"1{i}.75") for i in range(6)],
        }
    )
    pq.write_table(table, path)
    return path.read_bytes()


def packed(kind: str, room: Room) -> tuple[str, bytes]:
    if kind == "gzip":
        return "kpis.csv", gzip.compress(WHOLE.encode(), mtime=0)
    if kind == "parquet":
        return "kpis.parquet", parquet_bytes(room.data.parent / "x.parquet")
    rows = [KPI_HEAD.strip().split(",")]
    rows += [
        [f"C{i}", local(2026, 3, 1, i), 60, float(f"0.{i}25"), float(f"1{i}.75")] for i in range(6)
    ]
    return "kpis.xlsx", workbook({"一": rows})


@pytest.mark.parametrize("kind", ["gzip", "parquet", "xlsx"])
def test_packed_files_cut_off_anywhere_are_refused(room: Room, kind: str) -> None:
    name, raw = packed(kind, room)
    for cut in [*range(0, len(raw), max(1, len(raw) // 80)), len(raw) - 1]:
        wipe(room)
        result = room.take(name, raw[:cut])
        assert result.refused is not None, cut
        assert loaded(room) == []
    wipe(room)
    assert room.take(name, raw).rows_loaded == 6
    assert loaded(room) == TRUE


@pytest.mark.parametrize("kind", ["gzip", "parquet", "xlsx"])
def test_flipped_bits_are_refused_or_told(room: Room, kind: str) -> None:
    """Parquet has no checksum over values: a value may change, but nothing breaks."""
    name, raw = packed(kind, room)
    chance = random.Random(7)
    for _ in range(80):
        wipe(room)
        torn = bytearray(raw)
        torn[chance.randrange(len(raw))] ^= 1 << chance.randrange(8)
        result = room.take(name, bytes(torn))
        if result.refused is None:
            assert result.rows_read == 6
            if kind != "parquet":
                assert loaded(room) == TRUE
        else:
            assert "\n" not in result.refused
            assert loaded(room) == []


@pytest.mark.parametrize("feed", ["kpis", "tickets"])
def test_text_in_parquet_that_is_no_utf8_leaves_the_database_alive(room: Room, feed: str) -> None:
    """It makes DuckDB fail for good once it is in its hands."""
    broken = pa.StringArray.from_buffers(
        1, pa.py_buffer(b"\x00\x00\x00\x00\x02\x00\x00\x00"), pa.py_buffer(b"A\xff")
    )
    columns = {"cell_id": broken, "ticket_id": broken, "ts": ["2026-03-01"]}
    columns |= {"created_at": ["2026-03-01"], "period_min": [60], "latency_ms": [1.0]}
    path = room.put(f"{feed}.parquet", b"")
    pq.write_table(pa.table(columns), path)
    [result] = room.load(path)
    assert result.refused is not None
    assert "the Parquet file is damaged" in result.refused
    assert room.one("SELECT count(*) FROM kpis") == (0,)


def test_a_gzip_bomb_is_stopped(room: Room) -> None:
    bomb = gzip.compress(KPI_HEAD.encode() + b"A" * 60_000_000, mtime=0)
    assert len(bomb) < 100_000
    path = room.put("kpis.csv", bomb)
    [result] = room.load(path)
    assert result.refused is not None
    assert "unpacks to more than 16,777,216 bytes" in result.refused


FAR = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'


@pytest.mark.parametrize(
    ("sheet", "message"),
    [
        (f'<row r="1"><c r="A1"><v>{"1" * 60_000_000}</v></c></row>', "unpacks to more than"),
        (FAR, "spans 1,048,576 rows × 16,384 columns, more than max_cells"),
    ],
    ids=["zip bomb", "far cell"],
)
def test_workbook_bombs_are_stopped(room: Room, sheet: str, message: str) -> None:
    result = room.take("kpis.xlsx", workbook({"一": []}, sheet_xml=sheet))
    assert result.refused is not None
    assert message in result.refused


def test_document_types_in_workbooks_are_refused(room: Room) -> None:
    """Neither external entities (XXE) nor entities that multiply."""
    import io
    import zipfile

    source = zipfile.ZipFile(io.BytesIO(workbook({"一": [["a"]]})))
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as file:
        for name in source.namelist():
            text = source.read(name)
            if name == "xl/workbook.xml":
                text = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + text
            file.writestr(name, text)
    result = room.take("kpis.xlsx", target.getvalue())
    assert result.refused is not None
    assert "xl/workbook.xml has a document type declaration" in result.refused
