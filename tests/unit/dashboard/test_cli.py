"""The program's doors: usage, exit codes, JSON, one clear line, never a traceback."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import structlog

from dashboard.cli import main
from dashboard.cli import session as session_module
from dashboard.cli.commands import ingest as ingest_command
from dashboard.cli.guard import explain
from dashboard.cli.session import Globals, begin
from dashboard.errors import LockedError
from dashboard.output import Output
from forecasting.errors import NotEnoughHistoryError
from geo.errors import GeoError
from ingest.errors import FileRefusedError

pytestmark = pytest.mark.usefixtures("elsewhere")


def foresite(*arguments, **options):
    """The real program in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "dashboard.cli", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        **options,
    )


def test_help_and_version(capsys):
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    for command in [
        "demo",
        "simulate",
        "ingest",
        "forecast",
        "backtest",
        "serve",
        "worker",
        "web",
        "doctor",
    ]:
        assert command in shown
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("foresite 0.")


def test_help_loads_nothing_heavy():
    code = (
        "import sys; from dashboard.cli import main; main(['--help']);"
        "heavy = {'pandas', 'numpy', 'duckdb', 'dash', 'pydantic', 'rich', 'geopandas', 'prophet'};"
        "sys.exit(' '.join(sorted(heavy & set(sys.modules))) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["fly"],
        ["ingest"],
        ["ingest", "--fly", "x"],
        ["ingest", "x", "--feed", "weather"],
        ["simulate", "out", "--cells", "many"],
        ["simulate", "out", "--end", "soon"],
        ["forecast", "--as-of", "yesterday"],
        ["forecast", "--out", "forecast.txt"],
        ["backtest", "--from", "2026-10-01"],
        ["backtest", "--from", "2026-10-01", "--to", "tomorrow"],
        ["backtest", "--from", "2026-10-02", "--to", "2026-10-01"],
        ["backtest", "--from", "2026-10-01", "--to", "2026-10-02", "--out", "x.xls"],
        ["web", "--port", "0"],
        ["web", "--port", "70000"],
        ["demo", "--speed", "-1"],
    ],
)
def test_wrong_usage_is_2_and_touches_nothing(arguments, capsys, tmp_path):
    assert main(arguments) == 2
    heard = capsys.readouterr()
    assert heard.out == ""
    assert "Error: " in heard.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["backtest", "--from", "2026-10-01", "--to", "2026-10-02", "--truth", "no"],
            "no: no such",
        ),
        (["forecast", "--out", "no/such/folder.csv"], "no/such: no such folder"),
        (["web", "--host", "0.0.0.0"], "--host 0.0.0.0: there is no sign-in yet"),
        (["serve", "--host", "example.org"], "--host example.org: there is no sign-in yet"),
    ],
)
def test_refused_is_1_with_one_line(arguments, message, capsys):
    assert main(arguments) == 1
    heard = capsys.readouterr()
    assert heard.out == ""
    assert heard.err.count("\n") == 1
    assert heard.err.startswith("foresite: ")
    assert message in heard.err


def test_bad_settings_are_one_line(tmp_path, capsys):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "foresite.toml").write_text("colour = 'red'")
    for command in (["ingest", "x"], ["forecast"], ["worker"], ["serve"], ["web"], ["demo"]):
        assert main(command) == 1
        heard = capsys.readouterr()
        assert heard.err == (
            "foresite: data/foresite.toml: colour: no such setting; "
            "docs/reference/settings.md lists them all\n"
        )


def test_a_file_is_no_data_directory(tmp_path, capsys):
    (tmp_path / "letter").write_text("dear")
    for command in (["ingest", "x"], ["forecast"], ["serve"], ["demo"], ["simulate", "out"]):
        assert main([*command, "--data", "letter"]) == 1
        heard = capsys.readouterr()
        assert heard.err == "foresite: letter is a file; name a directory with --data\n"
    assert main(["doctor", "--data", "letter"]) == 1
    assert "✗ data directory: letter is a file" in capsys.readouterr().out
    assert (tmp_path / "letter").read_text() == "dear"


class Context:
    def __init__(self, data=None, as_json=False):
        self.obj = Globals(data, as_json)


def test_data_directory_last_word_wins(monkeypatch):
    assert begin(Context(), None, False).data == Path("data")
    monkeypatch.setenv("FORESITE_DATA", "from-environment")
    assert begin(Context(), None, False).data == Path("from-environment")
    assert begin(Context(Path("before")), None, False).data == Path("before")
    assert begin(Context(Path("before")), Path("after"), False).data == Path("after")


