"""The truth of a simulated city: read only to judge, never to forecast."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from forecasting.errors import ForecastingError

NO_FAULT = "none"
BENIGN = "benign"  # KPIs move and users feel nothing: there is no cause to name
_OF_HORIZON = ("expected_low_complaints", "probability", "low_complaints")
_BASE_H = 72  # the horizon whose columns carry no suffix


@dataclass(frozen=True)
class Truth:
    """What the simulator knows and no operator can.

    Attributes:
        oracle: per ``as_of`` (UTC) and ``cell_id``, for each horizon that the simulator asked its
            oracle for: expectation, probability, what happened (see ``at_horizon``).
        faults: ``cell_id, cause, severity, starts_at, ends_at`` (NaT: not over).
        complaints: ``cell_id, created_at`` of every low-satisfaction complaint, by true cell; None
            where the truth was written by a version that did not tell the time.
    """

    oracle: pd.DataFrame
    faults: pd.DataFrame
    complaints: pd.DataFrame | None

    def knows(self, horizon_h: int) -> bool:
        """Does it tell what happened within that horizon?"""
        return f"low_complaints{_suffix(horizon_h)}" in self.oracle

    def at_horizon(self, horizon_h: int) -> pd.DataFrame:
        """What the oracle expected, and what happened.

        Returns:
            ``as_of, cell_id, oracle`` (probability of at least one low-satisfaction complaint given
            the hidden state)``, oracle_expected, low_complaints`` (by true cell; NaN while the
            horizon is not over).

        Raises:
            ForecastingError: it does not know that horizon.
        """
        if not self.knows(horizon_h):
            raise ForecastingError(
                f"the truth tells nothing of a horizon of {horizon_h} h: use 24, 72 or 168, and"
                " simulate the city anew if an older version wrote it"
            )
        expected, probability, happened = (f"{n}{_suffix(horizon_h)}" for n in _OF_HORIZON)
        return pd.DataFrame(
            {
                "as_of": self.oracle["as_of"],
                "cell_id": self.oracle["cell_id"],
                "oracle": self.oracle[probability].astype(float),
                "oracle_expected": self.oracle[expected].astype(float),
                "low_complaints": self.oracle[happened].astype(float),
            }
        )

    def causes(self, rows: pd.DataFrame, horizon_h: int) -> pd.Series:
        """The true cause of every row's cell.

        That is its fault at the origin, else the first within the horizon; of several at once the
        most severe; ``none`` without a fault.

        Args:
            rows: ``as_of`` (UTC), ``cell_id``.
            horizon_h: hours ahead.
        """
        wanted = pd.DataFrame(
            {
                "row": np.arange(len(rows)),
                "as_of": rows["as_of"].to_numpy(),
                "cell_id": rows["cell_id"].to_numpy(),
            }
        )
        pairs = wanted.merge(self.faults, on="cell_id")
        over = pairs["as_of"] + timedelta(hours=horizon_h)
        touches = (pairs["starts_at"] < over) & ~(pairs["ends_at"] <= pairs["as_of"])
        pairs = pairs[touches]
        begins = pairs["starts_at"].clip(lower=pairs["as_of"])
        pairs = pairs.assign(begins=begins).sort_values(
            ["row", "begins", "severity", "cause"], ascending=[True, True, False, True]
        )
        first = pairs.drop_duplicates("row").set_index("row")["cause"]
        found = first.reindex(wanted["row"]).fillna(NO_FAULT)
        return pd.Series(found.to_numpy(dtype=object), index=rows.index)


def _suffix(horizon_h: int) -> str:
    return "" if horizon_h == _BASE_H else f"_{horizon_h}h"


def read_truth(folder: Path) -> Truth:
    """Read the files of a ``truth/`` folder.

    Raises:
        ForecastingError: a file is missing or lacks a column.
    """
    oracle = _read(folder / "oracle.parquet", ["as_of", "cell_id", *_OF_HORIZON])
    faults = _read(
        folder / "faults.parquet", ["cell_id", "cause", "severity", "starts_at", "ends_at"]
    )
    tickets = _read(folder / "ticket_cells.parquet", ["cell_id", "low"])
    complaints = None
    if "created_at" in tickets:
        low = tickets.loc[tickets["low"], ["cell_id", "created_at"]]
        complaints = low.sort_values(["cell_id", "created_at"], ignore_index=True)
    return Truth(oracle, faults, complaints)


def _read(path: Path, needed: list[str]) -> pd.DataFrame:
    try:
        table = pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise ForecastingError(f"{path}: the truth cannot be read: {error}") from error
    missing = [name for name in needed if name not in table]
    if missing:
        raise ForecastingError(
            f"{path}: the truth cannot be read: columns are missing: {', '.join(missing)}"
        )
    for name in table.columns[[isinstance(t, pd.DatetimeTZDtype) for t in table.dtypes]]:
        table[name] = table[name].dt.tz_convert("UTC").astype("datetime64[us, UTC]")
    return table
