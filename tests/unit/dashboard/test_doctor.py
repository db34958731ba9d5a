import json
from datetime import UTC, datetime, timedelta

import pytest

from dashboard.cli import main
from dashboard.doctor import examine, machine, stores
from dashboard.doctor.findings import Finding, worst
from dashboard.runtime.clock import save_clock
from dashboard.runtime.locks import write_lock
from dashboard.settings import load_settings
from ingest.clock import ScaledClock, SystemClock
from ingest.warehouse import FILE_NAME, open_warehouse

NOW = datetime(2026, 11, 21, 14, tzinfo=UTC)


def test_the_worst_counts():
    ok, warn, fail = (Finding("x", status, "") for status in ("ok", "warn", "fail"))
    assert worst([]) == "ok"
    assert worst([ok, warn, ok]) == "warn"
    assert worst([fail, warn]) == "fail"


def test_everything_that_is_not_ok_says_what_to_do(tmp_path):
    findings = list(examine(tmp_path / "new"))
    names = [finding.check for finding in findings]
    assert len(names) == len(set(names))
    assert {"disk", "fonts", "browser", "warehouse", "snapshot", "worker", "settings"} <= set(names)
    for finding in findings:
        assert finding.message
        assert finding.status == "ok" or finding.advice, finding.check
    assert not (tmp_path / "new").exists()  # looking changes nothing


def test_json_and_exit_code(tmp_path, capsys):
    assert main(["doctor", "--json", "--data", str(tmp_path)]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["status"] == "warn"
    assert set(shown["checks"][0]) == {"check", "status", "message", "advice"}
    (tmp_path / "foresite.toml").write_text("oops = 1")
    assert main(["doctor", "--data", str(tmp_path)]) == 1
    heard = capsys.readouterr()
    assert "✗ settings:" in heard.out
    assert heard.err == "foresite: failed: settings\n"


def test_a_check_that_breaks_is_a_finding_and_the_rest_goes_on(tmp_path, monkeypatch):
    def broken():
        raise RuntimeError("no such luck")

    monkeypatch.setattr(machine, "fonts", broken)
    found = {finding.check: finding for finding in examine(tmp_path)}
    assert found["fonts"].status == "fail"
    assert "no such luck" in found["fonts"].message
    assert "browser" in found


@pytest.mark.parametrize(
    ("free", "status"), [(100 * 10**9, "ok"), (3 * 10**9, "warn"), (10**8, "fail")]
)
def test_disk(tmp_path, monkeypatch, free, status):
    class Usage:
        pass

    Usage.free = free
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda _: Usage)
    finding = machine.disk(tmp_path / "not" / "yet")
    assert finding.status == status
    assert str(tmp_path) in finding.message


def test_clocks(tmp_path):
    assert machine.machine_clock(datetime(1970, 1, 1, tzinfo=UTC)).status == "fail"
    assert machine.machine_clock(NOW).status == "ok"
    assert stores.shared_clock(SystemClock()).message == "the machine's"
    save_clock(tmp_path, ScaledClock(NOW, NOW, 60))
    found = {finding.check: finding for finding in examine(tmp_path)}
    assert "60 times as fast" in found["clock"].message
    (tmp_path / "clock.json").write_text("{")
    found = {finding.check: finding for finding in examine(tmp_path)}
    assert found["clock"].status == "fail"


def test_worker_lock(tmp_path):
    assert stores.lock(tmp_path).status == "warn"
    with write_lock(tmp_path, "foresite worker"):
        assert "foresite worker" in stores.lock(tmp_path).message
        (tmp_path / FILE_NAME).write_bytes(b"")
        assert "in use" in stores.warehouse(tmp_path, load_settings(tmp_path), NOW).message


def test_warehouse_with_facts_of_the_future(tmp_path):
    settings = load_settings(tmp_path)
    assert stores.warehouse(tmp_path, settings, NOW).status == "warn"
    connection = open_warehouse(tmp_path)
    connection.execute(
        "INSERT INTO kpis (cell_id, ts, period_min, known_at, delivery_id) "
        "VALUES ('a', '2026-11-21 12:00+00', 60, '2026-11-21 13:15+00', 1)"
    )
    connection.close()
    finding = stores.warehouse(tmp_path, settings, NOW)
    assert (finding.status, finding.message) == ("ok", "opens; newest facts 2026-11-21 13:15 UTC")
    finding = stores.warehouse(tmp_path, settings, NOW - timedelta(days=2))
    assert finding.status == "warn"
    assert "from the future" in finding.message


def test_damaged_warehouse(tmp_path):
    (tmp_path / FILE_NAME).write_bytes(b"not a database" * 1000)
    finding = stores.warehouse(tmp_path, load_settings(tmp_path), NOW)
    assert finding.status == "fail"
    assert finding.advice


def test_inbox(tmp_path):
    assert stores.inbox(tmp_path).status == "ok"
    (tmp_path / "rejected").mkdir()
    (tmp_path / "rejected" / "x.csv").write_text("")
    (tmp_path / "rejected" / "x.csv.reason.txt").write_text("empty")
    finding = stores.inbox(tmp_path)
    assert finding.message == "0 waiting, 1 refused"
    assert ".reason.txt" in finding.advice
