"""Named queries from ``sql/queries.sql``."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

_NAME = re.compile(r"^-- name: ([a-z0-9_]+)$", re.MULTILINE)


@cache
def load_queries() -> dict[str, str]:
    """SQL by name; parameters are named, ``$cell_id``."""
    text = resources.files("dashboard.snapshot").joinpath("sql/queries.sql").read_text("utf-8")
    parts = _NAME.split(text)
    return dict(zip(parts[1::2], (sql.strip() for sql in parts[2::2]), strict=True))
