"""League table: funnel limits, shrunk rates, moves beyond noise, targets."""

from datetime import date

import numpy as np
import pytest
from scipy import integrate, stats

from dashboard.snapshot import Snapshot, write_snapshot
from dashboard.trends.funnel import Funnel, funnel_of
from dashboard.trends.league import chance_below, league
from tests.support.city import POLICY, city
from tests.support.complaints import row
from tests.support.facts import local
from tests.support.snapshots import AS_OF
from tests.support.trends import regions, shown


def test_limits_are_those_of_a_poisson_number():
    # 4 expected: P(Y ≤ 0) = 0.0183, P(Y ≤ 1) = 0.0916; 0.025 lies between 0 and 1
    lower, upper = Funnel(0.001, 1.0).limits(np.array([4000.0]), 0.025)
    assert lower[0] * 4000 == pytest.approx(1 - (0.09158 - 0.025) / (0.09158 - 0.01832), abs=1e-3)
    assert stats.poisson.cdf(8, 4) > 0.975 > stats.poisson.cdf(7, 4)
    assert 7 < upper[0] * 4000 < 8
    low, high = Funnel(0.001, 1.0).limits(np.array([4000.0]), 0.001)
    assert low[0] < lower[0] < upper[0] < high[0]


def test_only_more_than_chance_is_overdispersion():
    exposure = np.full(20, 1e5)
    alike = np.array([100.0, 110.0] * 10)
    assert funnel_of(alike, exposure).dispersion == 1.0
    apart = np.array([60.0, 150.0] * 10)
    found = funnel_of(apart, exposure)
    z = 2 * (np.sqrt(apart) - np.sqrt(105.0))
    assert found.dispersion == pytest.approx(np.mean(z**2))  # nothing lies outside the tenths
    assert found.rate == pytest.approx(105e-5)
    assert funnel_of(np.zeros(3), np.ones(3)).rate == 0


def test_the_chance_of_a_lower_rate_is_that_of_two_gammas():
    count, exposure, other, exposed = 12.0, 4e4, 25.0, 5e4
    found = chance_below(*(np.array([v]) for v in (count, exposure, other, exposed)))[0]
    first = stats.gamma(count + 0.5, scale=1 / exposure)
    second = stats.gamma(other + 0.5, scale=1 / exposed)
    chance = integrate.quad(lambda x: first.pdf(x) * second.sf(x), 0, 3e-3, limit=200)[0]
    assert found == pytest.approx(chance, abs=1e-6)
    alone = chance_below(np.array([5.0]), np.array([1.0]), np.array([np.nan]), np.array([1.0]))
    assert np.isnan(alone[0])


def made(tmp_path, counts, **changes):
    """Complaints on Wednesdays noon: (region, Monday, number)."""
    rows = []
    for region, day, number in counts:
        moment = local(day.year, day.month, day.day, 12)
        rows += [row(len(rows) + n, created_at=moment, region_id=region) for n in range(number)]
    return shown(tmp_path, rows, **changes)


NOW, BEFORE, YEAR = date(2026, 11, 11), date(2026, 11, 4), date(2025, 11, 12)
FOUR = regions(*((f"R{n}", None, 1, 50_000.0) for n in range(4)))


