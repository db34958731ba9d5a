"""``/api/v1/cells/{cell_id}``: all of a cell's page."""

from __future__ import annotations

from typing import get_args

from dashboard.web.api.description.cell_parts import PARTS
from dashboard.web.api.description.cells import CELL
from dashboard.web.api.description.fields import (
    TECHNOLOGIES,
    Schema,
    choice,
    flag,
    listed,
    maybe,
    moment,
    number,
    record,
    ref,
    text,
)
from dashboard.web.api.description.model import Operation, Parameter, Subject
from dashboard.web.api.description.shared import ALWAYS, refused, told
from dashboard.web.settings import WebSettings
from dashboard.web.view.span import DEFAULT, QUICK
from forecasting.saturation import DAYS_AHEAD, State

_MORE: dict[str, Schema] = {
    "region_name": maybe(text("Name of its region.")),
    "technology": maybe(choice("Radio technology.", TECHNOLOGIES)),
    "site_id": maybe(text("The mast it stands on.")),
    "band": maybe(text("Frequency band.")),
    "vendor": maybe(text("Who made it.")),
    "azimuth_deg": maybe(number("Where its beam points, clockwise from north.", "°")),
    "quiet": maybe(flag("No ticket in the last 7 days.")),
    "subscribers": maybe(number("People who use it.", "users")),
    "tickets_7d": maybe(number("Tickets of the last 7 days.", "tickets")),
    "last_kpi_at": maybe(moment("Start of its newest KPI interval.")),
    "quality_kpi": maybe(text("The KPI that weighs most on its quality now.")),
    "evidence": listed(ref("Evidence"), "Why the cause is thought so, the strongest first."),
    "playbook": maybe(ref("Play")),
    "kpis": listed(ref("KpiSeries"), "KPIs with normal band and forecast."),
    "tickets": listed(ref("Ticket"), "Its tickets, the newest first."),
    "drivers": listed(ref("Driver"), "What raises its risk, the strongest first."),
    "waterfall": maybe(ref("Waterfall")),
    "works": listed(ref("Works"), "Works on it, its mast or its region; the latest first."),
    "alarms": listed(ref("Alarm"), "Alarms of it or its mast, the newest first."),
    "neighbours": listed(ref("Neighbour"), "Cells it has to do with, the closest first."),
    "events": listed(ref("CityEvent"), "Events that touch it."),
    "episodes": listed(ref("Episode"), "Earlier times at risk like this one, its own first."),
    "work_orders": maybe(
        listed(ref("WorkOrder"), "The open ones first, the newest first; null: unreadable now.")
    ),
}
SATURATION = record(
    "When the typical busy hour reaches the KPI's limit.",
    {
        "state": choice("Beyond it already, within the days ahead, or not.", get_args(State)),
        "busy_hour": number("Typical value of the busy hour now, in the KPI's unit."),
        "limit": number("Where users begin to suffer, in the KPI's unit."),
        "per_week": number("Change in a week, in the KPI's unit."),
        "day": maybe({"type": "string", "format": "date", "x-unit": "local day",
                      "description": "The expected day."}),
        "earliest": maybe({"type": "string", "format": "date", "x-unit": "local day",
                           "description": "5 % of what may come is earlier."}),
        "latest": maybe({"type": "string", "format": "date", "x-unit": "local day",
                         "description": "95 % of what may come is earlier."}),
        "days_ahead": {"type": "integer", "const": DAYS_AHEAD, "x-unit": "days",
                       "description": "So far it is looked ahead."},
        "days_known": {"type": "integer", "x-unit": "days",
                       "description": "So much history was looked at."},
    },
)  # fmt: skip


def _values(about: str) -> Schema:
    return listed({"type": ["number", "null"]}, about)


def _times(about: str) -> Schema:
    return listed({"type": "string", "format": "date-time", "x-unit": "UTC"}, about)


KPI_SERIES = record(
    "One KPI. Lists of one length belong together; values are in `unit`, null: unknown.",
    {
        "kpi": text("Its name in the catalogue."),
        "unit": text("Its unit."),
        "label": record("Its name for people.", {"zh": text("Chinese."), "en": text("English.")}),
        "ts": _times("Starts of the intervals."),
        "value": _values("What was measured."),
        "normal_lower": _values("Lower end of the cell's own normal band."),
        "normal_median": _values("What is normal for the cell."),
        "normal_upper": _values("Upper end of the cell's own normal band."),
        "forecast": record(
            "What is expected.",
            {
                "ts": _times("Starts of the intervals."),
                "mean": _values("Expected."),
                "lower": _values("Lower end of the band of 90 %."),
                "upper": _values("Upper end of the band of 90 %."),
                "model": maybe(text("How it was made; null: there is no forecast.")),
            },
        ),
        "saturation": maybe(ref("Saturation")),
    },
)


def subject(settings: WebSettings) -> Subject:  # noqa: ARG001  the same for every subject
    """One cell with all that is known of it."""
    spans = ", ".join(f"`{name}`" for name in QUICK)
    operation = Operation(
        "get",
        "/cells/{cell_id}",
        "getCell",
        "A cell with all that is known of it",
        (
            *told(ref("CellDetail"), "The cell."),
            refused(400),
            refused(404, "There is no such cell", "no_such_cell"),
            refused(503),
        ),
        parameters=(
            Parameter("cell_id", "Identifier, percent-encoded.", {"type": "string"}, "path",
                      "BJ00008-2"),
            Parameter("range", f"Stretch of KPIs up to now: {spans}; what is none counts as "
                      f"`{DEFAULT}`.", {"type": "string"}, example="7d"),
            Parameter("from", "First local day of KPIs (or a moment), with `to`.",
                      {"type": "string"}, example="2026-11-14"),
            Parameter("to", "Last local day of KPIs (or a moment).", {"type": "string"},
                      example="2026-11-20"),
            *ALWAYS,
        ),
    )  # fmt: skip
    detail = record("A cell with all that is known of it.", {**CELL, **_MORE})
    schemas = {"CellDetail": detail, "KpiSeries": KPI_SERIES, "Saturation": SATURATION, **PARTS}
    return Subject("cell", "One cell: KPIs, tickets, causes.", (operation,), schemas)
