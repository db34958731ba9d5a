"""From features to the table of cells: expected complaints, probability, colour, cause."""

from __future__ import annotations

import numpy as np
import pandas as pd

from forecasting.cells.causes import probable_cause
from forecasting.cells.drivers import top_drivers
from forecasting.cells.fallback import smoothed_rate
from forecasting.cells.features import CellFeatures
from forecasting.cells.risk import RiskModel
from forecasting.policy import RED, YELLOW, Policy, colour_cells
from forecasting.settings import ForecastingSettings
from ingest.catalogue import Catalogue


def score_cells(
    features: CellFeatures,
    model: RiskModel | None,
    *,
    settings: ForecastingSettings,
    policy: Policy,
) -> pd.DataFrame:
    """All cells with their forecast, in order of ``cell_id``.

    Args:
        features: at the origin.
        model: the live model; None: the smoothed rate stands in.
        settings: horizon and limit of low satisfaction.
        policy: colour rules.

    Returns:
        The inventory's columns, ``status, probability, expected_low_complaints, quiet,
        tickets_7d, last_kpi_at, kpi_age_h, kpi_hours, quality, users_24h, located``. A cell without
        any KPI of the last week has no forecast (NaN): its state is not known.
    """
    if model is None:
        scored = smoothed_rate(features, settings.horizon_h, settings.low_satisfaction_limit)
    else:
        scored = model.score(features.table)
    scored = scored.where(np.isfinite(scored)).where(features.evidence["kpi_hours"] > 0)
    cells = features.inventory.cells.set_index("cell_id", drop=False).rename_axis(None)
    table = pd.concat([cells, scored, features.evidence], axis=1)
    return table.assign(status=colour_cells(table, policy)).reset_index(drop=True)


def explain(
    features: CellFeatures, cells: pd.DataFrame, model: RiskModel | None, catalogue: Catalogue
) -> tuple[pd.DataFrame, pd.Series]:
    """Drivers of the red and yellow cells, and their probable causes.

    Returns:
        Drivers (see ``cells.drivers``; none without a model) and the cause by the index of
        ``cells``, None for cells that are neither red nor yellow.
    """
    flagged = cells.loc[cells["status"].isin([RED, YELLOW]), "cell_id"]
    table = features.table.loc[flagged]
    if model is None or table.empty:
        contributions = pd.DataFrame(index=table.index)
    else:
        contributions = model.contributions(table)
    causes = probable_cause(table, contributions)
    by_cell = cells["cell_id"].map(causes).astype(object)
    return (
        top_drivers(features, contributions, catalogue),
        by_cell.where(by_cell.notna(), None),
    )
