"""The whole way through the program's door: a city's files become a coloured map."""

import json
import os
import shutil
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

from dashboard.settings import load_settings
from dashboard.snapshot.tables import Tables
from dashboard.web.app import create_app
from ingest.clock import FixedClock
from tests.support import smallcity

ROOT = Path(__file__).parents[2]
# A town so small needs the gates that suit it; the same keys stand in foresite.toml elsewhere.
ENVIRONMENT = {
    "FORESITE_FORECASTING__MIN_LOW_COMPLAINTS": "5",
    "FORESITE_FORECASTING__CALIBRATION_LIMIT": "4",
    "FORESITE_FORECASTING__TRAINING_ROWS": "3000",
}


def foresite(data, *arguments, **environment):
    """Run the program; its JSON. Anything but exit code 0 fails."""
    done = subprocess.run(
        [sys.executable, "-m", "dashboard.cli", "--data", str(data), "--json", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, **ENVIRONMENT, **environment},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.slow
def test_files_become_a_map(tmp_path, monkeypatch):
    feeds = [path for path in sorted(smallcity.files().iterdir()) if path.name != "truth"]
    data, table = tmp_path / "data", tmp_path / "forecast.csv"
    files = foresite(data, "ingest", *map(str, feeds))["files"]
    assert {file["feed"] for file in files} == {
        *("regions", "cells", "kpis", "tickets", "works", "events", "alarms", "handovers"),
        *("teams", "shifts"),
    }
    assert [file for file in files if file["rows_rejected"]] == []
    assert sum(file["rows_loaded"] for file in files) > smallcity.CELLS * smallcity.DAYS * 23

    said = foresite(data, "forecast", "--out", str(table))
    assert said["mode"] == "cells"
    assert sum(said["counts"].values()) == smallcity.CELLS
    policy = Tables.newest(data).manifest.policy
    assert policy["crews"]["source"] == "shifts"
    assert said["counts"]["red"] <= policy["capacity"]
    assert policy["capacity"] <= policy["crews"]["hours"] / policy["cells"]["visit_h"]
    again = foresite(data, "forecast", "--as-of", said["as_of"], "--out", str(tmp_path / "2.csv"))
    assert table.read_bytes() == (tmp_path / "2.csv").read_bytes()  # same facts, same digits
    assert again["counts"] == said["counts"]

    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    clock = FixedClock(datetime.fromisoformat(said["as_of"]))
    client = create_app(data, clock=clock, settings=load_settings(data).web).server.test_client()
    assert client.get("/readyz").status_code == 200
    regions = client.get("/api/v1/regions").get_json()["features"]
    assert len(regions) == 16
    cells = pd.DataFrame(client.get("/api/v1/cells?limit=1000").get_json()).set_index("cell_id")
    written = pd.read_csv(table).set_index("cell_id")
    assert cells["status"].to_dict() == written["status"].to_dict()
    expected = sum(r["properties"]["expected_low_complaints"] or 0 for r in regions)
    assert expected == pytest.approx(written["expected_low_complaints"].sum())
    reds = sum(r["properties"]["red_cells"] for r in regions)
    assert reds == said["counts"]["red"]


@pytest.mark.slow
def test_files_in_the_inbox_are_taken_by_the_running_worker(tmp_path):
    data = tmp_path / "data"
    inbox = data / "inbox"
    inbox.mkdir(parents=True)
    arguments = ("--data", str(data), "worker")
    environment = {"FORESITE_SCHEDULE__INBOX_EVERY_S": "0.5", "FORESITE_INGEST__INBOX_REST_S": "0"}
    with (tmp_path / "log").open("wb") as log:
        worker = subprocess.Popen(
            [sys.executable, "-m", "dashboard.cli", *arguments],
            stdout=log,
            stderr=log,
            cwd=ROOT,
            env={**os.environ, **ENVIRONMENT, **environment},
        )
    try:
        shutil.copy(smallcity.files() / "regions.geojson", inbox)
        shutil.copy(smallcity.files() / "cells.csv", inbox)
        (inbox / "junk.csv").write_text("colour\nred\n")
        (inbox / "half.csv.part").write_text("cell_id,long")  # still being written
        for folder, name in (("rejected", "junk.csv*.reason.txt"), ("archive", "cells.csv")):
            wait_for(data / folder, name, tmp_path / "log")
        assert worker.poll() is None
        assert (inbox / "half.csv.part").exists()
        assert not (inbox / "junk.csv").exists()
    finally:
        worker.terminate()
        assert worker.wait(60) == 0


def wait_for(folder, name, log):
    deadline = time.monotonic() + 60
    while not list(folder.rglob(name)):
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)
