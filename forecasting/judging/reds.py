"""Lead times of the forecast's reds, beside those of as many cells that a baseline would choose."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pandas as pd

from forecasting.judging.judgement import FORECAST
from forecasting.judging.lead import LeadTimes, lead_times
from forecasting.policy import RED


def score_leads(
    rows: pd.DataFrame,
    scores: list[str],
    complaints: pd.DataFrame,
    horizon_h: int,
    known_until: datetime,
) -> dict[str, LeadTimes]:
    """Lead times by score.

    Args:
        rows: ``as_of, cell_id, status`` and the scores.
        scores: columns; the forecast's own reds are those of its status.
        complaints: see ``lead.lead_times``.
        horizon_h: hours for which a red speaks.
        known_until: complaints created later are not known.
    """
    origins = pd.Index(sorted(rows["as_of"].unique()))
    reds = rows[rows["status"] == RED]
    until = pd.Timestamp(known_until)
    told = {}
    for score in scores:
        chosen = reds if score == FORECAST else as_many(rows, reds, score)
        told[score] = lead_times(
            origins, chosen[["as_of", "cell_id"]], complaints, horizon_h, until
        )
    return told


def as_many(rows: pd.DataFrame, reds: pd.DataFrame, score: str) -> pd.DataFrame:
    """As many of the highest scores as there are reds at each origin; zeros are never chosen.

    Equal scores are ordered by ``cell_id``.
    """
    count = reds.groupby("as_of").size()
    ranked = rows[rows[score] > 0].sort_values(
        ["as_of", score, "cell_id"], ascending=[True, False, True]
    )
    place = ranked.groupby("as_of").cumcount().to_numpy()
    room = ranked["as_of"].map(count).fillna(0).to_numpy(float)
    return ranked[np.less(place, room)]
