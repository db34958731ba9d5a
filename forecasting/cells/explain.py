"""Why cells are red, yellow or bad: drivers of their risk, probable causes and their evidence."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import pandas as pd

from forecasting import queries
from forecasting.cells.cause_facts import CauseFacts
from forecasting.cells.causes import probable_cause
from forecasting.cells.drivers import about_kpis, top_drivers
from forecasting.cells.evidence import evidence_of
from forecasting.cells.features import CellFeatures
from forecasting.cells.live import midnight_before
from forecasting.cells.order_labels import belief, order_labels
from forecasting.cells.quality import BAD
from forecasting.cells.risk import RiskModel
from forecasting.policy import RED, YELLOW
from ingest.catalogue import Catalogue


@dataclass(frozen=True)
class Explained:
    """What is behind the colours.

    Attributes:
        drivers: of red and yellow cells (see ``cells.drivers``); none without a model.
        causes: by the index of the cells table; None where nothing needs an explanation.
        evidence: of each cause (see ``cells.evidence``).
    """

    drivers: pd.DataFrame
    causes: pd.Series
    evidence: pd.DataFrame


def explain(
    connection: duckdb.DuckDBPyConnection,
    features: CellFeatures,
    cells: pd.DataFrame,
    model: RiskModel | None,
    catalogue: Catalogue,
) -> Explained:
    """Explain the red and yellow cells, and those whose quality is bad now.

    What crews found until the last local midnight weighs in the choice of causes.

    Args:
        connection: the warehouse, right after ``features`` were made.
        features: at the origin.
        cells: scored (see ``cells.score``).
        model: the one that scored them, None for the fallback.
        catalogue: the KPIs.
    """
    flagged = cells["status"].isin([RED, YELLOW])
    risky = features.table.loc[cells.loc[flagged, "cell_id"]]
    if model is None or risky.empty:
        contributions, moved = pd.DataFrame(index=risky.index), None
    else:
        contributions = model.contributions(risky)
        moved = about_kpis(contributions, catalogue)
    asked = pd.Index(cells.loc[flagged | (cells["quality_state"] == BAD), "cell_id"])
    facts = CauseFacts.read(connection, features.origin, features.inventory, asked, catalogue)
    midnight = midnight_before(features.origin, queries.session_zone(connection))
    believed = belief(order_labels(connection, midnight))
    causes = probable_cause(features.table, asked, facts, moved, believed)
    by_cell = cells["cell_id"].map(causes).astype(object)
    return Explained(
        top_drivers(features, contributions, catalogue),
        by_cell.where(by_cell.notna(), None),
        evidence_of(features, causes, facts, catalogue),
    )