def test_who_improves_and_who_slips(tmp_path):
    counts = [
        ("R0", NOW, 100), ("R1", NOW, 20), ("R2", NOW, 60), ("R3", NOW, 62),
        ("R0", BEFORE, 40), ("R1", BEFORE, 80), ("R2", BEFORE, 62), ("R3", BEFORE, 60),
        ("R0", YEAR, 80), ("R1", YEAR, 80), ("R2", YEAR, 62),
        ("R2", date(2025, 11, 5), 1),
    ]  # fmt: skip
    snapshot = made(tmp_path, counts, regions=FOUR)
    found = league(snapshot, unit="week", day=NOW)
    assert (found.first, found.last, found.complete) == (
        date(2026, 11, 9), date(2026, 11, 15), True,
    )  # fmt: skip
    assert found.rate == pytest.approx(1e4 * 242 / 200_000)
    assert found.base == (date(2025, 11, 10), date(2025, 11, 16))
    table = found.table.set_index("region_id")
    assert table["rank"].tolist() == [1, 2, 3, 4]
    assert table.loc["R1", ["moved", "rank_before", "rank_change"]].tolist() == ["better", 4, 3]
    assert table.loc["R0", ["moved", "rank_before", "rank_change"]].tolist() == ["worse", 1, -3]
    # 60 after 62 and 62 after 60 are noise: their places do not count as changed
    assert table.loc[["R2", "R3"], "moved"].tolist() == ["steady", "steady"]
    assert table.loc[["R2", "R3"], "rank_change"].tolist() == [0, 0]
    assert table.loc["R2", "rank"] != table.loc["R2", "rank_before"] or found.noise > 1
    # target: 15 % less than last year
    assert table.loc["R1", "rate_target"] == pytest.approx(0.85 * 16)
    assert table["standing"].to_dict() == {
        "R0": "missed", "R1": "met", "R2": "on_the_way", "R3": "missed",
    }  # fmt: skip
    assert table.loc["R1", "target_probability"] > 0.99
    assert table.loc["R0", "target_probability"] < 0.01
    snapshot.close()


def test_small_areas_are_drawn_to_the_common_rate(tmp_path):
    areas = regions(*((f"R{n}", None, 1, 100_000.0) for n in range(4)), ("S", None, 1, 1_000.0))
    counts = [("R0", NOW, 60), ("R1", NOW, 140), ("R2", NOW, 90), ("R3", NOW, 110), ("S", NOW, 4)]
    snapshot = made(tmp_path, [*counts, ("R0", YEAR, 1)], regions=areas)
    found = league(snapshot, unit="week", day=NOW)
    table = found.table.set_index("region_id")
    small, large = table.loc["S"], table.loc["R1"]
    assert small["rate_per_10k"] == 40
    # four complaints weigh as much as strength / (strength + 4) says
    weight = 4 / (small["rate_per_10k"] / found.rate * found.strength + 4)
    assert small["rate_shrunk"] == pytest.approx(weight * 40 + (1 - weight) * found.rate, rel=0.02)
    assert abs(large["rate_shrunk"] - large["rate_per_10k"]) < 0.5
    assert small["rate_lower"] < small["rate_shrunk"] < small["rate_upper"]
    snapshot.close()


def test_without_history_moves_and_targets_are_unknown(tmp_path):
    snapshot = made(tmp_path, [("R0", NOW, 5), ("R1", NOW, 6)])
    found = league(snapshot, unit="week", day=NOW)
    assert found.base is None
    assert found.table["moved"].tolist() == [None, None]
    assert found.table["standing"].tolist() == ["unknown", "unknown"]
    assert found.table["rank_change"].isna().all()
    snapshot.close()


@pytest.mark.parametrize(
    ("settings", "change", "first"),
    [
        ({"target_change": -0.3}, -0.3, date(2025, 10, 1)),
        ({"baseline_year": 2025}, -0.15, date(2025, 10, 1)),
        ({"baseline_year": 2024}, -0.15, None),
    ],
)
def test_targets_are_those_of_the_snapshot(tmp_path, settings, change, first):
    content = city(policy={**POLICY, "trends": settings})
    write_snapshot(tmp_path, content, kpi_days={}, published_at=AS_OF)
    snapshot = Snapshot.open(tmp_path)
    found = league(snapshot, unit="month", day=date(2026, 10, 31))
    assert found.target_change == change
    assert (found.base and found.base[0]) == first
    if first is not None:
        row = found.table.iloc[0]
        assert row["rate_target"] == pytest.approx((1 + change) * row["rate_base"])
    snapshot.close()
