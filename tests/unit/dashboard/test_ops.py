from __future__ import annotations

import importlib
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import create_engine, inspect, select
from sqlalchemy.exc import IntegrityError
from structlog.testing import capture_logs

from dashboard.ops import migrate as migrate_module
from dashboard.ops.engine import FILE_NAME, open_ops, open_ops_to_read
from dashboard.ops.errors import OpsError
from dashboard.ops.memory import StoredMemory
from dashboard.ops.migrate import TYPES, migrations, statements
from dashboard.ops.recorder import AGAIN_AFTER_S, LastingMemory, Recorder
from dashboard.ops.runs import Report, Runs
from dashboard.ops.schema import OUTCOMES, job_runs, metadata
from ingest.clock import FixedClock
from ingest.sources.memory import Pulled, Taken

NOW = datetime(2026, 11, 21, 14, tzinfo=UTC)
TAKEN = Taken("a/b.csv", 3, 1_764_000_000_123_456_789, "f" * 64, NOW)
PACKAGE = Path(migrate_module.__file__).parent
SCHEMAS = sorted(path.stem for path in PACKAGE.glob("*schema.py"))
PULLED = Pulled("https://h/a", '"1"', "", "", "2026-11-20T16:00:00+00:00", "e" * 64, 5, NOW)


@pytest.fixture
def engine(tmp_path, ops_url):
    engine = open_ops(tmp_path, ops_url)
    yield engine
    engine.dispose()


@pytest.fixture
def sqlite(tmp_path):
    engine = open_ops(tmp_path)
    yield engine
    engine.dispose()


@pytest.fixture
def runs(engine):
    return Runs(engine)


def shape(engine):
    """What a database says about its tables: columns, keys, indexes, checks."""
    looked, found = inspect(engine), {}
    for table in sorted(looked.get_table_names()):
        keys = looked.get_pk_constraint(table)["constrained_columns"]
        found[table] = (
            [
                (c["name"], str(c["type"]), c["nullable"] and c["name"] not in keys)
                for c in looked.get_columns(table)
            ],
            keys,
            sorted((i["name"], i["column_names"], i["unique"]) for i in looked.get_indexes(table)),
            sorted(c["name"] for c in looked.get_check_constraints(table)),
        )
    return found


@pytest.fixture
def declared(request, ops_url):
    """A database made from the declared tables instead of the migrations."""
    for name in SCHEMAS:
        importlib.import_module(f"dashboard.ops.{name}")
    if ops_url is None:
        yield from made_from(metadata, "sqlite://")
        return
    with request.getfixturevalue("postgres").fresh() as empty:
        yield from made_from(metadata, empty)


def made_from(tables, url):
    engine = create_engine(url)
    tables.create_all(engine)
    yield engine
    engine.dispose()


def test_all_migrations_together_give_the_schema(engine, declared):
    assert {"job_runs", "work_orders"} < shape(engine).keys()
    assert shape(engine) == shape(declared)


def test_migrations_are_numbered_without_gaps_and_known_to_every_database():
    versions = [version for version, _, _ in migrations()]
    assert versions == list(range(1, len(versions) + 1))
    for _, _, sql in migrations():
        for dialect in TYPES:
            for statement in statements(sql, dialect):
                assert "{" not in statement
                assert statement.startswith(("CREATE", "ALTER", "UPDATE", "INSERT", "DROP"))


def test_a_migration_and_its_record_are_one(tmp_path, ops_url, monkeypatch):
    real = migrations()
    newest = real[-1][0]
    broken = [*real, (newest + 1, "bad", "CREATE TABLE half (a INTEGER); CREATE TABEL x (a)")]
    monkeypatch.setattr(migrate_module, "migrations", lambda: broken)
    with pytest.raises(OpsError, match="syntax error"):
        open_ops(tmp_path, ops_url)
    monkeypatch.setattr(migrate_module, "migrations", lambda: real)
    engine = open_ops(tmp_path, ops_url)
    assert "half" not in inspect(engine).get_table_names()
    engine.dispose()


def test_several_processes_may_migrate_at_once(tmp_path, ops_url):
    start, engines = threading.Barrier(4), []

    def work():
        start.wait(20)
        engines.append(open_ops(tmp_path, ops_url))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(engines) == 4
    for engine in engines:
        engine.dispose()


