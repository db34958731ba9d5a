"""A proposal as the text of a profile."""

from __future__ import annotations

import json
import re

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def profile_text(
    description: str, table: dict[str, object], columns: dict[str, dict[str, object]]
) -> str:
    """TOML of a profile with one table; keys in the order given."""
    lines = [f"description = {_value(description)}", "", "[[tables]]"]
    merge = table.get("merge")
    lines += [f"{name} = {_value(value)}" for name, value in table.items() if name != "merge"]
    lines += ["", "[tables.columns]"]
    for name, rule in columns.items():
        inner = ", ".join(f"{key} = {_value(value)}" for key, value in rule.items())
        lines.append(f"{name} = {{ {inner} }}")
    if isinstance(merge, dict):
        lines += ["", "[tables.merge]"]
        lines += [f"{name} = {_value(value)}" for name, value in merge.items()]
    return "\n".join(lines) + "\n"


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    if isinstance(value, dict):
        inner = ", ".join(f"{_key(str(key))} = {_value(item)}" for key, item in value.items())
        return "{ " + inner + " }"
    return _text(str(value))


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _text(name)


def _text(text: str) -> str:
    """JSON's strings are TOML's basic strings, but for DEL, which TOML wants escaped."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
