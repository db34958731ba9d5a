"""What a snapshot tells of cells and regions, for those who cannot read the warehouse."""

from __future__ import annotations

from pathlib import Path

import geopandas
import pandas as pd

from dashboard.errors import SnapshotError
from dashboard.snapshot.reader import Snapshot
from ingest.suggest.known import Known


def known_as_published(data: Path) -> Known | None:
    """Cells and regions of the newest snapshot; None where there is none.

    Regions are as maps draw them, which is near enough to tell coordinate systems apart. Positions
    of tickets are not published.
    """
    try:
        shown = Snapshot.open(data)
    except SnapshotError:
        return None
    try:
        cells = shown.frame("cell_table")
        attributes = shown.frame("regions").set_index("region_id")
        features = shown.geojson["features"]
    finally:
        shown.close()
    regions = (
        geopandas.GeoDataFrame.from_features(features, crs="EPSG:4326")
        if features
        else Known().regions
    )
    for column in ("parent_id", "level"):
        stated: pd.Series = regions["region_id"].map(attributes[column])
        regions[column] = stated
    columns = ["cell_id", "longitude", "latitude", "azimuth_deg", "region_id"]
    return Known.of(cells[columns].rename(columns={"cell_id": "name"}), None, regions)
