"""Values as JSON can hold them, and what counts as unknown."""

from __future__ import annotations

import math
from datetime import date, datetime

import pandas as pd


def absent(value: object) -> bool:
    """None, NaN, NaT or NA: unknown, and never a number on a screen."""
    if value is None or value is pd.NA:
        return True
    return value != value  # noqa: PLR0124 - NaN and NaT differ from themselves


def plain(value: object) -> object:
    """Times as ISO 8601, NaN and infinite as null, all the way down."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
