"""The simulated city: deterministic, calibrated oracle, realistic rarity, and it goes on."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ingest.errors import IngestError
from ingest.simulator import LiveCity, annoyance, simulate
from ingest.simulator.city import build_city
from tests.support.simulated import DAYS, END, city_of_500


@pytest.fixture(scope="module")
def city() -> Path:
    return city_of_500()


def digest(folder: Path) -> str:
    total = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        total.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return total.hexdigest()


def test_same_arguments_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        simulate(tmp_path / name, cells=30, days=3, seed=5, end=END)
    simulate(tmp_path / "c", cells=30, days=3, seed=6, end=END)
    assert digest(tmp_path / "a") == digest(tmp_path / "b") != digest(tmp_path / "c")


@pytest.mark.parametrize("cells", [12, 13, 100, 501])
def test_exactly_so_many_cells_each_in_its_district(cells: int) -> None:
    city = build_city(cells, seed=1)
    assert len(city.cells) == cells == city.cells["cell_id"].nunique()
    import geopandas

    points = geopandas.points_from_xy(city.cells["longitude"], city.cells["latitude"])
    shapes = city.regions.set_index("region_id").geometry.loc[city.cells["region_id"]]
    assert all(shape.contains(p) for shape, p in zip(shapes, points, strict=True))


def test_three_sectors_a_site() -> None:
    cells = build_city(300, seed=2).cells
    lte = cells[cells["technology"] == "LTE"].groupby("site_id")["azimuth_deg"].agg(list)
    full = lte[lte.map(len) == 3]
    assert len(full) >= len(lte) - 1
    assert all((a[1] - a[0]) % 360 == 120 == (a[2] - a[1]) % 360 for a in full)


def test_kpi_feed_is_hourly_complete_but_for_a_few_lost_rows(city: Path) -> None:
    kpis = pd.concat(map(pd.read_parquet, sorted((city / "kpis").glob("*.parquet"))))
    assert not kpis.duplicated(["cell_id", "ts"]).any()
    share = len(kpis) / (500 * DAYS * 24)
    assert 0.985 < share < 0.9995
    assert kpis["ts"].min() == END - timedelta(days=DAYS)
    assert kpis["ts"].max() == END - timedelta(hours=1)
    assert kpis.notna().all().all()


def test_rarity_and_shares(city: Path) -> None:
    tickets = pd.read_csv(city / "tickets.csv", parse_dates=["created_at"])
    truth = pd.read_parquet(city / "truth" / "ticket_cells.parquet")
    # About one low-satisfaction complaint per 70 cells and day; causes cluster, so allow a factor.
    assert 40 < 500 * DAYS / truth["low"].sum() < 120
    assert 0.33 < tickets["cell_id"].isna().mean() < 0.47
    only_position = tickets[tickets["cell_id"].isna()]
    assert only_position[["longitude", "latitude"]].notna().all().all()
    assert only_position["region_id"].isna().all()
    old = tickets[tickets["created_at"] < END - timedelta(days=8)]
    assert (old["status"] == "closed").all()
    assert 0.27 < old["satisfaction"].isna().mean() < 0.40
    hour = tickets["created_at"].dt.hour
    assert ((hour >= 7) & (hour < 23)).mean() > 0.95
    assert tickets["description"].str.contains(r"[一-鿿]").all()
    assert tickets["channel"].nunique() >= 5


def test_nothing_is_told_before_it_is_known(city: Path) -> None:
    times = ["created_at", "recorded_at", "replied_at", "closed_at", "callback_at"]
    tickets = pd.read_csv(city / "tickets.csv", parse_dates=times)
    assert (tickets[times].max() <= END).all()
    open_ = tickets[tickets["status"] != "closed"]
    assert len(open_) > 0
    assert open_[["closed_at", "satisfaction", "callback_at"]].isna().all().all()


def test_complaints_follow_their_fault_by_hours_to_days(city: Path) -> None:
    links = pd.read_parquet(city / "truth" / "ticket_cells.parquet").dropna(subset="fault_id")
    faults = pd.read_parquet(city / "truth" / "faults.parquet")
    tickets = pd.read_csv(city / "tickets.csv", parse_dates=["created_at"])
    told = tickets.drop(columns="created_at")
    joined = links.merge(faults, on=["fault_id", "cell_id"]).merge(told, on="ticket_id")
    delay = (joined["created_at"] - joined["starts_at"]).dt.total_seconds() / 3600
    assert len(joined) > 100
    assert (delay >= 0).all()
    assert 8 < delay.median() < 150


def test_oracle_is_calibrated_and_better_than_any_constant(city: Path) -> None:
    oracle = pd.read_parquet(city / "truth" / "oracle.parquet").dropna(subset="low_complaints")
    ratio = oracle["expected_low_complaints"].sum() / oracle["low_complaints"].sum()
    assert 0.8 < ratio < 1.25
    happened = oracle["low_complaints"] > 0
    top = oracle["probability"] >= oracle["probability"].quantile(0.99)
    assert happened[top].mean() > 8 * happened.mean()
    assert abs(oracle.loc[top, "probability"].mean() - happened[top].mean()) < 0.15


def test_truth_counts_every_low_complaint_once_a_day_for_three_days(city: Path) -> None:
    oracle = pd.read_parquet(city / "truth" / "oracle.parquet").dropna(subset="low_complaints")
    links = pd.read_parquet(city / "truth" / "ticket_cells.parquet")
    low = links[links["low"]]
    first, last = oracle["as_of"].min(), oracle["as_of"].max()
    inner = low["created_at"].between(first + timedelta(days=2), last + timedelta(days=1))
    by_three = oracle[oracle["as_of"].between(first + timedelta(days=2), last)]
    middle = low["created_at"].between(first + timedelta(days=4), last)
    assert inner.sum() >= middle.sum() > 0
    assert by_three["low_complaints"].sum() >= 3 * middle.sum() - 3


@pytest.mark.parametrize("hours", [24, 168])
def test_truth_of_other_horizons(city: Path, hours: int) -> None:
    oracle = pd.read_parquet(city / "truth" / "oracle.parquet")
    links = pd.read_parquet(city / "truth" / "ticket_cells.parquet")
    origin = oracle.groupby("as_of")[f"low_complaints_{hours}h"].sum().idxmax()
    inside = links["low"] & (links["created_at"] > origin)
    inside &= links["created_at"] <= origin + timedelta(hours=hours)
    at_origin = oracle[oracle["as_of"] == origin].set_index("cell_id")
    happened = at_origin[f"low_complaints_{hours}h"]
    assert happened.sum() == inside.sum() > 0
    counts = links[inside].groupby("cell_id").size()
    assert happened[happened > 0].sort_index().tolist() == counts.sort_index().tolist()
    over = oracle["as_of"] + timedelta(hours=hours) <= END
    assert (oracle[f"low_complaints_{hours}h"].notna() == over).all()
    judged = oracle[over]
    ratio = judged[f"expected_low_complaints_{hours}h"].sum()
    ratio /= judged[f"low_complaints_{hours}h"].sum()
    assert 0.8 < ratio < 1.25
    shorter, longer = ("", "_168h") if hours == 168 else ("_24h", "")
    assert (oracle[f"probability{longer}"] > oracle[f"probability{shorter}"]).all()


def test_later_weight_is_what_the_pools_give_off() -> None:
    readiness = np.array([1.0, 0.5, 2.0, 1.5])
    later, waiting = annoyance.later_weight(readiness)
    pools = np.zeros((5, 2, 1))
    total = 0.0
    for hour, ready in enumerate(readiness):
        exposure = np.array([1.0 if hour == 1 else 0.0])
        annoyance.fill(pools, exposure, np.array([0.5]))
        total += annoyance.given_off(pools, ready)[0, 0]
    assert total == pytest.approx(later[1])
    pools = np.zeros((5, 2, 1))
    pools[0, 1] = 1.0
    total = 0.0
    for ready in readiness:
        annoyance.fill(pools, np.zeros(1), np.zeros(1))
        total += annoyance.given_off(pools, ready)[0, 0]
    assert total == pytest.approx(waiting[1])


def test_the_city_goes_on_as_if_it_had_never_stopped(tmp_path: Path) -> None:
    middle = END - timedelta(hours=30)
    life, tickets = simulate(tmp_path / "c", cells=60, days=6, seed=4, end=middle, with_truth=False)
    straight = LiveCity.start(tmp_path / "s1", life, tickets)
    straight.drop_hour(tmp_path / "in1")
    resumed = LiveCity.resume(tmp_path / "s1")
    for _ in range(29):
        straight.drop_hour(tmp_path / "in1")
        resumed.drop_hour(tmp_path / "in2")
    first = {p.name: p.read_bytes() for p in (tmp_path / "in1").iterdir()}
    second = {p.name: p.read_bytes() for p in (tmp_path / "in2").iterdir()}
    assert second.items() <= first.items()
    assert len([n for n in second if n.startswith("kpis_")]) == 29
    assert resumed.next_hour == END
    assert not [p for p in (tmp_path / "in1").iterdir() if p.suffix == ".part"]


def test_live_tells_every_state_of_a_ticket_once(tmp_path: Path) -> None:
    life, tickets = simulate(tmp_path / "c", cells=400, days=3, seed=8, end=END, with_truth=False)
    city = LiveCity.start(tmp_path / "state", life, tickets)
    dropped = [path for _ in range(24) for path in city.drop_hour(tmp_path / "in")]
    told = [
        pd.read_csv(path, dtype=str).assign(file=path.name)
        for path in dropped
        if path.name.startswith("tickets_")
    ]
    rows = pd.concat(told)
    states = rows.groupby("ticket_id")["status"].agg(list)
    assert rows.drop(columns="file").duplicated().sum() == 0
    assert states.map(lambda s: "closed" in s).any()
    assert (rows["recorded_at"].notna()).all()


@pytest.mark.parametrize(
    ("bad", "word"),
    [({"cells": 5}, "cells"), ({"days": 0}, "days"), ({"seed": -1}, "seed")],
)
def test_bad_arguments_are_named(tmp_path: Path, bad: dict[str, int], word: str) -> None:
    with pytest.raises(IngestError, match=word):
        simulate(tmp_path / "x", **{"cells": 30, "days": 2, "seed": 1, **bad}, end=END)


def test_does_not_write_into_a_used_directory(tmp_path: Path) -> None:
    (tmp_path / "note").write_text("mine")
    with pytest.raises(IngestError, match="not an empty directory"):
        simulate(tmp_path, cells=30, days=2, seed=1, end=END)


def test_a_damaged_state_is_refused(tmp_path: Path) -> None:
    life, tickets = simulate(tmp_path / "c", cells=30, days=2, seed=1, end=END, with_truth=False)
    LiveCity.start(tmp_path / "state", life, tickets)
    next((tmp_path / "state").glob("*.npz")).write_bytes(b"PK")
    with pytest.raises(IngestError, match="cannot go on"):
        LiveCity.resume(tmp_path / "state")


def test_service_and_words_follow_the_technology_of_the_cell(city: Path) -> None:
    truth = pd.read_parquet(city / "truth" / "ticket_cells.parquet")
    tickets = pd.read_csv(city / "tickets.csv").merge(
        truth[["ticket_id", "cell_id"]].rename(columns={"cell_id": "true_cell"}), on="ticket_id"
    )
    nr = tickets["true_cell"].str.contains("-N")
    voice = tickets["service"] == "语音业务"
    assert voice[nr].mean() < 0.6 * voice[~nr].mean()
    begun = tickets["description"].str.startswith(("手机显示5G", "开着5G"))
    assert not begun[~nr | voice].any()
    assert 0.2 < begun[nr & ~voice].mean() < 0.5
    only_4g = tickets["description"].str.startswith("手机只显示4G")
    assert not only_4g[nr].any()
    assert 0.02 < only_4g[~nr & ~voice].mean() < 0.15
