"""Rules that a forecaster must beat, each by hand; logistic regression against its own formula."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from forecasting.cells.risk import Sample
from forecasting.errors import ForecastingError
from forecasting.judging.baselines import baselines, kpi_rule
from forecasting.judging.logistic import fit_logistic
from ingest.catalogue import load_catalogue
from tests.support.facts import Facts, local

ORIGIN = local(2026, 10, 8)
CELLS = pd.Index(["a", "b", "c"], name="cell_id")


@pytest.fixture
def facts(tmp_path: Path):
    facts = Facts(tmp_path)
    yield facts
    facts.close()


def tickets(*rows: tuple[str, float, float, float | None]) -> pd.DataFrame:
    """Cell, age in hours, weight, low."""
    return pd.DataFrame(
        {
            "cell_id": [r[0] for r in rows],
            "created_at": [pd.Timestamp(ORIGIN) - timedelta(hours=r[1]) for r in rows],
            "weight": [r[2] for r in rows],
            "low": [r[3] for r in rows],
        }
    )


def test_the_kpi_rule_by_hand(facts: Facts) -> None:
    # 24 hours; 6 of them lose too many calls. No other KPI is beyond its limit.
    start = ORIGIN - timedelta(hours=25)
    limit = next(k.limit for k in load_catalogue().kpis if k.name == "drop_rate_pct")
    bad = [0.1] + [limit + 1] * 6 + [0.1] * 17 + [99.0]  # the last hour is not known yet
    facts.kpis("a", start, 25, drop_rate_pct=bad, active_users=20.0)
    facts.kpis("b", start, 25)
    facts.kpis("old", start - timedelta(days=2), 24, drop_rate_pct=99.0)
    rule = kpi_rule(facts.connection, ORIGIN, load_catalogue())
    assert set(rule.index) == {"a", "b"}
    known = sum(
        k.limit is not None and k.name in facts.connection.execute("FROM kpis").df().dropna(axis=1)
        for k in load_catalogue().kpis
    )
    # hours from 24 h before the origin on, the newest not delivered: 23; the first bad one is in
    assert rule["a"] == pytest.approx(6 / 23 / known * 20.0)
    assert rule["b"] == 0.0


def test_rules_from_tickets_by_hand(facts: Facts) -> None:
    said = tickets(
        ("a", 10, 1.0, 1.0),
        ("a", 100, 0.5, None),  # same hours last week: 168 h to 96 h ago
        ("a", 167, 1.0, 1.0),
        ("a", 169, 1.0, 1.0),  # too old
        ("b", 120, 0.5, 0.0),
    )
    made = baselines(
        facts.connection, ORIGIN, CELLS, said, catalogue=load_catalogue(), horizon_h=72
    )
    assert made.index.tolist() == ["a", "b", "c"]
    assert made["persistence"].tolist() == [2.5, 0.5, 0.0]
    assert made["seasonal_naive"].tolist() == [1.0, 0.0, 0.0]
    # two low ones in seven days: 2 x 72 / 168 expected
    assert made["last_week_rate"].tolist() == pytest.approx([1 - np.exp(-2 * 72 / 168), 0, 0])
    assert made["kpi_rule"].tolist() == [0.0, 0.0, 0.0]


def sample(seed: int, n: int = 4000) -> Sample:
    rng = np.random.default_rng(seed)
    week = rng.poisson(0.5, n).astype("float32")
    pain = rng.exponential(1.0, n).astype("float32")
    chance = 1 / (1 + np.exp(3.5 - 1.5 * np.log1p(week) - 0.8 * np.log1p(pain)))
    table = pd.DataFrame({"tickets_7d": week, "pain_24h": pain, "other": pain})
    return Sample(table, chance, chance, week.astype(float), chance, np.ones(len(chance)))


def test_logistic_regression_finds_the_rule_behind_the_rows() -> None:
    model = fit_logistic([sample(1), sample(2)])
    assert model.names == ("tickets_7d", "pain_24h")
    later = sample(3)
    # soft outcomes are chances: with the true chances as outcomes it must give them back
    assert model.probability(later.table) == pytest.approx(later.hits, abs=0.01)


def test_logistic_regression_takes_the_median_for_what_is_unknown() -> None:
    model = fit_logistic([sample(1)])
    row = pd.DataFrame({"tickets_7d": [1.0, 1.0], "pain_24h": [np.nan, float(model.stand_ins[1])]})
    first, second = model.probability(row)
    assert first == second


def test_logistic_regression_refuses_to_learn_from_nothing() -> None:
    some = sample(1)
    empty = replace(some, counts=0 * some.counts, hits=0 * some.hits)
    with pytest.raises(ForecastingError, match="there are none"):
        fit_logistic([empty])
    with pytest.raises(ForecastingError, match="needs one of tickets_24h"):
        fit_logistic([replace(some, table=some.table[["other"]])])
