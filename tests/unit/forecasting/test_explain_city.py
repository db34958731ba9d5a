"""Causes and quality of a simulated city, from the warehouse: evidence for each, mostly right."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from forecasting.calendar import load_calendar
from forecasting.cells.cause_facts import CauseFacts
from forecasting.cells.explain import Explained, explain
from forecasting.cells.features import CellFeatures, FeatureMaker
from forecasting.cells.score import score_cells
from forecasting.policy import load_policy
from ingest.catalogue import load_catalogue
from tests.support import smallcity

CATALOGUE = load_catalogue()
ORIGIN = smallcity.before_end(days=2, hours=-11)


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    opened = smallcity.warehouse(tmp_path_factory.mktemp("explained"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def features(connection: duckdb.DuckDBPyConnection) -> CellFeatures:
    maker = FeatureMaker(smallcity.SETTINGS, CATALOGUE, load_calendar("CN"), "Asia/Shanghai")
    return maker.at(connection, ORIGIN)


@pytest.fixture(scope="module")
def cells(features: CellFeatures) -> pd.DataFrame:
    return score_cells(features, None, settings=smallcity.SETTINGS, policy=load_policy())


@pytest.fixture(scope="module")
def told(
    connection: duckdb.DuckDBPyConnection, features: CellFeatures, cells: pd.DataFrame
) -> Explained:
    return explain(connection, features, cells, None, CATALOGUE)


def faults(cells: pd.DataFrame) -> pd.Series:
    """The true cause at the origin, by the index of ``cells``."""
    every = pd.read_parquet(Path(smallcity.files()) / "truth" / "faults.parquet")
    standing = every[(every["starts_at"] <= ORIGIN) & ~(every["ends_at"] <= ORIGIN)]
    return cells["cell_id"].map(standing.drop_duplicates("cell_id").set_index("cell_id")["cause"])


def test_bad_kpis_go_with_faults(cells: pd.DataFrame) -> None:
    felt = faults(cells)
    bad = cells["quality_state"] == "bad"
    assert bad.sum() >= 3
    assert felt[bad].notna().mean() > 0.6
    healthy = cells[felt.isna()]
    assert (healthy["quality_state"] == "good").mean() > 0.9
    assert cells["quality_now"].between(0, 100).all()


def test_each_explained_cell_has_a_cause_and_its_evidence(
    cells: pd.DataFrame, told: Explained
) -> None:
    wanted = cells["status"].isin(["red", "yellow"]) | (cells["quality_state"] == "bad")
    assert wanted.any()
    assert told.causes[wanted].notna().all()
    assert told.causes[~wanted].isna().all()
    named = cells.loc[wanted & (told.causes != "unknown"), "cell_id"]
    assert set(named) <= set(told.evidence["cell_id"])
    kpis = told.evidence[told.evidence["kind"] == "kpi"]
    assert kpis[["kpi", "window", "value", "normal", "hours"]].notna().all().all()
    assert kpis["hours"].between(0, 72).all()


def test_named_causes_are_the_true_ones(cells: pd.DataFrame, told: Explained) -> None:
    truth = faults(cells)
    asked = told.causes.notna() & (told.causes != "unknown") & truth.notna()
    assert asked.sum() >= 2
    assert told.causes[asked].tolist() == truth[asked].tolist()


def test_recent_levels_are_means_of_the_last_six_hours(
    connection: duckdb.DuckDBPyConnection, features: CellFeatures
) -> None:
    asked = pd.Index(features.table.index[:3])
    facts = CauseFacts.read(connection, ORIGIN, features.inventory, asked, CATALOGUE)
    assert facts.recent.index.tolist() == asked.tolist()
    for cell_id in asked:
        rows = connection.execute(
            "SELECT latency_ms FROM kpis WHERE cell_id = ?"
            " AND ts >= ?::TIMESTAMPTZ - INTERVAL 6 HOUR AND ts < ?::TIMESTAMPTZ"
            " AND known_at <= ?::TIMESTAMPTZ",
            [cell_id, *[ORIGIN.isoformat()] * 3],
        ).fetchall()
        mean = sum(value for (value,) in rows) / len(rows)
        assert facts.recent.loc[cell_id, "latency_ms.value"] == pytest.approx(mean, abs=1e-3)
        assert facts.recent.loc[cell_id, "latency_ms.normal"] > 0
