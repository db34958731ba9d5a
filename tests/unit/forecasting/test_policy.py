"""Colours are promises: never more reds than crews, never below the floor, never a green guess."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from forecasting.errors import PolicyError
from forecasting.policy import (
    BUILT_IN,
    Policy,
    colour_areas,
    colour_cells,
    colour_ticket_regions,
    load_policy,
)

POLICY = load_policy()


def small(crews: int = 2) -> Policy:
    cells = POLICY.cells.model_copy(update={"crew_share": 0.5, "crew_max": crews})
    return POLICY.model_copy(update={"cells": cells})


def cells(probability: list[float], **columns: object) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "cell_id": [f"c{i}" for i in range(len(probability))],
            "probability": probability,
            "expected_low_complaints": probability,
            "kpi_age_h": 1.0,
            "kpi_hours": 168.0,
            "located": True,
        }
    )
    return frame.assign(**columns)


@pytest.mark.parametrize(
    ("count", "capacity"), [(0, 0), (1, 1), (150, 2), (2000, 20), (4000, 40), (50_000, 40)]
)
def test_capacity_is_a_share_of_the_cells_with_an_upper_bound(count: int, capacity: int) -> None:
    assert POLICY.capacity(count) == capacity


def test_never_more_reds_than_crews_and_the_next_ones_are_yellow() -> None:
    status = colour_cells(cells([0.9, 0.8, 0.7, 0.05]), small(2))
    assert status.tolist() == ["red", "red", "yellow", "green"]


def test_free_crews_do_not_make_reds_below_the_floor() -> None:
    assert colour_cells(cells([0.24, 0.09]), small(2)).tolist() == ["yellow", "green"]


def test_ties_go_to_more_complaints_then_to_the_smaller_id_in_any_order() -> None:
    frame = cells([0.5, 0.5, 0.5, 0.0], expected_low_complaints=[0.7, 0.9, 0.7, 0.0])
    for order in ([0, 1, 2, 3], [3, 2, 1, 0]):
        status = colour_cells(frame.iloc[order], small(2))
        assert status.loc[[0, 1, 2, 3]].tolist() == ["red", "red", "yellow", "green"]


@pytest.mark.parametrize(
    "flaw",
    [
        {"probability": [np.nan, 0.0]},
        {"probability": [np.inf, 0.0]},
        {"kpi_age_h": [6.5, 1.0]},
        {"kpi_age_h": [np.nan, 1.0]},
        {"kpi_hours": [71.0, 168.0]},
        {"located": [False, True]},
    ],
)
def test_what_is_not_known_is_never_green_and_never_red(flaw: dict) -> None:
    status = colour_cells(cells([0.9, 0.0]).assign(**flaw), small(2))
    assert status.tolist() == ["unknown", "green"]


def areas(**columns: object) -> pd.DataFrame:
    base = {
        "cells": [100.0],
        "unknown_cells": [0.0],
        "holds_red": [False],
        "red_share": [0.0],
        "probability": [0.9],
        "ratio": [1.0],
        "ratio_lower": [0.8],
    }
    return pd.DataFrame(base | columns)


MUCH = {"ratio": [1.6], "ratio_lower": [1.1]}


@pytest.mark.parametrize(
    ("columns", "status"),
    [
        ({}, "green"),
        ({"holds_red": [True]}, "yellow"),  # never green while it holds a red cell
        ({"red_share": [0.25]}, "yellow"),  # a red cell serves a quarter of its users
        ({"red_share": [0.24]}, "green"),
        ({"holds_red": [True], **MUCH}, "red"),
        ({"red_share": [0.6], **MUCH}, "red"),
        (MUCH, "yellow"),  # much expected, but no red cell
        ({**MUCH, "ratio": [1.19]}, "green"),
        ({**MUCH, "probability": [0.09]}, "green"),  # no cell would be yellow for so little
        # Three times the usual, but not clearly so.
        ({"holds_red": [True], "ratio": [3.0], "ratio_lower": [0.9]}, "yellow"),
        ({"ratio": [3.0], "ratio_lower": [0.9]}, "green"),
        ({"unknown_cells": [51.0]}, "unknown"),
        ({"unknown_cells": [51.0], "holds_red": [True]}, "yellow"),
        ({"cells": [0.0], "probability": [np.nan], "red_share": [np.nan]}, "unknown"),
        ({"ratio": [np.nan], "ratio_lower": [np.nan], "holds_red": [True]}, "yellow"),
    ],
)
def test_areas_from_their_cells(columns: dict, status: str) -> None:
    assert colour_areas(areas(**columns), POLICY).tolist() == [status]


def test_what_is_known_of_small_areas_is_policy() -> None:
    assert POLICY.areas == type(POLICY.areas)()  # defaults and file agree


@pytest.mark.parametrize(
    ("expected", "usual", "days", "tickets", "status"),
    [
        (12.0, 10.0, 60, 90, "green"),
        (17.0, 10.0, 60, 90, "red"),
        (18.5, 15.0, 60, 90, "green"),  # 1.2 times, but within the noise
        (25.0, 20.0, 60, 90, "green"),
        (30.0, 20.0, 60, 90, "red"),
        (29.5, 20.0, 60, 90, "yellow"),
        (30.0, 20.0, 27, 90, "unknown"),
        (30.0, 20.0, 60, 13, "unknown"),
        (np.nan, 20.0, 60, 90, "unknown"),
    ],
)
def test_regions_from_their_tickets(
    expected: float, usual: float, days: int, tickets: int, status: str
) -> None:
    frame = pd.DataFrame(
        {
            "expected_tickets": [expected],
            "usual_tickets": [usual],
            "history_days": [days],
            "tickets_28d": [tickets],
        }
    )
    assert colour_ticket_regions(frame, POLICY).tolist() == [status]


def test_a_bad_policy_file_is_named_with_its_key(tmp_path: Path) -> None:
    text = BUILT_IN.read_text("utf-8")
    for old, new, key in (
        ("crew_max = 40", "crew_max = 0", "cells.crew_max"),
        ("crew_max = 40", "crew_maximum = 40", "cells.crew_max"),
        ("red_probability = 0.25", "red_probability = 0.05", "yellow_probability must not exceed"),
    ):
        path = tmp_path / "policy.toml"
        path.write_text(text.replace(old, new), "utf-8")
        load_policy.cache_clear()
        with pytest.raises(PolicyError, match=key):
            load_policy(path)
    with pytest.raises(PolicyError, match=r"absent\.toml"):
        load_policy(tmp_path / "absent.toml")
