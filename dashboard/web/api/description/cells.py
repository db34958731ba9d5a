"""``/api/v1/cells``: the list."""

from __future__ import annotations

from dashboard.web.api.description.fields import (
    COLOURS,
    Schema,
    about_snapshot,
    choice,
    listed,
    maybe,
    number,
    record,
    ref,
    share,
    text,
)
from dashboard.web.api.description.model import CSV, FILE, XLSX, Operation, Parameter, Subject
from dashboard.web.api.description.shared import ALWAYS, count_header, limit, refused, told
from dashboard.web.settings import WebSettings
from dashboard.web.view.cells_columns import COLUMNS
from dashboard.web.view.cells_query import AGREEMENTS, QUALITIES, QUIET

CELL: dict[str, Schema] = {
    "cell_id": text("Identifier of the cell."),
    "name": maybe(text("Its name.")),
    "region_id": maybe(text("Its region; null: it lies in none.")),
    "longitude": maybe(number("Where it stands.", "°, WGS-84")),
    "latitude": maybe(number("Where it stands.", "°, WGS-84")),
    "status": choice("Its colour; `unknown` whenever the answer is not fresh.", COLOURS),
    "probability": maybe(
        share("Chance of at least one low-satisfaction complaint within the horizon (72 h).")
    ),
    "expected_low_complaints": maybe(
        number("Expected number of them within the horizon.", "complaints")
    ),
    "cause": maybe(text("Probable cause, a code of the playbook; of cells at risk.")),
    "quality_now": maybe(number("Quality by its KPIs.", "0 … 100, 100 is best")),
    "quality_state": choice("The same in a word.", QUALITIES),
    "agreement": choice("Whether KPIs and risk say the same.", AGREEMENTS),
    **about_snapshot(),
}
_KEYS = ", ".join(f"`{column.key}`" for column in COLUMNS)
FILTERS = (
    Parameter("q", "Words that name or identifier hold.", {"type": "string"}, example="望京"),
    Parameter("status", "One colour, or several with commas between.", {"type": "string"},
              example="red,yellow"),
    Parameter("region_id", "A region, with those below it.", {"type": "string"},
              example="110105"),
    Parameter("technology", "Of the cell.", {"type": "string"}, example="NR"),
    Parameter("cause", "Probable cause.", {"type": "string"}, example="transport"),
    Parameter("agreement", "Whether KPIs and risk say the same.",
              choice("Agreement.", AGREEMENTS)),
    Parameter("quality", "Quality by KPIs.", choice("Quality.", QUALITIES)),
    Parameter("quiet", "`yes`: no ticket in the last 7 days.", choice("Quiet.", QUIET)),
    Parameter("area", "`region:` or `hexagon:` and the id of an area.", {"type": "string"},
              example="region:110105"),
    Parameter("where", "Conditions on columns, with `;` between: a column, one of `=` `!=` `>` "
              "`<` `>=` `<=` `..` `~` `!~` `^` `$` `?` `!?`, a value.", {"type": "string"},
              example="tickets_7d>=2"),
)  # fmt: skip
SORT = Parameter(
    "sort", f"Columns with commas between, `-` before a falling one. Columns: {_KEYS}. Left out: "
    "the worst first.", {"type": "string"}, example="-probability,name",
)  # fmt: skip
EXAMPLE = [
    {
        "cell_id": "C1", "name": "望京-1", "region_id": "R0", "longitude": 116.2, "latitude": 39.7,
        "status": "red", "probability": 0.62, "expected_low_complaints": 0.97,
        "cause": "drop_rate_pct", "quality_now": None, "quality_state": "unknown",
        "agreement": "unknown", "as_of": "2026-11-21T07:00:00+00:00", "fresh": True,
    }
]  # fmt: skip


def subject(settings: WebSettings) -> Subject:
    """Cells, the worst first."""
    files = {CSV: FILE, XLSX: FILE}
    operation = Operation(
        "get",
        "/cells",
        "listCells",
        "Cells, the worst first",
        (
            *told(
                listed(ref("Cell"), "The cells that fit."),
                "The cells that fit; a file when `format` asks for one, with all that fit and "
                "without a tag.",
                also=files,
                headers=count_header("cells that fit"),
                example=EXAMPLE,
            ),
            refused(400),
            refused(503),
        ),
        about="Without a match the list is empty. When the snapshot is not fresh all cells are "
        "`unknown`, and no other colour finds any.",
        parameters=(
            *FILTERS,
            SORT,
            limit(settings.list_limit, settings.api_limit, "cells"),
            Parameter("offset", "Leave out so many of the first.",
                      {"type": "integer", "minimum": 0, "default": 0}),
            Parameter("format", "JSON, or a file.", choice("Format.", ("json", "csv", "xlsx"))),
            Parameter("columns", f"Of a file, with commas between: {_KEYS}.", {"type": "string"},
                      example="cell_id,name,probability"),
            *ALWAYS,
        ),
    )  # fmt: skip
    about = "Cells and what is expected of each."
    schemas = {"Cell": record("A cell in the list.", CELL)}
    return Subject("cells", about, (operation,), schemas)
