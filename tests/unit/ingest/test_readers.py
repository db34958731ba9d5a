"""Text of any encoding and shape, and workbooks; what is read right and what is refused."""

from __future__ import annotations

from datetime import timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ingest.settings import IngestSettings
from tests.support.warehouses import KPI_HEAD, TICKET_HEAD, Room
from tests.support.workbooks import local, workbook

NAMES = "cell_id,name\nA,朝阳大悦城一小区\nB,国贸三期覆盖\n"


@pytest.mark.parametrize(
    "raw",
    [
        NAMES.encode("utf-8"),
        NAMES.encode("utf-8-sig"),
        NAMES.encode("gb18030"),
        NAMES.encode("gbk"),
        NAMES.encode("utf-16"),
        b"\xfe\xff" + NAMES.encode("utf-16-be"),
        NAMES.encode("utf-32"),
        NAMES.replace("\n", "\r\n").encode("utf-8"),
        NAMES.replace("\n", "\r\n").encode("utf-16"),
    ],
    ids=["utf8", "bom", "gb18030", "gbk", "utf16le", "utf16be", "utf32", "crlf", "utf16crlf"],
)
def test_chinese_in_any_usual_encoding(room: Room, raw: bytes) -> None:
    result = room.take("cells.csv", raw)
    assert (result.refused, result.rows_loaded) == (None, 2)
    assert room.rows("SELECT name FROM cells ORDER BY cell_id") == [
        ("朝阳大悦城一小区",),
        ("国贸三期覆盖",),
    ]


def test_kpis_in_gbk_and_utf16(room: Room) -> None:
    text = KPI_HEAD.replace("latency_ms", "latency_ms,备注") + "甲,2026-03-01 08:00,60,1,2,好\n"
    for encoding in ("gbk", "utf-16"):
        result = room.take(f"kpis_{encoding}.csv", text.encode(encoding))
        assert result.rows_read == 1
    assert room.rows("SELECT cell_id FROM kpis") == [("甲",)]


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (
            "cell_id,name\nA,朝阳\n".encode() + "B,国贸\n".encode("gbk"),
            "line 2 is UTF-8, other lines are not",
        ),
        (b"cell_id,name\nA,x\nB,\xff\xff\n", "line 3 is neither UTF-8 nor GB18030 (byte 0xff)"),
        ("cell_id,name\nA,cafés et thés\n".encode("latin-1"), "read as GB18030 it makes no sense"),
        (NAMES.encode("utf-16-le"), "holds NUL bytes"),
        (NAMES.encode("utf-8-sig")[:-4] + b"\xff\n", "bytes that are not utf-8-sig"),
    ],
)
def test_bytes_of_no_or_two_encodings_are_refused(room: Room, raw: bytes, message: str) -> None:
    result = room.take("cells.csv", raw)
    assert result.refused is not None
    assert message in result.refused
    assert room.one("SELECT count(*) FROM cell_states") == (0,)


def test_a_declared_encoding_is_strict(room: Room) -> None:
    profile = room.put(
        "latin.toml",
        'description = "x"\n[[tables]]\nfeed = "cells"\nencoding = "iso8859-15"\n[tables.columns]\n'
        'cell_id = { source = "cell_id" }\nname = { source = "name" }\n',
    )
    room.take("a.csv", "cell_id,name\nA,cafés 5 €\n".encode("iso8859-15"), profile=str(profile))
    assert room.rows("SELECT name FROM cells") == [("cafés 5 €",)]
    bad = room.put("bad.toml", profile.read_text().replace("iso8859-15", "ascii"))
    result = room.take("b.csv", "cell_id,name\nA,é\n", profile=str(bad))
    assert result.refused is not None
    assert "bytes that are not ascii, as the profile declares" in result.refused


def test_quotes_line_breaks_and_blank_lines_in_kpis(room: Room) -> None:
    result = room.take(
        "kpis.csv",
        '"cell_id","ts","period_min","drop_rate_pct","latency_ms"\n'
        '"A, ""the first"" of\nmany","2026-03-01 08:00","60","1","2"\n'
        "\n"
        'B,2026-03-01 08:00,60,"",2\r\n',
    )
    assert (result.rows_read, result.rows_loaded) == (2, 2)
    assert room.rows("SELECT cell_id, drop_rate_pct FROM kpis ORDER BY 1") == [
        ('A, "the first" of\nmany', 1.0),
        ("B", None),
    ]


@pytest.mark.parametrize("name", ["kpis.csv.gz", "kpis.csv"])
def test_gzip_is_known_by_its_content(room: Room, name: str) -> None:
    path = room.put("kpis.csv.gz", KPI_HEAD + "A,2026-03-01 08:00,60,1,2")  # no last line break
    path = path.rename(path.with_name(name))
    [result] = room.load(path)
    assert (result.refused, result.rows_loaded) == (None, 1)


def test_a_last_line_without_its_break_needs_a_voucher(room: Room) -> None:
    path = room.put("kpis.csv", KPI_HEAD + "A,2026-03-01 08:00,60,1,2")
    [result] = room.load(path)
    assert result.refused is not None
    assert "the last line does not end with a line break" in result.refused
    assert "kpis.csv.ok" in result.refused
    path.with_name("kpis.csv.ok").touch()
    assert room.load(path)[0].rows_loaded == 1


