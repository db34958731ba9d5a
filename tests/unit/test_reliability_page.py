"""docs/reliability.md names tests that exist, for each failure that concerns ingest."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/reliability.md").read_text("utf-8")


def test_every_test_it_names_exists() -> None:
    named = re.findall(r"`(test_\w+\.py)::(test_\w+)`", PAGE)
    assert len(named) > 50
    found = {path.name: path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py")}
    lost = [f"{file}::{name}" for file, name in named if f"def {name}(" not in found.get(file, "")]
    assert lost == []


def test_every_failure_has_a_row() -> None:
    rows = set(re.findall(r"^\| ([FPS]\d+) \|", PAGE, re.MULTILINE))
    assert rows >= {f"F{n}" for n in range(1, 12)} | {f"P{n}" for n in range(1, 7)}
