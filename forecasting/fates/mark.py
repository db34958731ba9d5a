"""The fate of each cell of one forecast.

============  =======================================================================
hit           red or yellow, and a low-satisfaction complaint came within the horizon
treated       red or yellow, none came, and works began on the cell or its site meanwhile
false_alarm   red or yellow, none came, and nothing was done
miss          green or unknown, and one came
============  =======================================================================

All other cells were rightly calm. A complaint that came although works were done is a hit: the risk
was there. Red is the promise; the fates of yellow cells are kept apart by their status.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from forecasting.fates.happened import WHOSE
from forecasting.policy import RED, YELLOW

HIT, MISS, FALSE_ALARM, TREATED = "hit", "miss", "false_alarm", "treated"
FATES = (HIT, MISS, FALSE_ALARM, TREATED)
COLUMNS = [
    "cell_id", "status", "fate", "quiet", "cause", "probability", "low_complaints",
    "first_complaint_at", "treated_at",
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
    fate = np.select(
        [flagged & complained, complained, flagged & treated, flagged],
        [HIT, MISS, TREATED, FALSE_ALARM],
        default="",
    )
    marked = table.assign(fate=fate)
    return marked.loc[marked["fate"] != "", COLUMNS].reset_index(drop=True)
