"""The fate of each cell of one forecast.

============  =======================================================================
hit           red or yellow, and a low-satisfaction complaint came before anybody
              repaired, or nobody did
treated_not   red or yellow, treated, and a complaint came nevertheless
treated       red or yellow, treated, and none came
false_alarm   red or yellow, none came, and nothing was done
miss          green or unknown, and a complaint came
============  =======================================================================

Treated: a work order of the cell or its site was reported as repaired within the horizon, or works
began there (``treatment`` tells which was first). What would have come without it nobody knows: so
treated cells count neither for nor against the precision of the reds. All other cells were rightly
calm. Red is the promise; the fates of yellow cells are kept apart by their status.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from forecasting.fates.happened import WHOSE
from forecasting.policy import RED, YELLOW

HIT, MISS, FALSE_ALARM = "hit", "miss", "false_alarm"
TREATED, TREATED_NOT = "treated", "treated_not"
FATES = (HIT, MISS, FALSE_ALARM, TREATED, TREATED_NOT)
COLUMNS = [
    "cell_id", "status", "fate", "quiet", "cause", "probability", "low_complaints",
    "first_complaint_at", "treated_at", "treatment",
]  # fmt: skip


def mark(cells: pd.DataFrame, happened: pd.DataFrame) -> pd.DataFrame:
    """Fates of one forecast's cells; rightly calm ones are left out.

    Args:
        cells: ``cell_id, status, quiet, cause, probability``.
        happened: see ``Happened.after``.

    Returns:
        ``COLUMNS``, by ``cell_id``.
    """
    table = cells.join(happened, on="cell_id").sort_values("cell_id", ignore_index=True)
    table = table.fillna({"low_complaints": 0.0, "hit": 0.0})
    complained = table["hit"].to_numpy(float) >= WHOSE
    flagged = table["status"].isin([RED, YELLOW]).to_numpy()
    treated = table["treated_at"].notna().to_numpy()
    late = (table["treated_at"] < table["first_complaint_at"]).to_numpy(bool)
    fate = np.select(
        [flagged & complained & late, flagged & complained, complained, flagged & treated, flagged],
        [TREATED_NOT, HIT, MISS, TREATED, FALSE_ALARM],
        default="",
    )
    marked = table.assign(fate=fate)
    return marked.loc[marked["fate"] != "", COLUMNS].reset_index(drop=True)
