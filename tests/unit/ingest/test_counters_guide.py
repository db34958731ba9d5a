"""The worked examples of docs/how-to/counters.md give the numbers that stand there."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from ingest.catalogue import load_catalogue
from ingest.formulas.catalogue import load_formulas
from ingest.profiles.model import Profile
from tests.support.warehouses import Room

GUIDE = (Path(__file__).parents[3] / "docs" / "how-to" / "counters.md").read_text("utf-8")
BLOCKS = re.findall(r"```(\w*)\n(.*?)```", GUIDE, re.DOTALL)


def test_the_two_groups(tmp_path: Path) -> None:
    first, second = (text for _, text in BLOCKS if text.startswith("Result Time"))
    room = Room(tmp_path / "data")
    room.take("pmresult_1.csv", first, profile="huawei_pm")
    one = "SELECT cell_id, hour(ts), period_min, rrc_setup_failure_pct, accessibility_pct FROM kpis"
    assert room.rows(one) == [("WJ-1", 8, 60, 1.0, None)]
    room.take("pmresult_2.csv", second, profile="huawei_pm")
    assert room.rows(one) == [("WJ-1", 8, 60, 1.0, pytest.approx(98.01))]
    assert room.rows("SELECT erab_setup_failure_pct, drop_rate_pct FROM kpis") == [(1.0, 1.0)]
    room.close()


def test_the_formula_file(tmp_path: Path) -> None:
    [text] = [text for kind, text in BLOCKS if kind == "toml" and "[[formula" in text]
    path = tmp_path / "formulas.toml"
    path.write_text(text, "utf-8")
    found = load_formulas(path, load_catalogue())
    assert found.by_kpi["traffic_dl_gb"][0].counters == {"VS.Bytes.Dl"}
    assert "VS.Bytes.Dl" in found.cumulative


def test_the_profile(tmp_path: Path) -> None:
    [text] = [text for kind, text in BLOCKS if kind == "toml" and "[[tables]]" in text]
    Profile.model_validate(tomllib.loads(text))
    path = tmp_path / "profile.toml"
    path.write_text(text, "utf-8")
    room = Room(tmp_path / "data")
    head = "NE,SiteID,Sector,Begin,Duration,Valid,rrcatt,RRCSucc (times)\n"
    result = room.take(
        "omc_pm_1.csv",
        head
        + "BTS 9,9,2,2026-03-01 08:15,15,1,400,300\n"
        + '"site 8, CellName=C8",8,1,2026-03-01 08:15,15,TRUE,10,NaN\n'
        + "BTS 9,9,,2026-03-01 08:15,15,1,400,300\n"
        + "BTS 9,9,3,2026-03-01 08:15,15,0,400,300\n",
        profile=str(path),
    )
    assert (result.rows_read, result.rows_loaded) == (4, 2)
    assert result.reasons == {"not_a_cell": 1, "suspect": 1}
    assert room.rows("SELECT cell_id, rrc_setup_failure_pct FROM kpis") == [("9-2", 25.0)]
    assert room.rows("SELECT DISTINCT cell_id FROM counters ORDER BY 1") == [("9-2",), ("C8",)]
    room.close()
