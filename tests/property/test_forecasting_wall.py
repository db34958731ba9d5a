"""Neither the order of loading nor the number of threads moves a digit; see also test_leak_lint."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from forecasting.run import Forecast, forecast
from tests.support import smallcity

pytestmark = pytest.mark.slow

AS_OF = smallcity.before_end(days=4, hours=-9)  # nine in the morning
MIDNIGHT = smallcity.before_end(days=4)
FRAMES = (
    "cells", "drivers", "regions", "region_series", "region_services", "neighbours", "tickets",
    "bursts", "causes",
)  # fmt: skip


def made(
    data: Path, change: Callable[[duckdb.DuckDBPyConnection], None] | None, threads: int = 2
) -> Forecast:
    connection = smallcity.warehouse(data, threads)
    try:
        if change is not None:
            change(connection)
        return forecast(
            connection,
            AS_OF,
            models_dir=data / "models",
            settings=smallcity.SETTINGS.model_copy(update={"threads": threads}),
            made_at=smallcity.END,
        )
    finally:
        connection.close()


def same(one: Forecast, other: Forecast) -> None:
    """Bit for bit."""
    for name in FRAMES:
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name), check_exact=True)
    assert one.model == other.model
    assert one.warnings == other.warnings


def shuffle(connection: duckdb.DuckDBPyConnection) -> None:
    """The same facts in another physical order, delivered under other numbers."""
    for table in ("kpis", "ticket_states", "work_states", "event_states", "cell_states"):
        connection.execute(
            f"CREATE TEMP TABLE shuffled AS SELECT * REPLACE (1000 - delivery_id AS delivery_id)"
            f" FROM {table} ORDER BY hash(delivery_id, known_at, {table}::VARCHAR)"
        )
        connection.execute(f"DELETE FROM {table}")
        connection.execute(f"INSERT INTO {table} SELECT * FROM shuffled")
        connection.execute("DROP TABLE shuffled")


def test_the_order_of_loading_and_the_number_of_threads(tmp_path: Path) -> None:
    """Both at once: a training more would tell which of them it was, and nothing else."""
    first = made(tmp_path / "first", None)
    assert first.model_id is not None
    assert not first.model_id.startswith("fallback")  # a model is behind it
    assert first.cells["probability"].notna().all()
    same(first, made(tmp_path / "other", shuffle, threads=1))
