"""The lint of the wall: statements that look past it, features and facts without known_at."""

from __future__ import annotations

import ast
from pathlib import Path

import pandas as pd
import pytest

import forecasting
from forecasting import wall
from forecasting.errors import ForecastingError
from forecasting.wall import OTHERWISE, SOURCES, Gate, check_sql, refuse_undated
from ingest.warehouse import open_warehouse

PACKAGE = Path(forecasting.__file__).parent
STATEMENTS = sorted((PACKAGE / "sql").glob("*.sql"))


@pytest.mark.parametrize("path", STATEMENTS, ids=lambda p: p.stem)
def test_no_statement_looks_past_the_wall(path: Path) -> None:
    check_sql(path.stem, path.read_text("utf-8"))


def test_the_wall_holds_for_statements_as_they_are_written() -> None:
    """Counter-proof: the same statements reading tables themselves are refused."""
    refused = 0
    for path in STATEMENTS:
        text = path.read_text("utf-8")
        if "tickets_as_of(" not in text:
            continue
        for word in ("ticket_states", "tickets"):
            past = text.replace("tickets_as_of($origin::TIMESTAMPTZ)", word)
            past = past.replace("tickets_as_of($known_at::TIMESTAMPTZ)", word)
            if past == text or "known_at" in past.replace("$known_at", ""):
                continue
            with pytest.raises(ForecastingError, match=word):
                check_sql(path.stem, past)
            refused += 1
    assert refused >= 4


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("SELECT * FROM kpis WHERE ts < $origin", "reads kpis past the wall"),
        ("SELECT 1 FROM fc_cells c JOIN kpi_daily d USING (cell_id)", "reads kpi_daily past"),
        ("SELECT * FROM tickets", "use tickets_as_of"),
        ("SELECT (SELECT max(raised_at) FROM alarms) AS x", "use alarms_as_of"),
        ("SELECT * FROM weather WHERE known_at <= $origin", "does not say when its rows"),
        ("SELECT * FROM cell_hours WHERE ts < $origin", "nothing in it asks for known_at"),
        ("SELECT * FROM cell_normals", "nothing in it asks for monday"),
        ("SELECT * FROM cell_forecasts WHERE status = 'red'", "nothing in it asks for as_of"),
        ("SELECT * FROM fc_cells AS c, kpis", "write JOIN"),
        ("SELECT * FROM read_parquet('x')", "only <feed>_as_of"),
        ("-- known_at <= $origin\nSELECT * FROM kpis", "reads kpis past the wall"),
        ("SELECT 'known_at' FROM kpis", "reads kpis past the wall"),
        ("WITH a AS (SELECT 1) SELECT * FROM a JOIN works ON true", "use works_as_of"),
    ],
)
def test_what_is_refused(text: str, says: str) -> None:
    with pytest.raises(ForecastingError, match=says):
        check_sql("some", text)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * FROM kpis_as_of($origin::TIMESTAMPTZ) JOIN fc_cells USING (cell_id)",
        "SELECT * FROM kpis WHERE known_at <= $origin",
        "WITH kept AS (SELECT ts, known_at FROM kpis) SELECT * FROM kept",
        "SELECT a IS DISTINCT FROM b FROM fc_cells",
        "DELETE FROM cell_hours WHERE ts < $since",
        "SELECT * FROM cell_normals WHERE monday = $monday",
        "SELECT * FROM cell_forecasts WHERE as_of <= $until",
    ],
)
def test_what_is_allowed(text: str) -> None:
    check_sql("some", text)


def test_exemptions_are_statements_that_there_are_and_carry_their_reason() -> None:
    assert set(OTHERWISE) <= {path.stem for path in STATEMENTS}
    assert all(len(reason) > 20 for reason in OTHERWISE.values())


def test_every_stored_table_is_classed(tmp_path: Path) -> None:
    """A new table must say in wall.py how its rows are known; one with known_at is no forecast."""
    connection = open_warehouse(tmp_path)
    columns = connection.execute(
        "SELECT table_name, bool_or(column_name = 'known_at') FROM duckdb_columns()"
        " WHERE NOT internal AND table_name IN (SELECT table_name FROM duckdb_tables())"
        " GROUP BY table_name"
    ).fetchall()
    connection.close()
    apart = {"deliveries", "rejected_rows", "schema_migrations", "upkeep", "secret_keys"}
    classed = wall.FACTS | wall.KEPT | wall.WEEKLY | wall.FORECASTS | apart
    assert {table for table, _ in columns} == classed
    for table, dated in columns:
        if table in wall.FACTS | wall.KEPT:
            assert dated, table


def test_no_sql_is_hidden_in_the_code() -> None:
    """Statements live in files, where they are checked; in code only temporary tables are named."""
    for path in PACKAGE.rglob("*.py"):
        if path.name == "wall.py":
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
                continue
            for table in wall.FACTS | wall.NEWEST | wall.KEPT | wall.FORECASTS:
                for word in ("FROM", "JOIN"):
                    assert f"{word} {table} " not in f"{node.value} ", f"{path}: {node.value}"


def test_features_of_a_source_that_nobody_declared_are_refused() -> None:
    gate = Gate()
    gate.add("tickets", pd.DataFrame({"tickets_7d": [1.0]}))
    with pytest.raises(ForecastingError, match=r"'weather' \(rain_mm, …\): no known_at"):
        gate.add("weather", pd.DataFrame({"rain_mm": [1.0]}))
    with pytest.raises(ForecastingError, match="'tickets_7d' comes from two sources"):
        gate.add("plans", pd.DataFrame({"tickets_7d": [1.0]}))
    gate.add("plans", pd.DataFrame({"works_7d": [0.0]}))
    assert gate.table().columns.tolist() == ["tickets_7d", "works_7d"]


def test_every_source_rests_on_dated_facts_or_says_why_not() -> None:
    for name, source in SOURCES.items():
        assert set(source.facts) <= wall.FACTS, name
        assert source.facts or "published" in source.known


def test_facts_without_known_at_are_refused_by_name(tmp_path: Path) -> None:
    connection = open_warehouse(tmp_path)
    refuse_undated(connection)
    connection.execute("ALTER TABLE work_states ALTER COLUMN known_at DROP NOT NULL")
    refuse_undated(connection)
    connection.execute(
        "INSERT INTO work_states (work_id, starts_at, state_at, delivery_id)"
        " VALUES ('w', '2026-01-01', '2026-01-01', 1), ('v', '2026-01-01', '2026-01-01', 1)"
    )
    with pytest.raises(ForecastingError, match="2 rows of work_states have no known_at"):
        refuse_undated(connection)
    connection.execute("DELETE FROM work_states")
    connection.execute("ALTER TABLE alarm_states RENAME COLUMN known_at TO told_at")
    with pytest.raises(ForecastingError, match="alarm_states has no column known_at"):
        refuse_undated(connection)
    connection.close()
