from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from apscheduler.events import EVENT_JOB_EXECUTED
from apscheduler.schedulers.background import BackgroundScheduler
from structlog.testing import capture_logs

from dashboard.ops.engine import open_ops_to_read
from dashboard.ops.recorder import Recorder
from dashboard.ops.runs import FETCH, Report, Run, Runs, SourceState
from dashboard.runtime import sources as module
from dashboard.runtime.overview import source_line
from dashboard.runtime.rhythm import cron_trigger, due_at, interval_of, trigger_of
from dashboard.runtime.sources import Fetched, SourceJobs, bounded, job_id
from dashboard.settings import FILE_NAME, load_settings
from ingest.clock import FixedClock, SystemClock
from ingest.sources.cancel import Cancel
from ingest.sources.errors import CancelledError
from tests.support.fetching import SOURCE

NOW = datetime(2026, 11, 21, 14, tzinfo=UTC)  # Saturday
BEIJING = ZoneInfo("Asia/Shanghai")


def declared(**more):
    return SOURCE.validate_python({"name": "oss", "kind": "folder", "path": "/srv/x", **more})


def ago(**how):
    return NOW - timedelta(**how)


@pytest.mark.parametrize(
    ("last", "due"),
    [
        (None, NOW),  # never fetched
        (ago(minutes=10), NOW + timedelta(minutes=5)),  # the rest of its rhythm
        (ago(minutes=15), NOW),
        (ago(days=9), NOW),  # however many were missed, one catches up
        (NOW + timedelta(days=1), NOW),  # the clock was set back since
    ],
)
def test_the_first_fetch_after_the_worker_was_away(last, due):
    assert due_at(declared(every_min=15), last, NOW, BEIJING) == due


@pytest.mark.parametrize(
    ("last", "due"),
    [
        (ago(hours=10), NOW + timedelta(hours=5)),  # 12:00; next at 03:00 Beijing = 19:00 UTC
        (ago(hours=20), NOW),  # 02:00 in Beijing: 03:00 was missed
    ],
)
def test_a_missed_cron_time_is_caught_up(last, due):
    """Saturday 22:00 in Beijing."""
    assert due_at(declared(cron="0 3 * * *"), last, NOW, BEIJING) == due


@pytest.mark.parametrize("line", ["0 3 * * 1", "0 3 * * 1-5", "0 3 * *", "61 * * * *", "x"])
def test_cron_lines_that_are_none(line):
    with pytest.raises(ValueError, match=r"weekdays by name|fields|\*|x"):
        cron_trigger(line, BEIJING)


def test_cron_lines_by_name():
    fire = cron_trigger("0 3 * * mon-fri", BEIJING).get_next_fire_time(None, NOW)
    assert fire == datetime(2026, 11, 23, 3, tzinfo=BEIJING)
    assert cron_trigger("*/5 * * * */2", BEIJING)
    assert interval_of(declared(cron="0 3 * * mon-fri"), NOW, BEIJING) == timedelta(days=3)
    assert trigger_of(declared(every_min=2), BEIJING).interval == timedelta(minutes=2)


def state(*, last, success, first=NOW - timedelta(days=1), outcome="failed"):
    run = Run(1, FETCH, "oss", last, last, 1.0, outcome, 0, 0, 0, 0, "")
    return SourceState(run, success, None, first, 0)


@pytest.mark.parametrize(
    ("history", "late"),
    [
        (SourceState(), False),  # never tried: the worker has not run yet
        (state(last=ago(minutes=1), success=ago(minutes=45)), False),
        (state(last=ago(minutes=1), success=ago(minutes=46)), True),
        (state(last=ago(minutes=1), success=None, first=ago(minutes=40)), False),
        (state(last=ago(minutes=1), success=None, first=ago(minutes=50)), True),
    ],
)
def test_late_is_three_intervals_without_success(history, late):
    line = source_line(declared(every_min=15), history, NOW, BEIJING)
    assert line.late is late
    assert not source_line(declared(every_min=15, enabled=False), history, NOW, BEIJING).late


