"""Loading and forecasting through the program's door: good files, bad files, locked directories."""

import gzip
import os
from datetime import timedelta

import pandas as pd
import pytest

from dashboard.cli import main
from dashboard.runtime.locks import write_lock
from tests.support.cli import run
from tests.support.facts import Facts, local

pytestmark = pytest.mark.usefixtures("elsewhere")

NOON = local(2026, 10, 12, 12)
CELLS = "cell_id,longitude,latitude\na,116.4,39.9\nb,116.41,39.9\n"


def test_counts_per_file(tmp_path, capsys):
    (tmp_path / "cells.csv").write_text(CELLS + "a,200,x\n")
    code, said, lines = run(capsys, "ingest", "cells.csv")
    [file] = said["files"]
    assert (code, lines) == (0, [])
    assert file["file"] == "cells.csv"
    assert file["feed"] == "cells"
    parts = ("loaded", "updated", "unchanged", "rejected", "merged")
    assert file["rows_read"] == 3 == sum(file[f"rows_{part}"] for part in parts)
    assert sum(file["reasons"].values()) >= file["rows_rejected"] == 1
    code, said, _ = run(capsys, "ingest", "cells.csv")
    assert code == 0
    assert said["files"][0]["rows_loaded"] == 0


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("junk.csv", bytes(range(256)) * 40),
        ("junk.parquet", b"PAR1 not really"),
        ("junk.xlsx", b"PK\x03\x04 not really"),
        ("half.geojson", b'{"type": "FeatureCollection", "features": [{"type": '),
        ("cut.csv.gz", gzip.compress(CELLS.encode(), mtime=0)[:20]),
        ("letter.docx", b"dear"),
        ("empty.csv", b""),
        ("strangers.csv", b"colour,smell\nred,sweet\n"),
    ],
)
def test_a_bad_file_is_refused_and_the_good_one_loaded(tmp_path, capsys, name, content):
    (tmp_path / name).write_bytes(content)
    (tmp_path / "cells.csv").write_text(CELLS)
    code, said, lines = run(capsys, "ingest", "cells.csv", name)
    assert code == 1
    by_name = {file["file"]: file for file in said["files"]}
    assert by_name["cells.csv"]["rows_loaded"] == 2
    assert by_name[name]["refused"]
    assert len(lines) == 1
    assert name in lines[0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("ingest", "nowhere.csv"), "nowhere.csv: no such file or folder"),
        (("ingest", "x.csv", "--profile", "martian"), "martian"),
        (("ingest", "x.csv", "--profile", "bad.toml"), "bad.toml"),
        (("forecast",), "no KPIs and no tickets to forecast from"),
        (("forecast", "--as-of", "1990-01-01"), "1989-12-31T16:00Z"),
        (("backtest", "--from", "2026-10-01", "--to", "2026-10-02"), "no KPIs and no tickets"),
    ],
)
def test_what_cannot_be_done_is_one_line(tmp_path, capsys, arguments, message):
    (tmp_path / "x.csv").write_text(CELLS)
    (tmp_path / "bad.toml").write_text("[[[")
    code, _, lines = run(capsys, *arguments)
    assert code == 1
    assert len(lines) == 1, lines
    assert lines[0].startswith("foresite: ")
    assert message in lines[0]
    assert "internal error" not in lines[0]


def test_whoever_writes_is_named_to_whoever_wants_to(tmp_path, capsys):
    (tmp_path / "x.csv").write_text(CELLS)
    with write_lock(tmp_path / "data", "foresite worker"):
        for command in (
            ("ingest", "x.csv"),
            ("forecast",),
            ("backtest", "--from", "2026-10-01", "--to", "2026-10-02"),
            ("worker",),
            ("serve",),
            ("demo",),
        ):
            code, said, lines = run(capsys, *command)
            assert (code, said, len(lines)) == (1, None, 1)
            assert f"process {os.getpid()} (foresite worker)" in lines[0]


@pytest.fixture
def city(tmp_path):
    facts = Facts(tmp_path / "data")
    facts.regions({"region_id": "r", "name": "区", "box": (116.3, 39.8, 116.5, 40.0)})
    facts.cells(
        {"cell_id": "a", "longitude": 116.40, "latitude": 39.9},
        {"cell_id": "b", "longitude": 116.41, "latitude": 39.9},
    )
    facts.kpis("a", NOON - timedelta(days=6), 24 * 6)
    facts.close()


def test_forecast_says_what_it_published(city, tmp_path, capsys):
    code, said, lines = run(capsys, "forecast", "--out", "f.csv")
    assert (code, lines) == (0, [])
    assert said["as_of"] == "2026-10-12T04:15:00+00:00"  # the newest fact: noon + 15 min
    assert said["mode"] == "cells"
    assert sum(said["counts"].values()) == 2
    assert (tmp_path / "data" / "snapshots" / said["snapshot_id"] / "manifest.json").exists()
    table = pd.read_csv("f.csv")
    columns = ["cell_id", "as_of", "expected_low_complaints", "probability", "status"]
    assert list(table.columns) == columns
    assert table["as_of"].tolist() == ["2026-10-12T04:15:00Z"] * 2
    assert set(table["status"]) <= {"green", "yellow", "red", "unknown"}
    run(capsys, "forecast", "--as-of", "2026-10-12T12:15", "--out", "f.parquet")
    parquet = pd.read_parquet("f.parquet")
    assert parquet.drop(columns="as_of").equals(table.drop(columns="as_of"))
    assert parquet["as_of"].dt.tz is not None
    assert not list(tmp_path.glob(".f.*"))


def test_forecast_for_people(city, capsys):
    assert main(["forecast", "--as-of", "2026-10-12T12:15"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("Forecast as of 2026-10-12 12:15 CST (cells): ")


def test_a_table_that_cannot_be_written_leaves_the_old_one(city, tmp_path, capsys, monkeypatch):
    (tmp_path / "f.csv").write_text("old")

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pd.DataFrame, "to_csv", full)
    code, _, lines = run(capsys, "forecast", "--out", "f.csv")
    assert code == 1
    assert "the disk is full" in lines[0]
    assert (tmp_path / "f.csv").read_text() == "old"
