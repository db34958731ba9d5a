"""Coordinates in ``checked``: to WGS-84, and impossible ones to unknown, counted, not rejected."""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa

from geo.crs import to_wgs84
from ingest.mapping import Plan

_IMPOSSIBLE = """
CASE WHEN longitude IS NULL AND latitude IS NULL THEN NULL
     WHEN longitude IS NULL OR latitude IS NULL THEN 'half_position'
     WHEN longitude = 0 AND latitude = 0 THEN 'zero_position'
     WHEN abs(latitude) > 90 AND abs(longitude) <= 90 AND abs(latitude) <= 180
         THEN 'swapped_position'
     WHEN abs(latitude) > 90 OR abs(longitude) > 180 THEN 'impossible_position'
END"""


def settle_positions(connection: duckdb.DuckDBPyConnection, plan: Plan) -> dict[str, int]:
    """Make ``longitude`` and ``latitude`` of ``checked`` WGS-84 degrees or unknown.

    A row with an impossible position is kept, so that no complaint is lost: its position becomes
    unknown. Positions are not turned round by guess; a profile can say that a source swaps them.

    Returns:
        ``half_position``, ``zero_position``, ``swapped_position``, ``impossible_position`` -> rows.
    """
    have = [name for name in ("longitude", "latitude") if name in plan.mapping.names]
    if not have:
        return {}
    if len(have) == 1:
        [(count,)] = connection.execute(
            f"SELECT count({have[0]}) FROM checked WHERE reason IS NULL"
        ).fetchall()
        connection.execute(f"UPDATE checked SET {have[0]} = NULL")
        return {"half_position": int(count)} if count else {}
    flags = dict(
        connection.execute(
            f"SELECT {_IMPOSSIBLE} AS flag, count(*) FROM checked "
            "WHERE reason IS NULL AND flag IS NOT NULL GROUP BY ALL"
        ).fetchall()
    )
    connection.execute(
        f"UPDATE checked SET longitude = NULL, latitude = NULL WHERE {_IMPOSSIBLE} IS NOT NULL"
    )
    if plan.table.coordinates != "wgs84":
        _convert(connection, plan.table.coordinates)
    return {str(flag): int(count) for flag, count in flags.items()}


def _convert(connection: duckdb.DuckDBPyConnection, system: str) -> None:
    found = connection.execute(
        "SELECT row_number, longitude, latitude FROM checked "
        "WHERE reason IS NULL AND longitude IS NOT NULL"
    ).fetchnumpy()
    lon, lat = to_wgs84(
        np.asarray(found["longitude"], dtype=float),
        np.asarray(found["latitude"], dtype=float),
        system,
    )
    moved = pa.table({"row_number": np.asarray(found["row_number"]), "lon": lon, "lat": lat})
    connection.register("moved_positions", moved)
    connection.execute(
        "UPDATE checked SET longitude = m.lon, latitude = m.lat FROM moved_positions m "
        "WHERE checked.row_number = m.row_number"
    )
    connection.unregister("moved_positions")
