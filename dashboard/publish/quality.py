"""The quality of the data as tables of the snapshot."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pandas as pd
import pyarrow as pa

from dashboard.plain import plain
from ingest.quality import Flaw, Quality

Row = dict[str, Any]

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
    return json.dumps(plain(flaw.about), ensure_ascii=False, allow_nan=False)


def quality_rows(quality: Quality, zone: str, hours_shown: timedelta) -> Callable[[str], list[Row]]:
    """The rows that a snapshot's queries ``quality_*`` would give, without a snapshot.

    Args:
        quality: of the data.
        zone: IANA name of the operator's zone, for local days.
        hours_shown: how far back single hours are given.
    """
    tables = quality_tables(quality)
    hours = quality.hours
    day = hours["hour"].dt.tz_convert(zone).dt.date.rename("day")
    counts = ["intervals_expected", "intervals_present"]
    tables["quality_days"] = hours.groupby([hours["source"], day])[counts].sum().reset_index()
    tables["quality_hours"] = hours[hours["hour"] >= quality.as_of - hours_shown]
    return lambda name: _records(tables[f"quality_{name}"])


def _records(frame: pd.DataFrame) -> list[Row]:
    """Plain dicts; unknown is None."""
    table = pa.Table.from_pandas(frame, preserve_index=False)
    rows: list[Row] = table.to_pylist()
    return rows
