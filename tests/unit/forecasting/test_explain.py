"""Causes and drivers: why a cell is red."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from forecasting.cells.causes import load_signatures, probable_cause
from forecasting.cells.drivers import describe, top_drivers
from forecasting.errors import ForecastingError
from ingest.catalogue import load_catalogue

CATALOGUE = load_catalogue()
KPIS = [kpi.name for kpi in CATALOGUE.kpis]


def strays(window: str = "24h", works_age_h: float = np.nan, **z: float) -> pd.DataFrame:
    """One cell whose KPIs stray by ``z`` in one window and are normal otherwise."""
    columns = {f"{kpi}.dev_{w}": 0.0 for kpi in KPIS for w in ("6h", "24h", "72h")}
    columns |= {f"{kpi}.dev_{window}": value for kpi, value in z.items()}
    return pd.DataFrame(columns | {"works_age_h": works_age_h}, index=["c1"])


def cause(features: pd.DataFrame, by_kpis: float = 1.0) -> str:
    contributions = pd.DataFrame({"voice_mos.dev_24h": [by_kpis]}, index=features.index)
    return str(probable_cause(features, contributions).loc["c1"])


@pytest.mark.parametrize(
    ("z", "expected"),
    [
        ({"availability_pct": 30, "accessibility_pct": 9, "drop_rate_pct": 3}, "hardware"),
        ({"interference_dbm": 6, "sinr_db": 5, "drop_rate_pct": 2}, "interference"),
        ({"rsrp_dbm": 6, "sinr_db": 2, "handover_success_pct": 4}, "coverage"),
        ({"packet_loss_pct": 8, "latency_ms": 6, "throughput_dl_mbps": 3}, "transport"),
        ({"active_users": 7, "traffic_dl_gb": 6}, "sleeping_cell"),
        ({"prb_util_dl_pct": 6, "throughput_dl_mbps": 4}, "congestion"),
        ({"drop_rate_pct": 0.4, "voice_mos": 0.5}, "unknown"),
        ({}, "unknown"),
    ],
)
def test_each_cause_is_known_by_its_signature(z: dict[str, float], expected: str) -> None:
    assert cause(strays(**z)) == expected


def test_after_works_only_within_a_week_of_works() -> None:
    z = {"handover_success_pct": 8, "accessibility_pct": 8}
    assert cause(strays(works_age_h=30.0, **z)) == "after_works"
    assert cause(strays(works_age_h=200.0, **z)) != "after_works"
    assert cause(strays(**z)) != "after_works"


def test_the_window_of_the_strongest_evidence_counts() -> None:
    assert cause(strays("6h", interference_dbm=6, sinr_db=5)) == "interference"


def test_where_kpis_added_nothing_they_are_not_the_cause() -> None:
    features = strays(interference_dbm=6, sinr_db=5)
    assert cause(features, by_kpis=0.0) == "unknown"
    # Without a model there are no contributions, and the KPIs alone decide.
    assert probable_cause(features, pd.DataFrame(index=["c1"])).tolist() == ["interference"]


def test_unknown_kpis_give_an_unknown_cause() -> None:
    features = strays().astype(float)
    features.loc[:, :] = np.nan
    assert cause(features) == "unknown"


def test_signatures_name_known_kpis_and_typos_are_refused(tmp_path: Path) -> None:
    for signature in load_signatures().values():
        assert set(signature.strays) | set(signature.absent) <= set(KPIS)
    path = tmp_path / "causes.toml"
    path.write_text("[x]\nstray = {}\nneeds = 1\n")
    with pytest.raises(ForecastingError, match=r"causes\.toml"):
        load_signatures(path)


@pytest.mark.parametrize(
    ("feature", "kind", "kpi", "window"),
    [
        ("drop_rate_pct.dev_24h", "dev", "drop_rate_pct", "24h"),
        ("latency_ms.beyond_7d", "beyond", "latency_ms", "7d"),
        ("radio.pain_6h", "group", None, "6h"),
        ("pain_72h", "group", None, "72h"),
        ("cosite:tickets_7d", "neighbours", None, "7d"),
        ("tickets_7d", "tickets", None, "7d"),
        ("satisfaction_28d", "tickets", None, "28d"),
        ("works_age_h", "works", None, "h"),
        ("event_hours", "events", None, "hours"),
        ("origin_hour", "calendar", None, "hour"),
        ("subscribers", "static", None, None),
    ],
)
def test_every_feature_says_what_it_is_about(
    feature: str, kind: str, kpi: str | None, window: str | None
) -> None:
    info = describe(feature, CATALOGUE)
    assert (info.kind, info.kpi) == (kind, kpi)
    assert info.window == window


def test_drivers_add_up_the_windows_of_a_kpi_and_show_its_values() -> None:
    table = pd.DataFrame(
        {"drop_rate_pct.dev_6h": [5.0, 0.0], "drop_rate_pct.dev_24h": [4.0, 0.0],
         "tickets_7d": [3.0, 1.0], "subscribers": [900.0, 1100.0]},
        index=["c1", "c2"],
    )  # fmt: skip
    levels = pd.DataFrame(
        {"drop_rate_pct.value": [1.4, 0.3], "drop_rate_pct.normal": [0.3, 0.3]},
        index=["c1", "c2"],
    )
    features = SimpleNamespace(table=table, levels=levels)
    parts = pd.DataFrame(
        {"drop_rate_pct.dev_6h": [0.4], "drop_rate_pct.dev_24h": [0.5],
         "tickets_7d": [0.7], "subscribers": [-0.2]},
        index=["c1"],
    )  # fmt: skip
    drivers = top_drivers(features, parts, CATALOGUE)  # type: ignore[arg-type]
    assert drivers["feature"].tolist() == ["drop_rate_pct.dev_24h", "tickets_7d"]
    assert drivers["kpi"].iloc[0] == "drop_rate_pct"
    assert pd.isna(drivers["kpi"].iloc[1])
    assert drivers[["rank", "value", "normal"]].to_numpy().tolist() == [[1, 1.4, 0.3], [2, 3, 2]]
    assert drivers["contribution"].tolist() == pytest.approx([0.9, 0.7])


def test_no_flagged_cells_no_drivers() -> None:
    features = SimpleNamespace(table=pd.DataFrame(), levels=pd.DataFrame())
    assert top_drivers(features, pd.DataFrame(), CATALOGUE).empty  # type: ignore[arg-type]
