"""Values as JSON can hold them."""

from __future__ import annotations

import math
from datetime import date, datetime


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
