"""Alarms of the simulated city: beside some faults, often beside none, and nothing else moves."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from ingest.simulator import LiveCity, simulate
from ingest.simulator.alarms import Alarm, AlarmBook, row, rows
from ingest.simulator.city import build_city
from ingest.simulator.feeds import ALARM_COLUMNS
from ingest.simulator.run import ZONE
from tests.support.simulated import DAYS, END, city_of_500
from tests.support.warehouses import Room

START = END - timedelta(days=DAYS)
TIMES = ["raised_at", "cleared_at", "acknowledged_at", "changed_at"]


@pytest.fixture(scope="module")
def city() -> Path:
    return city_of_500()


def read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, parse_dates=TIMES)


def files(folder: Path) -> dict[str, bytes]:
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()
    }


def accompanied(city: Path) -> pd.DataFrame:
    """Faults of the span, with whether an alarm came on the cell or its site before they ended."""
    alarms = read(city / "alarms.csv")
    faults = pd.read_parquet(city / "truth" / "faults.parquet")
    faults["ends_at"] = faults["ends_at"].fillna(pd.Timestamp(END))
    found = []
    for fault in faults.drop_duplicates("fault_id").itertuples():
        on_site = alarms["site_id"] == fault.site_id
        on_cell = alarms["cell_id"].isna() | (alarms["cell_id"] == fault.cell_id)
        during = alarms["raised_at"].between(fault.starts_at, fault.ends_at)
        found.append((fault.cause, bool((on_site & on_cell & during).any())))
    return pd.DataFrame(found, columns=["cause", "alarm"])


def test_alarms_accompany_some_faults_and_never_all(city: Path) -> None:
    share = accompanied(city).groupby("cause")["alarm"].agg(["mean", "size"])
    assert 0.4 < share.loc["hardware", "mean"] < 0.75
    assert 0.4 < share.loc["transport", "mean"] < 0.75
    for cause in ("coverage", "sleeping_cell", "congestion"):
        assert share.loc[cause, "mean"] < 0.35
    assert share["size"].sum() > 200


def test_most_alarms_mean_nothing_and_come_daily(city: Path) -> None:
    alarms, faults = read(city / "alarms.csv"), pd.read_parquet(city / "truth" / "faults.parquet")
    ends = faults["ends_at"].fillna(pd.Timestamp(END))
    blind = 0
    for alarm in alarms.itertuples():
        at_site = faults["site_id"] == alarm.site_id
        blind += not (
            at_site & (faults["starts_at"] <= alarm.raised_at) & (ends > alarm.raised_at)
        ).any()
    # 500 cells: 2.5 a day without a fault, and those of works; flaps and doubles on top.
    assert 2 < blind / 60 < 8
    assert 0.3 < blind / len(alarms) < 0.9


def test_feed_holds_together(city: Path) -> None:
    alarms = read(city / "alarms.csv")
    assert tuple(alarms.columns) == ALARM_COLUMNS
    assert alarms["alarm_id"].is_unique
    assert (alarms["raised_at"] <= END).all()
    for later in ("cleared_at", "acknowledged_at"):
        known = alarms[alarms[later].notna()]
        assert (known[later] > known["raised_at"]).all()
        assert (known[later] <= END).all()
    assert set(alarms["severity"]) == {"warning", "minor", "major", "critical"}
    old = alarms[alarms["raised_at"] < END - timedelta(days=20)]
    assert 0.03 < old["cleared_at"].isna().mean() < 0.25  # never cleared
    flapping = alarms.groupby(["site_id", "specific_problem"]).size()
    assert (flapping >= 3).sum() > 5


def test_what_happens_in_the_city_does_not_depend_on_alarms(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lives(name: str) -> dict[str, bytes]:
        life, tickets = simulate(tmp_path / name, cells=40, days=4, seed=5, end=END)
        city = LiveCity.start(tmp_path / f"{name}-state", life, tickets)
        for _ in range(12):
            city.drop_hour(tmp_path / name / "inbox")
        return files(tmp_path / name)

    loud = lives("loud")
    monkeypatch.setattr(AlarmBook, "live", lambda *_: [])
    silent = lives("silent")
    other = {name for name in loud if not name.split("/")[-1].startswith("alarms")}
    assert loud["alarms.csv"] != silent["alarms.csv"]
    assert {name: loud[name] for name in other} == {
        name: text for name, text in silent.items() if name != "alarms.csv"
    }


def test_the_living_city_tells_each_state_in_its_hour(tmp_path: Path) -> None:
    life, tickets = simulate(tmp_path / "c", cells=300, days=2, seed=8, end=END, with_truth=False)
    straight = LiveCity.start(tmp_path / "s1", life, tickets)
    straight.drop_hour(tmp_path / "in1")
    resumed = LiveCity.resume(tmp_path / "s1")
    for _ in range(47):
        straight.drop_hour(tmp_path / "in1")
        resumed.drop_hour(tmp_path / "in2")
    assert files(tmp_path / "in2").items() <= files(tmp_path / "in1").items()
    told = [read(p).assign(hour=p.stem[-11:]) for p in sorted((tmp_path / "in1").glob("alarms_*"))]
    assert all(t["alarm_id"].is_unique for t in told)
    every = pd.concat(told)
    hour = pd.to_datetime(every["hour"], format="%Y%m%dT%H").dt.tz_localize(ZONE)
    newest = every["changed_at"]
    # A file has what changed in its hour, and nothing that was to come.
    assert ((newest > hour) & (newest <= hour + timedelta(hours=1))).all()
    assert every["alarm_id"].duplicated().any()  # raised in one hour, cleared in another
    assert not every.drop(columns="hour").duplicated().any()


def test_the_last_told_state_is_the_present_one(tmp_path: Path) -> None:
    early = END - timedelta(hours=36)
    life, tickets = simulate(tmp_path / "h", cells=300, days=3, seed=8, end=early, with_truth=False)
    city = LiveCity.start(tmp_path / "s", life, tickets)
    for _ in range(36):
        city.drop_hour(tmp_path / "in")
    last = pd.concat([read(p) for p in sorted((tmp_path / "in").glob("alarms_*"))])
    last = last.drop_duplicates("alarm_id", keep="last").set_index("alarm_id")
    now = {r["alarm_id"]: r for r in rows(city.life.book.open, city.life.city, END)}
    both = [key for key in now if key in last.index]
    assert both
    for key in both:
        assert last.loc[key, "state"] == now[key]["state"]


def test_a_state_shows_only_what_was_known() -> None:
    city = build_city(12, seed=1)
    sites = list(dict.fromkeys(city.cells["site_id"]))
    hour = timedelta(hours=1)
    text = ("equipmentAlarm", "powerProblem", "p", "d")
    alarm = Alarm("A", 0, 1, START, START + hour, START + 3 * hour, "major", text)
    shown = [row(alarm, city, sites, START + k * hour) for k in (0, 1, 3)]
    assert [r["state"] for r in shown] == ["active", "acknowledged", "cleared"]
    assert [r["changed_at"] for r in shown] == [START, START + hour, START + 3 * hour]
    assert {r["severity"] for r in shown} == {"major"}
    assert shown[0]["cell_id"] == city.cells["cell_id"].iloc[1]
    late = Alarm("B", 0, None, START, START + 5 * hour, START + 3 * hour, "minor", text)
    assert late.seen_at is None  # nobody acknowledges what is cleared
    assert row(late, city, sites, END)["cell_id"] is None
    gone = Alarm("C", 0, None, START, None, None, "minor", text, withdrawn=True)
    assert rows([gone, late], city, END) == [row(late, city, sites, END)]


def test_the_feed_is_loaded_without_a_refusal(city: Path, tmp_path: Path, room: Room) -> None:
    result = room.take("alarms.csv", (city / "alarms.csv").read_text("utf-8"))
    assert result.feed == "alarms"
    assert (result.rows_rejected, result.rows_loaded) == (0, len(read(city / "alarms.csv")))
