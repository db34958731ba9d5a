"""The columns of the table of cells: one list for the grid, its filters, sorting and exports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Filter = Literal["text", "number", "date"]
Kind = Literal["text", "integer", "number", "percent", "time"]


@dataclass(frozen=True)
class CellColumn:
    """One column.

    Attributes:
        key: its name in addresses; titles are the texts ``cells.column.<key>``, definitions
            ``cells.help.<key>``.
        source: the snapshot's column whose values are exported and compared; empty of what is no
            part of the snapshot.
        kind: of its values; codes are text, exported as the words that are shown.
        width: pixels at first, at a root size of 16 px.
        shown: at first.
        grows: takes its share of what is left of the width.
    """

    key: str
    source: str
    kind: Kind
    width: int
    shown: bool = True
    grows: int = 0

    @property
    def filter(self) -> Filter:
        """How it is filtered."""
        return "text" if self.kind == "text" else "date" if self.kind == "time" else "number"


COLUMNS: tuple[CellColumn, ...] = (
    CellColumn("status", "status", "text", 116),
    CellColumn("name", "name", "text", 176, grows=2),
    CellColumn("region", "region_name", "text", 92),
    CellColumn("probability", "probability", "percent", 132),
    CellColumn("expected", "expected_low_complaints", "number", 88),
    CellColumn("quality", "quality_now", "number", 104),
    CellColumn("agreement", "agreement", "text", 160, grows=1),
    CellColumn("cause", "cause", "text", 108),
    CellColumn("order", "", "text", 92, shown=False),
    CellColumn("burst", "burst", "number", 84),
    CellColumn("tickets_7d", "tickets_7d", "number", 88),
    CellColumn("technology", "technology", "text", 72),
    CellColumn("last_kpi_at", "last_kpi_at", "time", 104),
    CellColumn("cell_id", "cell_id", "text", 136, shown=False),
    CellColumn("site_id", "site_id", "text", 112, shown=False),
    CellColumn("band", "band", "text", 80, shown=False),
    CellColumn("vendor", "vendor", "text", 88, shown=False),
    CellColumn("subscribers", "subscribers", "integer", 96, shown=False),
    CellColumn("quality_state", "quality_state", "text", 96, shown=False),
    CellColumn("quiet", "quiet", "text", 88, shown=False),
)
BY_KEY = {column.key: column for column in COLUMNS}
SHOWN = tuple(column.key for column in COLUMNS if column.shown)
