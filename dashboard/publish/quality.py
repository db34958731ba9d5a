"""The quality of the data as tables of the snapshot."""

from __future__ import annotations

import json
import math
from datetime import datetime

import pandas as pd

from ingest.quality import Flaw, Quality

TABLES = (
    "hours",
    "cells",
    "sources",
    "rejected",
    "kpis",
    "shifts",
    "inventory",
    "attribution",
)
COLUMNS = ["rank", "code", "weight", "about"]


def quality_tables(quality: Quality) -> dict[str, pd.DataFrame]:
    """Tables ``quality_*`` of the snapshot; what flaws are about is JSON, times in it ISO 8601."""
    tables: dict[str, pd.DataFrame] = {f"quality_{name}": getattr(quality, name) for name in TABLES}
    rows = [
        (rank, flaw.code, flaw.weight, about_json(flaw))
        for rank, flaw in enumerate(quality.flaws, 1)
    ]
    return tables | {"quality_flaws": pd.DataFrame(rows, columns=COLUMNS)}


def about_json(flaw: Flaw) -> str:
    """What a flaw is about, as JSON."""
    about = {name: _plain(value) for name, value in flaw.about.items()}
    return json.dumps(about, ensure_ascii=False, allow_nan=False)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return None if isinstance(value, float) and not math.isfinite(value) else value