def obedient(cancel):
    """Hangs until it is told to end."""
    try:
        cancel.wait(600)
    except CancelledError as error:
        outcome = "timeout" if module.is_limit(str(error)) else "interrupted"
        return Fetched(Report(outcome, message=str(error)))
    raise AssertionError("waited in vain")


def test_a_fetch_that_hears_ends_in_time():
    fetched, thread = bounded(obedient, Cancel(), 0.2)
    assert fetched.report == Report("timeout", message="its time of 0.2 s (limit_s) is up")
    thread.join(20)
    assert not thread.is_alive()


def test_a_fetch_that_does_not_hear_is_left_behind():
    release = threading.Event()

    def deaf(_):
        release.wait(60)
        return Fetched(Report("ok"))

    fetched, thread = bounded(deaf, Cancel(), 0.1, grace_s=0.1)
    assert fetched.report.outcome == "timeout"
    assert "does not end" in fetched.report.message
    assert thread.is_alive()
    release.set()
    thread.join(20)


class Fetches:
    """Stands for the fetch itself; each source does what it is told."""

    def __init__(self):
        self.changed = threading.Condition()
        self.calls = []
        self.running = {}
        self.most = {}
        self.does = {}

    def __call__(self, source, *_, cancel, **__):
        with self.changed:
            self.calls.append(source.name)
            self.running[source.name] = self.running.get(source.name, 0) + 1
            self.most[source.name] = max(self.most.get(source.name, 0), self.running[source.name])
            self.changed.notify_all()
        try:
            return self.does.get(source.name, lambda _: Fetched(Report("nothing")))(cancel)
        finally:
            with self.changed:
                self.running[source.name] -= 1

    def wait(self, condition):
        with self.changed:
            assert self.changed.wait_for(lambda: condition(self.calls), timeout=30), self.calls


SETTINGS = """
[schedule]
retry_after_s = 1
[[ingest.sources]]
name = "hangs"
kind = "folder"
path = "/srv/a"
every_min = 0.1
limit_s = 3600
[[ingest.sources]]
name = "works"
kind = "folder"
path = "/srv/b"
every_min = 0.1
[[ingest.sources]]
name = "off"
kind = "folder"
path = "/srv/c"
enabled = false
"""


@pytest.fixture
def room(tmp_path, monkeypatch):
    """Jobs under a real scheduler; a fetch is what the test says."""
    (tmp_path / FILE_NAME).write_text(SETTINGS)
    fetches = Fetches()
    monkeypatch.setattr(module, "fetch_source", fetches)
    monkeypatch.setattr(module, "GRACE_S", 0.1)
    recorder = Recorder(tmp_path)
    brought = []
    settings = load_settings(tmp_path)
    jobs = SourceJobs(
        tmp_path, settings, FixedClock(NOW), recorder, brought=lambda: brought.append(1)
    )
    jobs.by_name = {source.name: source for source in settings.ingest.sources}
    jobs.fetches, jobs.brought, jobs.data = fetches, brought, tmp_path
    jobs.recorder = recorder
    scheduler = BackgroundScheduler(
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        timezone=UTC,
    )
    jobs.scheduler = scheduler
    yield jobs
    jobs.stop()
    if scheduler.running:
        scheduler.shutdown(wait=True)
    recorder.close()


def runs(jobs, **which):
    engine = open_ops_to_read(jobs.data)
    try:
        return Runs(engine).history(**which)
    finally:
        engine.dispose()


def test_one_hanging_source_never_delays_another(room):
    room.fetches.does["hangs"] = obedient
    ended = threading.Semaphore(0)
    room.schedule(room.scheduler, SystemClock().now())
    room.scheduler.add_listener(lambda _: ended.release(), EVENT_JOB_EXECUTED)
    room.scheduler.start()
    room.fetches.wait(lambda calls: "hangs" in calls)
    for _ in range(3):  # the next runs of both, brought forward: the other still hangs
        assert ended.acquire(timeout=30)
        room.scheduler.modify_job("fetch works", next_run_time=SystemClock().now())
        room.scheduler.modify_job("fetch hangs", next_run_time=SystemClock().now())
    assert ended.acquire(timeout=30)
    assert room.fetches.calls.count("works") >= 4
    assert room.fetches.calls.count("hangs") == 1
    assert room.fetches.most == {"hangs": 1, "works": 1}  # never two of one at once
    assert "off" not in room.fetches.calls
    assert room.fetches.running["hangs"] == 1


