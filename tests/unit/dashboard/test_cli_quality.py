"""`foresite quality` and `foresite retention`, and what the doctor says of the data."""

import json
import os
from datetime import UTC, datetime, timedelta

import pytest

from dashboard.cli import main
from dashboard.doctor import data as doctor
from dashboard.errors import SettingsError
from dashboard.runtime.locks import write_lock
from dashboard.settings import load_settings
from dashboard.snapshot import write_snapshot
from tests.support.flawed import flawed
from tests.support.snapshots import AS_OF, tiny

HEAD = "cell_id,ts,period_min,drop_rate_pct\n"
END = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch):
    for name in list(os.environ):
        if name.startswith("FORESITE_"):
            monkeypatch.delenv(name)


def run(capsys, *arguments):
    code = main([*map(str, arguments)])
    heard = capsys.readouterr()
    assert "Traceback" not in heard.err
    return code, heard.out, [line for line in heard.err.splitlines() if not line.startswith("▸")]


@pytest.fixture
def loaded(tmp_path, capsys):
    """Fifteen days of two cells, the second silent for the last nine hours; no inventory."""
    hours = [END - timedelta(hours=n) for n in range(15 * 24, 0, -1)]
    lines = [
        f"{cell},{hour.isoformat()},60,1\n"
        for hour in hours
        for cell in "AB"
        if cell == "A" or hour < END - timedelta(hours=9)
    ]
    file = tmp_path / "kpis.csv"
    file.write_text(HEAD + "".join(lines))
    data = tmp_path / "data"
    assert run(capsys, "--data", data, "ingest", file)[0] == 0
    return data


def test_warnings_then_sources(loaded, capsys):
    code, out, _ = run(capsys, "--data", loaded, "quality")
    assert code == 0
    lines = out.splitlines()
    assert lines[0].startswith("Quality of the data as of 2026-03-01 08:15 CST")
    # due are the hours until 06:00 local: seven of the nine, of one of two cells
    assert "! 50% of intervals missing since Sat 28 Feb 23:00 from source ingest" in lines
    assert "! Cells with KPIs that are not in the inventory: 2, such as A" in lines
    assert any(line.startswith("  ingest · kpis, newest 15 min old") for line in lines)


def test_in_chinese_and_as_of_an_earlier_moment(loaded, capsys):
    moment = "2026-02-28T23:00"
    _, out, _ = run(capsys, "--data", loaded, "quality", "--lang", "zh", "--as-of", moment)
    assert "不在工参中的小区" in out
    assert "缺失" not in out  # then nothing was


def test_json_holds_what_the_api_says(loaded, capsys):
    code, out, _ = run(capsys, "--json", "--data", loaded, "quality")
    said = json.loads(out)
    assert code == 0
    assert said["as_of"] == "2026-03-01T00:15:00+00:00"
    assert {warning["code"] for warning in said["warnings"]} == {"missing", "not_in_inventory"}
    assert said["completeness"][-1] == {
        "source": "ingest",
        "day": "2026-03-01",
        "intervals_expected": 14,
        "intervals_present": 7,
        "share": 0.5,
    }
    assert said["hours"][-1]["share"] == 0.5


def test_while_a_worker_runs_the_published_state_is_shown(tmp_path, capsys):
    write_snapshot(tmp_path, flawed(), kpi_days={}, published_at=AS_OF)
    with write_lock(tmp_path, "foresite worker"):
        code, out, err = run(capsys, "--data", tmp_path, "quality")
    assert code == 0
    assert "what was published last is shown" in err[0]
    assert "! 50% of intervals missing since Sat 21 Nov 12:00 from source huawei" in out
    assert "60% by their cell, 30% by position, 0% by region only, 10% not at all" in out


def test_without_facts_it_says_what_to_do(tmp_path, capsys):
    code, out, err = run(capsys, "--data", tmp_path, "quality")
    assert (code, out) == (1, "")
    assert "foresite ingest" in err[0]


def test_a_language_that_nobody_wrote(tmp_path, capsys):
    assert run(capsys, "--data", tmp_path, "quality", "--lang", "fr")[0] == 2


def test_retention_says_and_does(loaded, capsys):
    keep = (
        "[forecasting]\ntraining_days = 7\nnormal_days = 14\n"
        "[ingest.retention]\nkeep_raw_days = 36\nkeep_daily_days = 5\n"
    )
    (loaded / "foresite.toml").write_text(keep)
    for _ in range(2):  # said twice, since nothing was done
        code, out, _ = run(capsys, "--json", "--data", loaded, "retention", "--dry-run")
        said = json.loads(out)
        assert (code, said["days_deleted"], said["dry_run"]) == (0, 0, True)
    code, out, _ = run(capsys, "--data", loaded, "retention")
    assert code == 0
    # the newest interval is of 1 March 07:00: days before 24 February go
    assert "removed no raw KPIs: 20 rows of kpi_daily" in out
    _, out, _ = run(capsys, "--data", loaded, "retention")
    assert "nothing is old enough" in out


def test_fewer_raw_days_than_forecasting_reads_are_refused(tmp_path):
    file = tmp_path / "foresite.toml"
    file.write_text("[ingest.retention]\nkeep_raw_days = 117\n")
    with pytest.raises(SettingsError, match=r"foresite.toml: ingest.retention.keep_raw_days = 117"):
        load_settings(tmp_path)
    file.write_text("[ingest.retention]\nkeep_raw_days = 118\n")  # 75 + 28 + 15
    assert load_settings(tmp_path).ingest.retention.keep_raw_days == 118


def test_the_doctor_names_the_worst(tmp_path):
    settings = load_settings(tmp_path)
    assert doctor.quality(tmp_path, settings).status == "warn"  # nothing published
    write_snapshot(tmp_path, tiny(), kpi_days={}, published_at=AS_OF)
    assert doctor.quality(tmp_path, settings).status == "ok"
    write_snapshot(
        tmp_path, flawed(as_of=AS_OF + timedelta(hours=1)), kpi_days={}, published_at=AS_OF
    )
    finding = doctor.quality(tmp_path, settings)
    assert finding.status == "warn"
    assert "DL user throughput of vendor X jumped to 1/1,000" in finding.message
    assert finding.message.endswith("(and 1 more)")  # a new cell is no illness
    assert "foresite quality" in finding.advice
