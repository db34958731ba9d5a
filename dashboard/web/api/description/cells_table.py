"""What the table of cells asks for: rows in words, which cells fit, where all are."""

from __future__ import annotations

from dashboard.web.api.cells_table import MOST_ROWS
from dashboard.web.api.description.cells import FILTERS, SORT
from dashboard.web.api.description.fields import (
    COLOURS,
    Schema,
    choice,
    listed,
    maybe,
    record,
    ref,
    share,
    text,
    whole,
)
from dashboard.web.api.description.model import Operation, Parameter, Subject
from dashboard.web.api.description.shared import ALWAYS, refused, told
from dashboard.web.settings import WebSettings
from dashboard.web.view.cells_columns import COLUMNS
from dashboard.web.view.cells_query import QUALITIES

_SELECTED = Parameter("selected", "The cell that table and map point at.", {"type": "string"})
_START: Schema = {"type": "integer", "minimum": 0}
_ROW: dict[str, Schema] = {
    "n": whole("Its place in the order of identifiers."),
    "id": text("The cell."),
    "code": choice("Its colour.", COLOURS),
    "state": choice("Its quality by KPIs.", QUALITIES),
    "p": maybe(share("Its risk.")),
    **{column.key: text(f"`{column.key}` in words; may be empty.") for column in COLUMNS},
}
_WHOLES = {"type": "integer"}
_PLACES: dict[str, Schema] = {
    "version": text("Changes whenever something is to be drawn anew."),
    "ids": listed({"type": "string"}, "Cells in the order of identifiers."),
    "status": text("A letter each: `r`, `y`, `g`, `u`.", pattern="^[rygu]*$"),
    "quality": text("`b` for bad KPIs, else a point.", pattern="^[b.]*$"),
    "size": listed(_WHOLES, "Width and height.", **{"x-unit": "10 m"}),
    "districts": listed(ref("DistrictShape"), "What is drawn under the cells."),
    "x": listed(_WHOLES, "Steps eastward from cell to cell.", **{"x-unit": "10 m"}),
    "y": listed(_WHOLES, "Steps southward from cell to cell.", **{"x-unit": "10 m"}),
    "lost": listed(_WHOLES, "Numbers of cells without a place."),
}
_DISTRICT: dict[str, Schema] = {
    "id": text("The region."),
    "name": maybe(text("Its name.")),
    "at": listed(_WHOLES, "Where its name stands.", **{"x-unit": "10 m"}),
    "rings": listed(listed(_WHOLES, "x and y, then steps."), "Its borders."),
}


def subject(settings: WebSettings) -> Subject:  # noqa: ARG001  the same for every subject
    """Rows, marks and positions."""
    errors = (refused(400), refused(503))
    chosen = (*FILTERS, SORT, _SELECTED)
    about = "Values of a filter that the snapshot does not know are left out, as on the page."
    rows = Operation(
        "get", "/cells-table", "listCellRows", "Rows of the table in words, a block at a time",
        (*told(ref("CellRows"), "The block."), *errors),
        about=about,
        parameters=(
            *chosen,
            Parameter("start", "First row.", {**_START, "default": 0}),
            Parameter("end", f"Row after the last; at most {MOST_ROWS} rows come at once.",
                      {**_START, "default": 100}),
            Parameter("n", "Only the cell of this number.", _START),
            *ALWAYS,
        ),
    )  # fmt: skip
    view = Operation(
        "get", "/cells-view", "getCellView", "Which cells fit, as bits",
        (*told(ref("CellView"), "The cells that fit."), *errors),
        about=about, parameters=(*chosen, *ALWAYS),
    )  # fmt: skip
    places = Operation(
        "get", "/cells-map", "getCellPlaces", "Where all cells are, as steps",
        (*told(ref("CellPlaces"), "The cells; compressed with gzip for who accepts that."),
         *errors),
        parameters=ALWAYS,
    )  # fmt: skip
    schemas = {
        "CellRows": record(
            "A block of rows.",
            {
                "total": whole("Cells that fit.", "cells"),
                "rows": listed(ref("CellRow"), "The block.", maxItems=MOST_ROWS),
            },
        ),
        "CellRow": record("A row in words of the language.", _ROW),
        "CellView": record(
            "Which cells fit.",
            {
                "version": text("Changes whenever something is to be drawn anew."),
                "total": whole("Cells that fit.", "cells"),
                "of": whole("All cells.", "cells"),
                "fit": text("A bit a cell in the order of identifiers, the first the highest "
                            "of its byte; base64.", contentEncoding="base64"),
                "n": maybe(whole("Number of the selected cell.")),
                "row": maybe(whole("Its row among those that fit.")),
            },
        ),
        "CellPlaces": record("Where all cells are.", _PLACES),
        "DistrictShape": record("A district.", _DISTRICT),
    }  # fmt: skip
    return Subject("table", "What the table of cells asks for.", (rows, view, places), schemas)
