import json
import os
import subprocess
import sys

import pytest

from dashboard.errors import LockedError
from dashboard.runtime.locks import FILE_NAME, Holder, holder, write_lock

HOLD = """
import sys, pathlib
from dashboard.runtime.locks import write_lock
with write_lock(pathlib.Path(sys.argv[1]), "foresite worker"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def other(tmp_path):
    """Another process that holds the lock of ``tmp_path``."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def test_second_writer_is_refused_with_pid_and_command(tmp_path, other):
    refused = pytest.raises(LockedError, match=rf"process {other.pid} \(foresite worker\)")
    with refused, write_lock(tmp_path, "foresite ingest"):
        pass
    assert holder(tmp_path) == Holder(other.pid, "foresite worker")


def test_killed_holder_leaves_nothing_behind(tmp_path, other):
    other.kill()
    other.wait()
    assert (tmp_path / FILE_NAME).exists()
    assert holder(tmp_path) is None
    with write_lock(tmp_path, "foresite ingest"):
        assert json.loads((tmp_path / FILE_NAME).read_text()) == {
            "pid": os.getpid(),
            "command": "foresite ingest",
        }


def test_released_at_the_end_and_after_an_error(tmp_path):
    with pytest.raises(RuntimeError), write_lock(tmp_path / "new", "a"):
        raise RuntimeError
    assert holder(tmp_path / "new") is None
    assert holder(tmp_path / "never made") is None


def test_longer_command_of_an_earlier_holder_leaves_no_tail(tmp_path):
    with write_lock(tmp_path, "foresite ingest with a long line of words"):
        pass
    with write_lock(tmp_path, "x"):
        assert json.loads((tmp_path / FILE_NAME).read_text())["command"] == "x"


def test_unreadable_words_of_the_holder_do_not_matter(tmp_path, other):
    (tmp_path / FILE_NAME).write_text("{half")
    assert holder(tmp_path) == Holder(0, "just starting")
    with pytest.raises(LockedError, match="process 0"), write_lock(tmp_path, "x"):
        pass
