"""What docs/how-to/work-orders.md says is so: its table, its example, its limits."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from dashboard.dispatch.settings import DispatchSettings
from dashboard.dispatch.sla_settings import SlaSettings
from dashboard.dispatch.states import QUIET, TRANSITIONS

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/how-to/work-orders.md").read_text("utf-8")


def test_its_table_is_the_table():
    rows = re.findall(
        r"^\| (\w+) \| (\w+) \| (\w+) \| ([\w, ]+) \| (yes)? ?\|$", PAGE, re.MULTILINE
    )
    told = {(old, kind): (to, set(who.split(", ")), bool(why)) for old, kind, to, who, why in rows}
    moves = {
        key: (row.to, set(row.actors), row.reason)
        for key, row in TRANSITIONS.items()
        if key[1] not in QUIET and key[1] != "assign"
    }
    assert told == moves


def test_its_example_can_be_used_and_its_defaults_are_the_defaults():
    example, ops = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    given = tomllib.loads(example)["dispatch"]
    settings = DispatchSettings.model_validate(given).sla
    default = SlaSettings()
    assert settings.model_copy(update={"rules": default.rules}) == default
    assert settings.rules[0] == default.rules[0]
    assert {rule.name for rule in settings.rules} >= {"night", "many customers"}
    assert "url" in tomllib.loads(ops)["ops"]
