import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

from dashboard.cli import app
from dashboard.reference import pages, settings_keys
from ingest.catalogue import load_catalogue
from ingest.sources.model import FolderSource, HttpsSource, LandingSource

ROOT = Path(__file__).parents[3]


def _all(group, above=""):
    for name, command in group.commands.items():
        yield above + name, command
        if hasattr(command, "commands"):
            yield from _all(command, f"{above}{name} ")


COMMANDS = dict(_all(get_command(app)))
PAGES = pages()


@pytest.mark.parametrize("name", sorted(PAGES))
def test_committed_page_is_the_generated_one(name):
    committed = ROOT / "docs" / "reference" / name
    assert committed.read_text("utf-8") == PAGES[name], "run `make docs` and commit"


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_and_option_is_described(name):
    command = COMMANDS[name]
    assert command.help.strip()
    assert f"## {name}\n" in PAGES["commands.md"]
    for parameter in command.params:
        if not parameter.hidden:
            assert parameter.help.strip(), f"{name} {parameter.name}"


def test_every_setting_is_described():
    keys = dict(settings_keys())
    assert "schedule.inbox_every_s" in keys
    for key, field in keys.items():
        assert (field.description or "").strip(), key
        assert f"| `{key}` |" in PAGES["settings.md"]


def test_every_key_of_a_source_is_described():
    assert "sources run" in COMMANDS
    for model in (FolderSource, LandingSource, HttpsSource):
        for key, field in model.model_fields.items():
            assert (field.description or "").strip(), key
            assert f"| `{key}` |" in PAGES["settings.md"]


def test_every_kpi_is_described():
    for kpi in load_catalogue().kpis:
        assert kpi.en_help.strip()
        assert kpi.zh_help.strip()
        assert f"| `{kpi.name}` |" in PAGES["feeds.md"]


def test_hidden_options_stay_out():
    assert "supervised" not in PAGES["commands.md"]


def test_bounds_and_defaults_are_shown():
    row = next(line for line in PAGES["settings.md"].splitlines() if "`web.language`" in line)
    assert "`zh` or `en`" in row
    row = next(
        line for line in PAGES["settings.md"].splitlines() if "| `schedule.inbox_every_s`" in line
    )
    assert "| `30.0` | ≥ 0.5, ≤ 3600 |" in row


def test_without_a_folder_it_says_how(tmp_path):
    def run(*arguments):
        return subprocess.run(
            [sys.executable, "-m", "dashboard.reference", *arguments],
            capture_output=True,
            text=True,
            check=False,
        )

    assert run().returncode == 2
    assert run(str(tmp_path / "new")).returncode == 0
    assert {path.name for path in (tmp_path / "new").iterdir()} == set(PAGES)
