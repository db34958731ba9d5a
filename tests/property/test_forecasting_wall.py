"""``as_of`` is a wall: nothing that became known later moves a single digit of a forecast."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from forecasting.run import Forecast, forecast
from ingest.catalogue import load_catalogue
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


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Forecast:
    result = made(tmp_path_factory.mktemp("first"), None)
    assert result.model_id is not None
    assert not result.model_id.startswith("fallback")  # a model is behind it
    assert result.cells["probability"].notna().all()
    return result


def same(one: Forecast, other: Forecast) -> None:
    """Bit for bit."""
    for name in FRAMES:
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name), check_exact=True)
    assert one.model == other.model
    assert one.warnings == other.warnings


def delete_the_future(connection: duckdb.DuckDBPyConnection) -> None:
    for table in (
        "kpis", "ticket_states", "work_states", "event_states", "alarm_states", "cell_states",
        "region_states",
    ):  # fmt: skip
        connection.execute(f"DELETE FROM {table} WHERE known_at > ?", [AS_OF])
    connection.execute(
        "UPDATE ticket_states SET satisfaction = NULL, closed_at = NULL, replied_at = NULL,"
        " answer_known_at = NULL, status = NULL WHERE closed_at > ?",
        [AS_OF],
    )


def rewrite_the_future(connection: duckdb.DuckDBPyConnection) -> None:
    """Worse KPIs, late and revised rows, other scores, more tickets, works, events, cells."""
    later = AS_OF + timedelta(hours=1)
    names = load_catalogue().names
    put = connection.execute
    # What comes after is three times as bad.
    wild = ", ".join(f'"{name}" = "{name}" * 3 + 1' for name in names)
    put(f"UPDATE kpis SET {wild} WHERE known_at > ?", [AS_OF])
    # Revisions: the last three days are delivered again, with other values.
    put(
        "INSERT INTO kpi_revisions SELECT * FROM kpis"
        " WHERE known_at <= ? AND ts >= ?::TIMESTAMPTZ - INTERVAL 3 DAY",
        [AS_OF, AS_OF],
    )
    put(
        f"UPDATE kpis SET {wild}, known_at = ?, delivery_id = 99"
        " WHERE known_at <= ? AND ts >= ?::TIMESTAMPTZ - INTERVAL 3 DAY",
        [later, AS_OF, AS_OF],
    )
    # Late rows: hours that never came, known only now.
    put(
        "INSERT INTO kpis BY NAME SELECT * REPLACE"
        " (ts - INTERVAL 400 DAY AS ts, ?::TIMESTAMPTZ AS known_at) FROM kpis LIMIT 500",
        [later],
    )
    # Scores that are not known yet become their opposite; every old ticket is told anew, elsewhere.
    put(
        "UPDATE ticket_states SET satisfaction = 11 - satisfaction WHERE answer_known_at > ?",
        [AS_OF],
    )
    put(
        "INSERT INTO ticket_states BY NAME SELECT * REPLACE (?::TIMESTAMPTZ AS known_at,"
        " ?::TIMESTAMPTZ AS state_at, 1 AS satisfaction, 'other' AS category, 116.4 AS longitude)"
        " FROM ticket_states",
        [later, later],
    )
    # Complaints from before the origin that nobody had recorded.
    put(
        "INSERT INTO ticket_states BY NAME SELECT * REPLACE (ticket_id || '-late' AS ticket_id,"
        " ?::TIMESTAMPTZ AS known_at, ?::TIMESTAMPTZ AS recorded_at, 1 AS satisfaction)"
        " FROM ticket_states",
        [later, later],
    )
    # Alarms of the last days that nobody had been told of, and those known change for the worse.
    put(
        "INSERT INTO alarm_states BY NAME SELECT * REPLACE (alarm_id || '-late' AS alarm_id,"
        " ?::TIMESTAMPTZ AS known_at, ?::TIMESTAMPTZ AS raised_at) FROM alarm_states",
        [later, AS_OF - timedelta(hours=3)],
    )
    put(
        "INSERT INTO alarm_states BY NAME SELECT * REPLACE (?::TIMESTAMPTZ AS known_at,"
        " ?::TIMESTAMPTZ AS state_at, ?::TIMESTAMPTZ AS changed_at, 'critical' AS severity,"
        " 'powerProblem' AS probable_cause) FROM alarm_states WHERE known_at <= ?",
        [later, later, later, AS_OF],
    )
    for table, key in (("work_states", "work_id"), ("event_states", "event_id")):
        put(
            f"INSERT INTO {table} BY NAME SELECT * REPLACE ({key} || '-late' AS {key},"
            " ?::TIMESTAMPTZ AS known_at, ?::TIMESTAMPTZ AS starts_at) FROM " + table,
            [later, AS_OF + timedelta(hours=5)],
        )
    put(
        "INSERT INTO cell_states BY NAME SELECT * REPLACE (cell_id || '-new' AS cell_id,"
        " ?::TIMESTAMPTZ AS known_at) FROM cell_states",
        [later],
    )
    put(
        "INSERT INTO cell_states BY NAME SELECT * REPLACE (?::TIMESTAMPTZ AS known_at,"
        " ?::TIMESTAMPTZ AS state_at, subscribers * 9 AS subscribers) FROM cell_states",
        [later, later],
    )
    put(
        "INSERT INTO region_states BY NAME SELECT * REPLACE (?::TIMESTAMPTZ AS known_at,"
        " ?::TIMESTAMPTZ AS state_at, 'x' AS name) FROM region_states",
        [later, later],
    )


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


def test_the_future_deleted(first: Forecast, tmp_path: Path) -> None:
    same(first, made(tmp_path, delete_the_future))


def test_the_future_rewritten(first: Forecast, tmp_path: Path) -> None:
    same(first, made(tmp_path, rewrite_the_future))


def test_the_order_of_loading(first: Forecast, tmp_path: Path) -> None:
    same(first, made(tmp_path, shuffle))


def test_the_number_of_threads(first: Forecast, tmp_path: Path) -> None:
    same(first, made(tmp_path, None, threads=1))


def test_the_past_does_move_digits(first: Forecast, tmp_path: Path) -> None:
    """The counter-proof: the same kind of change before the wall is seen."""

    def change(connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute(
            "UPDATE kpis SET drop_rate_pct = drop_rate_pct * 3"
            " WHERE known_at <= ? AND ts > ?::TIMESTAMPTZ - INTERVAL 5 HOUR",
            [AS_OF, AS_OF],
        )

    other = made(tmp_path, change)
    assert (first.cells["probability"] != other.cells["probability"]).mean() > 0.5
    assert first.model["trained_as_of"] == other.model["trained_as_of"]
    assert first.model_id == other.model_id  # what came after midnight does not touch the model