def test_opening_what_is_up_to_date_waits_for_nobody(tmp_path, ops_url, engine, runs):
    with engine.begin() as connection:
        connection.execute(job_runs.insert(), {"job": "x", "started_at": NOW})
        other = open_ops(tmp_path, ops_url)  # would wait for the writer, and give up
        assert Runs(other).history() == []
        other.dispose()
    assert len(runs.history()) == 1


def test_a_newer_schema_is_refused(tmp_path, engine, ops_url):
    with engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO schema_migrations VALUES (999, 'of_tomorrow')")
    for opening in (open_ops, open_ops_to_read):
        with pytest.raises(OpsError, match=r"schema 999.*update the program"):
            opening(tmp_path, ops_url)


def test_sqlite_is_set_for_several_processes(sqlite):
    with sqlite.connect() as connection:
        for pragma, value in (("journal_mode", "wal"), ("foreign_keys", 1), ("synchronous", 2)):
            assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value


@pytest.mark.usefixtures("sqlite")
def test_it_is_for_its_owner_alone(tmp_path):
    assert (tmp_path / FILE_NAME).stat().st_mode & 0o777 == 0o600


def test_another_place_by_url(tmp_path):
    url = f"sqlite:///{tmp_path / 'elsewhere' / 'runs.sqlite'}"
    assert open_ops_to_read(tmp_path, url) is None
    open_ops(tmp_path, url).dispose()
    open_ops_to_read(tmp_path, url).dispose()
    assert [path.name for path in tmp_path.iterdir()] == ["elsewhere"]


def test_reading_makes_nothing(tmp_path):
    assert open_ops_to_read(tmp_path) is None
    assert list(tmp_path.iterdir()) == []


def test_reading_changes_nothing(tmp_path, ops_url):
    open_ops(tmp_path, ops_url).dispose()
    engine = open_ops_to_read(tmp_path, ops_url)
    with pytest.raises(OpsError, match=r"read-?only"):
        Runs(engine).begin("inbox", None, NOW)
    assert Runs(engine).history() == []
    engine.dispose()


