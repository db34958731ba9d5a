"""The truth of a simulated city: read only to judge, never to forecast."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from forecasting.errors import ForecastingError


@dataclass(frozen=True)
class Truth:
    """What the simulator knows and no operator can.

    Attributes:
        oracle: per ``as_of`` (UTC) and ``cell_id``: ``oracle`` (probability of at least one
            low-satisfaction complaint given the hidden state), ``oracle_expected``,
            ``low_complaints`` (what happened, by true cell; NaN while the horizon is not over).
    """

    oracle: pd.DataFrame


def read_truth(folder: Path) -> Truth:
    """Read ``oracle.parquet`` of a ``truth/`` folder.

    Raises:
        ForecastingError: the file is missing or lacks a column.
    """
    path = folder / "oracle.parquet"
    wanted = ["as_of", "cell_id", "expected_low_complaints", "probability", "low_complaints"]
    try:
        oracle = pd.read_parquet(path, columns=wanted)
    except (OSError, ValueError, KeyError) as error:
        raise ForecastingError(f"{path}: the truth cannot be read: {error}") from error
    return Truth(
        pd.DataFrame(
            {
                "as_of": oracle["as_of"].dt.tz_convert("UTC").astype("datetime64[us, UTC]"),
                "cell_id": oracle["cell_id"],
                "oracle": oracle["probability"].astype(float),
                "oracle_expected": oracle["expected_low_complaints"].astype(float),
                "low_complaints": oracle["low_complaints"].astype(float),
            }
        )
    )
