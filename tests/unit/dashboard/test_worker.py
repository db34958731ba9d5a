import errno
import os
import signal
import threading
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import duckdb
import pytest
from structlog.testing import capture_logs

from dashboard.ops.engine import FILE_NAME, open_ops_to_read
from dashboard.ops.runs import Runs
from dashboard.runtime import worker as module
from dashboard.runtime.clockwatch import ClockWatch
from dashboard.runtime.locks import holder
from dashboard.runtime.worker import Worker, WorkerStoppedError, is_fatal, run_worker
from dashboard.settings import ScheduleSettings, load_settings
from forecasting.errors import NotEnoughHistoryError
from ingest.clock import FixedClock
from ingest.errors import WarehouseError
from ingest.result import FileResult

NOW = datetime(2026, 11, 21, 14, tzinfo=UTC)


class Steps:
    """Stands for inbox, forecast and publish: notes calls, raises or returns what it is told."""

    def __init__(self):
        self.calls = []
        self.thread_ids = set()
        self.inbox, self.forecasts = [], []
        self.changed = threading.Condition()

    def note(self, name, planned, default):
        with self.changed:
            self.calls.append(name)
            self.thread_ids.add(threading.get_ident())
            self.changed.notify_all()
        outcome = planned.pop(0) if planned else default
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    def wait(self, condition):
        with self.changed:
            assert self.changed.wait_for(lambda: condition(self.calls), timeout=20), self.calls


@pytest.fixture
def steps(monkeypatch):
    steps = Steps()
    monkeypatch.setattr(module, "take_inbox", lambda *_, **__: steps.note("inbox", steps.inbox, []))
    monkeypatch.setattr(
        module,
        "make_forecast",
        lambda _, __, *, as_of, **___: steps.note("forecast", steps.forecasts, as_of),
    )
    monkeypatch.setattr(module, "publish", lambda *_, **__: steps.note("publish", [], Said()))
    monkeypatch.setattr(module, "tend", lambda *_, **__: steps.note("tend", [], NothingRemoved()))
    return steps


class NothingRemoved:
    rows: ClassVar = {}


class Said:
    def as_dict(self):
        return {"snapshot_id": "s"}


@pytest.fixture
def started(tmp_path, steps, monkeypatch):
    """Start a worker in a thread; its scheduler is real, its steps and signals are not."""
    monkeypatch.setattr(module.signal, "signal", lambda *_: None)
    running = []

    def start(**schedule):
        settings = load_settings(tmp_path).model_copy(
            update={"schedule": ScheduleSettings(**schedule)}
        )
        worker = Worker(tmp_path, settings, FixedClock(NOW), None)
        outcome = []

        def run():
            try:
                worker.run(lambda: None)
            except WorkerStoppedError as error:
                outcome.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        running.append((worker, thread))
        return worker, thread, outcome

    start.steps = steps
    yield start
    for worker, thread in running:
        worker.stopping = True
        thread.join(20)
        assert not thread.is_alive()


def loaded(rows):
    return [FileResult("k.csv", "kpis", rows_read=rows, rows_loaded=rows)]


def test_new_facts_bring_the_forecast_forward(started):
    steps = started.steps
    steps.inbox = [[], [], loaded(5), []]
    started(inbox_every_s=0.5, forecast_every_min=1440)
    steps.wait(lambda calls: calls.count("publish") == 2)  # at the start, and after the facts
    assert steps.calls.index("inbox") < len(steps.calls)
    assert len(steps.thread_ids) == 1  # one thread: the database handle is never shared


def test_files_without_news_bring_nothing_forward(started):
    steps = started.steps
    same = [FileResult("k.csv", "kpis", rows_read=5, rows_unchanged=5)]
    steps.inbox = [same, same, same]
    started(inbox_every_s=0.5, forecast_every_min=1440)
    steps.wait(lambda calls: calls.count("inbox") == 5)
    assert steps.calls.count("forecast") == 1


