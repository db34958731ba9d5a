"""Repaired cells teach nothing false; what crews found teaches causes; by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from forecasting import queries
from forecasting.cells.calibration import fit_calibration
from forecasting.cells.inventory import InventoryCache
from forecasting.cells.labels import Labels
from forecasting.cells.order_labels import belief, label_of, order_labels
from forecasting.cells.risk import Sample, fit, refit
from forecasting.judging.outcomes import FromTickets
from forecasting.settings import ForecastingSettings
from tests.support.forecasts import FIRST, HOUR, SETTINGS, Forecasts

LATER = FIRST + timedelta(days=20)
CELLS = pd.Index(list("abcdef"), name="cell_id")


@pytest.fixture
def room(tmp_path: Path):
    room = Forecasts(tmp_path)
    yield room
    room.close()


def labels(room: Forecasts, known_at=LATER) -> pd.DataFrame:
    inventory = InventoryCache().as_of(room.connection, known_at)
    made = Labels(room.connection, inventory, SETTINGS, FIRST - HOUR, known_at)
    return made.after(FIRST, CELLS)


def test_outcomes_are_seen_until_the_first_repair(room: Forecasts) -> None:
    room.complain("a", FIRST + 10 * HOUR)
    room.complain("a", FIRST + 40 * HOUR)  # after the repair: another world
    room.complain("b", FIRST + 40 * HOUR)
    plain = labels(room)
    assert plain["low"].to_dict() == {"a": 2, "b": 1, "c": 0, "d": 0, "e": 0, "f": 0}
    assert (plain["seen"] == 1).all()
    room.repair(FIRST + 36 * HOUR, "a")
    room.repair(FIRST + 50 * HOUR, "a")
    room.repair(FIRST + 18 * HOUR, site="s1")  # of c and d, both quiet
    room.repair(FIRST + 80 * HOUR, "e")  # after the horizon
    told = labels(room)
    assert told["low"].to_dict() == {"a": 1, "b": 1, "c": 0, "d": 0, "e": 0, "f": 0}
    assert told["seen"].to_dict() == {"a": 0.5, "b": 1, "c": 0.25, "d": 0.25, "e": 1, "f": 1}
    # before the crew reported, nobody knew
    early = labels(room, FIRST + 17 * HOUR)
    assert (early["seen"] == 1).all()


def test_without_orders_not_a_digit_changes(room: Forecasts) -> None:
    for n in range(6):
        room.complain("abcdef"[n], FIRST + (3 + 11 * n) * HOUR, score=1 + n)
    plain = labels(room)
    room.order("WO-9", ["a"], (FIRST + HOUR, "propose", "proposed"),
               (FIRST + 2 * HOUR, "accept", "accepted"))  # fmt: skip
    pd.testing.assert_frame_equal(labels(room), plain, check_exact=True)
    sample = sample_of(np.random.default_rng(4), 4_000)
    assert sample.whole() is sample
    assert sample.chances()[0] is sample.hits
    # rows that were all seen to the end give the same model, to the last digit
    seen = replace(sample, seen=np.ones(4_000))
    settings = ForecastingSettings(threads=1)
    one, other = (refit(fit(s, s, settings), s, s, settings) for s in (sample, seen))
    assert one.complaints.model_to_string() == other.complaints.model_to_string()
    assert one.calibration == other.calibration


def test_in_the_backtest_nobody_knows_of_repaired_cells(room: Forecasts) -> None:
    room.complain("a", FIRST + 10 * HOUR)
    room.repair(FIRST + 20 * HOUR, "a", "b")
    room.complain("f", FIRST + timedelta(days=9))
    inventory = InventoryCache().as_of(room.connection, LATER)
    rows = pd.DataFrame({"as_of": FIRST, "cell_id": list("abc")})
    outcomes = FromTickets(room.connection, inventory, SETTINGS, FIRST)
    told = outcomes.add(rows, 72).set_index("cell_id")["hit"]
    assert told["a"] == pytest.approx(1.0)
    assert np.isnan(told["b"])
    assert told["c"] == 0.0


def sample_of(chance: np.random.Generator, rows: int) -> Sample:
    """Cells in pain have 0.8 complaints within the horizon, the others 0.05."""
    pain = (chance.random(rows) < 0.3).astype(float)
    subscribers = np.full(rows, 1000.0)
    counts = chance.poisson(np.where(pain > 0, 0.8, 0.05)).astype(float)
    table = pd.DataFrame({"pain_24h": pain, "subscribers": subscribers}).astype("float32")
    return Sample(table, counts, np.minimum(counts, 1), np.zeros(rows), counts, np.ones(rows))


def repaired(sample: Sample, chance: np.random.Generator, at: float) -> Sample:
    """Four in five cells in pain are repaired after that share of the horizon, and then quiet."""
    pain = sample.table["pain_24h"].to_numpy() > 0
    done = pain & (chance.random(len(pain)) < 0.8)
    counts = np.where(done, chance.binomial(sample.counts.astype(int), at), sample.counts)
    seen = np.where(done, at, 1.0)
    return replace(sample, counts=counts, complaints=counts, hits=np.minimum(counts, 1), seen=seen)


def test_repaired_and_quiet_does_not_teach_that_pain_is_harmless() -> None:
    chance = np.random.default_rng(7)
    settings = ForecastingSettings(threads=1)
    learn, later = (sample_of(chance, 20_000) for _ in range(2))
    cut = [repaired(part, chance, 0.2) for part in (learn, later)]
    blind = [replace(part, seen=None) for part in cut]
    asked = pd.DataFrame({"pain_24h": [1.0], "subscribers": [1000.0]}).astype("float32")

    def expected(parts: list[Sample]) -> tuple[float, float]:
        told = fit(*parts, settings).score(asked).iloc[0]
        return told["expected_low_complaints"], told["probability"]

    untouched, censored, naive = expected([learn, later]), expected(cut), expected(blind)
    assert untouched[0] == pytest.approx(0.8, rel=0.1)
    assert censored[0] == pytest.approx(untouched[0], rel=0.12)
    assert censored[1] == pytest.approx(untouched[1], rel=0.15)
    # counted as quiet, the repaired ones would have cost more than half of it: 1 - 0.8 x 0.8
    assert naive[0] < 0.5 * untouched[0]


def test_the_likelihood_of_what_was_seen_by_hand() -> None:
    table = pd.DataFrame({"subscribers": [1.0, 1.0, 1.0]})
    ones = np.ones(3)
    part = Sample(table, np.array([1.0, 0.0, 1.0]), np.array([1.0, 0.0, 1.0]), ones,
                  np.array([2.0, 0.0, 1.0]), 3 * ones, np.array([0.5, 0.25, 1.0]))  # fmt: skip
    whole = part.whole()
    assert whole.counts.tolist() == [2.0, 0.0, 1.0]
    assert whole.complaints.tolist() == [4.0, 0.0, 1.0]
    assert whole.weights.tolist() == [1.5, 0.75, 3.0]
    hits, weights = part.chances()
    assert hits.tolist() == [1.0, 0.0, 1.0]
    assert weights.tolist() == [3.0, 0.75, 3.0]
    # weights of their own for the chance: the count's line stays what it was
    raw, rest = np.array([0.2, 0.5, 1.0]), (np.array([0.0, 1.0, 1.0]), np.array([0.0, 1.0, 1.0]))
    one, other = fit_calibration(raw, *rest, ones), fit_calibration(raw, *rest, ones, 4 * ones)
    assert one.count == other.count
    assert one.chance != other.chance


@pytest.mark.parametrize(
    ("named", "found", "rejected", "label"),
    [
        ("hardware", "hardware", None, "confirmed"), ("hardware", "transport", None, "other"),
        ("hardware", "none", "no_fault", "nothing"), ("hardware", None, "no_fault", "nothing"),
        ("hardware", None, "wrong_cause", "other"), ("hardware", None, "duplicate", None),
        ("hardware", None, "planned_works", None), ("hardware", "hardware", "other", "confirmed"),
    ],
)  # fmt: skip
def test_labels_of_causes(named: str, found: str | None, rejected: str | None, label: str) -> None:
    assert label_of(named, found, rejected) == label


def test_labels_as_they_were_known(room: Forecasts) -> None:
    start = (FIRST, "propose", "proposed")
    room.order("WO-1", ["a"], start, (FIRST + HOUR, "repair", "repaired", {"found_cause": "radio"}),
               (FIRST + 9 * HOUR, "repair", "repaired", {"found_cause": "hardware"}))  # fmt: skip
    room.order("WO-2", ["b"], start, (FIRST + HOUR, "reject", "rejected", {"reason": "no_fault"}))
    room.order("WO-3", ["c"], start)

    def told(at) -> dict[str, str]:
        return order_labels(room.connection, at).set_index("order_id")["label"].to_dict()

    assert told(FIRST) == {}
    assert told(FIRST + 2 * HOUR) == {"WO-1": "other", "WO-2": "nothing"}
    assert told(FIRST + 9 * HOUR) == {"WO-1": "confirmed", "WO-2": "nothing"}


def test_how_readily_a_cause_is_believed_by_hand() -> None:
    rows = [("hardware", "confirmed")] * 30 + [("transport", "confirmed")] * 10
    rows += [("transport", "other")] * 15 + [("coverage", "nothing")] * 5 + [("coverage", None)]
    told = belief(pd.DataFrame(rows, columns=["named", "label"]))
    common = 40 / 60
    assert told["hardware"] == pytest.approx((30 + 20 * common) / 50 / common)
    assert told["transport"] == pytest.approx((10 + 20 * common) / 45 / common)
    assert told["coverage"] == pytest.approx((0 + 20 * common) / 25 / common)
    assert told["hardware"] > 1 > told["transport"]
    assert belief(pd.DataFrame(columns=["named", "label"])) == {}
    assert belief(pd.DataFrame([("hardware", "other")], columns=["named", "label"])) == {}


def test_repairs_are_part_of_what_a_model_rests_on(room: Forecasts) -> None:
    def print_of(at=LATER) -> list[str]:
        return queries.frame(room.connection, "orders_fingerprint", {"origin": at})[
            "orders"
        ].tolist()

    room.order("WO-1", ["a"], (FIRST, "propose", "proposed"), (FIRST, "accept", "accepted"))
    assert print_of() == []  # nothing that teaches: models that are there stay
    room.repair(FIRST + HOUR, "a")
    assert len(print_of()) == 1
    assert print_of(FIRST) == []
