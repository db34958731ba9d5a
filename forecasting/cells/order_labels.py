"""What crews found and people rejected, as labels: which causes are named too readily.

A crew that stood before the fault knows its cause, and whoever rejects an order says why. Both come
back through the mirror of the work orders, as known at a moment.

A label holds for the cause that was named: *confirmed* (the crew found it), *other* (it found
another one, or the order was rejected as ``wrong_cause``), *nothing* (``no_fault``: somebody looked
and found none). Rejections that say nothing of the cause (``duplicate``, ``planned_works``,
``recovered``, …) are no labels of causes.

They teach the choice between causes that fit, and only it: how readily a cause is to be believed is
the share of its labels that confirm it, drawn to the common share by ``PRIOR`` labels. Whether a
cause fits at all stays with its signature, so that no label hides a fault.
"""

from __future__ import annotations

from datetime import datetime

import duckdb
import pandas as pd

from forecasting import queries

CONFIRMED, OTHER, NOTHING = "confirmed", "other", "nothing"
PRIOR = 20.0
"""Labels; how strongly a cause's share is drawn to that of all causes."""
NO_CAUSE = "none"
"""What a crew writes as found where it found no fault."""
_OF_REJECTIONS = {"wrong_cause": OTHER, "no_fault": NOTHING}


def order_labels(connection: duckdb.DuckDBPyConnection, known_at: datetime) -> pd.DataFrame:
    """Labels of named causes: ``order_id, named, found, rejected, label``.

    ``label`` is None where neither crew nor rejection says anything of the cause.

    Args:
        connection: the warehouse, with the mirror of the work orders.
        known_at: aware; nothing that was said later is in it.
    """
    rows = queries.frame(connection, "order_labels", {"known_at": known_at})
    told = zip(rows["named"], rows["found"], rows["rejected"], strict=True)
    return rows.assign(label=pd.Series([label_of(*row) for row in told], rows.index, dtype=object))


def label_of(named: str, found: str | None, rejected: str | None) -> str | None:
    """The label of one order; what a crew found counts more than a code."""
    if isinstance(found, str):
        if found == NO_CAUSE:
            return NOTHING
        return CONFIRMED if found == named else OTHER
    return _OF_REJECTIONS.get(rejected) if isinstance(rejected, str) else None


def belief(labels: pd.DataFrame) -> dict[str, float]:
    """How readily each named cause is to be believed, against all of them: 1 is as all are.

    Args:
        labels: ``named, label``.

    Returns:
        By cause; empty without labels. (share of its labels that confirm it, drawn to the common
        share by ``PRIOR``) / common share; 1 for all where none was ever confirmed.
    """
    told = labels[labels["label"].notna()]
    if told.empty:
        return {}
    right = (told["label"] == CONFIRMED).groupby(told["named"])
    common = float((told["label"] == CONFIRMED).mean())
    if common == 0:
        return {}
    share = (right.sum() + PRIOR * common) / (right.size() + PRIOR)
    return {str(cause): float(value) for cause, value in (share / common).items()}
