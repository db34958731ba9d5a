"""Which cells were red lately, and why: what open proposals rest on."""

from __future__ import annotations

from datetime import datetime

import duckdb

from forecasting import queries
from forecasting.cells.causes import UNKNOWN


def reds_between(
    connection: duckdb.DuckDBPyConnection, since: datetime, until: datetime
) -> frozenset[tuple[str, str]]:
    """Pairs of cell and cause that were red in a forecast after ``since``, up to ``until``.

    Args:
        connection: the warehouse.
        since: aware.
        until: aware; of forecasts, their ``as_of``.
    """
    rows = queries.frame(connection, "last_reds", {"since": since, "until": until})
    causes = rows["cause"].where(rows["cause"].notna(), UNKNOWN)
    return frozenset(zip(rows["cell_id"], causes, strict=True))
