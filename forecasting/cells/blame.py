"""Whose complaint was it: what the users of the cells around suffered just before tells them apart.

A ticket without a cell is spread over the probable serving cells (``cells.serving``). Of two cells
that are alike in all that, the one whose users suffered just before is the likelier one to have
been complained about. By Bayes' rule the chance of a cell is the one so far times the complaints
that the pain lets expect:

    chance ∝ chance so far x (1 + worth x pain)

with the pain of the 24 hours before the complaint. What came after it plays no part. The worth is
learned from the tickets of the same week that name a cell and have a position too.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd

from forecasting import queries
from forecasting.cells.attribution import whole_on_grid
from forecasting.cells.inventory import Inventory

WORTH = 0.3  # complaints that one stray of pain adds, relative to those without; before any history
_SPREAD = 0.7  # of its logarithm
_WORTHS = np.geomspace(0.01, 5.0, 63)
_REACH = timedelta(days=7)  # hours are at hand for eight days: older tickets keep their chances


def sharpen(
    connection: duckdb.DuckDBPyConnection,
    tickets: pd.DataFrame,
    origin: datetime,
    inventory: Inventory,
    kpis: tuple[str, ...],
) -> pd.DataFrame:
    """Tickets (``cells.tickets.attributed``) with the chances of their cells weighed anew.

    Only tickets that were attributed by position and are at most seven days old change; the
    weights of each ticket still sum to 1.

    Args:
        connection: the warehouse, with ``fc_hours`` as known at ``origin``.
        tickets: one row per ticket and probable cell.
        origin: aware.
        inventory: the cells known then.
        kpis: KPI columns.
    """
    recent = tickets["created_at"] > origin - _REACH
    young = (tickets["attribution"] == "position") & recent
    if not young.any():
        return tickets
    pairs = tickets.loc[young, ["ticket_id", "cell_id", "created_at", "weight"]]
    told = tickets[(tickets["attribution"] == "cell")]
    asked = inventory.attributor.spread(told[recent[told.index]], told)
    asked = asked.merge(told[["ticket_id", "created_at"]], on="ticket_id")
    queries.put(connection, "fc_pairs", pd.concat([pairs, asked], ignore_index=True))
    found = queries.frame(connection, "ticket_blame", None, kpis)
    worth = learned_worth(_pain(asked, found), asked, told)
    weight = pairs["weight"].to_numpy(float) * (1 + worth * _pain(pairs, found))
    group = pd.factorize(pairs["ticket_id"])[0].astype(np.int64)
    weight /= np.bincount(group, weights=weight)[group]
    sharper = tickets["weight"].to_numpy(float).copy()
    sharper[young.to_numpy()] = whole_on_grid(group, weight)
    return tickets.assign(weight=sharper)


def learned_worth(pain: npt.NDArray[np.float64], asked: pd.DataFrame, told: pd.DataFrame) -> float:
    """The worth of pain under which the cells that tickets name are the likeliest.

    Drawn to ``WORTH`` by a normal prior on its logarithm; looked for on a grid.

    Args:
        pain: of each row of ``asked``.
        asked: ``ticket_id, cell_id, weight``: chances by all but the name and the pain.
        told: ``ticket_id, cell_id``: the cells they name.
    """
    surplus = 0.5 * ((np.log(_WORTHS) - np.log(WORTH)) / _SPREAD) ** 2
    group, names = pd.factorize(asked["ticket_id"])
    named = asked["ticket_id"].map(told.set_index("ticket_id")["cell_id"])
    chosen = (asked["cell_id"] == named).to_numpy()
    can = np.bincount(group[chosen], minlength=len(names)) > 0
    weight = asked["weight"].to_numpy(float)
    value = -surplus
    for n, worth in enumerate(_WORTHS):
        likely = weight * (1 + worth * pain)
        total = np.bincount(group, weights=likely, minlength=len(names))
        mine = np.bincount(group[chosen], weights=likely[chosen], minlength=len(names))
        value[n] += np.log(mine[can] / total[can]).sum()
    return float(_WORTHS[np.argmax(np.round(value, 6))])


def _pain(pairs: pd.DataFrame, found: pd.DataFrame) -> npt.NDArray[np.float64]:
    pain = pairs[["ticket_id", "cell_id"]].merge(found, on=["ticket_id", "cell_id"], how="left")
    return pain["pain"].fillna(0.0).to_numpy(float)
