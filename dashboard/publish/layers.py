"""Map layers beside the snapshot: made for a new inventory, removed when nobody names them."""

from __future__ import annotations

from pathlib import Path

import structlog

from dashboard import basemap
from dashboard.errors import LayersError, SnapshotError
from dashboard.layers import LayerSet, ensure_layers, prune_layers
from dashboard.settings import Settings
from dashboard.snapshot import files
from dashboard.snapshot.reader import list_snapshots, read_manifest
from forecasting.run import Forecast
from geo.errors import GeoError

log = structlog.get_logger()


def layers_of(data: Path, made: Forecast, settings: Settings) -> tuple[LayerSet | None, list[str]]:
    """The layer set of a forecast's inventory, and what people should know where there is none.

    A map that cannot be drawn must not keep a forecast from being published. The tiles of the
    base map are made too where they are missing.
    """
    system = settings.web.tiles.system
    try:
        basemap.ensure(data, system)
    except (GeoError, LayersError) as error:
        log.warning("base map could not be made", reason=str(error))
    try:
        found = ensure_layers(
            data,
            made.inventory.cells,
            made.inventory.regions,
            settings=settings.geo,
            system=system,
        )
    except GeoError as error:
        log.warning("map layers could not be made", reason=str(error))
        return None, [f"map layers could not be made: {error}"]
    if found is not None and found.made:
        log.info("map layers made", layers=found.name)
    return found, []


def prune(data: Path) -> list[str]:
    """Removes layer sets that no published snapshot names; nothing where a manifest is unreadable.

    Returns:
        The names removed.
    """
    named: set[str | None] = set()
    for _, snapshot_id in list_snapshots(data):
        try:
            named.add(read_manifest(files.snapshots_dir(data) / snapshot_id).layers)
        except SnapshotError:
            return []  # it may name any of them
    return prune_layers(data, named)
