"""The commands on real published files, from file to forecast, as a user types them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from forecasting.kpi import compare_week
from ingest.warehouse import open_warehouse

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def real_data() -> Path:
    default = REPOSITORY.parent / "shared" / "data"
    folder = Path(os.environ.get("FORESITE_REAL_DATA", default)).resolve()
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder} (FORESITE_REAL_DATA)")
    return folder


def foresite(data: Path, *arguments: str | Path, **environment: str) -> dict[str, Any]:
    """Run the program as a process of its own; its JSON answer."""
    done = subprocess.run(
        [sys.executable, "-m", "dashboard.cli", "--data", str(data), "--json"]
        + [str(argument) for argument in arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=REPOSITORY,
        env=os.environ | environment,
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert isinstance(answer, dict)
    return answer


@pytest.mark.real_data
@pytest.mark.slow
def test_complaints_of_a_regulator_become_a_coloured_map(real_data: Path, tmp_path: Path) -> None:
    sources = (real_data / "fcc_complaints", real_data / "boundaries" / "us_states.geojson")
    loaded = foresite(tmp_path, "ingest", *sources, "--profile", "fcc_complaints")
    assert {f["feed"]: f["rows_loaded"] for f in loaded["files"]} == {
        "regions": 56,
        "tickets": 2224,
    }

    country = {"FORESITE_FORECASTING__HOLIDAY_COUNTRY": "US"}
    made = foresite(tmp_path, "forecast", **country)
    assert made["mode"] == "tickets"

    folder = tmp_path / "snapshots" / (tmp_path / "snapshots" / "CURRENT").read_text().strip()
    regions = pd.read_parquet(folder / "regions.parquet")
    assert len(regions) == 56
    # one day of 218 complaints is not taken to go on; see docs/benchmarks.md
    assert {"green", "unknown"} <= set(regions["status"])
    # Nothing is invented: no cells, no scores, no subscribers, so nothing about them is known.
    for column in ("expected_low_complaints", "rate_per_10k", "quality_index"):
        assert regions[column].isna().all(), column
    assert (regions["cells"] == 0).all()
    assert pd.read_parquet(folder / "cells.parquet").empty
    few = regions["expected_tickets"].isna() | (regions["status"] == "unknown")
    assert few.sum() > 20  # most states have too few complaints to say anything

    series = pd.read_parquet(folder / "region_series.parquet")
    ahead = series[series["observed"].isna()]
    assert (ahead["lower"] >= 0).all()
    assert (ahead["lower"] <= ahead["mean"]).all()
    # whole numbers: where 0.07 are expected, none at all is within 90 %
    assert (ahead["mean"] < ahead["upper"] + 1).all()
    assert ahead.groupby("region_id").size().min() >= 3
    burst = series[series["day"].astype(str) == "2015-06-24"]
    assert burst["observed"].sum() == 218


@pytest.mark.real_data
def test_three_workbooks_become_three_series_and_two_forecasts(
    real_data: Path, tmp_path: Path
) -> None:
    profile = ("--profile", "lte_network_hourly")
    loaded = foresite(tmp_path, "ingest", real_data / "lte_network_hourly", *profile)
    for file in loaded["files"]:
        counts = [
            file[f"rows_{part}"]
            for part in ("loaded", "updated", "unchanged", "rejected", "merged")
        ]
        assert file["rows_read"] == sum(counts) == 34_948
    connection = open_warehouse(tmp_path)
    hours = connection.execute("FROM kpis ORDER BY ts").df()
    connection.close()
    monday = pd.Timestamp("2019-05-13T00:00+08:00").to_pydatetime()
    for name in ("drop_rate_pct", "erab_setup_failure_pct", "rrc_setup_failure_pct"):
        week = compare_week(hours[["ts", name]].rename(columns={name: "value"}), monday)
        assert 0 < week.forecast < 1
        assert 0 < week.same_hour_last_week < 1
        # No promise for one week, but a forecast worse than twice last week's would be a fault.
        assert week.forecast < 2 * week.same_hour_last_week
    assert np.isfinite(hours["drop_rate_pct"]).sum() > 34_900


@pytest.mark.real_data
def test_every_row_of_the_enodebs_is_accounted_for(real_data: Path, tmp_path: Path) -> None:
    profile = ("--profile", "lte_enodeb_daily")
    (file,) = foresite(tmp_path, "ingest", real_data / "lte_enodeb_daily", *profile)["files"]
    assert (file["rows_read"], file["rows_loaded"]) == (30_349, 10_101)
    assert (file["rows_merged"], file["rows_rejected"]) == (20_140, 108)
    assert file["reasons"] == {"no_value": 108}
