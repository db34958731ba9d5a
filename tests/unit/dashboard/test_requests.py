"""Requests of people: one open request a job, taken once, answered by the run that follows."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from dashboard.ops.desk import SILENT_AFTER, OpsDesk, UnknownJobError
from dashboard.ops.engine import FILE_NAME, open_ops
from dashboard.ops.recorder import Recorder
from dashboard.ops.requests import ATTEMPTS, Requests
from dashboard.ops.runs import Report
from dashboard.ops.schema import job_requests
from dashboard.runtime.asked import AGAIN_S, BEAT_S, LOOK_S, Asked
from ingest.clock import FixedClock

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def engine(tmp_path, ops_url):
    engine = open_ops(tmp_path, ops_url)
    yield engine
    engine.dispose()


@pytest.fixture
def requests(engine):
    return Requests(engine)


def test_a_request_from_asked_to_done(requests):
    made = requests.ask("forecast", "", NOW, "127.0.0.1")
    assert (made.state, made.attempts) == ("asked", 0)
    assert requests.ask("forecast", "", NOW + MINUTE, "127.0.0.1") == made
    assert requests.ask("fetch", "oss", NOW, "127.0.0.1").id != made.id
    assert [r.job for r in requests.waiting()] == ["forecast", "fetch"]
    assert requests.take("forecast", "", NOW + MINUTE) == [made.id]
    assert requests.take("forecast", "", NOW + MINUTE) == []
    assert requests.recent()[1].state == "running"
    requests.end([made.id], Report("failed", message="disk full"), NOW + 2 * MINUTE)
    done = requests.recent()[1]
    assert (done.state, done.message, done.ended_at) == ("failed", "disk full", NOW + 2 * MINUTE)
    assert requests.ask("forecast", "", NOW + 3 * MINUTE, "127.0.0.1").id > made.id


@pytest.mark.usefixtures("engine")
def test_many_clicks_at_once_are_one(tmp_path, ops_url):
    start, ids = threading.Barrier(6), []

    def click():
        desk = OpsDesk(tmp_path, ops_url)
        start.wait(20)
        ids.append(desk.ask("inbox", "", NOW, "127.0.0.1").id)

    threads = [threading.Thread(target=click) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(ids) == 6
    assert len(set(ids)) == 1


def test_the_database_itself_holds_one_open_request_a_job(engine):
    row = {"job": "inbox", "source": "", "asked_at": NOW, "asked_by": "x"}
    with engine.begin() as connection:
        connection.execute(job_requests.insert(), row)
    with engine.connect() as connection, pytest.raises(IntegrityError):
        connection.execute(job_requests.insert(), row)


def test_what_a_killed_worker_had_begun_waits_again_but_not_for_ever(requests):
    requests.ask("upkeep", "", NOW, "127.0.0.1")
    for attempt in range(ATTEMPTS):
        assert requests.waiting(), attempt
        requests.take("upkeep", "", NOW)
        requests.begin_anew(NOW + MINUTE)
    assert requests.waiting() == []
    [given_up] = requests.recent()
    assert (given_up.state, given_up.outcome) == ("failed", "interrupted")
    assert "twice" in given_up.message


def test_old_requests_go_and_open_ones_stay(requests):
    requests.end([requests.ask("inbox", "", NOW, "x").id], Report(), NOW)
    requests.ask("forecast", "", NOW, "x")
    assert requests.prune(NOW + MINUTE) == 1
    assert [r.job for r in requests.recent()] == ["forecast"]


def test_signs_of_life(tmp_path, requests, ops_url):
    desk = OpsDesk(tmp_path, ops_url)
    assert not desk.told().worker_lives(NOW)
    requests.beat(NOW - SILENT_AFTER)
    requests.beat(NOW)
    told = desk.told()
    assert told.seen_at == NOW
    assert told.worker_lives(NOW + SILENT_AFTER / 2)
    assert not told.worker_lives(NOW + SILENT_AFTER)


def test_the_desk_reads_nothing_where_nothing_is(tmp_path):
    desk = OpsDesk(tmp_path, None, ("oss",))
    assert desk.told().runs == ()
    assert not (tmp_path / FILE_NAME).exists()  # looking makes nothing
    assert ("fetch", "oss") in desk.jobs()
    for job, source in (("publish", ""), ("fetch", "x"), ("inbox", "oss")):
        with pytest.raises(UnknownJobError, match="use one of inbox"):
            desk.ask(job, source, NOW, "127.0.0.1")
    assert not (tmp_path / FILE_NAME).exists()


class Seconds:
    at = 0.0

    def __call__(self):
        return self.at


@pytest.fixture
def asked(tmp_path, ops_url):
    hurried = []

    def hurry(job, source):
        hurried.append((job, source))
        return source != "gone"

    recorder = Recorder(tmp_path, ops_url, clock=FixedClock(NOW))
    made = Asked(recorder, hurry, clock=FixedClock(NOW), monotonic=Seconds())
    made.hurried = hurried
    yield made
    recorder.close()


def passes(asked, seconds):
    asked._monotonic.at += seconds
    asked.look()


def test_the_worker_looks_hurries_and_shows_that_it_lives(asked, requests):
    requests.ask("inbox", "", NOW, "x")
    asked.look()
    assert asked.hurried == [("inbox", "")]
    assert requests.last_beat() == NOW
    passes(asked, LOOK_S)
    assert len(asked.hurried) == 1  # its job is on its way
    passes(asked, AGAIN_S)
    assert len(asked.hurried) == 2  # or was lost on it
    requests.take("inbox", "", NOW)
    passes(asked, AGAIN_S)
    assert len(asked.hurried) == 2
    assert SILENT_AFTER.total_seconds() / 2 > BEAT_S


def test_a_source_that_is_not_there_is_answered(asked, requests):
    requests.ask("fetch", "gone", NOW, "x")
    asked.look()
    [refused] = requests.recent()
    assert refused.state == "failed"
    assert "no fetch of source 'gone'" in refused.message


def test_a_run_answers_what_was_asked_before_it(asked, requests):
    requests.ask("forecast", "", NOW, "x")
    with asked.answering("forecast") as slot:
        assert requests.recent()[0].state == "running"
        later = requests.ask("forecast", "", NOW, "x")
        slot.report = Report("ok")
    assert requests.recent()[0].state == "done"
    assert later.id == requests.recent()[0].id  # asked while it ran: that run is the answer
    requests.ask("forecast", "", NOW, "x")
    with pytest.raises(ValueError, match="row"), asked.answering("forecast"):
        raise ValueError("row 3: 13987654321 is no number")
    failed = requests.recent()[0]
    assert failed.state == "failed"
    assert "13987654321" not in failed.message
    with asked.answering("forecast"):
        pass  # nobody asked
    assert len(requests.recent()) == 2


def test_without_a_database_the_work_goes_on(tmp_path):
    (tmp_path / FILE_NAME).write_bytes(b"no database" * 1000)
    recorder = Recorder(tmp_path, clock=FixedClock(NOW))
    asked = Asked(recorder, lambda *_: True, clock=FixedClock(NOW), monotonic=Seconds())
    asked.begin_anew()
    asked.look()
    with asked.answering("inbox") as slot:
        slot.report = Report("ok")
    recorder.close()
