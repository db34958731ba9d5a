"""Quality now: points, states, and how they go with the risk; by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from forecasting.cells.quality import agreement, quality_now
from forecasting.errors import PolicyError
from forecasting.policy import BUILT_IN, Policy, load_policy
from ingest.catalogue import load_catalogue

CATALOGUE, POLICY = load_catalogue(), load_policy()
JUDGED = [kpi for kpi in CATALOGUE.kpis if kpi.worse != "none"]
GROUPS = len({kpi.group for kpi in JUDGED})


def fine(**changes: float) -> pd.DataFrame:
    """One cell without any loss, apart from ``changes`` (``__`` for the dot)."""
    columns = {f"{kpi.name}.{what}": 0.0 for kpi in JUDGED for what in ("pain_6h", "pain_24h")}
    columns |= {f"{kpi.name}.beyond_24h": 0.0 for kpi in JUDGED if kpi.limit is not None}
    columns |= {name.replace("__", "."): value for name, value in changes.items()}
    return pd.DataFrame(columns, index=["c"])


def judged(table: pd.DataFrame, age_h: float = 1.0, policy: Policy = POLICY) -> pd.Series:
    return quality_now(table, pd.Series([age_h], index=["c"]), CATALOGUE, policy).loc["c"]


def test_at_its_own_normal_a_cell_has_a_hundred_points() -> None:
    row = judged(fine())
    assert (row["quality_now"], row["quality_state"]) == (100.0, "good")
    assert row["quality_kpi"] is None


def test_newest_hours_count_more_and_the_worst_group_as_much_as_all() -> None:
    row = judged(fine(drop_rate_pct__pain_6h=4.0, drop_rate_pct__pain_24h=1.0))
    # Excess 0.6 x 4 + 0.4 x 1 = 2.8 strays, 35 points; retainability 65, the other groups 100.
    mean = (100 * (GROUPS - 1) + 65) / GROUPS
    assert row["quality_now"] == pytest.approx(0.5 * 65 + 0.5 * mean)
    assert (row["quality_state"], row["quality_kpi"]) == ("degraded", "drop_rate_pct")


def test_a_limit_costs_points_though_it_is_the_cells_own_normal() -> None:
    row = judged(fine(prb_util_dl_pct__beyond_24h=0.5))
    mean = (100 * (GROUPS - 1) + 75) / GROUPS  # half the hours x 50 points
    assert row["quality_now"] == pytest.approx(0.5 * 75 + 0.5 * mean)
    assert row["quality_kpi"] == "prb_util_dl_pct"


def test_the_larger_loss_counts_not_the_sum_and_never_below_zero() -> None:
    out = judged(
        fine(
            availability_pct__pain_6h=40.0,
            availability_pct__pain_24h=40.0,
            availability_pct__beyond_24h=1.0,
        )
    )
    assert out["quality_now"] == pytest.approx(0.5 * 0 + 0.5 * 100 * (GROUPS - 1) / GROUPS)
    assert out["quality_state"] == "bad"


def test_unknown_is_never_good() -> None:
    assert judged(fine(), age_h=7.0)["quality_state"] == "unknown"
    assert judged(fine(), age_h=np.nan)["quality_state"] == "unknown"
    nothing = judged(pd.DataFrame(index=["c"]))
    assert nothing["quality_state"] == "unknown"
    assert np.isnan(nothing["quality_now"])
    # A KPI that is not delivered costs nothing and gives nothing.
    some = fine(drop_rate_pct__pain_6h=np.nan, drop_rate_pct__pain_24h=np.nan)
    assert judged(some)["quality_now"] == 100.0


def test_without_the_users_share_the_mean_stray_stands_in() -> None:
    table = pd.DataFrame({"drop_rate_pct.dev_6h": [5.0], "drop_rate_pct.dev_24h": [3.0]}, ["c"])
    # Excess 0.6 x 4 + 0.4 x 2 = 3.2 strays, 40 points; one group alone is known.
    assert judged(table)["quality_now"] == pytest.approx(60.0)


def test_users_and_traffic_say_nothing_of_quality() -> None:
    gone = fine(active_users__dev_6h=9.0, active_users__dev_24h=9.0, active_users__pain_6h=9.0)
    assert judged(gone)["quality_now"] == 100.0


@pytest.mark.parametrize(
    ("status", "state", "expected"),
    [
        ("red", "bad", "both_bad"),
        ("yellow", "degraded", "both_bad"),
        ("red", "good", "good_kpis_unhappy_users"),
        ("green", "bad", "bad_kpis_quiet_users"),
        ("green", "degraded", "both_good"),
        ("green", "good", "both_good"),
        ("unknown", "bad", "unknown"),
        ("red", "unknown", "unknown"),
    ],
)
def test_risk_and_quality_together(status: str, state: str, expected: str) -> None:
    assert agreement(pd.Series([status]), pd.Series([state])).tolist() == [expected]


def test_limits_of_quality_are_policy(tmp_path) -> None:
    assert load_policy(BUILT_IN).quality == type(POLICY.quality)()  # defaults and file agree
    text = BUILT_IN.read_text("utf-8")
    older = tmp_path / "older.toml"
    older.write_text(text[: text.index("[quality]")], "utf-8")
    assert load_policy(older).quality == POLICY.quality
    crossed = tmp_path / "crossed.toml"
    crossed.write_text(text.replace("bad_below = 60", "bad_below = 90"), "utf-8")
    with pytest.raises(PolicyError, match="bad_below"):
        load_policy(crossed)
    strict = POLICY.model_copy(
        update={"quality": POLICY.quality.model_copy(update={"degraded_below": 99.9})}
    )
    slightly = fine(drop_rate_pct__pain_6h=0.1)
    assert judged(slightly)["quality_state"] == "good"
    assert judged(slightly, policy=strict)["quality_state"] == "degraded"
