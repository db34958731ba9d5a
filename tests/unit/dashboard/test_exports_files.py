from __future__ import annotations

import csv
import io
import zipfile
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from dashboard.exports.columns import Column
from dashboard.exports.csv_file import to_csv
from dashboard.exports.errors import ExportError
from dashboard.exports.names import file_name
from dashboard.exports.xlsx_chart import Chart
from dashboard.exports.xlsx_file import Sheet, to_xlsx

ZONE = ZoneInfo("Asia/Shanghai")
MADE = datetime(2026, 11, 21, 15, tzinfo=ZONE)
HOSTILE = [
    "=1+1", "+8613800000000", "-2+3", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1+1", "|calc",
    "朝阳, \"区\"\n二", "http://outside.example/x",
]  # fmt: skip
COLUMNS = [
    Column("day", "日期", "date"),
    Column("name", "片区", "text", "名字"),
    Column("tickets", "投诉量", "integer"),
    Column("rate", "万投比", "number", "每万用户"),
    Column("share", "及时率", "percent"),
    Column("at", "时间", "time"),
]


def frame(names=("朝阳区", "海淀区")):
    rows = len(names)
    return pd.DataFrame(
        {
            "day": [date(2026, 10, 1 + i % 28) for i in range(rows)],
            "name": list(names),
            "tickets": [12 + i for i in range(rows)],
            "rate": [0.1 + 0.2, *[float("nan")] * (rows - 1)],
            "share": [0.985] * rows,
            "at": [datetime(2026, 10, 1, 8, tzinfo=ZONE)] * rows,
        }
    )


def read(content):
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def test_csv_has_a_bom_all_digits_and_the_offset_of_times():
    content = to_csv(frame(), COLUMNS)
    assert content.startswith(b"\xef\xbb\xbf")
    lines = content.decode("utf-8-sig").split("\r\n")
    assert lines[0] == "日期,片区,投诉量,万投比,及时率,时间"
    assert lines[1] == "2026-10-01,朝阳区,12,0.30000000000000004,0.985,2026-10-01 08:00:00+08:00"
    assert lines[2] == "2026-10-02,海淀区,13,,0.985,2026-10-01 08:00:00+08:00"


def test_csv_holds_nothing_that_a_spreadsheet_would_run():
    content = to_csv(frame(HOSTILE), COLUMNS).decode("utf-8-sig")
    cells = [row[1] for row in csv.reader(io.StringIO(content, newline=""))][1:]
    assert len(cells) == len(HOSTILE)
    for given, cell in zip(HOSTILE, cells, strict=True):
        assert cell.removeprefix("'") == given
        assert cell.lstrip()[0] not in "=+-@＝|\t\r"
    assert cells[-1] == HOSTILE[-1], "harmless text stays as it is"


def test_negative_numbers_stay_numbers():
    given = frame().assign(rate=[-1.5, 2.0])
    assert "2026-10-01,朝阳区,12,-1.5," in to_csv(given, COLUMNS).decode("utf-8-sig")


def test_workbook_is_typed_and_has_no_formula_nor_link():
    content = to_xlsx(
        [Sheet("趋势", frame(HOSTILE), COLUMNS, Chart("line", "day", ["rate"], "万投比"))],
        title="投诉率趋势",
        notes=[("片区", "=HYPERLINK(1)")],
        made_at=MADE,
    )
    sheets = read(content)
    first, second = sheets["趋势"][4], sheets["趋势"][5]
    # A workbook keeps 16 digits.
    assert first[:5] == [date(2026, 10, 1), "=1+1", 12.0, 0.3, 0.985]
    assert second[3] == "", "unknown is empty"
    assert [row[1] for row in sheets["趋势"][4:]] == HOSTILE
    notes = dict(row[:2] for row in sheets["说明"] if row[0])
    assert notes["片区"] == "名字", "a column's definition"
    assert notes["生成时间"] == "2026-11-21 15:00 UTC+08:00"
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        names = parts.namelist()
        xml = b"".join(parts.read(n) for n in names if n.startswith("xl/worksheets/"))
    assert b"<f>" not in xml
    assert b"<hyperlink" not in xml
    assert any(name.startswith("xl/charts/") for name in names)


def test_workbook_of_the_same_arguments_is_the_same_bytes():
    def made():
        return to_xlsx([Sheet("a", frame(), COLUMNS)], title="t", made_at=MADE, language="en")

    assert made() == made()


def test_sheet_names_are_made_fit_and_told_apart():
    long = "很长的名字" * 10
    sheets = [Sheet(name, frame(), COLUMNS) for name in ("a/b", "A-B", long, long, "History")]
    found = list(read(to_xlsx(sheets, title="t", made_at=MADE)))
    assert found[:2] == ["a-b", "A-B (2)"]
    assert all(len(name) <= 31 for name in found)
    assert len({name.lower() for name in found}) == len(found)


def test_series_can_be_stretches_of_rows():
    groups = [("朝阳区", 0, 0), ("海淀区", 1, 1)]
    chart = Chart("line", "day", ["rate"], "万投比", groups=groups)
    content = to_xlsx([Sheet("s", frame(), COLUMNS, chart)], title="t", made_at=MADE)
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        xml = parts.read("xl/charts/chart1.xml").decode()
    assert xml.count("<c:ser>") == 2
    assert "$D$6" in xml, "rows of the second series"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (frame().drop(columns="rate"), "no column rate"),
        (frame().assign(tickets=[1.5, 2]), "column tickets: 1.5 is no integer"),
        (frame().assign(at=["2026-10-01T08:00", "x"]), "is no time"),
    ],
)
def test_a_frame_that_does_not_fit_is_refused(given, said):
    with pytest.raises(ExportError, match=said):
        to_csv(given, COLUMNS)


def test_a_chart_of_a_missing_column_and_no_sheets_are_refused():
    with pytest.raises(ExportError, match="no column nothing"):
        to_xlsx(
            [Sheet("s", frame(), COLUMNS, Chart("bar", "day", ["nothing"], "x"))],
            title="t", made_at=MADE,
        )  # fmt: skip
    with pytest.raises(ExportError, match="without a sheet"):
        to_xlsx([], title="t", made_at=MADE)


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        (("投诉率趋势", "朝阳区", "2026-10"), "投诉率趋势_朝阳区_2026-10.xlsx"),
        (("../a b", "", "c:d"), "a-b_c-d.xlsx"),
        (("\u202efdp",), "fdp.xlsx"),
        (("CON",), "_CON.xlsx"),
        (("",), "foresite.xlsx"),
    ],
)
def test_file_names_say_what_is_inside_and_harm_no_system(parts, name):
    assert file_name(*parts, suffix="xlsx") == name


def test_long_file_names_are_cut_between_characters():
    name = file_name("朝阳区" * 60, suffix=".xlsx")
    assert len(name.encode()) <= 180
    assert name.endswith(".xlsx")
    assert "\ufffd" not in name
