"""Regions: read by ``geo``, put into ``checked`` with their geometry as WKB."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import geopandas
import pandas as pd
import pyarrow as pa
import shapely

from geo.boundaries import read_regions
from geo.remarks import Remark, remarks
from ingest.contracts import Feed
from ingest.errors import FileRefusedError
from ingest.mapping import Mapping as Columns
from ingest.mapping import Origin, Plan
from ingest.profiles.model import ColumnMap, Table

MOST_NOTES = 20


@dataclass(frozen=True)
class Drawn:
    """What is said of the shapes of a file's regions.

    Attributes:
        notes: lines for people.
        counts: ``code:column`` -> how many, as among the reasons of a result.
    """

    notes: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)


def stage_regions(
    connection: duckdb.DuckDBPyConnection, path: Path, feed: Feed, table: Table
) -> tuple[Plan, int, Drawn]:
    """Make ``checked`` of a boundary file.

    Returns:
        Plan with all columns of the feed, the number of regions read, and what is remarkable about
        them among all the regions that are known by now.

    Raises:
        GeoError: the file cannot be used; regions are taken all or none.
    """
    columns = {}
    for name, rule in table.columns.items():
        if rule.source is None:
            raise FileRefusedError(f"profile: regions take `source` alone, not for {name}")
        columns[rule.source[0]] = name
    regions = read_regions(path, crs=table.coordinates, columns=columns or None)
    count = len(regions)
    checked = pa.table(
        {
            "row_number": pa.array(range(1, count + 1), pa.int64()),
            "region_id": pa.array(regions["region_id"], pa.string()),
            "name": pa.array(regions["name"], pa.string()),
            "subscribers": pa.array(regions["subscribers"], pa.float64(), from_pandas=True),
            "parent_id": pa.array(regions["parent_id"], pa.string()),
            "level": pa.array(regions["level"], pa.int32(), from_pandas=True),
            "geometry": pa.array(shapely.to_wkb(regions.geometry.to_numpy()), pa.binary()),
        }
    )
    connection.register("region_batch", checked)
    connection.execute(
        "CREATE TEMP TABLE checked AS SELECT *, NULL::VARCHAR AS reason, NULL::VARCHAR AS place, "
        "NULL::VARCHAR AS content FROM region_batch"
    )
    connection.unregister("region_batch")
    origins = tuple(Origin(column, (), ColumnMap(constant="")) for column in feed.columns)
    return Plan(feed, table, Columns(origins, ())), count, _drawn(connection, regions)


def known_regions(connection: duckdb.DuckDBPyConnection) -> geopandas.GeoDataFrame:
    """The newest regions of the warehouse: ``region_id, name, parent_id, level, geometry``."""
    found = connection.execute(
        "SELECT region_id, name, parent_id, level, geometry FROM regions ORDER BY region_id"
    ).fetchall()
    table = pd.DataFrame(
        [row[:4] for row in found], columns=["region_id", "name", "parent_id", "level"]
    ).astype({"parent_id": "object"})
    table["level"] = table["level"].astype("Int64")
    shapes = [None if row[4] is None else shapely.from_wkb(row[4]) for row in found]
    return geopandas.GeoDataFrame(table, geometry=shapes, crs="EPSG:4326")


def _drawn(connection: duckdb.DuckDBPyConnection, regions: geopandas.GeoDataFrame) -> Drawn:
    """Levels often come in files of their own: a file's regions are seen among the known ones."""
    known = known_regions(connection)
    ours = set(regions["region_id"])
    others = known[~known["region_id"].isin(ours)]
    columns = ["region_id", "name", "parent_id", "level", "geometry"]
    together = pd.concat([regions[columns], others[columns]], ignore_index=True)
    every = geopandas.GeoDataFrame(together, geometry="geometry", crs="EPSG:4326")
    said = [
        remark
        for remark in remarks(every, regions.attrs["repairs"])
        if remark.region_id in ours or remark.other_id in ours
    ]
    lines = [*regions.attrs["warnings"], *(_line(remark) for remark in said)]
    if len(lines) > MOST_NOTES:
        lines = [*lines[:MOST_NOTES], f"and {len(lines) - MOST_NOTES:,} more of these"]
    return Drawn(tuple(lines), dict(Counter(_code(remark) for remark in said)))


def _line(remark: Remark) -> str:
    return f"warning: {remark.text}" if remark.grave else remark.text


def _code(remark: Remark) -> str:
    shapes = ("repaired", "overlap", "gap", "hole", "outside", "uncovered")
    return f"{remark.code}:{'geometry' if remark.code in shapes else 'parent_id'}"
