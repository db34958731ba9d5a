from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import pytest

from dashboard.doctor import fetching
from dashboard.ops.engine import FILE_NAME as OPS_FILE
from dashboard.ops.engine import open_ops
from dashboard.ops.runs import Report, Runs
from dashboard.settings import FILE_NAME, load_settings

NOW = datetime(2026, 11, 21, 14, tzinfo=UTC)


@pytest.fixture
def landing(tmp_path):
    folder = tmp_path / "landing"
    folder.mkdir()
    return folder


def declare(data, text):
    (data / FILE_NAME).write_text(text)
    return load_settings(data)


def oss(landing, more=""):
    return f'[[ingest.sources]]\nname = "oss"\nkind = "landing"\npath = "{landing}"\n{more}\n'


def fetched(data, *, minutes_ago, outcome="ok", message=""):
    engine = open_ops(data)
    at = NOW - timedelta(minutes=minutes_ago)
    run = Runs(engine).begin("fetch", "oss", at)
    Runs(engine).end(run, Report(outcome, message=message), ended_at=at, seconds=1, quiet=False)
    engine.dispose()


def test_nothing_declared_is_fine(tmp_path):
    found = fetching.sources(tmp_path, load_settings(tmp_path), NOW)
    assert (found.status, "none declared" in found.message) == ("ok", True)


def test_a_source_is_late_after_three_intervals(tmp_path, landing):
    settings = declare(tmp_path, oss(landing))
    found = fetching.sources(tmp_path, settings, NOW)
    assert (found.status, found.message) == ("ok", "1 declared, none late, 1 never fetched yet")
    fetched(tmp_path, minutes_ago=44)
    assert fetching.sources(tmp_path, settings, NOW).status == "ok"
    fetched(tmp_path, minutes_ago=2, outcome="failed", message="is it mounted?")
    assert fetching.sources(tmp_path, settings, NOW).status == "ok"
    found = fetching.sources(tmp_path, settings, NOW + timedelta(minutes=2))
    assert found.status == "warn"
    assert found.message == (
        "oss is late (last success 46 min ago, 3 × 15 min allowed): is it mounted?"
    )


def test_what_cannot_be_fetched_is_named(tmp_path, landing):
    secret = tmp_path / "secret.toml"
    secret.write_text('token = "geheim"')
    secret.chmod(0o640)
    web = '[[ingest.sources]]\nname = "crm"\nkind = "https"\nurl = "https://crm.example/t.csv"\n'
    settings = declare(
        tmp_path,
        oss(landing / "gone", 'profile = "no_such"')
        + web
        + f'credentials_file = "{secret}"\nca_file = "/nowhere/ca.pem"\n',
    )
    found = fetching.sources(tmp_path, settings, NOW)
    assert found.status == "fail"
    for words in (
        "oss: no profile 'no_such'",
        f"oss: folder {landing / 'gone'} is not there",
        "crm: credentials_file",
        "mode 0640: others may read it",
        "crm: ca_file /nowhere/ca.pem is not there",
    ):
        assert words in found.message
    assert "geheim" not in found.message


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every folder")
def test_an_unreadable_folder_is_named(tmp_path, landing):
    landing.chmod(0)
    found = fetching.sources(tmp_path, declare(tmp_path, oss(landing)), NOW)
    landing.chmod(0o700)
    assert "cannot be used: check its owner and mode" in found.message


def test_an_unreadable_folder_by_the_kernels_word(tmp_path, landing, monkeypatch):
    monkeypatch.setattr(fetching.os, "access", lambda *_: False)
    found = fetching.sources(tmp_path, declare(tmp_path, oss(landing)), NOW)
    assert found.status == "fail"
    assert "cannot be used: check its owner and mode" in found.message


def test_a_source_that_is_off_is_not_looked_at(tmp_path, landing):
    settings = declare(tmp_path, oss(landing / "gone", "enabled = false"))
    assert fetching.sources(tmp_path, settings, NOW).status == "ok"


def test_the_ops_database(tmp_path):
    settings = load_settings(tmp_path)
    assert fetching.ops(tmp_path, settings).message == "none yet; the worker makes it"
    assert not (tmp_path / OPS_FILE).exists()
    fetched(tmp_path, minutes_ago=1)
    assert fetching.ops(tmp_path, settings).message == "opens and is whole"


@pytest.mark.parametrize("where", ["head", "middle"])
def test_a_damaged_ops_database_says_the_way_back(tmp_path, where, landing):
    engine = open_ops(tmp_path)
    for _ in range(200):
        Runs(engine).begin("fetch", "oss", NOW)
    engine.dispose()
    file = tmp_path / OPS_FILE
    content = bytearray(file.read_bytes())
    start = 0 if where == "head" else len(content) // 2 // 4096 * 4096
    content[start : start + 4096] = b"\xff" * 4096
    file.write_bytes(bytes(content))
    found = fetching.ops(tmp_path, load_settings(tmp_path))
    assert found.status == "fail"
    assert "a new one is made" in found.advice
    settings = declare(tmp_path, oss(landing))
    assert fetching.sources(tmp_path, settings, NOW).status in ("ok", "warn")  # of itself