def test_one_failing_job_is_one_line_and_the_others_go_on(started):
    steps = started.steps
    steps.inbox = [ValueError("broken\nfile")]
    with capture_logs() as logs:
        started(inbox_every_s=0.5, forecast_every_min=1440)
        steps.wait(lambda calls: calls.count("inbox") >= 3 and "publish" in calls)
    failed = [line for line in logs if line["event"] == "job failed"]
    assert [(line["job"], line["error"]) for line in failed] == [("inbox", "broken file")]


def test_a_failed_forecast_is_tried_again_soon(started):
    steps = started.steps
    steps.forecasts = [ValueError("no luck")]
    started(inbox_every_s=3600, forecast_every_min=1440, retry_after_s=1)
    steps.wait(lambda calls: "publish" in calls)
    assert steps.calls.count("forecast") == 2


def test_too_little_history_is_no_failure(started):
    steps = started.steps
    steps.forecasts = [NotEnoughHistoryError("two weeks are needed")]
    with capture_logs() as logs:
        started(inbox_every_s=0.5, forecast_every_min=1440)
        steps.wait(lambda calls: calls.count("inbox") >= 2 and "forecast" in calls)
    assert not [line for line in logs if line["event"] == "job failed"]
    assert [line["reason"] for line in logs if line["event"] == "no forecast yet"] == [
        "two weeks are needed"
    ]


def test_full_disk_ends_the_worker_for_its_supervisor(started):
    steps = started.steps
    steps.forecasts = [OSError(errno.ENOSPC, "No space left on device")]
    _, thread, outcome = started(inbox_every_s=0.5)
    thread.join(20)
    assert "No space left" in str(outcome[0])


def test_stop_between_forecast_and_publish(tmp_path, steps, monkeypatch):
    worker = Worker(tmp_path, load_settings(tmp_path), FixedClock(NOW), None)

    def stop_meanwhile(*_, **__):
        worker.stopping = True

    monkeypatch.setattr(module, "make_forecast", stop_meanwhile)
    worker.forecast()
    assert steps.calls == []


def chained():
    try:
        try:
            raise duckdb.FatalException("database has been invalidated")
        except duckdb.Error as error:
            raise WarehouseError("the warehouse failed") from error
    except WarehouseError as error:
        return error


@pytest.mark.parametrize(
    ("error", "fatal"),
    [
        (chained(), True),
        (duckdb.IOException("could not write"), True),
        (MemoryError(), True),
        (OSError(errno.ENOSPC, "full"), True),
        (duckdb.BinderException("no such column"), False),
        (FileNotFoundError(errno.ENOENT, "gone"), False),
        (ValueError("x"), False),
    ],
)
def test_what_only_a_new_process_can_mend(error, fatal):
    assert is_fatal(error) is fatal


def test_the_first_forecast_waits_while_the_snapshot_is_young(tmp_path, monkeypatch):
    settings = load_settings(tmp_path)  # hourly
    worker = Worker(tmp_path, settings, FixedClock(NOW), None)
    for age, wait in ((None, 0), (10, 50), (60, 0), (500, 0), (-30, 0)):
        made = None if age is None else NOW - timedelta(minutes=age)
        monkeypatch.setattr(module, "newest_as_of", lambda _, made=made: made)
        assert worker.first_forecast_in() == timedelta(minutes=wait)


def test_sigterm_ends_it_and_the_lock_is_let_go(tmp_path, steps):
    held = []

    def ready():
        held.append(holder(tmp_path))
        os.kill(os.getpid(), signal.SIGTERM)

    before = signal.getsignal(signal.SIGTERM)
    try:
        run_worker(tmp_path, load_settings(tmp_path), FixedClock(NOW), ready=ready)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert held[0].pid == os.getpid()
    assert holder(tmp_path) is None


def history(data, **which):
    engine = open_ops_to_read(data)
    try:
        return Runs(engine).history(**which)
    finally:
        engine.dispose()


