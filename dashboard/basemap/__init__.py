"""The operator's own base map: roads, water, names and the like, under `DATA/basemap/`."""

from dashboard.basemap.store import BaseMap, basemap_dir, read_base_map
from dashboard.basemap.tend import add, ensure, remove

__all__ = ["BaseMap", "add", "basemap_dir", "ensure", "read_base_map", "remove"]
