"""``/api/v1/accuracy``: what became of the forecasts."""

from __future__ import annotations

from dashboard.web.api.accuracy import DAYS
from dashboard.web.api.description.fields import (
    COLOURS,
    Schema,
    about_snapshot,
    choice,
    day,
    flag,
    listed,
    maybe,
    number,
    record,
    ref,
    share,
    text,
    whole,
)
from dashboard.web.api.description.model import CSV, FILE, XLSX, Operation, Parameter, Subject
from dashboard.web.api.description.shared import ALWAYS, refused, told
from dashboard.web.settings import WebSettings
from dashboard.web.view.accuracy_export import TABLES
from dashboard.web.view.record import WEEKS

_FATES = record(
    "Judged forecasts by what came.",
    {
        "hit": whole("A complaint came.", "forecasts"),
        "treated": whole("Somebody worked on it, and none came: nobody knows why.", "forecasts"),
        "treated_not": whole("Somebody worked on it, and one came all the same.", "forecasts"),
        "false_alarm": whole("Red or yellow, and none came.", "forecasts"),
        "miss": whole("Neither red nor yellow, and one came.", "forecasts"),
    },
)
_TALLY: dict[str, Schema] = {
    "by_status": {
        "type": "object",
        "description": "Fates by colour; a colour without any is left out.",
        "properties": {colour: ref("Fates") for colour in COLOURS},
        "additionalProperties": False,
    },
    "precision": maybe(share("Of reds: hits ÷ (hits + false alarms).")),
    "recall": maybe(share("Of cells with a complaint: those that were red.")),
    "treated": maybe(share("Of reds: those that were treated.")),
}
_TREATMENT = text("What was done: `order` (a work order) or `works`.")
_BY_TREATMENT: dict[str, Schema] = {
    "treatment": maybe(_TREATMENT),
    "status": choice("Colour then.", COLOURS),
    "fate": choice("What came.", ("treated", "treated_not")),
    "cells": whole("Forecasts judged.", "forecasts"),
}
_REDS: dict[str, Schema] = {
    "fate": text("As in `fates`; `waiting`: the horizon is not over."),
    "treatment": maybe(_TREATMENT),
    "reds": whole("Reds of all forecasts.", "forecasts"),
}
_OUTCOMES: dict[str, Schema] = {
    "outcome": text("What became of the work orders opened in these days."),
    "reason": maybe(text("Why: of rejected and reopened ones.")),
    "orders": whole("How many.", "orders"),
    "reopened": whole("How often they were reopened in all."),
}
_CAUSES: dict[str, Schema] = {
    "named": maybe(text("Cause that the forecast named.")),
    "found": text("Cause that the crew found."),
    "orders": whole("How many.", "orders"),
}
_SCORE: dict[str, Schema] = {
    "score": text("`forecast`, or the rule beside it."),
    "precision": maybe(share("Among as many cells as were red.")),
    "recall": maybe(share("Likewise.")),
    "expected_over_observed": maybe(number("Expected ÷ observed; null: it expects no number.")),
}
_SCORES: dict[str, Schema] = {
    "scope": choice("All cells, or those without a ticket in the week before.", ("all", "quiet")),
    "score": _SCORE["score"],
    "cells": whole("Forecasts judged.", "forecasts"),
    "positives": number("Cells with a complaint.", "forecasts"),
    "precision": _SCORE["precision"],
    "recall": _SCORE["recall"],
    "lift": maybe(number("Precision ÷ that of chance.")),
    "precision_1pct": maybe(share("Among the worst 1 % of cells.")),
    "recall_1pct": maybe(share("Likewise.")),
    "mean_average_precision": maybe(share("Over all depths, weighted by complaints.")),
    "expected_over_observed": _SCORE["expected_over_observed"],
}
_LEAD: dict[str, Schema] = {
    "runs": whole("Stretches of red whose wait is over.", "stretches"),
    "runs_with_complaint": whole("Of these, with a complaint.", "stretches"),
    "lower_quartile_h": maybe(number("From the first red to the complaint.", "h")),
    "median_h": maybe(number("Likewise.", "h")),
    "upper_quartile_h": maybe(number("Likewise.", "h")),
    "share_24h": maybe(share("Of these, 24 hours or more.")),
    "first_complaints": whole("First complaints of cells.", "complaints"),
    "share_preceded_by_red": maybe(share("Of these, after a red.")),
}
_ACCURACY: dict[str, Schema] = {
    **about_snapshot(),
    "time_zone": text("Of the days (IANA)."),
    "horizon_h": whole("How far a forecast looks ahead.", "h"),
    "first": maybe(day("First day judged.")),
    "last": maybe(day("Last day judged.")),
    "days": whole("Days judged.", "days"),
    "settled_days": whole("Of these, days that will not be revised.", "days"),
    "provisional": flag("No day is settled: scores are still to come."),
    "fates": record("Over all days.", _TALLY),
    "treatments": listed(record("Of a treatment.", _BY_TREATMENT), "Treated cells apart."),
    "all_reds": listed(record("Reds of a fate.", _REDS), "Every red of every forecast."),
    "orders": listed(record("Of an outcome.", _OUTCOMES), "Outcomes of work orders."),
    "causes": listed(record("A pair.", _CAUSES), "The cause named against the one found."),
    "scores": listed(record("A score.", _SCORES), "The forecast and the rules beside it."),
    "calibration_error": maybe(
        share("Mean gap between forecast and observed share, weighted by cells.")
    ),
    "reliability": listed(
        record(
            "A bin of probabilities.",
            {
                "bin": share("Its lower end."),
                "cells": whole("Forecasts in it.", "forecasts"),
                "forecast": share("Mean probability."),
                "observed": share("Share with a complaint."),
            },
        ),
        "Probabilities beside what came.",
    ),
    "lead_time": record("How early the reds were.", _LEAD),
    "by": record(
        "Fates apart.",
        {
            group: listed(ref("FatesOf"), f"By {group}.")
            for group in ("region", "technology", "cause")
        },
    ),
    "periods": record(
        "Fates and scores over time.",
        {
            "day": listed(ref("FatesIn"), "By local day."),
            "week": listed(ref("FatesIn"), "By week."),
        },
    ),
}


