"""Named queries from ``sql/queries/``: one file a subject, names unique over all of them."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

_NAME = re.compile(r"^-- name: ([a-z0-9_]+)$", re.MULTILINE)


@cache
def load_queries() -> dict[str, str]:
    """SQL by name; parameters are named, ``$cell_id``.

    Raises:
        ValueError: two queries have one name.
    """
    found: dict[str, str] = {}
    folder = resources.files("dashboard.snapshot").joinpath("sql/queries")
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        parts = _NAME.split(file.read_text("utf-8"))
        for name, sql in zip(parts[1::2], parts[2::2], strict=True):
            if name in found:
                raise ValueError(f"sql/queries/{file.name}: there is a query {name!r} already")
            found[name] = sql.strip()
    return found


def load_sql(name: str) -> str:
    """A statement of ``sql/``, as text."""
    return resources.files("dashboard.snapshot").joinpath(f"sql/{name}").read_text("utf-8")
