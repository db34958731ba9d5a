"""Native charts of a workbook: they follow the numbers when those are edited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from dashboard.exports.columns import Column
from dashboard.exports.errors import ExportError
from dashboard.exports.xlsx_style import FONT, FORMATS, HEAD_ROW, LINE, MUTED, SERIES


@dataclass(frozen=True)
class Chart:
    """A chart of some columns of a sheet.

    Attributes:
        kind: ``line``, ``column`` (upright) or ``bar`` (lying, the first row on top).
        x: key of the column of categories or days.
        series: keys of the columns drawn.
        title: above the chart.
        y_title: unit of the value axis.
        dashed: keys among ``series`` drawn as dashed lines (targets, forecasts, last year).
        groups: instead of several columns one, of which stretches of rows are a series each:
            name, first and last row of the frame.
    """

    kind: Literal["line", "column", "bar"]
    x: str
    series: Sequence[str]
    title: str
    y_title: str = ""
    dashed: Sequence[str] = field(default=())
    groups: Sequence[tuple[str, int, int]] = field(default=())


def add_chart(
    book: Workbook,
    page: Worksheet,
    chart: Chart,
    columns: Sequence[Column],
    *,
    first: int,
    last: int,
) -> None:
    """Draw it to the right of the table, over rows ``first`` to ``last``.

    Raises:
        ExportError: a column that the chart names is not on the sheet.
    """
    at = {column.key: number for number, column in enumerate(columns)}
    if missing := [key for key in (chart.x, *chart.series) if key not in at]:
        raise ExportError(f"chart {chart.title}: the sheet has no column {', '.join(missing)}")
    made = book.add_chart({"type": chart.kind})
    sheet = page.get_name()
    x = at[chart.x]
    lines: list[tuple[str, object, int, int]] = [
        (key, [sheet, HEAD_ROW, at[key]], first, last) for key in chart.series
    ]
    if chart.groups:
        [key] = chart.series
        lines = [(key, name, first + a, first + b) for name, a, b in chart.groups]
    for number, (key, name, top, bottom) in enumerate(lines):
        colour = SERIES[number % len(SERIES)]
        line = {"color": colour, "width": 2.0}
        if key in chart.dashed:
            line |= {"dash_type": "dash", "width": 1.5}
        look = {"line": line} if chart.kind == "line" else {"fill": {"color": colour}}
        made.add_series(
            {
                "name": name,
                "categories": [sheet, top, x, bottom, x],
                "values": [sheet, top, at[key], bottom, at[key]],
                "gap": 60,
                **look,
            }
        )
    font = {"name": FONT, "size": 9, "color": MUTED}
    kinds = {columns[at[key]].kind for key in chart.series}
    values = {
        "name": chart.y_title,
        "name_font": font | {"bold": False},
        "num_font": font,
        "line": {"none": True},
        "major_gridlines": {"visible": True, "line": {"color": LINE, "width": 0.75}},
        "min": 0,
    }
    if kinds == {"percent"}:
        # Shares are told apart near 1: an axis from 0 would hide what they do.
        values |= {"num_format": "0%"}
        values.pop("min")
    categories = {"num_font": font, "line": {"color": LINE}}
    if columns[x].kind == "date":
        categories |= {"date_axis": True, "num_format": FORMATS["date"]}
    if chart.kind == "bar":
        categories |= {"reverse": True}
    made.set_x_axis(categories)
    made.set_y_axis(values)
    made.set_title({"name": chart.title, "name_font": {"name": FONT, "size": 12}, "overlay": False})
    made.set_legend(
        {"position": "bottom", "font": font} if len(chart.series) > 1 else {"none": True}
    )
    made.show_blanks_as("gap")
    rows = last - first + 1
    tall = 380 if chart.kind != "bar" else max(300, 28 * rows + 90)
    made.set_size({"width": 880, "height": tall})
    page.insert_chart(HEAD_ROW, len(columns) + 1, made)
