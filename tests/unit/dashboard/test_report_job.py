"""The worker's report job: what it tells the history, and that it never ends the worker."""

from __future__ import annotations

from dashboard.errors import LockedError
from dashboard.ops.runs import Report
from dashboard.reports import run as runs
from dashboard.reports.run import Outcome
from dashboard.runtime.reporting import hand_over
from dashboard.settings import Settings
from ingest.clock import SystemClock


def told(tmp_path, monkeypatch, outcome):
    def due(desk):
        assert desk.data == tmp_path
        assert desk.now.tzinfo is not None
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    monkeypatch.setattr(runs, "run_due", due)
    return hand_over(tmp_path, Settings(), SystemClock(), lambda: False)


def test_nothing_due_is_no_entry(tmp_path, monkeypatch):
    assert told(tmp_path, monkeypatch, Outcome()) == Report("nothing")


def test_what_was_sent_and_what_was_not_is_told(tmp_path, monkeypatch):
    sent = told(tmp_path, monkeypatch, Outcome(sent=["2026-W46 folder", "2026-W46 a@op.example"]))
    assert (sent.outcome, sent.files) == ("ok", 2)
    assert "2026-W46 folder" in sent.message
    for name in ("failed", "unsure"):
        report = told(
            tmp_path, monkeypatch, Outcome(sent=["a"], **{name: ["2026-10 b@op.example"]})
        )
        assert (report.outcome, report.files) == ("failed", 1)
        assert f"{name}: 2026-10 b@op.example" in report.message


def test_another_process_at_work_is_no_failure(tmp_path, monkeypatch):
    report = told(tmp_path, monkeypatch, LockedError("another process hands reports over now"))
    assert report.outcome == "nothing"
    assert "another process" in report.message


def test_an_unusable_database_is_a_failure_that_is_told(tmp_path):
    (tmp_path / "ops.sqlite").write_bytes(b"no database at all, and long enough to be read" * 40)
    report = hand_over(tmp_path, Settings(), SystemClock(), lambda: False)
    assert report.outcome == "failed"
    assert "ops.sqlite" in report.message