def test_a_field_beyond_the_limit_and_too_many_columns(room: Room) -> None:
    small = Room(room.data.parent / "small", IngestSettings(max_field_bytes=1000, max_columns=10))
    result = small.take("tickets.csv", TICKET_HEAD + f"T,2026-03-01,,,,{'x' * 1001}\n")
    assert result.refused is not None
    assert result.refused.endswith("row 1: a field is longer than max_field_bytes = 1000")
    result = small.take("cells.csv", ",".join(f"c{i}" for i in range(11)) + "\n")
    assert result.refused is not None
    assert result.refused.endswith("11 columns, more than max_columns = 10")
    path = small.put("kpis.parquet", b"")
    pq.write_table(pa.table({"cell_id": ["A"] * 6}), path)
    tiny = Room(room.data.parent / "tiny", IngestSettings(max_rows=5, max_workbook_bytes=10))
    [result] = tiny.load(path)
    assert result.refused is not None
    assert result.refused.endswith("6 rows, more than max_rows = 5: split it")
    result = tiny.take("regions.geojson", '{"type": "FeatureCollection"}')
    assert result.refused is not None
    assert "more than max_workbook_bytes = 10" in result.refused
    tiny.close()
    small.close()


SHEET = [
    ["cell_id", "ts", "period_min", "drop_rate_pct", "latency_ms", None],
    [111220, local(2026, 3, 1, 8), 60, 0.5, 20, None],
    [None, None, None, None, None, None],
    ["B", local(2026, 3, 1, 8) + timedelta(hours=1), 60, None, 21.5, None],
    ["C", "2026-03-01T10:00:00+08:00", 60, "#DIV/0!", 21, None],
]


def test_workbooks_with_typed_cells(room: Room) -> None:
    result = room.take("kpis.xlsx", workbook({"一": SHEET, "二": [["x"], [1]]}))
    assert (result.rows_read, result.rows_loaded, result.rows_rejected) == (3, 2, 1)
    assert result.reasons == {"not_a_number:drop_rate_pct": 1}
    assert room.rows("SELECT cell_id, ts, latency_ms FROM kpis ORDER BY ts") == [
        ("111220", "2026-03-01T00:00:00Z", 20.0),
        ("B", "2026-03-01T01:00:00Z", 21.5),
    ]
    assert room.rows("SELECT row_number FROM rejected_rows") == [(3,)]


def test_every_hour_of_a_year_survives_serial_days(room: Room) -> None:
    """01:00 is 1/24 of a day, which no binary fraction hits."""
    first = local(2026, 1, 1)
    rows: list[list] = [["cell_id", "ts", "period_min", "latency_ms"]]
    rows += [["A", first + timedelta(hours=h), 60, 1] for h in range(8760)]
    room.take("kpis.xlsx", workbook({"一": rows}))
    assert room.one(
        "SELECT count(*), count(DISTINCT ts), count(*) FILTER (epoch_us(ts) % 3600000000 <> 0) "
        "FROM kpis"
    ) == (8760, 8760, 0)


def sheets_profile(room: Room, sheets: str) -> str:
    columns = "".join(f'{name} = {{ source = "{name}" }}\n' for name in KPI_HEAD.strip().split(","))
    return str(
        room.put(
            "sheets.toml",
            f'description = "x"\n[[tables]]\nfeed = "kpis"\nsheets = {sheets}\n[tables.columns]\n'
            + columns,
        )
    )


def test_several_sheets_are_read_one_after_the_other(room: Room) -> None:
    other = [SHEET[0], ["D", local(2026, 3, 1, 8), 60, 101, 1, None]]
    book = workbook({"2025": SHEET, "空": [], "2026": other})
    result = room.take("a.xlsx", book, profile=sheets_profile(room, '"*"'))
    assert (result.rows_read, result.rows_rejected) == (4, 2)
    assert room.rows("SELECT row_number FROM rejected_rows ORDER BY 1") == [(3,), (4,)]
    result = room.take("b.xlsx", book, profile=sheets_profile(room, '["2026"]'))
    assert result.rows_read == 1
    result = room.take("c.xlsx", book, profile=sheets_profile(room, '["2027"]'))
    assert result.refused is not None
    assert result.refused.endswith("has no sheet '2027'; it has 2025, 空, 2026")
    odd = workbook({"2025": SHEET, "2026": [["a"], [1]]})
    result = room.take("d.xlsx", odd, profile=sheets_profile(room, '"*"'))
    assert result.refused is not None
    assert "sheet '2026' has the columns a, sheet '2025' cell_id, ts" in result.refused


def test_a_table_that_starts_below_and_right_of_the_corner(room: Room) -> None:
    shifted: list[list] = [[], []] + [[None, *row] for row in SHEET]
    columns = "".join(f'{name} = {{ source = "{name}" }}\n' for name in KPI_HEAD.strip().split(","))
    profile = room.put(
        "low.toml",
        'description = "x"\n[[tables]]\nfeed = "kpis"\nheader_row = 3\n[tables.columns]\n'
        + columns,
    )
    result = room.take("a.xlsx", workbook({"一": shifted}), profile=str(profile))
    assert (result.refused, result.rows_read) == (None, 3)
