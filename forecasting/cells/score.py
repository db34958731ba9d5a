"""From features to the table of cells: expected complaints, probability, colour, quality."""

from __future__ import annotations

import numpy as np
import pandas as pd

from forecasting.cells.fallback import smoothed_rate
from forecasting.cells.features import CellFeatures
from forecasting.cells.quality import agreement, quality_now
from forecasting.cells.risk import RiskModel
from forecasting.policy import Policy, colour_cells
from forecasting.settings import ForecastingSettings
from ingest.catalogue import Catalogue, load_catalogue


def score_cells(
    features: CellFeatures,
    model: RiskModel | None,
    *,
    settings: ForecastingSettings,
    policy: Policy,
    catalogue: Catalogue | None = None,
    capacity: int | None = None,
) -> pd.DataFrame:
    """All cells with their forecast, in order of ``cell_id``.

    Args:
        features: at the origin.
        model: the live model; None: the smoothed rate stands in.
        settings: horizon and limit of low satisfaction.
        policy: rules of colours and of quality.
        catalogue: the KPIs; the built-in ones by default.
        capacity: the largest number of reds; by the policy's share of cells when None.

    Returns:
        The inventory's columns, ``status, probability, expected_low_complaints, quiet,
        tickets_7d, last_kpi_at, kpi_age_h, kpi_hours, users_24h, located``, and
        (see ``cells.quality``) ``quality_now, quality_state, quality_kpi, agreement``. A cell
        without any KPI of the last week has no forecast (NaN): its state is not known.
    """
    if model is None:
        scored = smoothed_rate(features, settings.horizon_h, settings.low_satisfaction_limit)
    else:
        scored = model.score(features.table)
    scored = scored.where(np.isfinite(scored)).where(features.evidence["kpi_hours"] > 0)
    cells = features.inventory.cells.set_index("cell_id", drop=False).rename_axis(None)
    age, kpis = features.evidence["kpi_age_h"], catalogue or load_catalogue()
    now = quality_now(features.table, age, kpis, policy)
    table = pd.concat([cells, scored, features.evidence, now], axis=1)
    table = table.assign(status=colour_cells(table, policy, capacity))
    together = agreement(table["status"], table["quality_state"])
    return table.assign(agreement=together).reset_index(drop=True)
