"""The boosted model, its files, and the gate before it goes live."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from forecasting.cells import store
from forecasting.cells.risk import RiskModel, Sample, exposure, fit, refit
from forecasting.cells.training import thinned, training_origins
from forecasting.errors import ModelError
from forecasting.settings import ForecastingSettings
from tests.support.facts import ZONE, local

SETTINGS = ForecastingSettings(threads=1)
MIDNIGHT = local(2026, 10, 12).astimezone(UTC)


def sample(rows: int, seed: int) -> Sample:
    """Complaints follow subscribers, four times as many where a KPI strays."""
    rng = np.random.default_rng(seed)
    stray = rng.normal(0, 1, rows)
    subscribers = rng.integers(200, 3000, rows).astype(float)
    subscribers[rng.random(rows) < 0.1] = np.nan
    rate = 0.05 * np.nan_to_num(subscribers, nan=1600) / 1600 * np.where(stray > 1, 4, 1)
    counts = rng.poisson(rate).astype(float)
    table = pd.DataFrame(
        {
            "drop_rate_pct.dev_24h": stray,
            "latency_ms.dev_24h": rng.normal(0, 1, rows),
            "never_known": np.nan,
            "subscribers": subscribers,
        },
        index=[f"c{i}" for i in range(rows)],
    ).astype("float32")
    return Sample(table, counts, (counts > 0).astype(float), np.zeros(rows), counts, np.ones(rows))


@pytest.fixture(scope="module")
def model() -> RiskModel:
    return fit(sample(20_000, 1), sample(8000, 2), SETTINGS)


def test_the_model_learns_what_raises_complaints(model: RiskModel) -> None:
    fresh = sample(20_000, 3)
    scored = model.score(fresh.table)
    strays = (fresh.table["drop_rate_pct.dev_24h"] > 1).to_numpy()
    ratio = (
        scored.loc[strays, "expected_low_complaints"].mean()
        / scored.loc[~strays, "expected_low_complaints"].mean()
    )
    assert 2.5 < ratio < 5  # four times in truth; few complaints are smoothed
    assert scored["expected_low_complaints"].sum() == pytest.approx(fresh.counts.sum(), rel=0.15)
    assert scored["probability"].between(0, 1).all()
    assert "never_known" not in model.features


def test_contributions_sum_to_the_score(model: RiskModel) -> None:
    table = sample(50, 4).table
    total = model.contributions(table).sum(axis=1).to_numpy()
    above = np.log(model.raw(table)) - exposure(table, model.base, model.subscribers)
    # the rest is one constant, the booster's mean
    assert np.ptp(above - total) == pytest.approx(0.0, abs=1e-5)


def test_unknown_subscribers_count_as_the_typical_cell() -> None:
    table = pd.DataFrame({"subscribers": [100.0, np.nan, 0.0, 400.0]})
    assert np.exp(exposure(table, 0.02, 200.0)).tolist() == pytest.approx([0.01, 0.02, 0.02, 0.04])


def test_threads_do_not_move_a_digit() -> None:
    one = fit(sample(3000, 1), sample(1000, 2), SETTINGS)
    two = fit(sample(3000, 1), sample(1000, 2), ForecastingSettings(threads=2))
    table = sample(500, 3).table
    pd.testing.assert_frame_equal(one.score(table), two.score(table), check_exact=True)


def save(
    folder: Path, model: RiskModel, at: datetime = MIDNIGHT, facts: str = "f1"
) -> store.Stored:
    return store.save(folder, model, trained_as_of=at, fingerprint=facts, report={"rows": 6000})


def test_a_stored_model_scores_the_same(model: RiskModel, tmp_path: Path) -> None:
    stored = save(tmp_path, model)
    again = store.load(tmp_path / stored.model_id)
    table = sample(300, 5).table
    pd.testing.assert_frame_equal(model.score(table), again.model.score(table), check_exact=True)
    assert (again.trained_as_of, again.fingerprint) == (MIDNIGHT, "f1")
    assert again.report == {"rows": 6000}
    assert save(tmp_path, model).model_id == stored.model_id  # same content, same name
    assert [p.name for p in tmp_path.iterdir()] == [stored.model_id]  # nothing left aside


@pytest.mark.parametrize("harm", ["flip", "manifest", "cut", "gone", "renamed"])
def test_a_changed_model_is_noticed_before_it_is_used(
    model: RiskModel, tmp_path: Path, harm: str
) -> None:
    folder = tmp_path / save(tmp_path, model).model_id
    text = folder / "complaints.txt"
    if harm == "flip":
        text.write_bytes(text.read_bytes().replace(b"leaf_value=0", b"leaf_value=1", 1)[:-1] + b"!")
    elif harm == "cut":
        text.write_bytes(text.read_bytes()[:1000])
    elif harm == "gone":
        text.unlink()
    elif harm == "manifest":
        path = folder / "manifest.json"
        manifest = json.loads(path.read_text())
        manifest["calibration"]["count"]["level"] += 0.1
        path.write_text(json.dumps(manifest))
    else:
        folder = folder.rename(tmp_path / "20261011T160000Z-00000000")
    with pytest.raises(ModelError, match=str(folder)):
        store.load(folder)


def test_models_of_later_days_are_not_seen(model: RiskModel, tmp_path: Path) -> None:
    day = timedelta(days=1)
    ids = [save(tmp_path, model, MIDNIGHT + n * day).model_id for n in range(3)]
    (tmp_path / ".tmp-x").mkdir()
    assert [p.name for p in store.find(tmp_path, MIDNIGHT + day)] == [ids[1], ids[0]]
    assert store.find(tmp_path / "absent", MIDNIGHT) == []


def test_training_origins_lie_at_every_quarter_of_the_day() -> None:
    first, last = local(2026, 10, 1, 11), local(2026, 10, 2, 7)
    origins = training_origins(first, last, zone=ZONE, at_most=100)
    assert origins == [
        local(2026, 10, 1, 12), local(2026, 10, 1, 18), local(2026, 10, 2), local(2026, 10, 2, 6),
    ]  # fmt: skip


def test_calm_rows_are_thinned_and_stand_for_those_left_out() -> None:
    table = pd.DataFrame(
        {
            "pain_24h": [5.0, 0.0, 0.0, 0.0, np.nan, 0.0],
            "pain_72h": 0.0,
            "tickets_72h": [0.0, 1.0, 0.0, 0.0, 0.0, 0.0],
            "works_ahead": 0.0,
            "works_age_h": [np.nan, np.nan, 50.0, 120.0, np.nan, np.nan],
        },
        index=list("abcdef"),
    )
    kept = [thinned(table, local(2026, 10, 1, hour)) for hour in (0, 6, 12)]
    for rows, weights in kept:
        assert {"a", "b", "c"} <= set(rows.index)
        assert weights[rows.index.isin(["a", "b", "c"])].tolist() == [1.0, 1.0, 1.0]
        assert weights[rows.index.isin(["d", "e", "f"])].tolist() == [3.0]
    # every calm row has its turn
    assert set().union(*(rows.index for rows, _ in kept)) == set("abcdef")


def test_thinned_origins_mix_hours_and_do_not_depend_on_the_day_of_training() -> None:
    first, last = local(2026, 9, 1), local(2026, 10, 1)
    few = training_origins(first, last, zone=ZONE, at_most=25)
    assert 18 <= len(few) <= 25
    assert {o.astimezone(local(2026, 1, 1).tzinfo).hour for o in few} == {0, 6, 12, 18}
    later = training_origins(
        first + timedelta(days=2), last + timedelta(days=2), zone=ZONE, at_most=25
    )
    common = [o for o in later if o <= last]
    assert set(common) <= set(few)
    assert len(common) > 15


def test_the_live_model_has_learned_from_both_slices_and_keeps_the_calibration() -> None:
    early, late = sample(6000, 1), sample(3000, 2)
    trial = fit(early, late, SETTINGS)
    live = refit(trial, early, late, SETTINGS)
    assert live.calibration == trial.calibration
    both = (early.counts.sum() + late.counts.sum()) / early.counts.sum()
    # The level of the live booster comes from the complaints of both slices.
    assert live.base != trial.base
    assert live.raw(early.table).sum() == pytest.approx(
        trial.raw(early.table).sum() * both * 6000 / 9000, rel=0.15
    )
