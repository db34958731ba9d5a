"""Daily sums of a month's complaints: what questions of trends are answered from."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa

from dashboard.snapshot.queries import load_queries, load_sql
from dashboard.snapshot.schemas import COMPLAINT_DAYS


def day_sums(month: Path) -> pa.Table:
    """Sums per local day and region, alone and by the values of one dimension each.

    A function of the month's file alone. A complaint that falls due in another month has a row of
    that day here: the rows of all months together are the whole.

    Args:
        month: its file, with the columns of ``COMPLAINTS``.

    Returns:
        As in ``COMPLAINT_DAYS``, ordered by dimension, so that a question reads its own rows.
    """
    connection = duckdb.connect(":memory:", config={"threads": 1})
    try:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(load_sql("complaints.sql"))
        found = connection.sql(
            load_queries()["complaint_days"], params={"files": [str(month)]}
        ).to_arrow_table()
        return found.select(COMPLAINT_DAYS.names).cast(COMPLAINT_DAYS)
    finally:
        connection.close()
