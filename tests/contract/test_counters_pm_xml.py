"""The six real performance files through `foresite ingest`; rows and KPIs are taken by hand.

In `A20181002` and the new-radio `A20181004` the objects Gbg-997, Gbg-998 and Gbg-999 (suspect)
occur in two blocks of counters each, ENodeBFunction=1 with a vector in between: 7 objects.
`ABigFile` has the same twice. The two `C2019` files have three blocks of 100, 200 and 300 s, the
last of which alone is a whole number of minutes from 5 on.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ingest.settings import IngestSettings
from ingest.warehouse import open_warehouse
from tests.support.warehouses import Room

pytestmark = pytest.mark.real_data
FORMULAS = """
built_in = false
[[formula.accessibility_pct]]
name = "traffic channels"
standard = "3GPP TS 32.410"
unit = "%"
expression = "100 * share({succTCHSeizures}, {attTCHSeizures})"
[[formula.handover_success_pct]]
name = "counters of two blocks"
standard = "test"
unit = "%"
expression = "100 * share({succImmediateAssignProcs8}, {succImmediateAssignProcs})"
[[formula.throughput_dl_mbps]]
name = "vector"
standard = "test"
unit = "Mbit/s"
expression = "sum({succTCHSeizures2}) / {succTCHSeizures2}[0]"
[[formula.active_users]]
name = "300 s"
standard = "test"
unit = "users"
expression = "{z3} + {zz3}"
[[formula.latency_ms]]
name = "100 s"
standard = "test"
unit = "ms"
expression = "{z1}"
[[formula.traffic_ul_gb]]
name = "no duration"
standard = "test"
unit = "GB"
expression = "{a}"
"""
PROFILE = """
description = "objects of the sample files: cells of TS 32.435's example, and what stands for cells"
[[tables]]
feed = "kpis"
files = ["onap_*.xml"]
[tables.counters]
patterns = ["ENodeBFunction=(?P<cell>[^,]+)$", "(?P<cell>Dublin\\\\d),objLdn$"]
"""
# file -> read, loaded, updated, unchanged, rejected, merged; reasons
EXPECTED = {
    "onap_assets_A20181002.0000-1000-0015-1000_5G.xml": (
        (7, 3, 0, 0, 2, 2),
        # both have more successes than attempts: 345 of 234, 901 of 890; 998 also 238 of 234
        {"suspect": 2, "undefined:accessibility_pct": 2, "undefined:handover_success_pct": 1},
    ),
    "onap_assets_ABigFile.xml": (
        (14, 0, 0, 3, 4, 7),
        {"suspect": 4, "undefined:accessibility_pct": 2, "undefined:handover_success_pct": 1},
    ),
    "onap_assets_A_no_managed_element.xml": (
        (1, 0, 0, 0, 1, 0),
        {"bad_duration:granPeriod": 1},
    ),
    "onap_assets_C20190328.0000-0015.xml": (
        (3, 1, 0, 1, 1, 0),  # nobody asks for the counters of the 200 s
        {"bad_period:period": 1, "no_counter": 1},
    ),
    "onap_new_radio_A20181004.0000-1000-0015-1000_5G.xml": (
        (7, 0, 0, 3, 2, 2),
        {"suspect": 2, "undefined:accessibility_pct": 2, "undefined:handover_success_pct": 1},
    ),
    "onap_new_radio_C20190329.0000-0015.xml": (
        (3, 0, 1, 0, 2, 0),  # succImmediateAssignProcs8 is new of Dublin3; 100 s, 200 s
        {"bad_period:period": 2},
    ),
}
KPIS = "accessibility_pct, handover_success_pct, throughput_dl_mbps, active_users, latency_ms"


def counts(file: dict) -> tuple[int, ...]:
    parts = ("read", "loaded", "updated", "unchanged", "rejected", "merged")
    return tuple(file[f"rows_{part}"] for part in parts)


def test_through_the_command(real_data: Path, tmp_path: Path) -> None:
    (tmp_path / "formulas.toml").write_text(FORMULAS, "utf-8")
    (tmp_path / "pm.toml").write_text(PROFILE, "utf-8")
    data = tmp_path / "data"
    data.mkdir()
    (data / "foresite.toml").write_text(
        f'[ingest]\nformulas = "{tmp_path / "formulas.toml"}"\n', "utf-8"
    )
    command = [sys.executable, "-m", "dashboard.cli", "--data", str(data), "ingest", "--json"]
    done = subprocess.run(
        [*command, "--profile", str(tmp_path / "pm.toml"), str(real_data / "pm_xml")],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert done.returncode == 0, done.stderr
    files = json.loads(done.stdout)["files"]
    found = {Path(file["file"]).name: (counts(file), file["reasons"]) for file in files}
    assert found == EXPECTED
    connection = open_warehouse(data)
    rows = connection.execute(
        f"SELECT cell_id, strftime(timezone('UTC', ts), '%Y-%m-%dT%H:%M:%S'), period_min, {KPIS} "
        "FROM kpis ORDER BY ts, cell_id"
    ).fetchall()
    connection.close()
    start = "2000-03-01T11:59:30"  # 14:14:30+02:00 less 900 s
    assert rows == [
        # 86 + 87 + 2 + 6 + 77 + 96 + 75 + 33 + 24 = 486; 486/86
        ("1", start, 15, None, None, pytest.approx(486 / 86, rel=1e-6), None, None),
        # 787/789
        ("Gbg-997", start, 15, None, pytest.approx(100 * 787 / 789, rel=1e-6), None, None, None),
        ("Dublin3", "2003-10-02T12:10:00", 5, None, None, None, 336.0, None),  # 3 + 333
    ]


def test_without_a_profile_they_are_known_by_their_root(real_data: Path, tmp_path: Path) -> None:
    (tmp_path / "formulas.toml").write_text(FORMULAS, "utf-8")
    room = Room(tmp_path / "data", IngestSettings(formulas=tmp_path / "formulas.toml"))
    results = room.load(real_data / "pm_xml")
    assert sorted(Path(result.file).name for result in results) == sorted(EXPECTED)
    assert [result.refused for result in results] == [None] * 6
    assert results[0].reasons == {
        "suspect": 2,
        "not_a_cell": 1,  # ENodeBFunction=1 is a base station
        "undefined:accessibility_pct": 2,
        "undefined:handover_success_pct": 1,
    }
    assert room.rows("SELECT cell_id, handover_success_pct FROM kpis") == [
        ("Gbg-997", pytest.approx(100 * 787 / 789, rel=1e-6))
    ]
    room.close()


def test_in_any_order(real_data: Path, tmp_path: Path) -> None:
    (tmp_path / "formulas.toml").write_text(FORMULAS, "utf-8")
    (tmp_path / "pm.toml").write_text(PROFILE, "utf-8")
    files = [real_data / "pm_xml" / name for name in EXPECTED]
    found = []
    for number, order in enumerate((files, files[::-1], files[3:] + files[:3])):
        room = Room(tmp_path / str(number), IngestSettings(formulas=tmp_path / "formulas.toml"))
        for file in order:
            room.load(file, profile=str(tmp_path / "pm.toml"))
        found.append(room.rows(f"SELECT cell_id, ts, {KPIS} FROM kpis ORDER BY ts, cell_id"))
        room.close()
    assert found[0] == found[1] == found[2]