def test_every_run_is_in_the_history(started, tmp_path):
    steps = started.steps
    steps.inbox = [
        [],
        [
            FileResult("k.csv", "kpis", 7, rows_loaded=3, rows_updated=2, rows_rejected=2),
            FileResult("x.csv", "", refused="x.csv: is of no known feed"),
        ],
        ValueError("broken"),
    ]
    worker, thread, _ = started(inbox_every_s=0.5, forecast_every_min=1440)
    steps.wait(lambda calls: calls.count("inbox") >= 5 and "publish" in calls)
    worker.stopping = True
    thread.join(20)
    assert {run.job for run in history(tmp_path)} >= {"inbox", "forecast", "publish"}
    nothing, broken, first = history(tmp_path, job="inbox")  # quiet ones leave one entry
    assert (first.outcome, first.files, first.rows_loaded, first.rows_rejected) == (
        "failed", 1, 5, 2,
    )  # fmt: skip
    assert first.message == "x.csv: is of no known feed"
    assert (broken.outcome, broken.message) == ("failed", "broken")
    assert nothing.outcome == "nothing"
    assert all(run.seconds is not None for run in history(tmp_path))


def test_a_damaged_history_does_not_stop_the_work(started, tmp_path):
    (tmp_path / FILE_NAME).write_bytes(b"no database" * 100)
    steps = started.steps
    with capture_logs() as logs:
        started(inbox_every_s=0.5, forecast_every_min=1440)
        steps.wait(lambda calls: calls.count("inbox") >= 2 and "publish" in calls)
    assert [line["event"] for line in logs].count("no run history") == 1


def test_runs_left_open_by_a_killed_worker_are_closed_at_the_start(started, tmp_path):
    first, thread, _ = started(inbox_every_s=0.5)
    started.steps.wait(lambda calls: "publish" in calls)
    first.recorder.tried(lambda engine: Runs(engine).begin("upkeep", None, NOW))
    first.stopping = True
    thread.join(20)
    started(inbox_every_s=0.5)
    started.steps.wait(lambda calls: calls.count("publish") == 2)
    [left] = history(tmp_path, job="upkeep")
    assert left.outcome == "interrupted"


class Moved:
    """A wall clock and a clock that only runs, both moved by the test."""

    def __init__(self):
        self.wall, self.ran = NOW, 0.0

    def now(self):
        return self.wall

    def pass_s(self, seconds, *, jump_s=0.0):
        self.ran += seconds
        self.wall += timedelta(seconds=seconds + jump_s)


def test_jumps_of_the_clock_are_told_from_its_running():
    times = Moved()
    watch = ClockWatch(times, lambda: times.ran)
    for _ in range(1000):
        times.pass_s(60, jump_s=0.5)  # corrected slowly, as a time service does
        assert watch.jumped() is None
    times.pass_s(1, jump_s=-86400)
    assert watch.jumped() == timedelta(days=-1)
    assert watch.jumped() is None
    times.pass_s(1, jump_s=7200)
    assert watch.jumped() == timedelta(hours=2)


@pytest.mark.parametrize("jump_s", [-86400, 86400])
def test_after_a_jump_every_job_runs_once_and_now(started, jump_s):
    """Without it a clock set back by a day would keep all jobs waiting for a day."""
    steps = started.steps
    worker, _, _ = started(inbox_every_s=3600, forecast_every_min=1440)
    steps.wait(lambda calls: "publish" in calls)
    assert "tend" not in steps.calls
    times = Moved()
    worker.watch = ClockWatch(times, lambda: times.ran)
    times.pass_s(1, jump_s=jump_s)
    steps.wait(lambda calls: "tend" in calls and calls.count("publish") == 2)
    assert [steps.calls.count(name) for name in ("inbox", "forecast", "tend")] == [2, 2, 1]


def test_upkeep_waits_for_the_first_forecast_and_keeps_its_rhythm(tmp_path):
    worker = Worker(tmp_path, load_settings(tmp_path), FixedClock(NOW), None)
    assert worker.first_upkeep_in() == module.UPKEEP_AFTER
    with worker.recorder.run("upkeep"):
        pass
    rest = worker.first_upkeep_in()
    worker.recorder.close()
    assert timedelta(hours=23) < rest <= timedelta(hours=24)
