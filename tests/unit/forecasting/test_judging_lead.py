"""Lead times: runs of red, what came after them, and what came without them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from forecasting.judging.lead import lead_times, red_runs
from forecasting.judging.reds import as_many, score_leads

START = datetime(2026, 10, 1, tzinfo=UTC)
ORIGINS = pd.DatetimeIndex([START + timedelta(days=n) for n in range(6)])


def at(days: float) -> pd.Timestamp:
    return pd.Timestamp(START + timedelta(days=days))


def reds(**cells: list[int]) -> pd.DataFrame:
    rows = [(cell, ORIGINS[day]) for cell, days in cells.items() for day in days]
    frame = pd.DataFrame(rows, columns=["cell_id", "as_of"])
    return frame.assign(as_of=pd.to_datetime(frame["as_of"], utc=True))


def complaints(*rows: tuple[str, float]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "cell_id": [cell for cell, _ in rows],
            "created_at": pd.to_datetime([at(day) for _, day in rows], utc=True).as_unit("us"),
        }
    )


def told(red: pd.DataFrame, came: pd.DataFrame, until: float = 100):
    return lead_times(ORIGINS, red, came, 72, at(until))


def test_runs_end_where_an_origin_is_not_red() -> None:
    runs = red_runs(ORIGINS, reds(b=[0, 1, 3], a=[2, 3, 4]))
    assert runs["cell_id"].tolist() == ["a", "b", "b"]
    assert runs["red_since"].tolist() == [at(2), at(0), at(3)]
    assert runs["red_until"].tolist() == [at(4), at(1), at(3)]


def test_lead_time_is_counted_from_the_first_red_of_the_run() -> None:
    # red on days 0, 1, 2; the complaint comes at 2.5 days: 60 h after the first red
    made = told(reds(a=[0, 1, 2]), complaints(("a", 2.5), ("a", 2.75)))
    assert made.runs["lead_h"].tolist() == [60.0]
    assert made.firsts[["warned", "lead_h"]].to_numpy().tolist() == [[True, 60.0]]


def test_a_complaint_counts_until_the_last_reds_horizon_is_over() -> None:
    for day, lead in ((4.0, 96.0), (4.01, None)):  # red until day 1, three days more
        [run] = told(reds(a=[0, 1]), complaints(("a", day))).runs.itertuples()
        assert run.lead_h == pytest.approx(lead, nan_ok=True) if lead else pd.isna(run.lead_h)


def test_a_complaint_at_the_moment_of_the_forecast_was_not_foreseen() -> None:
    made = told(reds(a=[1]), complaints(("a", 1.0)))
    assert made.runs["lead_h"].isna().all()
    assert not made.firsts["warned"].any()


def test_a_run_that_still_waits_is_not_counted_as_a_false_alarm() -> None:
    waiting = told(reds(a=[0, 5], b=[5]), complaints(("b", 5.5)), until=6)
    # a's run of day 0 is over; that of day 5 waits; b's waits no longer, its complaint came
    assert waiting.to_json()["runs"] == 2
    assert waiting.to_json()["runs_with_complaint"] == 1


def test_first_complaints_have_none_in_the_week_before() -> None:
    came = complaints(("a", -3), ("a", 2), ("b", 2), ("b", 3), ("c", -8), ("c", 1.5), ("d", 9))
    made = told(reds(b=[0], c=[3]), came)
    # a complained five days before; d after the last forecast's day
    assert made.firsts["cell_id"].tolist() == ["b", "c"]
    assert made.firsts["warned"].tolist() == [True, False]  # c was red only later
    assert made.to_json()["share_preceded_by_red"] == 0.5


def test_quartiles_by_hand() -> None:
    # leads 12, 24, 36, 48, 60 h: quartiles 24, 36, 48; four of five after a day or more
    red = reds(a=[0], b=[0], c=[0], d=[0], e=[0])
    came = complaints(("a", 0.5), ("b", 1), ("c", 1.5), ("d", 2), ("e", 2.5))
    made = told(red, came).to_json()
    quartiles = [made[k] for k in ("lower_quartile_h", "median_h", "upper_quartile_h")]
    assert quartiles == [24.0, 36.0, 48.0]
    assert made["share_24h"] == 0.8


def test_nothing_red_and_nothing_said() -> None:
    made = told(reds(), complaints()).to_json()
    assert made["runs"] == made["first_complaints"] == 0
    assert made["median_h"] is made["share_24h"] is made["share_preceded_by_red"] is None


def test_baselines_choose_as_many_cells_as_are_red() -> None:
    rows = pd.DataFrame(
        {
            "as_of": [ORIGINS[0]] * 4 + [ORIGINS[1]] * 4,
            "cell_id": ["a", "b", "c", "d"] * 2,
            "status": ["red", "red", "green", "green", "green", "green", "green", "red"],
            "probability": [0.9, 0.8, 0.1, 0.1, 0.1, 0.1, 0.1, 0.7],
            "rule": [1.0, 5.0, 5.0, 9.0, 0.0, 0.0, 0.0, 0.0],
        }
    )
    chosen = as_many(rows, rows[rows["status"] == "red"], "rule")
    assert chosen["cell_id"].tolist() == ["d", "b"]  # of b and c, equal, the first; zeros never
    came = complaints(("a", 1), ("d", 0.5))
    leads = score_leads(rows, ["probability", "rule"], came, 72, at(50).to_pydatetime())
    assert leads["probability"].to_json()["share_preceded_by_red"] == 0.5
    assert leads["rule"].firsts.set_index("cell_id")["warned"].to_dict() == {"a": False, "d": True}
