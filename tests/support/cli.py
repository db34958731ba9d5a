"""The program through its door, in this process."""

from __future__ import annotations

import json

from dashboard.cli import main


def run(capsys, *arguments):
    """Exit code, stdout as JSON (None when empty), lines of stderr without progress."""
    code = main(["--json", *map(str, arguments)])
    heard = capsys.readouterr()
    said = json.loads(heard.out) if heard.out else None
    assert "Traceback" not in heard.err
    return code, said, [line for line in heard.err.splitlines() if not line.startswith("▸")]
