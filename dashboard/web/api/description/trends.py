"""``/api/v1/trends``: complaints over time."""

from __future__ import annotations

from dashboard.trends.compare import COMPARED
from dashboard.trends.numbers import SCORES
from dashboard.trends.query import DIMENSIONS, PERIODS, UNKNOWN
from dashboard.web.api.description.fields import (
    Schema,
    about_snapshot,
    choice,
    day,
    flag,
    listed,
    mapped,
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

ABOUT: dict[str, Schema] = {**about_snapshot(), "time_zone": text("Of the days (IANA).")}
_PERIOD: dict[str, Schema] = {
    "period_start": day("First day, cut to the days asked for."),
    "period_end": day("Last day, inclusive."),
    "complete": flag("All its days were asked for, are over, and lie within the history."),
}
_SPLIT: dict[str, Schema] = {
    name: maybe(text(f"Under a split by {name}; null: unknown.")) for name in DIMENSIONS
}
MEASURES: dict[str, Schema] = {
    "subscribers": maybe(number("Of region or city, as known now.", "users")),
    "tickets": maybe(number("Complaints made in the period.", "complaints")),
    "rate_per_10k": maybe(
        number("Per 10,000 subscribers and period (ETSI EG 202 057-1, 5.11).",
               "complaints / 10,000")
    ),
    "low_complaints": maybe(number("With a score at or below the limit.", "complaints")),
    "rated": maybe(number("With a score.", "complaints")),
    "low_share": maybe(share("Low ÷ rated.")),
    "satisfaction": maybe(number("Mean score.", "1 … 10")),
    "satisfaction_final": maybe(number("Mean score after call-backs.", "1 … 10")),
    "due": maybe(number("Whose limit ended in the period.", "complaints")),
    "timely": maybe(number("Of these, closed in time.", "complaints")),
    "timely_rate": maybe(share("Timely ÷ due.")),
    "repeats": maybe(number("Same customer and category as within 30 days before.",
                            "complaints")),
    "identified": maybe(number("Of which that can be told.", "complaints")),
    "repeat_rate": maybe(share("Repeats ÷ identified.")),
    "replied": maybe(number("With a first reply.", "complaints")),
    "reply_p80_min": maybe(number("80 % had it within (ETSI EG 202 057-1, 5.12).", "min")),
    "reply_p95_min": maybe(number("95 % had it within.", "min")),
}  # fmt: skip


def _beside() -> dict[str, Schema]:
    found: dict[str, Schema] = {}
    for name, what in (("before", "the period before"), ("last_year", "last year")):
        found[f"{name}_start"] = maybe(day(f"First day of {what}."))
        found[f"{name}_end"] = maybe(day(f"Last day of {what}."))
        for measure in COMPARED:
            about = f"`{measure}` of {what}; null where the history does not reach."
            found[f"{measure}_{name}"] = {**MEASURES[measure], "description": about}
        found[f"change_{name}"] = maybe(number("Relative change of the number of complaints."))
    return found


_SCORED: dict[str, Schema] = {
    **{f"score_{score}": maybe(number(f"With the score {score}.", "complaints"))
       for score in SCORES},
    "unknown": maybe(number("Without a score.", "complaints")),
}  # fmt: skip
_AHEAD: dict[str, Schema] = {
    "period_start": day("First day."),
    "period_end": day("Last day, inclusive."),
    "observed": number("Counted so far.", "complaints"),
    "mean": number("Expected of the whole period.", "complaints"),
    "lower": number("Lower end of the band of 90 %.", "complaints"),
    "upper": number("Upper end of the band of 90 %.", "complaints"),
    "rate_mean": maybe(number("Expected rate.", "complaints / 10,000")),
    "rate_lower": maybe(number("Lower end.", "complaints / 10,000")),
    "rate_upper": maybe(number("Upper end.", "complaints / 10,000")),
    "days_ahead": whole("Days of it that are forecast.", "days"),
    "model": maybe(text("How it was made.")),
}
_TRENDS: dict[str, Schema] = {
    **ABOUT,
    "from": day("First day looked at."),
    "to": day("Last day looked at."),
    "by": choice("Length of a period.", PERIODS),
    "split": listed(choice("Dimension.", DIMENSIONS), "Each value has rows of its own."),
    "filters": mapped(text("Its value."), "By dimension, and `level`."),
    "history_from": maybe(day("First day of the complaints that are held.")),
    "notes": listed({"type": "string"}, "Codes of what to mind, such as `moving_holidays`."),
    "rows": listed(ref("TrendRow"), "By period, then values."),
    "satisfaction": listed(ref("ScoreRow"), "How many had which score."),
    "ahead": listed(ref("AheadRow"), "What is expected; empty under a split or other filters."),
}


def subject(settings: WebSettings) -> Subject:  # noqa: ARG001  the same for every subject
    """Complaints over time."""
    operation = Operation(
        "get", "/trends", "getTrends", "Complaints over time, with what was before",
        (
            *told(
                ref("Trends"), "The numbers; a file (without a tag) when `format` asks for one.",
                also={CSV: FILE, XLSX: FILE},
            ),
            refused(400), refused(503),
        ),
        about=f"A dimension is a filter too; `{UNKNOWN}` asks for complaints of which it is not "
        "known. All quotients are fractions.",
        parameters=(
            Parameter("from", "First local day.", {"type": "string", "format": "date"},
                      example="2026-10-05"),
            Parameter("to", "Last local day.", {"type": "string", "format": "date"},
                      example="2026-11-21"),
            Parameter("by", f"A period ({', '.join(PERIODS)}) and dimensions, with commas "
                      "between.", {"type": "string", "default": "week"}, example="week,region"),
            Parameter("split", "More dimensions, with commas between.", {"type": "string"},
                      example="channel"),
            Parameter("format", "JSON, or a file.", choice("Format.", ("json", "csv", "xlsx"))),
            Parameter("level", "Level of regions for a split by region.",
                      {"type": "integer", "minimum": 0, "maximum": 999}),
            *(Parameter(name, f"Only complaints of this {name}.", {"type": "string"})
              for name in DIMENSIONS),
            *ALWAYS,
        ),
    )  # fmt: skip
    row = {**_PERIOD, **_SPLIT, **MEASURES, **_beside()}
    schemas = {
        "Trends": record("Complaints over time.", _TRENDS),
        "TrendRow": record("A period and combination of values.", row, optional=DIMENSIONS),
        "ScoreRow": record(
            "Scores of a period and combination of values.",
            {**_PERIOD, **_SPLIT, **_SCORED},
            optional=DIMENSIONS,
        ),
        "AheadRow": record("A period to come.", _AHEAD),
    }
    return Subject("trends", "Complaint-rate trends.", (operation,), schemas)
