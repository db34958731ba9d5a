from __future__ import annotations

import json
import os

import pytest

from dashboard.cli import main
from dashboard.ops.engine import FILE_NAME as OPS_FILE
from dashboard.settings import FILE_NAME


@pytest.fixture
def landing(tmp_path):
    folder = tmp_path / "landing"
    folder.mkdir()
    file = folder / "kpis.csv"
    file.write_text("cell_id\n")
    os.utime(file, (1, 1))
    return folder


@pytest.fixture
def data(tmp_path, landing):
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / FILE_NAME).write_text(
        f'[[ingest.sources]]\nname = "oss"\nkind = "landing"\npath = "{landing}"\n'
        '[[ingest.sources]]\nname = "web"\nkind = "https"\ntries = 1\n'
        'url = "http://127.0.0.1:9/kpis.csv?key=geheim"\n'
        '[[ingest.sources]]\nname = "off"\nkind = "folder"\npath = "/srv/x"\nenabled = false\n'
    )
    return folder


def run(data, *arguments):
    return main([*arguments, "--data", str(data)])


def told(capsys):
    """The one JSON object on stdout."""
    return json.loads(capsys.readouterr().out)


def test_the_list_before_and_after(data, capsys):
    assert run(data, "sources", "--json") == 0
    lines = {line["name"]: line for line in told(capsys)["sources"]}
    assert {name: line["state"] for name, line in lines.items()} == {
        "oss": "never",
        "web": "never",
        "off": "off",
    }
    assert lines["off"]["next"] is None
    assert not (data / OPS_FILE).exists()  # looking makes nothing
    assert run(data, "sources", "run", "oss") == 0
    assert "oss: ok: 1 files, 8 bytes" in capsys.readouterr().out
    assert (data / "inbox/oss/kpis.csv").exists()
    assert run(data, "sources", "--json") == 0
    oss = told(capsys)["sources"][0]
    assert (oss["state"], oss["failures"], oss["late"]) == ("ok", 0, False)
    assert oss["last_success"] == oss["last_files"] == oss["last_run"]
    assert run(data, "sources") == 0
    assert capsys.readouterr().out.startswith("oss                  landing  ok")


def test_a_fetch_that_fails_is_exit_code_1_and_one_line(data, capsys):
    assert run(data, "sources", "run", "web", "--json") == 1
    heard = capsys.readouterr()
    said = "http://127.0.0.1:9/kpis.csv?…: the connection is refused"
    assert json.loads(heard.out) == {
        "source": "web",
        "outcome": "failed",
        "files": 0,
        "bytes": 0,
        "message": said,
    }
    assert heard.err == f"foresite: source web: {said}\n"
    assert run(data, "runs", "--json") == 0
    assert "geheim" not in capsys.readouterr().out


def test_options_stand_before_or_after(data, capsys):
    assert main(["--json", "--data", str(data), "sources", "run", "oss"]) == 0
    assert told(capsys)["files"] == 1
    assert main(["sources", "--json", "--data", str(data), "run", "oss"]) == 0
    assert told(capsys)["outcome"] == "nothing"


def test_an_unknown_source_is_wrong_usage_and_the_valid_ones_are_named(data, capsys):
    assert run(data, "sources", "run", "nix") == 2
    assert "no source 'nix'; known: oss, web, off" in " ".join(
        capsys.readouterr().err.replace("│", " ").split()
    )


def test_the_history(data, capsys):
    assert run(data, "runs") == 0
    assert capsys.readouterr().out == "No runs yet.\n"
    for name in ("oss", "oss", "web"):
        run(data, "sources", "run", name)
    capsys.readouterr()
    assert run(data, "runs", "--json") == 0
    entries = told(capsys)["runs"]
    assert [(entry["source"], entry["outcome"]) for entry in entries] == [
        ("web", "failed"),
        ("oss", "nothing"),
        ("oss", "ok"),
    ]
    assert all(entry["seconds"] >= 0 for entry in entries)
    assert run(data, "runs", "--source", "oss", "--limit", "1", "--json") == 0
    assert [entry["outcome"] for entry in told(capsys)["runs"]] == ["nothing"]
    assert run(data, "runs", "--job", "inbox", "--json") == 0
    assert told(capsys) == {"runs": []}
    assert run(data, "runs", "--source", "oss") == 0
    assert "1 files, 8 bytes" in capsys.readouterr().out


def test_nothing_declared(tmp_path, capsys):
    assert run(tmp_path, "sources") == 0
    assert "No sources are declared" in capsys.readouterr().out


def test_a_damaged_history_is_one_line_and_fetching_goes_on(data, capsys):
    (data / OPS_FILE).write_bytes(b"no database" * 1000)
    assert run(data, "runs") == 1
    heard = capsys.readouterr()
    assert heard.err.startswith("foresite: ops database ")
    assert heard.err.count("\n") == 1
    assert run(data, "sources", "run", "oss", "--json") == 0
    assert told(capsys)["files"] == 1
