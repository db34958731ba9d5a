import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from dashboard.runtime.children import ChildSpec, start, stop
from dashboard.runtime.supervisor import Backoff, Supervisor

FAST = Backoff(first_s=0.01, most_s=0.05, healthy_s=60)


def python(code, *arguments):
    return (sys.executable, "-c", code, *map(str, arguments))


def lines(path):
    return path.read_text().splitlines() if path.exists() else []


class Until:
    """A tick that stops the supervisor when something has come true, or fails after 20 s."""

    def __init__(self, supervisor, condition):
        self.supervisor, self.condition = supervisor, condition
        self.deadline = time.monotonic() + 20

    def __call__(self):
        assert time.monotonic() < self.deadline, "did not come true in time"
        if self.condition():
            self.supervisor.request_stop()


def test_backoff_doubles_up_to_its_limit():
    backoff = Backoff(first_s=1, most_s=60)
    assert [backoff.wait(n) for n in (1, 2, 3, 6, 7, 1000)] == [1, 2, 4, 32, 60, 60]


def test_a_child_that_ends_is_started_again_until_told_to_stop(tmp_path):
    log = tmp_path / "log"
    code = "import os, sys; open(sys.argv[1], 'a').write(f'{os.getpid()}\\n')"
    supervisor = Supervisor([ChildSpec("brief", python(code, log))], backoff=FAST)
    supervisor.run(Until(supervisor, lambda: len(lines(log)) >= 3))
    assert len(set(lines(log))) >= 3  # three processes, not one


def test_failures_in_a_row_wait_longer_and_a_healthy_run_forgives(monkeypatch):
    supervisor = Supervisor([ChildSpec("brief", python("pass"))], backoff=Backoff(1, 60, 5))
    now = [100.0]
    monkeypatch.setattr("dashboard.runtime.supervisor.time.monotonic", lambda: now[0])
    monkeypatch.setattr("dashboard.runtime.supervisor.start", lambda _: Ended())
    monkeypatch.setattr("dashboard.runtime.supervisor.stop", lambda *_: None)
    waits = []

    def round_trip(lasted):
        supervisor._check(state)  # starts
        now[0] += lasted
        supervisor._check(state)  # finds it ended
        waits.append(state.due - now[0])
        now[0] = state.due

    supervisor.run(supervisor.request_stop)
    state = supervisor._states[0]
    state.process, state.failures, state.due = None, 0, 0.0
    for lasted in (0, 0, 0, 6, 0):
        round_trip(lasted)
    assert waits == [1, 2, 4, 1, 2]


class Ended:
    pid = 1

    def poll(self):
        return 3

    def terminate(self):
        raise AssertionError("it has ended already")


def test_children_get_time_to_end_by_themselves(tmp_path):
    log = tmp_path / "log"
    code = (
        "import signal, sys, time\n"
        "def end(*_):\n"
        "    time.sleep(0.3); open(sys.argv[1], 'a').write('ended well\\n'); sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, end)\n"
        "open(sys.argv[1], 'a').write('ready\\n')\n"
        "time.sleep(60)"
    )
    supervisor = Supervisor([ChildSpec("polite", python(code, log))], grace_s=20)
    supervisor.run(Until(supervisor, lambda: lines(log) == ["ready"]))
    assert lines(log) == ["ready", "ended well"]


def test_a_deaf_child_is_killed_with_what_it_started(tmp_path):
    log = tmp_path / "log"
    code = (
        "import signal, subprocess, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "open(sys.argv[1], 'a').write(f'{child.pid}\\n')\n"
        "time.sleep(60)"
    )
    supervisor = Supervisor([ChildSpec("deaf", python(code, log))], grace_s=0.1)
    supervisor.run(Until(supervisor, lambda: bool(lines(log))))
    assert gone(int(lines(log)[0]))


def test_sigterm_ends_the_loop(tmp_path):
    supervisor = Supervisor([ChildSpec("sleeper", python("import time; time.sleep(60)"))])
    before = signal.getsignal(signal.SIGTERM)
    supervisor.run(lambda: os.kill(os.getpid(), signal.SIGTERM))
    assert signal.getsignal(signal.SIGTERM) is before


def test_an_ignored_signal_stays_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        supervisor = Supervisor([])
        seen = []
        supervisor.run(lambda: (seen.append(signal.getsignal(signal.SIGHUP)), stop_now(supervisor)))
    finally:
        signal.signal(signal.SIGHUP, before)
    assert seen == [signal.SIG_IGN]


def stop_now(supervisor):
    supervisor.request_stop()


def test_a_child_ends_when_its_supervisor_is_killed(tmp_path):
    log = tmp_path / "log"
    child = (
        "import os, sys, time\n"
        "from dashboard.runtime.children import watch_parent\n"
        "watch_parent()\n"
        "open(sys.argv[1], 'a').write(f'{os.getpid()}\\n')\n"
        "time.sleep(60)"
    )
    parent = (
        "import sys, time\n"
        "from dashboard.runtime.children import ChildSpec, start\n"
        "process = start(ChildSpec('child', (sys.executable, '-c', sys.argv[1], sys.argv[2])))\n"
        "time.sleep(60)"
    )
    process = subprocess.Popen(python(parent, child, log))
    wait_for(lambda: bool(lines(log)))
    process.kill()
    process.wait()
    assert gone(int(lines(log)[0]))


def test_output_of_a_child_goes_to_its_log(tmp_path):
    spec = ChildSpec(
        "writer",
        python("import os; print(os.environ['GREETING'])"),
        environment={"GREETING": "hello"},
        log=tmp_path / "child.log",
    )
    process = start(spec)
    process.wait(20)
    stop(process, 0)
    assert (tmp_path / "child.log").read_text() == "hello\n"


def wait_for(condition):
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "did not come true in time"
        time.sleep(0.02)


def gone(pid):
    """Is the process gone within some seconds? A zombie that nobody reaps counts as gone."""

    def ended():
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except FileNotFoundError:
            return True
        return state == "Z"

    wait_for(ended)
    return True
