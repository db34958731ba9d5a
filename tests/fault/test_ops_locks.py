"""The ops database opened again and again by one process: none of its writes may get lost."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from dashboard.ops.engine import FILE_NAME, open_ops, open_ops_to_read
from dashboard.ops.runs import Runs

AT = datetime(2026, 11, 1, tzinfo=UTC)
READ = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('PRAGMA user_version')"


def test_opening_it_again_takes_no_lock_away(tmp_path: Path) -> None:
    first = open_ops(tmp_path)
    Runs(first).begin("inbox", None, AT)  # its connection stays open in the pool
    open_ops(tmp_path).dispose()
    reader = open_ops_to_read(tmp_path)
    assert reader is not None
    reader.dispose()
    # Another process comes and goes. While we hold the file it is not the last one, and leaves the
    # log where it is.
    read = f"{READ}; c.execute('SELECT * FROM job_runs').fetchall(); c.close()"
    subprocess.run([sys.executable, "-c", read, str(tmp_path / FILE_NAME)], check=True)
    Runs(first).begin("forecast", None, AT)
    again = open_ops(tmp_path)
    assert [run.job for run in Runs(again).newest_of_each(5)] == ["forecast", "inbox"]
    again.dispose()
    first.dispose()
