"""A network of any size over Beijing, with random values on its map: for benchmarks of the map."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd

from dashboard.layers import LayerSet
from dashboard.snapshot import SCHEMAS, SnapshotContent, write_snapshot
from dashboard.snapshot.content import OPTIONAL
from geo.boundaries import map_tolerance_m, simplify_coverage, to_feature_collection
from geo.tiles import tile_of

AS_OF = datetime(2026, 11, 21, 7, tzinfo=UTC)


def densest(cells: pd.DataFrame) -> tuple[float, float]:
    """The middle of the tile of zoom 12 with the most cells."""
    column, row = tile_of(cells["longitude"], cells["latitude"], 12)
    key = column * 2**12 + row
    most = np.bincount(key - key.min()).argmax() + key.min()
    chosen = cells[key == most]
    return float(chosen["longitude"].mean()), float(chosen["latitude"].mean())


def publish(
    data: Path, cells: pd.DataFrame, regions: pd.DataFrame, made: LayerSet, seed: int
) -> None:
    """A snapshot with random values: 1 cell of 100 red, 4 yellow, 2 unknown."""
    random = np.random.default_rng(seed)
    size = len(cells)
    status = random.choice(["red", "yellow", "unknown", "green"], size, p=[0.01, 0.04, 0.02, 0.93])
    ground = made.ground
    assert ground is not None
    hexagons = ground.hexagons["hex_id"].tolist()
    tables = {name: schema.empty_table().to_pandas() for name, schema in SCHEMAS.items()}
    probability = np.where(status == "unknown", np.nan, random.beta(0.5, 20.0, size))
    tables["cells"] = pd.DataFrame(
        {name: cells.get(name) for name in tables["cells"].columns}
    ).assign(
        status=status,
        probability=probability,
        quiet=True,
        quality_state=random.choice(["good", "degraded", "bad"], size, p=[0.9, 0.07, 0.03]),
    )
    tables["regions"] = pd.DataFrame(
        {name: regions.get(name) for name in tables["regions"].columns}
    ).assign(status="green", expected_low_complaints=random.gamma(2.0, 5.0, len(regions)))
    areas = pd.DataFrame(
        {
            "kind": "hexagon",
            "area_id": hexagons,
            "status": random.choice(
                ["red", "yellow", "green"], len(hexagons), p=[0.01, 0.04, 0.95]
            ),
            "probability": random.beta(0.5, 20.0, len(hexagons)),
        }
    )
    content = SnapshotContent(
        as_of=AS_OF,
        mode="cells",
        horizon_h=72,
        time_zone="Asia/Shanghai",
        data_time=AS_OF,
        ticket_time=AS_OF,
        policy={},
        model={},
        regions_geojson=to_feature_collection(simplify_coverage(regions, map_tolerance_m(regions))),
        more={"areas": with_all_columns(areas)},
        layers=made.name,
        **tables,
    )
    write_snapshot(data, content, kpi_days={}, published_at=AS_OF)


def with_all_columns(areas: pd.DataFrame) -> pd.DataFrame:
    missing = [name for name in OPTIONAL["areas"].names if name not in areas]
    return areas.assign(**dict.fromkeys(missing))
