"""Facts about repaired orders: from the warehouse's frames to values to decide by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd

from dashboard.dispatch.model import Order
from dashboard.dispatch.verify import Complaint, Facts, KpiFact
from dashboard.settings import Settings
from forecasting.recovery import LONGEST, Band, Recovery, recovery

if TYPE_CHECKING:
    import duckdb

_LEFT_OUT = ("worst", "first")
_MOMENTS = ("told_at", "repaired_at", "since")


def recovered(
    connection: duckdb.DuckDBPyConnection,
    orders: Sequence[Order],
    as_of: datetime,
    settings: Settings,
) -> Mapping[str, Facts]:
    """What was known at ``as_of`` of the cells of repaired orders, by the order's name.

    Args:
        connection: the warehouse, open for writing.
        orders: repaired.
        as_of: aware; nothing that became known later is used.
        settings: of the data directory.
    """
    rules = settings.dispatch.verify
    band = Band(rules.band_h, rules.strays, rules.least_users)
    asked = _asked(orders, timedelta(hours=rules.settle_h), as_of - LONGEST)
    found = recovery(
        connection,
        asked,
        as_of,
        settings=settings.forecasting,
        catalogue=settings.ingest.load_catalogue(),
        band=band,
    )
    return facts_of(found)


def _asked(orders: Sequence[Order], settle: timedelta, oldest: datetime) -> pd.DataFrame:
    """Cells of the orders; their KPIs count from when the repair has settled."""
    rows = [
        (
            order.name,
            cell,
            order.opened_at,
            order.repaired_at,
            max(order.repaired_at + settle, oldest),
        )
        for order in orders
        if order.repaired_at is not None
        for cell in order.draft.cell_ids
    ]
    asked = pd.DataFrame(rows, columns=["ask", "cell_id", *_MOMENTS])
    for name in _MOMENTS:
        asked[name] = pd.to_datetime(asked[name], utc=True).astype("datetime64[us, UTC]")
    return asked


def facts_of(found: Recovery) -> Mapping[str, Facts]:
    """The frames of ``forecasting.recovery`` as values, by ``ask``."""
    kpis: dict[str, list[KpiFact]] = {}
    for row in found.kpis.drop(columns=list(_LEFT_OUT)).to_dict("records"):
        values = {str(key): _plain(value) for key, value in row.items()}
        kpis.setdefault(str(values.pop("ask")), []).append(KpiFact(**values))
    complaints: dict[str, list[Complaint]] = {}
    for row in found.complaints.to_dict("records"):
        made_at = _plain(row["created_at"])
        told = Complaint(row["ticket_id"], row["cell_id"], made_at, float(row["weight"]))
        complaints.setdefault(str(row["ask"]), []).append(told)
    return {
        ask: Facts(tuple(kpis.get(ask, ())), tuple(complaints.get(ask, ())))
        for ask in {*kpis, *complaints}
    }


def _plain(value: Any) -> Any:  # noqa: ANN401  a value of a frame
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime()
    return None if pd.isna(value) else value