def test_a_stop_ends_a_hanging_fetch(room):
    room.fetches.does["hangs"] = obedient
    room.schedule(room.scheduler, SystemClock().now())
    room.scheduler.start()
    room.fetches.wait(lambda calls: "hangs" in calls)
    room.stop()
    room.scheduler.shutdown(wait=True)  # would wait for ten minutes
    [run] = runs(room, source="hangs")
    assert (run.outcome, run.message) == ("interrupted", "the worker stops")


def test_a_left_behind_fetch_is_not_joined_by_a_second_one(room):
    release = threading.Event()

    def deaf(_):
        release.wait(60)
        return Fetched(Report("ok"))

    room.fetches.does["hangs"] = deaf
    source = room.by_name["hangs"].model_copy(update={"limit_s": 0.1})
    with capture_logs() as logs:
        room.run(source)
        room.run(source)
    assert [line["event"] for line in logs] == ["source failed", "source failed"]
    assert room.fetches.calls == ["hangs"]
    second, first = runs(room, source="hangs")
    assert (first.outcome, second.outcome) == ("timeout", "timeout")
    assert second.message == "an earlier fetch hangs and does not end"
    release.set()
    room._threads["hangs"].join(20)
    room.run(source)  # and when it has ended at last, all is well again
    assert runs(room, source="hangs")[0].outcome == "ok"


def test_new_files_are_told_and_recorded(room):
    room.fetches.does["works"] = lambda _: Fetched(Report("ok", files=2, bytes=9))
    room.run(room.by_name["works"])
    assert room.brought == [1]
    [run] = runs(room, source="works")
    assert (run.job, run.outcome, run.files, run.bytes) == ("fetch", "ok", 2, 9)
    room.fetches.does["works"] = lambda _: Fetched(Report("nothing"))
    room.run(room.by_name["works"])
    assert room.brought == [1]


def next_in(jobs, name):
    moment = jobs.scheduler.get_job(job_id(jobs.by_name[name])).next_run_time
    return (moment - SystemClock().now()).total_seconds()


def planned(jobs, name, seconds):
    """Set the regular next run, as the scheduler does before a job runs."""
    moment = SystemClock().now() + timedelta(seconds=seconds)
    jobs.scheduler.modify_job(job_id(jobs.by_name[name]), next_run_time=moment)


def test_a_failed_source_is_tried_again_sooner_and_ever_less_often(room):
    room.schedule(room.scheduler, SystemClock().now())
    room.scheduler.start(paused=True)
    room.fetches.does["works"] = lambda _: Fetched(Report("failed", message="no"))
    for most in (1, 2, 4, 8):
        planned(room, "works", 86400)
        room.run(room.by_name["works"])
        assert most - 1 < next_in(room, "works") <= most
    planned(room, "works", 3)
    room.run(room.by_name["works"])
    assert next_in(room, "works") <= 3  # never later than its own rhythm
    room.fetches.does["works"] = lambda _: Fetched(Report("nothing"))
    planned(room, "works", 86400)
    room.run(room.by_name["works"])
    assert next_in(room, "works") > 86000


def test_a_server_that_asks_for_rest_is_left_alone(room):
    room.schedule(room.scheduler, SystemClock().now())
    room.scheduler.start(paused=True)
    room.fetches.does["works"] = lambda _: Fetched(Report("failed"), after_s=7200)
    planned(room, "works", 60)
    room.run(room.by_name["works"])
    assert 7100 < next_in(room, "works") <= 7200


def test_the_guides_example_is_one(tmp_path):
    guide = (Path(__file__).parents[3] / "docs/how-to/sources.md").read_text("utf-8")
    example = guide.split("```toml\n")[1].split("```")[0]
    (tmp_path / FILE_NAME).write_text(example)
    sources = load_settings(tmp_path).ingest.sources
    assert [source.kind for source in sources] == ["landing", "folder", "https"]
    for source in sources:
        assert trigger_of(source, BEIJING)