def test_json_before_and_after(capsys, tmp_path):
    for number, arguments in enumerate((["--json", "simulate"], ["simulate", "--json"])):
        out = f"city{number}"
        assert main([*arguments, out, "--cells", "12", "--days", "2"]) == 0
        shown = json.loads(capsys.readouterr().out)
        assert shown["out"] == out
        assert "tickets.csv" in shown["files"]
        assert (tmp_path / out / "cells.csv").exists()


def test_a_folder_that_is_not_empty_is_refused(capsys, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    assert main(["simulate", "mine", "--cells", "12", "--days", "2"]) == 1
    assert "mine is not an empty directory" in capsys.readouterr().err
    assert (tmp_path / "mine" / "letter.txt").read_text() == "dear"


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (LockedError("held by 7"), "held by 7"),
        (NotEnoughHistoryError("too little\n  history"), "too little history"),
        (FileRefusedError("a.csv: empty"), "a.csv: empty"),
        (GeoError("no polygon"), "no polygon"),
        (PermissionError(errno.EACCES, "Permission denied", "/x"), "/x: Permission denied"),
        (OSError(errno.ENOSPC, "No space left on device"), "the disk is full"),
        (MemoryError(), "out of memory"),
    ],
)
def test_what_people_can_mend_is_explained(error, line):
    assert line in explain(error)


def test_a_bug_is_not_explained():
    assert explain(ValueError("x")) is None
    assert explain(KeyError("x")) is None


@pytest.mark.parametrize("data_exists", [True, False])
def test_a_bug_leaves_one_line_and_a_log(tmp_path, capsys, monkeypatch, data_exists):
    def broken(*_, **__):
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(session_module.Session, "__init__", broken)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    if data_exists:
        (tmp_path / "data").mkdir()
    assert main(["doctor"]) == 1
    heard = capsys.readouterr()
    assert heard.out == ""
    assert heard.err.startswith("foresite: internal error (ZeroDivisionError)")
    assert heard.err.count("\n") == 1
    assert "Traceback" not in heard.err
    log = Path(heard.err.rsplit(" ", 1)[1].strip())
    assert "ZeroDivisionError: secret detail" in log.read_text()
    assert (log.parent == Path("data/logs")) == data_exists


def test_unwritable_place_is_one_line():
    done = foresite("--data", "/proc/nowhere", "ingest", "x.csv")
    assert done.returncode == 1
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("foresite: /proc/nowhere")


def test_a_closed_pipe_is_no_drama():
    done = subprocess.run(
        f"{sys.executable} -m dashboard.cli --help | true",
        shell=True,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""


SAY_CHINESE = """
from dashboard.output import Output
Output(as_json=True).result({'text': '小区'}, [])
Output(as_json=True).note('小区')
"""


def test_json_is_valid_in_any_encoding(monkeypatch):
    payload = '{"text": "小区"}\n'
    for encoding in ("utf-8", "ascii", "latin-1"):
        done = subprocess.run(
            [
                sys.executable,
                "-c",
                SAY_CHINESE,
            ],
            capture_output=True,
            env={**os.environ, "PYTHONIOENCODING": encoding},
            check=True,
        )
        assert json.loads(done.stdout) == json.loads(payload)
        assert done.stderr


def test_json_refuses_what_is_not_json(capsys):
    with pytest.raises(ValueError, match="JSON"):
        Output(as_json=True).result({"x": float("nan")})
    assert capsys.readouterr().out == ""


def test_human_lines_of_a_file():
    from ingest.result import FileResult

    result = FileResult(
        "t.csv",
        "tickets",
        rows_read=1234,
        rows_loaded=1230,
        rows_rejected=4,
        reasons={"bad_number:satisfaction": 3, "missing:created_at": 1},
        ignored=("mood",),
    )
    assert ingest_command._lines(result) == [
        "t.csv: tickets: 1,234 rows: 1,230 loaded, 4 rejected",
        "    3 × bad_number:satisfaction",
        "    1 × missing:created_at",
        "    columns left out: mood",
    ]


def test_what_is_logged_does_not_stand_in_the_answer(tmp_path, capfd):
    """A command's stdout is one JSON object, whatever parts of the program have to say."""
    code = main(["--data", str(tmp_path), "--json", "basemap", "list"])
    structlog.get_logger().warning("said in between")
    out, err = capfd.readouterr()
    assert code == 0
    json.loads(out)
    assert "said in between" in err
