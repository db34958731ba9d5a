"""``/api/v1/league``: who improves, and who slips."""

from __future__ import annotations

from dashboard.web.api.description.fields import (
    Schema,
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
)
from dashboard.web.api.description.model import Operation, Parameter, Subject
from dashboard.web.api.description.shared import ALWAYS, refused, told
from dashboard.web.api.description.trends import ABOUT, MEASURES
from dashboard.web.api.trends import UNITS
from dashboard.web.settings import WebSettings

_RATE = "complaints / 10,000"
OUTSIDE = ("high_998", "high_95", "low_95", "low_998")
_ROW: dict[str, Schema] = {
    "rank": maybe(number("From 1, the best.")),
    "rank_before": maybe(number("In the period before.")),
    "rank_change": maybe(number("Places gained, by more than chance; else 0.", "places")),
    "moved": maybe(choice("Whether its rate moved against the others.",
                          ("better", "worse", "steady"))),
    "moved_probability": maybe(share("How sure that is.")),
    "region_id": text("The region."),
    "name": maybe(text("Its name.")),
    "subscribers": MEASURES["subscribers"],
    "tickets": MEASURES["tickets"],
    "rate_per_10k": MEASURES["rate_per_10k"],
    "rate_shrunk": maybe(number("Drawn to the common rate where little is known.", _RATE)),
    "rate_lower": maybe(number("Lower end of its interval of 95 %.", _RATE)),
    "rate_upper": maybe(number("Upper end of it.", _RATE)),
    "limit_95_lower": maybe(number("Funnel: 95 % of equal regions lie above.", _RATE)),
    "limit_95_upper": maybe(number("Funnel: 95 % of equal regions lie below.", _RATE)),
    "limit_998_lower": maybe(number("The same with 99.8 %.", _RATE)),
    "limit_998_upper": maybe(number("The same with 99.8 %.", _RATE)),
    "outside": maybe(choice("Which limit it crosses.", OUTSIDE)),
    "tickets_before": maybe(number("In the period before.", "complaints")),
    "rate_before": maybe(number("In the period before.", _RATE)),
    "tickets_last_year": maybe(number("In the same period of the base.", "complaints")),
    "rate_base": maybe(number("Rate that the target counts from.", _RATE)),
    "rate_target": maybe(number("Target.", _RATE)),
    "change": maybe(number("Relative change against the base.")),
    "standing": choice("Against the target.", ("met", "on_the_way", "missed", "unknown")),
    "target_probability": maybe(share("Chance that the true rate is at or below the target.")),
    "low_share": MEASURES["low_share"],
    "timely_rate": MEASURES["timely_rate"],
    "repeat_rate": MEASURES["repeat_rate"],
    "satisfaction": MEASURES["satisfaction"],
}  # fmt: skip
_LEAGUE: dict[str, Schema] = {
    **ABOUT,
    "unit": choice("Length of the period.", UNITS),
    "from": day("First day."),
    "to": day("Last day, inclusive."),
    "complete": flag("It is over and within the history."),
    "rate_per_10k": maybe(number("Of all these regions.", _RATE)),
    "dispersion": maybe(number("Regions vary so many times more than chance.")),
    "noise": maybe(number("A region varies so many times more than chance over time.")),
    "strength": maybe(
        number("So many complaints of its own count as much as the common rate; null: regions "
               "differ by no more than chance.", "complaints")
    ),
    "target_change": number("What a year is to bring: -0.15 is 15 % less."),
    "base": maybe(listed({"type": "string", "format": "date"},
                         "First and last day that the target counts from.",
                         minItems=2, maxItems=2)),
    "rows": listed(ref("LeagueRow"), "The best rank first; without subscribers last."),
}  # fmt: skip


def subject(settings: WebSettings) -> Subject:  # noqa: ARG001  the same for every subject
    """The league table of regions."""
    operation = Operation(
        "get", "/league", "getLeague", "Regions ranked, by more than noise",
        (*told(ref("League"), "The league table."), refused(400), refused(503)),
        parameters=(
            Parameter("unit", "Length of the period.", {"type": "string", "enum": list(UNITS),
                      "default": "week"}),
            Parameter("day", "Any local day of it; the newest when left out.",
                      {"type": "string", "format": "date"}, example="2026-11-21"),
            Parameter("region", "Only regions below this one.", {"type": "string"}),
            Parameter("level", "Level of regions; the coarsest with several when left out.",
                      {"type": "integer", "minimum": 0, "maximum": 999}),
            *ALWAYS,
        ),
    )  # fmt: skip
    schemas = {
        "League": record("Regions of a week or month.", _LEAGUE),
        "LeagueRow": record("A region.", _ROW),
    }
    return Subject("league", "Who improves, who slips.", (operation,), schemas)
