"""The attributes of regions: whatever they are called in a file, typed and checked."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pandas as pd

from geo.errors import GeoError

COLUMNS = ("region_id", "name", "subscribers", "parent_id", "level")


def canonical(
    features: geopandas.GeoDataFrame, columns: Mapping[str, str] | None, source: Path
) -> pd.DataFrame:
    """The canonical columns of a file's attributes.

    Args:
        features: the file's features.
        columns: source column -> canonical column; without it, columns count by their own name,
            and ``id`` stands in for a missing ``region_id``.
        source: the file, for messages.

    Returns:
        ``region_id``, ``name``, ``subscribers`` (float64), ``parent_id``, ``level`` (Int64), one
        row per feature; unknown is None, NaN or NA.

    Raises:
        GeoError: a column or id is missing, an id is repeated, or a number is none.
    """
    mapping = dict(columns) if columns is not None else _by_own_name(features)
    available = [str(c) for c in features.columns if c != features.geometry.name]
    for column, target in mapping.items():
        if target not in COLUMNS:
            raise GeoError(f"{source}: unknown target {target!r}: use {', '.join(COLUMNS)}")
        if column not in available:
            raise GeoError(
                f"{source}: no column {column!r} for {target}: it has "
                f"{', '.join(available) or 'no columns'}"
            )
    if len(set(mapping.values())) < len(mapping):
        raise GeoError(f"{source}: two columns are mapped to the same target: keep one of them")
    by_target = {target: features[column] for column, target in mapping.items()}
    if "region_id" not in by_target:
        raise GeoError(
            f"{source}: no column region_id: declare which column it is: it has "
            f"{', '.join(available) or 'no columns'}"
        )
    table = pd.DataFrame({"region_id": _text(by_target["region_id"])})
    unknown = pd.Series(None, index=table.index, dtype="object")
    for column in ("name", "parent_id"):
        table[column] = _text(by_target.get(column, unknown))
    _check_ids(table, features, source)
    for column in ("subscribers", "level"):
        table[column] = _number(by_target.get(column, unknown), column, source)
    fraction = table["level"].dropna() % 1 != 0
    if fraction.any():
        row = int(fraction[fraction].index[0])
        raise GeoError(f"{source}: feature {row + 1}: level {table['level'][row]} is not whole")
    table["level"] = table["level"].astype("Int64")
    return table[list(COLUMNS)]


def _by_own_name(features: geopandas.GeoDataFrame) -> dict[str, str]:
    plain: dict[str, str] = {}  # a Shapefile's names are often capital letters, a KML's is Name
    for column in map(str, features.columns):
        plain.setdefault(column.casefold(), column)
    plain |= {column: column for column in COLUMNS if column in features.columns}
    mapping = {plain[column]: column for column in COLUMNS if column in plain}
    if "region_id" not in mapping.values() and "id" in plain:
        mapping[plain["id"]] = "region_id"
    return mapping


def _text(values: pd.Series[Any]) -> pd.Series[Any]:
    """Trimmed text, None where unknown; whole floats (ids in a Shapefile) lose their ``.0``."""

    def one(value: object) -> str | None:
        if value is None or value != value or value is pd.NA:  # noqa: PLR0124 - NaN and NaT
            return None
        whole = isinstance(value, float) and value.is_integer()
        return (str(int(value)) if whole else str(value)).strip() or None  # type: ignore[call-overload]

    return pd.Series([one(value) for value in values], index=values.index, dtype="object")


def _number(values: pd.Series[Any], column: str, source: Path) -> pd.Series[Any]:
    """Numbers of 0 and more, NaN where unknown."""
    text = _text(values)
    numbers = pd.to_numeric(text, errors="coerce").astype("float64")
    wrong = text.notna() & ~(np.isfinite(numbers) & (numbers >= 0))
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise GeoError(
            f"{source}: feature {row + 1}: {column} is {text.iloc[row]!r}: "
            "give a number of 0 or more, or leave it empty"
        )
    return numbers


def _check_ids(table: pd.DataFrame, features: geopandas.GeoDataFrame, source: Path) -> None:
    region_ids = table["region_id"]
    empty = np.flatnonzero(region_ids.isna())
    if len(empty):
        more = f" (and {len(empty) - 1} more without one)" if len(empty) > 1 else ""
        raise GeoError(
            f"{source}: {describe_feature(table, features, int(empty[0]))}: region_id is "
            f"empty{more}: give each region an id of its own that stays the same from file to file"
        )
    repeated = np.flatnonzero(region_ids.duplicated())
    if len(repeated):
        value = region_ids.iloc[repeated[0]]
        first = int(np.flatnonzero(region_ids == value)[0])
        raise GeoError(
            f"{source}: feature {repeated[0] + 1}: region_id {value!r} is that of feature "
            f"{first + 1} too: merge the two into one MultiPolygon or rename one"
        )


def describe_feature(table: pd.DataFrame, features: geopandas.GeoDataFrame, row: int) -> str:
    """``feature 3 'North' (116.1..116.4, 39.8..40.0)``: number, name, extent as in the file."""
    name = table["name"].iloc[row]
    called = "" if name is None else f" {name!r}"
    shape = features.geometry.iloc[row]
    if shape is None or shape.is_empty:
        return f"feature {row + 1}{called} (without geometry)"
    west, south, east, north = shape.bounds
    return f"feature {row + 1}{called} ({west:.6g}..{east:.6g}, {south:.6g}..{north:.6g})"
