"""The quality of the data as tables of the snapshot."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa

from dashboard.plain import plain
from dashboard.publish import queries
from ingest.catalogue import Catalogue
from ingest.errors import QualityError
from ingest.privacy import mask_text
from ingest.quality import Flaw, Quality, assess
from ingest.settings import IngestSettings

if TYPE_CHECKING:
    import duckdb

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
ROWS_BACK, COLUMNS_BACK = timedelta(days=14), timedelta(days=42)
ROWS, ROWS_EACH, FILES = 2_000, 200, 500
COLUMNS = ["rank", "code", "weight", "about"]


def told_quality(
    connection: duckdb.DuckDBPyConnection,
    as_of: datetime,
    settings: IngestSettings,
    catalogue: Catalogue,
) -> dict[str, pd.DataFrame]:
    """Tables ``quality_*`` as known at ``as_of``.

    Where they cannot be told, a warning says so: that keeps no forecast from the screens.
    """
    try:
        told = quality_tables(assess(connection, as_of, settings, catalogue))
        return told | delivery_tables(connection, as_of)
    except QualityError as error:
        flaw = Flaw("untold", 1.0, {"reason": str(error)})
        row = (1, flaw.code, flaw.weight, about_json(flaw))
        return {"quality_flaws": pd.DataFrame([row], columns=COLUMNS)}


def quality_tables(quality: Quality) -> dict[str, pd.DataFrame]:
    """Tables ``quality_*`` of the snapshot; what flaws are about is JSON, times in it ISO 8601."""
    tables: dict[str, pd.DataFrame] = {f"quality_{name}": getattr(quality, name) for name in TABLES}
    rows = [
        (rank, flaw.code, flaw.weight, about_json(flaw))
        for rank, flaw in enumerate(quality.flaws, 1)
    ]
    return tables | {"quality_flaws": pd.DataFrame(rows, columns=COLUMNS)}


def delivery_tables(
    connection: duckdb.DuckDBPyConnection, as_of: datetime
) -> dict[str, pd.DataFrame]:
    """What the ledger tells of deliveries: rejected rows, refused files, columns, rhythm.

    Bounded whatever came. Values were masked when they were set aside; names of files and words of
    refusals are masked here, and values once more: a mask that came later counts too.
    """
    recent = {"as_of": as_of, "since": as_of - ROWS_BACK}
    longer = {"as_of": as_of, "since": as_of - COLUMNS_BACK}
    rows = queries.frame(
        connection, "quality_rejected_rows", recent | {"each": ROWS_EACH, "limit": ROWS}
    )
    refused = queries.frame(connection, "quality_refused", recent | {"limit": FILES})
    return {
        "quality_rejected_rows": _masked(rows, "file", "value"),
        "quality_refused": _masked(refused, "file", "reason"),
        "quality_columns": _masked(
            queries.frame(connection, "quality_columns", longer | {"limit": FILES}), "column_name"
        ),
        "quality_rhythm": queries.frame(connection, "quality_rhythm", recent),
    }


def _masked(rows: pd.DataFrame, *columns: str) -> pd.DataFrame:
    for name in columns:
        texts = [mask_text(v) if isinstance(v, str) else None for v in rows[name].astype(object)]
        rows = rows.assign(**{name: pd.Series(texts, index=rows.index, dtype=object)})
    return rows


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
