"""Drivers: what raised the risk, in stories people know."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest

from forecasting.cells.drivers import about_kpis, describe, top_drivers
from ingest.catalogue import load_catalogue

CATALOGUE = load_catalogue()


@pytest.mark.parametrize(
    ("feature", "kind", "kpi", "measure", "window", "place"),
    [
        ("drop_rate_pct.dev_24h", "kpi", "drop_rate_pct", "dev", "24h", None),
        ("latency_ms.beyond_7d", "kpi", "latency_ms", "beyond", "7d", None),
        ("latency_ms.worst_hour", "kpi", "latency_ms", "worst_hour", None, None),
        ("radio.pain_6h", "group", None, "pain", "6h", None),
        ("pain_72h", "group", None, None, "72h", None),
        ("cosite:tickets_7d", "tickets", None, None, "7d", "cosite"),
        ("near:active_users.dev_24h", "kpi", "active_users", "dev", "24h", "near"),
        ("tickets_7d", "tickets", None, None, "7d", None),
        ("satisfaction_28d", "tickets", None, None, "28d", None),
        ("alarms_standing", "alarms", None, None, None, None),
        ("works_age_h", "works", None, None, None, None),
        ("event_hours", "events", None, None, None, None),
        ("origin_hour", "calendar", None, None, None, None),
        ("missing_24h", "missing", None, None, "24h", None),
        ("users_24h", "users", None, None, "24h", None),
        ("subscribers", "static", None, None, None, None),
    ],
)
def test_a_name_says_what_a_feature_is_about(
    feature: str,
    kind: str,
    kpi: str | None,
    measure: str | None,
    window: str | None,
    place: str | None,
) -> None:
    info = describe(feature, CATALOGUE)
    assert (info.kind, info.kpi, info.measure) == (kind, kpi, measure)
    assert (info.window, info.place) == (window, place)


def test_what_kpis_added_is_told_from_what_tickets_added() -> None:
    parts = pd.DataFrame(
        {"latency_ms.dev_6h": [0.5], "near:pain_24h": [0.25], "missing_6h": [0.1],
         "tickets_7d": [2.0], "subscribers": [1.0]},
        index=["c1"],
    )  # fmt: skip
    assert about_kpis(parts, CATALOGUE).to_dict() == {"c1": pytest.approx(0.85)}


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
    drivers = top_drivers(features, parts, CATALOGUE)
    assert drivers["feature"].tolist() == ["drop_rate_pct.dev_24h", "tickets_7d"]
    assert drivers["kpi"].iloc[0] == "drop_rate_pct"
    assert pd.isna(drivers["kpi"].iloc[1])
    assert drivers[["rank", "value", "normal"]].to_numpy().tolist() == [[1, 1.4, 0.3], [2, 3, 2]]
    assert drivers["contribution"].tolist() == pytest.approx([0.9, 0.7])


def test_no_flagged_cells_no_drivers() -> None:
    features = SimpleNamespace(table=pd.DataFrame(), levels=pd.DataFrame())
    assert top_drivers(features, pd.DataFrame(), CATALOGUE).empty


def test_all_of_one_kind_is_one_story_and_places_stay_apart() -> None:
    names = ["tickets_7d", "low_7d", "cosite:tickets_7d", "subscribers", "generation"]
    table = pd.DataFrame([[3.0, 1.0, 2.0, 900.0, 4.0]], index=["c1"], columns=names)
    features = SimpleNamespace(table=table, levels=pd.DataFrame(index=["c1"]))
    parts = pd.DataFrame([[0.5, 0.2, 0.3, 0.1, 0.05]], index=["c1"], columns=names)
    drivers = top_drivers(features, parts, CATALOGUE)
    assert drivers["feature"].tolist() == [
        "tickets_7d", "cosite:tickets_7d", "subscribers", "generation",
    ]  # fmt: skip
    assert drivers["contribution"].tolist() == pytest.approx([0.7, 0.3, 0.1, 0.05])


def test_a_kpi_of_cells_around_shows_no_value_of_the_cell() -> None:
    table = pd.DataFrame({"near:active_users.dev_24h": [-1.5]}, index=["c1"])
    levels = pd.DataFrame({"active_users.value": [9.0], "active_users.normal": [8.0]}, ["c1"])
    features = SimpleNamespace(table=table, levels=levels)
    parts = pd.DataFrame({"near:active_users.dev_24h": [0.4]}, index=["c1"])
    [row] = top_drivers(features, parts, CATALOGUE).to_dict("records")
    assert row["kpi"] is None
    assert row["value"] == -1.5
