"""Causes: each is known by its signature, and by what alarms, works and the mast add to it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from forecasting.cells.cause_facts import CauseFacts, unexplained
from forecasting.cells.causes import load_signatures, others_share, probable_cause
from forecasting.cells.evidence import COLUMNS, evidence_of
from forecasting.cells.playbook import BUILT_IN, load_playbook, playbook_table
from forecasting.errors import ForecastingError
from ingest.catalogue import load_catalogue

CATALOGUE = load_catalogue()
KPIS = [kpi.name for kpi in CATALOGUE.kpis]
ORIGIN = datetime(2026, 6, 15, 4, tzinfo=UTC)
MAST = ["c1", "c2", "c3"]
ALARM = ["alarm_id", "cell_id", "site_id", "raised_at", "cleared_at", "severity",
         "probable_cause", "specific_problem", "description"]  # fmt: skip
WORK = ["work_id", "cell_id", "site_id", "region_id", "starts_at", "ends_at", "kind", "description"]


def strays(window: str = "24h", cells: tuple[str, ...] = ("c1",), **z: float) -> pd.DataFrame:
    """Cells of one mast; the KPIs of some stray by ``z`` in one window and are normal otherwise."""
    columns = {f"{kpi}.dev_{w}": 0.0 for kpi in KPIS for w in ("6h", "24h", "72h")}
    table = pd.DataFrame(columns | {"near:active_users.dev_24h": 0.0}, index=MAST)
    for kpi, value in z.items():
        table.loc[list(cells), f"{kpi}.dev_{window}"] = value
    return table


def hours_ago(hours: float) -> pd.Timestamp:
    return pd.Timestamp(ORIGIN - timedelta(hours=hours))


def alarm(number: int = 1, *, hours: float = 5, cleared: float | None = None, **row: Any) -> dict:
    return {
        "alarm_id": f"A{number}", "cell_id": "c1", "site_id": "s1", "raised_at": hours_ago(hours),
        "cleared_at": pd.NaT if cleared is None else hours_ago(cleared), "severity": "major",
        "probable_cause": "equipmentMalfunction", "specific_problem": "RRU", "description": None,
    } | row  # fmt: skip


def work(hours: float, **row: Any) -> dict:
    return {
        "work_id": "W1", "cell_id": None, "site_id": "s1", "region_id": None, "kind": "cutover",
        "starts_at": hours_ago(hours), "ends_at": hours_ago(hours - 3), "description": "割接",
    } | row  # fmt: skip


def facts(
    alarms: list[dict] | None = None, works: list[dict] | None = None, **hours: float
) -> CauseFacts:
    rung = pd.DataFrame(alarms or [], columns=ALARM)
    done = pd.DataFrame(works or [], columns=WORK)
    for frame, names in ((rung, ("raised_at", "cleared_at")), (done, ("starts_at", "ends_at"))):
        for name in names:
            frame[name] = pd.to_datetime(frame[name], utc=True).astype("datetime64[us, UTC]")
    places = pd.DataFrame({"site_id": "s1", "region_id": "r1"}, index=MAST)
    recent = pd.DataFrame(
        {f"{kpi}.{what}": 3.5 if what == "value" else 2.5 for kpi in KPIS
         for what in ("value", "normal")}, index=["c1"],
    )  # fmt: skip
    return CauseFacts(ORIGIN, places, rung, done, pd.DataFrame(hours, index=["c1"]), recent)


def cause(table: pd.DataFrame, known: CauseFacts | None = None, moved: float = 1.0) -> str:
    named = probable_cause(table, pd.Index(["c1"]), known or facts(), pd.Series({"c1": moved}))
    return str(named.loc["c1"])


@pytest.mark.parametrize(
    ("z", "expected"),
    [
        ({"availability_pct": 30, "accessibility_pct": 9, "drop_rate_pct": 3}, "hardware"),
        ({"interference_dbm": 6, "sinr_db": 5, "drop_rate_pct": 2}, "interference"),
        ({"rsrp_dbm": 6, "sinr_db": 2, "handover_success_pct": 4}, "coverage"),
        ({"packet_loss_pct": 8, "latency_ms": 6, "throughput_dl_mbps": 3}, "transport"),
        ({"active_users": 7, "traffic_dl_gb": 6, "prb_util_dl_pct": -6}, "sleeping_cell"),
        ({"prb_util_dl_pct": 6, "throughput_dl_mbps": 4}, "congestion"),
        ({"drop_rate_pct": 0.4, "voice_mos": 0.5}, "unknown"),
        ({}, "unknown"),
    ],
)
def test_each_cause_is_known_by_its_signature(z: dict[str, float], expected: str) -> None:
    assert cause(strays(**z)) == expected


def test_after_works_only_within_two_weeks_of_works() -> None:
    table = strays(handover_success_pct=8, accessibility_pct=8)
    assert cause(table, facts(works=[work(30)])) == "after_works"
    assert cause(table, facts(works=[work(300)])) == "after_works"
    assert cause(table, facts(works=[work(400)])) == "unknown"
    assert cause(table) == "unknown"
    elsewhere = work(30, site_id="s2")
    assert cause(table, facts(works=[elsewhere])) == "unknown"
    of_region = work(30, site_id=None, region_id="r1")
    assert cause(table, facts(works=[of_region])) == "after_works"


def test_the_mast_tells_a_cells_fault_from_a_sites() -> None:
    # Packet loss alone on one cell of three fits less than on all three: 2 x 0.75 < 2 < 2 x 1.25.
    z = {"packet_loss_pct": 2.0, "latency_ms": 2.2}
    assert cause(strays(**z)) == "unknown"
    assert cause(strays(cells=("c1", "c2", "c3"), **z)) == "transport"


def test_share_of_the_others_leaves_the_cell_itself_out() -> None:
    sites = pd.Series({"a": "s", "b": "s", "c": "s", "d": "t", "e": None})
    shows = pd.Series({"a": True, "b": True, "c": False, "d": True, "e": True})
    share = others_share(shows, sites)
    assert share[["a", "b", "c"]].tolist() == [0.5, 0.5, 1.0]
    assert share[["d", "e"]].isna().all()


def test_an_alarm_makes_a_weak_sign_enough_but_is_no_cause_alone() -> None:
    weak = strays(availability_pct=1.5, accessibility_pct=1.5)  # 1.5 / 1.6 x 1.25 = 1.17
    weaker = strays(availability_pct=1.1, accessibility_pct=1.1)  # 0.86, x 1.3 with an alarm
    assert cause(weak) == "hardware"
    assert cause(weaker) == "unknown"
    assert cause(weaker, facts([alarm()])) == "hardware"
    assert cause(strays(), facts([alarm()])) == "unknown"
    other = alarm(cell_id="c2")
    assert cause(weaker, facts([other])) == "unknown"  # hardware is the cell's own
    of_site = alarm(cell_id=None)
    assert cause(weaker, facts([of_site])) == "hardware"


def test_alarms_raised_during_works_say_nothing() -> None:
    known = facts([alarm(1, hours=29), alarm(2, hours=26.8), alarm(3, hours=5)], [work(30)])
    assert unexplained(known.alarms, known.works)["alarm_id"].tolist() == ["A3"]


def test_the_window_of_the_strongest_evidence_counts() -> None:
    assert cause(strays("6h", interference_dbm=6, sinr_db=5)) == "interference"


def test_users_gone_from_all_around_are_the_days_doing_not_the_cells() -> None:
    # 1.8 / 0.8 (a day needs less) / 1.8 (needs) x 1.25 (it alone on the mast) = 1.56; x 0.6 = 0.94
    table = strays(active_users=1.8, traffic_dl_gb=1.8, prb_util_dl_pct=-1.8)
    assert cause(table) == "sleeping_cell"
    table["near:active_users.dev_24h"] = 1.5
    assert cause(table) == "unknown"


def test_a_limit_names_congestion_though_it_is_usual() -> None:
    table = strays().assign(**{"prb_util_dl_pct.beyond_24h": 0.3})
    assert cause(table) == "congestion"


def test_where_kpis_added_nothing_they_are_not_the_cause() -> None:
    table = strays(interference_dbm=6, sinr_db=5)
    assert cause(table, moved=0.0) == "unknown"
    named = probable_cause(table, pd.Index(["c1"]), facts())
    assert named.tolist() == ["interference"]  # without a model the KPIs alone decide


def test_unknown_or_missing_kpis_give_an_unknown_cause() -> None:
    empty = strays().astype(float)
    empty.loc[:, :] = np.nan
    assert cause(empty) == "unknown"
    assert cause(pd.DataFrame(index=pd.Index(MAST))) == "unknown"


def test_signatures_name_known_kpis_and_typos_are_refused(tmp_path: Path) -> None:
    for signature in load_signatures().values():
        named = {*signature.kpis, *signature.absent, *signature.must}
        assert named <= set(KPIS)
    path = tmp_path / "causes.toml"
    path.write_text("[x]\nstray = {}\nneeds = 1\n")
    with pytest.raises(ForecastingError, match=r"causes\.toml"):
        load_signatures(path)


def told(table: pd.DataFrame, name: str, known: CauseFacts) -> list[dict]:
    levels = pd.DataFrame(
        {f"{kpi}.{what}": 1.5 if what == "value" else 1.0 for kpi in KPIS
         for what in ("value", "normal")}, index=MAST,
    )  # fmt: skip
    features = SimpleNamespace(table=table, levels=levels)
    frame = evidence_of(features, pd.Series({"c1": name}), known, CATALOGUE)
    assert list(frame.columns) == COLUMNS
    assert frame["rank"].tolist() == list(range(1, len(frame) + 1))
    return frame.to_dict("records")


def test_evidence_gives_values_hours_cells_and_alarms() -> None:
    table = strays(availability_pct=9, accessibility_pct=4).assign(missing_24h=0.25)
    known = facts(
        [alarm(1, hours=9, cleared=2), alarm(2, hours=20, specific_problem="BBU"),
         alarm(3, cell_id="c2")],
        over_availability_pct=31.0, over_accessibility_pct=12.0,
    )  # fmt: skip
    rows = told(table, "hardware", known)
    assert [row["kind"] for row in rows] == ["kpi", "kpi", "site", "missing", "alarm", "alarm"]
    first = rows[0]
    assert (first["kpi"], first["value"], first["normal"], first["hours"]) == (
        "availability_pct", 1.5, 1.0, 31.0,
    )  # fmt: skip
    assert (rows[2]["cells"], rows[2]["site_cells"]) == (1, 3)
    assert rows[3]["value"] == 0.25
    assert [row["text"] for row in rows[4:]] == ["BBU", "RRU"]  # the standing one first
    assert rows[5]["until"] == hours_ago(2)


def test_a_young_fault_is_told_by_its_last_hours() -> None:
    old, young = strays("72h", rsrp_dbm=3), strays("6h", rsrp_dbm=5)
    [first, *_] = told(old, "coverage", facts())
    assert (first["window"], first["value"], first["normal"]) == ("24h", 1.5, 1.0)
    [first, *_] = told(young, "coverage", facts())
    assert (first["window"], first["value"], first["normal"]) == ("6h", 3.5, 2.5)


def test_evidence_of_works_comes_first_after_works_and_last_elsewhere() -> None:
    table = strays(cells=("c1", "c2"), handover_success_pct=5, accessibility_pct=5)
    rows = told(table, "after_works", facts(works=[work(200), work(40, work_id="W2")]))
    assert [row["kind"] for row in rows] == ["works", "kpi", "kpi", "site"]
    assert rows[0]["since"] == hours_ago(40)
    assert (rows[3]["cells"], rows[3]["site_cells"]) == (2, 3)
    transport = told(strays(packet_loss_pct=6), "transport", facts(works=[work(40)]))
    assert [row["kind"] for row in transport] == ["kpi", "site", "works"]


def test_evidence_of_a_sleeping_cell_shows_falling_load_and_swollen_neighbours() -> None:
    table = strays(active_users=4, prb_util_dl_pct=-4)
    table["near:active_users.dev_24h"] = -1.25
    rows = told(table, "sleeping_cell", facts(under_prb_util_dl_pct=40.0))
    assert {row["kpi"]: row["hours"] for row in rows if row["kind"] == "kpi"}[
        "prb_util_dl_pct"
    ] == 40.0
    [near] = [row for row in rows if row["kind"] == "neighbours"]
    assert near["value"] == 1.25


def test_for_an_unknown_cause_what_stands_out_is_shown() -> None:
    table = strays(latency_ms=2, voice_mos=3)
    rows = told(table, "unknown", facts([alarm(probable_cause="enclosureDoorOpen")]))
    assert [(row["kind"], row["kpi"]) for row in rows[:2]] == [
        ("kpi", "voice_mos"), ("kpi", "latency_ms"),
    ]  # fmt: skip
    assert rows[2]["kind"] == "alarm"


def test_every_cause_has_a_play_in_both_languages(tmp_path: Path) -> None:
    table = playbook_table()
    assert set(table["cause"]) == {*load_signatures(), "unknown"}
    assert table.notna().all().all()
    assert table["action_zh"].str.contains(r"[一-鿿]").all()
    short = tmp_path / "mine.toml"
    text = BUILT_IN.read_text("utf-8")
    short.write_text(text[: text.index("[unknown]")], "utf-8")
    with pytest.raises(ForecastingError, match="lacks unknown"):
        load_playbook(short)
    short.write_text(text.replace("skill_en", "skil_en", 1), "utf-8")
    with pytest.raises(ForecastingError, match="hardware"):
        load_playbook(short)
    short.write_text(text.replace("radio equipment", "our riggers"), "utf-8")
    assert load_playbook(short)["hardware"].skill_en == "our riggers"
    later = ("skill =", "hours =", "on_site =")  # an older file knows none of these
    older = tmp_path / "older.toml"
    older.write_text("\n".join(line for line in text.splitlines() if not line.startswith(later)))
    assert load_playbook(older) == load_playbook()
