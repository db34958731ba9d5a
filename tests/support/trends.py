"""A snapshot with a few complaints made by hand; for tests of trends."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from dashboard.snapshot import Snapshot, write_snapshot
from tests.support.complaints import months
from tests.support.snapshots import AS_OF, tiny


def regions(*rows: tuple[str, str | None, int, float | None]) -> pd.DataFrame:
    """Regions as a snapshot has them, from (id, parent, level, subscribers)."""
    blank = dict.fromkeys(tiny().regions.columns)
    names = ("region_id", "parent_id", "level", "subscribers")
    zero = {"cells": 0, "red_cells": 0, "yellow_cells": 0, "unknown_cells": 0}
    return pd.DataFrame(
        [blank | zero | {"name": row[0]} | dict(zip(names, row, strict=True)) for row in rows]
    )


def shown(data: Path, rows: list[dict], **changes) -> Snapshot:
    """A snapshot of these complaints; the caller closes it."""
    if "regions" not in changes:
        changes["regions"] = regions(("R0", None, 1, 50_000.0), ("R1", None, 1, 40_000.0))
    content = tiny(complaints=months(rows), **changes)
    write_snapshot(data, content, kpi_days={}, published_at=AS_OF)
    return Snapshot.open(data)
