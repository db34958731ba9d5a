"""Regions: read by ``geo``, put into ``checked`` with their geometry as WKB."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa
import shapely

from geo.boundaries import read_regions
from ingest.contracts import Feed
from ingest.errors import FileRefusedError
from ingest.mapping import Mapping, Origin, Plan
from ingest.profiles.model import ColumnMap, Table


def stage_regions(
    connection: duckdb.DuckDBPyConnection, path: Path, feed: Feed, table: Table
) -> tuple[Plan, int]:
    """Make ``checked`` of a boundary file.

    Returns:
        Plan with all columns of the feed, and the number of regions read.

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
    return Plan(feed, table, Mapping(origins, ())), count