def test_an_older_schema_is_the_workers_business(tmp_path, ops_url):
    engine = open_ops(tmp_path, ops_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM schema_migrations WHERE version > 1")
    engine.dispose()
    with pytest.raises(OpsError, match="start the worker once"):
        open_ops_to_read(tmp_path, ops_url)


@pytest.mark.parametrize("opening", [open_ops, open_ops_to_read])
def test_a_damaged_file_is_one_line(tmp_path, opening):
    (tmp_path / FILE_NAME).write_bytes(b"no database at all" * 100)
    with pytest.raises(OpsError, match=r"ops\.sqlite: file is not a database") as caught:
        opening(tmp_path)
    assert "\n" not in str(caught.value)


def test_addresses_that_lead_nowhere(tmp_path):
    for url in ("nonsense", "mysql://host/foresite"):
        with pytest.raises(OpsError, match="no URL of SQLite or PostgreSQL"):
            open_ops(tmp_path, url)
    with pytest.raises(OpsError, match="driver is not installed") as caught:
        open_ops(tmp_path, "postgresql+nodriver://ops:geheim@db/foresite")
    assert "geheim" not in str(caught.value)


def test_a_run_from_begin_to_end(runs):
    run_id = runs.begin("fetch", "oss", NOW)
    [open_run] = runs.history()
    assert (open_run.outcome, open_run.ended_at, open_run.seconds) == (None, None, None)
    runs.end(
        run_id,
        Report("ok", files=2, bytes=10, message="m"),
        ended_at=NOW + timedelta(seconds=3),
        seconds=2.5,
        quiet=False,
    )
    [run] = runs.history()
    assert (run.job, run.source, run.outcome, run.files, run.bytes) == ("fetch", "oss", "ok", 2, 10)
    assert (run.started_at, run.seconds) == (NOW, 2.5)
    assert run.as_dict()["ended_at"] == "2026-11-21T14:00:03+00:00"


def ended(runs, job, outcome, at=NOW, source=None, files=0, quiet=False):
    run_id = runs.begin(job, source, at)
    report = Report(outcome, files=files)
    runs.end(run_id, report, ended_at=at, seconds=1, quiet=quiet)
    return run_id


def test_history_newest_first_and_filtered(runs):
    ended(runs, "inbox", "ok")
    ended(runs, "fetch", "ok", source="a")
    ended(runs, "fetch", "failed", source="b")
    assert [(run.job, run.source) for run in runs.history()] == [
        ("fetch", "b"),
        ("fetch", "a"),
        ("inbox", None),
    ]
    assert [run.source for run in runs.history(job="fetch", source="a")] == ["a"]
    assert len(runs.history(limit=2)) == 2


def test_looks_that_found_nothing_leave_one_entry(runs):
    ended(runs, "fetch", "nothing", source="a")
    for outcome in ("nothing", "nothing", "ok", "nothing", "failed", "nothing", "nothing"):
        ended(runs, "inbox", outcome, quiet=True)
    assert [run.outcome for run in runs.history(job="inbox")] == ["nothing", "failed", "ok"]
    assert len(runs.history(job="fetch")) == 1


def test_runs_of_a_killed_worker_are_closed(runs):
    done = ended(runs, "inbox", "ok")
    left = runs.begin("fetch", "oss", NOW)
    assert runs.close_open(NOW + timedelta(hours=1)) == 1
    by_id = {run.id: run for run in runs.history()}
    assert (by_id[left].outcome, by_id[left].seconds) == ("interrupted", None)
    assert by_id[done].outcome == "ok"
    assert runs.close_open(NOW) == 0


def test_old_runs_are_dropped(runs):
    for days in (0, 399, 401):
        ended(runs, "inbox", "ok", at=NOW - timedelta(days=days))
    assert runs.prune(NOW - timedelta(days=400)) == 1
    assert len(runs.history()) == 2


def test_the_state_of_each_source(runs):
    def hour(h):
        return NOW + timedelta(hours=h)

    for h, outcome, files in ((0, "ok", 2), (1, "nothing", 0), (2, "failed", 0), (3, "timeout", 1)):
        ended(runs, "fetch", outcome, at=hour(h), source="oss", files=files)
    runs.begin("fetch", "crm", hour(4))
    states = runs.sources()
    oss = states["oss"]
    assert (oss.last.outcome, oss.last_success, oss.last_files) == ("timeout", hour(1), hour(3))
    assert (oss.failures, oss.first) == (2, hour(0))
    assert (states["crm"].last.outcome, states["crm"].last_success) == (None, None)
    assert runs.last_success("fetch", "oss") == hour(1)
    assert runs.last_success("fetch", "crm") is None


def test_the_database_refuses_what_makes_no_sense(engine):
    for values in (
        {"outcome": "splendid", "ended_at": NOW},
        {"outcome": "ok", "ended_at": None},
    ):
        row = {"job": "x", "started_at": NOW, **values}
        with engine.connect() as connection, pytest.raises(IntegrityError):
            connection.execute(job_runs.insert(), row)
    assert set(OUTCOMES) == {"ok", "nothing", "failed", "interrupted", "timeout"}


def test_moments_have_a_zone_and_come_back_in_utc(engine, runs):
    local = datetime(2026, 11, 21, 22, tzinfo=ZoneInfo("Asia/Shanghai"))
    ended(runs, "inbox", "ok", at=local)
    with engine.connect() as connection:
        [moment] = connection.execute(select(job_runs.c.started_at)).scalars()
    assert (moment, moment.utcoffset()) == (NOW, timedelta())
    with pytest.raises(OpsError, match="no time zone"):
        runs.begin("inbox", None, datetime(2026, 1, 1))  # noqa: DTZ001  that is what is refused


def test_memory_of_files(engine):
    memory = StoredMemory(engine)
    memory.remember_taken("oss", TAKEN)
    memory.remember_taken("oss", Taken("c.csv", 1, 2, "0", NOW))
    newer = Taken("a/b.csv", 4, 5, "1", NOW)
    memory.remember_taken("oss", newer)
    assert memory.taken("oss")["a/b.csv"] == newer
    assert memory.taken("other") == {}
    memory.forget_taken("oss", [f"{n}" for n in range(1200)] + ["c.csv"])
    assert list(memory.taken("oss")) == ["a/b.csv"]
    memory.remember_pulled("web", PULLED)
    assert memory.pulled("web") == {"https://h/a": PULLED}


class Ticks:
    def __init__(self):
        self.at = 100.0

    def __call__(self):
        return self.at


@pytest.fixture
def recorder(tmp_path, ops_url):
    made = Recorder(tmp_path, ops_url, clock=FixedClock(NOW), monotonic=Ticks())
    yield made
    made.close()


@pytest.fixture
def in_a_file(tmp_path):
    """For what is done to SQLite's file."""
    made = Recorder(tmp_path, clock=FixedClock(NOW), monotonic=Ticks())
    yield made
    made.close()


def history(tmp_path, url=None):
    engine = open_ops_to_read(tmp_path, url)
    try:
        return Runs(engine).history()
    finally:
        engine.dispose()


def test_runs_are_measured_by_a_clock_that_never_jumps(tmp_path, recorder, ops_url):
    with recorder.run("inbox") as slot:
        recorder._monotonic.at += 7.5
        slot.report = Report("ok", rows_loaded=5)
    [run] = history(tmp_path, ops_url)
    assert (run.seconds, run.rows_loaded, run.outcome) == (7.5, 5, "ok")


def test_a_failure_is_recorded_without_personal_data_and_passes_on(tmp_path, recorder, ops_url):
    with pytest.raises(ValueError, match="row"), recorder.run("inbox"):
        raise ValueError("row 3:\n  13987654321 is no number " + "x" * 1000)
    with pytest.raises(KeyboardInterrupt), recorder.run("fetch", "oss"):
        raise KeyboardInterrupt
    stopped, failed = history(tmp_path, ops_url)
    assert (stopped.outcome, failed.outcome) == ("interrupted", "failed")
    assert failed.message.startswith("row 3: ***TEL*** is no number")
    assert len(failed.message) == 500


def test_without_the_database_work_goes_on_and_it_is_said_once(tmp_path, in_a_file):
    (tmp_path / FILE_NAME).write_bytes(b"no database at all" * 100)
    worked = []
    with capture_logs() as logs:
        for _ in range(3):
            with in_a_file.run("inbox"):
                worked.append(1)
        assert in_a_file.last_success("inbox") is None
        in_a_file.begin_anew(timedelta(days=400))
    assert len(worked) == 3
    assert [line["event"] for line in logs] == ["no run history"]
    assert "not a database" in logs[0]["reason"]
    (tmp_path / FILE_NAME).unlink()
    in_a_file._monotonic.at += AGAIN_AFTER_S
    with in_a_file.run("inbox"):
        pass
    assert len(history(tmp_path)) == 1  # as soon as it can be used again


def test_a_database_that_breaks_while_it_is_open_is_let_go(tmp_path, recorder, ops_url):
    with recorder.run("inbox"):
        pass
    other = open_ops(tmp_path, ops_url)
    with other.begin() as connection:
        connection.exec_driver_sql("DROP TABLE job_runs")
    other.dispose()
    with capture_logs() as logs, recorder.run("inbox"):
        pass
    assert [line["event"] for line in logs] == ["no run history"]


def test_memory_lasts_while_the_database_does_not(tmp_path, in_a_file):
    memory = LastingMemory(in_a_file)
    memory.remember_taken("oss", TAKEN)
    memory.remember_pulled("web", PULLED)
    in_a_file.close()
    kept = (tmp_path / FILE_NAME).read_bytes()
    for path in tmp_path.glob(FILE_NAME + "*"):
        path.unlink()
    (tmp_path / FILE_NAME).write_bytes(b"broken" * 1000)
    with capture_logs():
        newer = Taken("a/b.csv", 9, 9, "9", NOW)
        memory.remember_taken("oss", newer)
        assert memory.taken("oss") == {"a/b.csv": newer}
        assert memory.pulled("web") == {}
    (tmp_path / FILE_NAME).write_bytes(kept)
    in_a_file._monotonic.at += AGAIN_AFTER_S
    assert memory.pulled("web") == {"https://h/a": PULLED}
    assert memory.taken("oss") == {"a/b.csv": newer}
    memory.remember_taken("oss", TAKEN)
    assert memory.taken("oss") == {"a/b.csv": TAKEN}
    memory.forget_taken("oss", ["a/b.csv"])
    assert memory.taken("oss") == {}
