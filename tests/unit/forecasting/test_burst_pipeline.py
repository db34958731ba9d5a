"""From facts in a warehouse to bursts: found, told, kept; the wall of time, the same every run."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from forecasting.bursts.pipeline import COLUMNS, find_bursts, keep_bursts, replay
from forecasting.bursts.settings import BurstSettings
from forecasting.cells.inventory import InventoryCache
from ingest.warehouse import transaction
from tests.support.burst_ground import MONDAY, grid, pieces, usual, zones
from tests.support.facts import ZONE, Facts, local

SETTINGS = BurstSettings(simulated_tickets=1000)
AS_OF = local(2026, 5, 20, 15)  # a Wednesday
SITE = "S12"


@pytest.fixture
def facts(tmp_path):
    made = Facts(tmp_path / "data", threads=1)
    made.regions({"region_id": "R0"}, {"region_id": "R1"})
    made.cells(*grid().to_dict("records"))
    fill(made)
    yield made
    made.close()


def fill(facts: Facts, until: datetime = AS_OF, days: int = 40) -> None:
    """Usual complaints: one in ten cells and days, recorded within half an hour."""
    rng, cells = np.random.default_rng(8), grid()["cell_id"]
    number = rng.poisson(0.1 * len(cells) * days)
    created = [until - timedelta(days=float(x)) for x in rng.random(number) * days]
    put(facts, "U", rng.choice(cells, number), created, "上网有点慢")


def put(facts, prefix, cells, created, text, delay=timedelta(minutes=20)):
    known = [moment + delay for moment in created]
    facts.put(
        "ticket_states",
        [
            {
                "ticket_id": f"{prefix}{i:04d}",
                "created_at": moment,
                "recorded_at": recorded,
                "cell_id": cell,
                "service": "数据业务",
                "category": "上网慢",
                "description": text,
                "state_at": recorded,
                "known_at": recorded,
                "facts": 8,
            }
            for i, (cell, moment, recorded) in enumerate(zip(cells, created, known, strict=True))
        ],
    )


def batch(facts, *, ends=AS_OF, number=8, hours=10.0, prefix="B", **changes):
    """Complaints about one cell, the last half an hour before ``ends``."""
    created = [ends - timedelta(hours=0.5 + hours * (1 - (i + 1) / number)) for i in range(number)]
    put(facts, prefix, ["C12"] * number, created, "付款码打不开，很急", **changes)


def found(facts, as_of=AS_OF, folder=None, settings=SETTINGS) -> pd.DataFrame:
    inventory = InventoryCache().as_of(facts.connection, as_of)
    return find_bursts(
        facts.connection, as_of, inventory, settings=settings, zone=ZONE, models_dir=folder
    )


def test_usual_days_have_no_burst(facts):
    result = found(facts)
    assert result.empty
    assert list(result.columns) == list(COLUMNS)


def test_a_batch_is_found_and_told(facts):
    batch(facts)
    facts.put(
        "work_states",
        [
            {
                "work_id": name, "site_id": site, "kind": "cutover", "description": "传输割接",
                "starts_at": start, "ends_at": start + timedelta(hours=3),
                "state_at": known, "known_at": known,
            }
            for name, site, start, known in (
                ("W1", SITE, AS_OF - timedelta(hours=20), AS_OF - timedelta(days=3)),
                ("W2", SITE, AS_OF + timedelta(hours=9), AS_OF - timedelta(days=3)),
                ("W3", SITE, AS_OF - timedelta(hours=1), AS_OF - timedelta(days=3)),
                ("far", "S30", AS_OF - timedelta(hours=20), AS_OF - timedelta(days=3)),
                ("late", SITE, AS_OF - timedelta(hours=20), AS_OF + timedelta(hours=1)),
            )
        ],
    )  # fmt: skip
    facts.put(
        "alarm_states",
        [
            {
                "alarm_id": "A1", "site_id": SITE, "severity": "major",
                "raised_at": AS_OF - timedelta(hours=8), "specific_problem": "链路误码",
                "state_at": AS_OF - timedelta(hours=8), "known_at": AS_OF - timedelta(hours=8),
                "facts": 4,
            }
        ],
    )  # fmt: skip
    [burst] = found(facts).to_dict("records")
    assert burst["tickets"] >= 8
    assert burst["expected"] < 1.5
    assert burst["llr"] == pytest.approx(
        burst["tickets"] * np.log(burst["tickets"] / burst["expected"])
        - (burst["tickets"] - burst["expected"])
    )
    assert burst["site_id"] == SITE
    assert burst["site_share"] > 0.6
    assert burst["region_id"] == "R0"
    assert json.loads(burst["cell_ids"])[0] == "C12"
    assert json.loads(burst["words"])[0] == "付款码打不开"
    assert [(w["work_id"], w["when"]) for w in json.loads(burst["works"])] == [
        ("W1", "done"),
        ("W3", "under_way"),
        ("W2", "planned"),
    ]
    assert [a["alarm_id"] for a in json.loads(burst["alarms"])] == ["A1"]
    assert json.loads(burst["services"])[0]["name"] == "数据业务"
    assert burst["recurrence_days"] >= SETTINGS.false_alarm_days
    assert burst["p_value"] < 0.05
    assert burst["first_seen_at"] <= AS_OF
    assert abs(burst["longitude"] - 116.424) < 0.02


def test_a_burst_keeps_its_name_from_run_to_run(facts):
    batch(facts, ends=AS_OF - timedelta(hours=3))
    earlier = found(facts, AS_OF - timedelta(hours=3))
    [now] = found(facts).to_dict("records")
    [then] = earlier.to_dict("records")
    assert (then["burst_id"], then["first_seen_at"]) == (now["burst_id"], now["first_seen_at"])
    later = found(facts, AS_OF + timedelta(days=5))
    assert later.empty


def test_what_is_recorded_later_moves_no_digit(facts):
    batch(facts)
    before = found(facts)
    batch(facts, prefix="L", ends=AS_OF, delay=timedelta(hours=12))  # created, not yet recorded
    put(facts, "F", ["C30"] * 20, [AS_OF + timedelta(hours=1)] * 20, "以后的投诉")
    pd.testing.assert_frame_equal(before, found(facts), check_exact=True)


def test_kept_results_give_the_same_digits(facts, tmp_path):
    batch(facts)
    fresh = found(facts)
    kept = tmp_path / "models"
    first, second = found(facts, folder=kept), found(facts, folder=kept)
    assert len(list(kept.glob("bursts-*.json"))) >= 1
    pd.testing.assert_frame_equal(fresh, first, check_exact=True)
    pd.testing.assert_frame_equal(fresh, second, check_exact=True)
    for path in kept.glob("bursts-*.json"):
        path.write_text("{", "utf-8")  # damaged: learnt anew
    pd.testing.assert_frame_equal(fresh, found(facts, folder=kept), check_exact=True)


def test_order_of_loading_and_threads_move_no_digit(facts, tmp_path):
    batch(facts)
    other = Facts(tmp_path / "other", threads=2)
    other.regions({"region_id": "R1"}, {"region_id": "R0"})
    other.cells(*grid().to_dict("records")[::-1])
    batch(other)
    fill(other)
    pd.testing.assert_frame_equal(found(facts), found(other), check_exact=True)
    other.close()


def test_kept_in_the_warehouse_once(facts):
    batch(facts)
    bursts = found(facts)
    for _ in range(2):
        with transaction(facts.connection):
            keep_bursts(facts.connection, AS_OF, bursts)
    rows = facts.connection.execute("SELECT burst_id, tickets FROM bursts").fetchall()
    assert rows == [(bursts["burst_id"][0], bursts["tickets"][0])]
    keep_bursts(facts.connection, AS_OF, bursts[:0])
    assert facts.connection.execute("SELECT count(*) FROM bursts").fetchone() == (0,)


def test_complaints_without_any_cell_have_discs_of_their_own(tmp_path):
    facts, rng = Facts(tmp_path / "data", threads=1), np.random.default_rng(3)
    places = grid()
    created = [AS_OF - timedelta(days=float(x)) for x in rng.random(60) * 40]
    at = rng.integers(len(places), size=60)
    created += [AS_OF - timedelta(hours=0.5 + i) for i in range(8)]
    at = np.append(at, [5] * 8)
    for moment, place in zip(created, at, strict=True):
        row = places.iloc[place]
        facts.ticket(
            moment, longitude=row["longitude"], latitude=row["latitude"], closed_at=None, status="x"
        )
    [burst] = found(facts).to_dict("records")
    assert burst["tickets"] >= 8
    assert (burst["site_id"], json.loads(burst["cell_ids"])) == (None, [])
    facts.close()


def test_too_little_history_says_nothing(tmp_path):
    facts = Facts(tmp_path / "data", threads=1)
    facts.cells(*grid().to_dict("records"))
    assert found(facts).empty
    batch(facts)
    assert found(facts).empty
    facts.close()


def test_the_scan_of_an_hour_is_that_of_the_run_in_it():
    """A replay at a later moment sees what a run at the earlier moment saw."""
    made, now = zones(), MONDAY + 60.0
    rows = usual(len(made.units), now, 40, 0.1, seed=4)
    rows += [(3, now - 30 + i, now - 29 + i) for i in range(9)]
    seen = pieces(rows)
    then = now - 20.0

    def told(moment, tickets):
        result = replay(tickets, moment, made, settings=SETTINGS, zone=ZONE, models_dir=None)
        return [(b.first_seen, b.first) for b in result.bursts if now - 72 < b.first_seen <= then]

    early = told(then, seen.known_at(then))
    assert early
    assert told(now, seen) == early


def test_a_chronic_place_is_no_burst():
    made, now = zones(), MONDAY + 60.0
    rows = usual(len(made.units), now, 60, 0.1, seed=5)
    calm = pieces(rows + [(3, now - h, now - h + 0.2) for h in np.arange(2, 24, 4)])
    chronic = pieces(rows + [(3, now - h, now - h + 0.2) for h in np.arange(2, 60 * 24, 4)])

    def standing(tickets):
        result = replay(
            tickets.known_at(now), now, made, settings=SETTINGS, zone=ZONE, models_dir=None
        )
        return [b for b in result.bursts if b.last_seen == now and 3 in b.now.units]

    assert standing(calm)
    assert not standing(chronic)


def test_on_a_day_on_which_all_complain_no_place_stands_out():
    made, now = zones(8), MONDAY + 60.0
    rows = usual(len(made.units), now, 60, 0.5, seed=6)
    one = [(20, now - 1 - h, now - 0.5 - h) for h in range(12)]
    others = [
        (unit, now - 1.2 - 2 * h, now - 0.5 - 2 * h)
        for unit in range(len(made.units))
        for h in range(4)
    ]

    def height(extra):
        result = replay(
            pieces(rows + extra), now, made, settings=SETTINGS, zone=ZONE, models_dir=None
        )
        recent = [b for b in result.bursts if b.first_seen > now - 24]
        return max((b.peak.height for b in recent if 20 in b.now.units), default=0.0)

    alone = height(one)
    assert alone > 15
    assert 0 < height(one + others) < 0.6 * alone  # 32 a day are usual, 256 more came elsewhere
    assert height(others) < 0.4 * alone
