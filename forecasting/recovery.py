"""Are repaired cells back in their normal band, and did anybody complain since: facts, no verdict.

Hours are those that forecasting keeps (``forecasting.hours``): a stray is how far a KPI is from the
cell's own normal of that hour and type of day, in the cell's usual strays, worse is positive. The
normal is that of the week in which the trouble was told: a fault that lasts for weeks becomes the
cell's normal, and would seem cured. The band ends at ``Band.strays`` the bad way: better than usual
is no fault. Complaints are those of the cell by the rules by which forecasts are judged
(``forecasting.fates``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb
import pandas as pd

from forecasting import queries
from forecasting.calendar import load_calendar
from forecasting.cells.inventory import InventoryCache
from forecasting.cells.panel import Panel
from forecasting.cells.tickets import attributed
from forecasting.hours.frame import REACH, Frame
from forecasting.hours.weeks import monday_of
from forecasting.settings import ForecastingSettings
from ingest.catalogue import Catalogue

KPIS = [
    "ask", "cell_id", "kpi", "window_h", "used_h", "out_h", "since_used_h", "since_out_h",
    "out_since", "worst", "value", "normal", "first", "last",
]  # fmt: skip
COMPLAINTS = ["ask", "cell_id", "ticket_id", "created_at", "category", "weight"]
LONGEST = REACH
"""So far back hours are looked at."""


@dataclass(frozen=True)
class Band:
    """What is counted.

    Attributes:
        window_h: hours before the moment that decide.
        strays: usual strays, the bad way, at which the normal band ends.
        least_users: an hour with fewer users (the usual number, or the present one where it is
            greater) tells nothing.
    """

    window_h: int = 24
    strays: float = 2.0
    least_users: float = 1.0


@dataclass(frozen=True)
class Recovery:
    """What is known of repaired cells.

    Attributes:
        kpis: one row per ask, cell and KPI that the cell usually delivers, columns ``KPIS``: hours
            known in the window (``window_h``), of these with users (``used_h``) and beyond the
            band (``out_h``, first at ``out_since``); the same of all hours since the repair
            (``since_…``); the worst stray of the window, with ``value`` and ``normal`` in the
            KPI's unit; first and last known hour. A cell without normals has no rows.
        complaints: one row per ask, cell and ticket made since, columns ``COMPLAINTS``, by time;
            ``weight`` is the chance that it is the cell's.
    """

    kpis: pd.DataFrame
    complaints: pd.DataFrame


def recovery(
    connection: duckdb.DuckDBPyConnection,
    asked: pd.DataFrame,
    as_of: datetime,
    *,
    settings: ForecastingSettings,
    catalogue: Catalogue,
    band: Band | None = None,
) -> Recovery:
    """Facts about cells since their repair, by what was known at ``as_of``.

    Args:
        connection: the warehouse, open for writing: hours are kept in it.
        asked: ``ask`` (whose rows belong together), ``cell_id``, ``told_at`` (when the trouble was
            told of), ``repaired_at`` and ``since`` (from when on KPIs count, at most 8 days back:
            older hours are not looked at); all aware.
        as_of: aware; nothing that became known later is used.
        settings: of forecasting.
        catalogue: the KPIs.
        band: what is counted.
    """
    if asked.empty:
        return Recovery(pd.DataFrame(columns=KPIS), pd.DataFrame(columns=COMPLAINTS))
    zone = queries.session_zone(connection)
    calendar = load_calendar(settings.holiday_country)
    frame = Frame(catalogue, calendar, zone, settings.normal_days, settings.training_days)
    kpis = _kpis(connection, asked, as_of, frame, band or Band())
    return Recovery(kpis, _complaints(connection, asked, as_of, settings))


def _kpis(
    connection: duckdb.DuckDBPyConnection,
    asked: pd.DataFrame,
    as_of: datetime,
    frame: Frame,
    band: Band,
) -> pd.DataFrame:
    cells = pd.Index(sorted(set(asked["cell_id"])))
    Panel(frame).gather(connection, as_of, cells, [])
    told = [monday_of(at, frame.zone).isoformat() for at in asked["told_at"]]
    queries.put(connection, "fc_asked", asked[["ask", "cell_id", "since"]].assign(told=told))
    given: dict[str, queries.Value] = {
        "origin": as_of,
        "monday": monday_of(as_of - timedelta(microseconds=1), frame.zone).isoformat(),
        "window_h": band.window_h,
        "band": band.strays,
        "least_users": band.least_users,
    }
    return queries.frame(connection, "recovery_hours", given, frame.names)[KPIS]


def _complaints(
    connection: duckdb.DuckDBPyConnection,
    asked: pd.DataFrame,
    as_of: datetime,
    settings: ForecastingSettings,
) -> pd.DataFrame:
    """Tickets made after the repair, whatever their score: nobody complains about what is cured."""
    inventory = InventoryCache().as_of(connection, as_of)
    span: dict[str, queries.Value] = {
        "known_at": as_of,
        "since": asked["repaired_at"].min().to_pydatetime(),
        "until": as_of,
    }
    known = queries.frame(connection, "tickets_whose", span)
    tickets = attributed(known, inventory, settings.low_satisfaction_limit)
    own = tickets[tickets["cell_id"].notna()].astype({"cell_id": "str"})
    pairs = asked[["ask", "cell_id", "repaired_at"]].merge(own, on="cell_id")
    after = pairs[pairs["created_at"] > pairs["repaired_at"]]
    order = ["created_at", "ticket_id", "ask", "cell_id"]
    return after.sort_values(order, ignore_index=True)[COMPLAINTS]