def subject(settings: WebSettings) -> Subject:  # noqa: ARG001  the same for every subject
    """The scoreboard."""
    weeks = ", ".join(map(str, WEEKS))
    operation = Operation(
        "get", "/accuracy", "getAccuracy", "What became of the forecasts, beside simple rules",
        (
            *told(
                ref("Accuracy"),
                "The scoreboard; a file (without a tag) when `format` asks for one.",
                also={CSV: FILE, XLSX: FILE},
            ),
            refused(400), refused(503),
        ),
        about="JSON takes `days`; files take `table` (CSV), `weeks`, `scope`, `region_id`, "
        "`cause`, `technology`. Of a treated cell nobody knows what would have come: it is in "
        "neither precision nor recall.",
        parameters=(
            Parameter("days", "Of JSON: so many days back.", {"type": "integer", "minimum": 1,
                      "maximum": DAYS, "default": DAYS}, example=28),
            Parameter("format", "JSON, or a file.", choice("Format.", ("json", "csv", "xlsx"))),
            Parameter("table", "Of a CSV file: which table.", choice("Table.", TABLES)),
            Parameter("weeks", f"Of a file: so many weeks back ({weeks}).", {"type": "string"},
                      example=str(WEEKS[0])),
            Parameter("scope", "Of a file: `quiet` for cells without a ticket in the week before.",
                      {"type": "string"}, example="quiet"),
            Parameter("region_id", "Of a file: cells of a region.", {"type": "string"},
                      example="110105"),
            Parameter("cause", "Of a file: cells with this cause.", {"type": "string"},
                      example="transport"),
            Parameter("technology", "Of a file: cells of this technology.", {"type": "string"},
                      example="NR"),
            *ALWAYS,
        ),
    )  # fmt: skip
    schemas = {
        "Accuracy": record("The scoreboard.", _ACCURACY),
        "Fates": _FATES,
        "FatesOf": record(
            "Fates of one value.",
            {
                "value": maybe(text("Region, technology or cause.")),
                "name": text("Of a region; left out where it has none."),
                **_TALLY,
            },
            optional=["name"],
        ),
        "FatesIn": record(
            "Fates of one day or week.",
            {
                "from": day("The day, or the week's Monday."),
                "settled": flag("It will not be revised."),
                **_TALLY,
                "scores": listed(record("A score.", _SCORE), "Over all cells."),
            },
        ),
    }
    return Subject("accuracy", "The public scoreboard.", (operation,), schemas)
