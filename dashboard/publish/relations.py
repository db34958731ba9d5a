"""Relations of the snapshot's cells: neighbours of the forecast, and borders of its ground."""

from __future__ import annotations

import pandas as pd
import structlog

from dashboard.layers import LayerSet
from forecasting.run import Forecast
from geo.errors import GeoError
from geo.relations import relations

log = structlog.get_logger()


def told_relations(made: Forecast, layers: LayerSet | None) -> pd.DataFrame:
    """The snapshot's table ``neighbours``, see :func:`geo.relations.relations`.

    Borders that cannot be read keep no forecast from the screens: neighbours are told without.
    """
    borders = pd.DataFrame(columns=["cell_id", "neighbour_id", "border_m"])
    try:
        if layers is not None and layers.ground is not None:
            borders = layers.ground.borders
    except GeoError as error:
        log.warning("neighbours without borders", reason=str(error))
    return relations(made.neighbours, borders, made.inventory.cells)
