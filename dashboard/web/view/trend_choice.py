"""What a person chose to see of the trends, from the address; nothing there can break the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from dashboard.trends.periods import bounds
from dashboard.trends.query import DIMENSIONS, UNKNOWN, TrendQuery, TrendQueryError
from dashboard.web.context import Look

MEASURES = (
    "rate_per_10k",
    "tickets",
    "low_share",
    "satisfaction",
    "timely_rate",
    "repeat_rate",
    "reply_p80_min",
)
RANGES: Mapping[str, tuple[str, ...]] = {
    "day": ("d14", "d30", "d90"),
    "week": ("w13", "w26", "w53", "w105"),
    "month": ("m6", "m12", "m24"),
}
USUAL: Mapping[str, str] = {"day": "d30", "week": "w26", "month": "m12"}
SETTINGS = ("by", "range", "from", "to", "split", "measure", "league", *DIMENSIONS)
"""The names in the address that belong to this page."""


@dataclass(frozen=True)
class Choice:
    """What is shown.

    Attributes:
        query: days, periods, filters, and at most one split.
        range: a quick range; None: dates of one's own.
        measure: of the main chart.
        league: ``week`` or ``month``.
        ignored: names and values of the address that could not be used.
    """

    query: TrendQuery
    range: str | None
    measure: str
    league: str
    ignored: tuple[tuple[str, str], ...] = ()

    @property
    def split(self) -> str | None:
        """The dimension whose values stand side by side."""
        return self.query.split[0] if self.query.split else None

    @property
    def region(self) -> str | None:
        """The region looked at."""
        return self.query.filters.get("region")


def newest_day(look: Look) -> date:
    """The last local day of which anything can be known."""
    manifest = look.snapshot.manifest
    return manifest.as_of.astimezone(ZoneInfo(manifest.time_zone)).date()


def choose(look: Look) -> Choice:
    """The choice that an address makes; what cannot be used is left out, and said."""
    newest = newest_day(look)
    given = {name: look.state.query[name] for name in SETTINGS if look.state.query.get(name)}
    ignored: list[tuple[str, str]] = []
    places = {row["region_id"] for row in look.snapshot.rows("trend_regions")}
    if given.get("region", UNKNOWN) not in {*places, UNKNOWN}:
        ignored.append(("region", given.pop("region")))
    while True:
        try:
            query, span = _query(given, newest)
            break
        except TrendQueryError as error:
            name = (
                error.name
                if error.name in given
                else next(iter({"range", "from", "to"} & given.keys()), "by")
            )
            ignored.append((name, given.pop(name, "")[:60]))
    measure = _one_of(given, "measure", MEASURES, ignored)
    league = _one_of(given, "league", ("week", "month"), ignored)
    return Choice(query, span, measure, league, tuple(ignored))


def starts(range_name: str, newest: date) -> date:
    """First day of a quick range that ends on ``newest``: whole weeks and months."""
    unit, count = range_name[0], int(range_name[1:])
    if unit == "d":
        return newest - timedelta(days=count - 1)
    if unit == "w":
        return bounds("week", newest)[0] - timedelta(weeks=count - 1)
    months = newest.year * 12 + newest.month - count
    return date(months // 12, months % 12 + 1, 1)


def _query(given: Mapping[str, str], newest: date) -> tuple[TrendQuery, str | None]:
    wanted = {name: value for name, value in given.items() if name not in ("range", "measure")}
    split = wanted.pop("split", "")
    if split and split not in DIMENSIONS:
        raise TrendQueryError("split", split, f"use one of {', '.join(DIMENSIONS)}")
    by = wanted.get("by", "week")
    if by not in RANGES:
        raise TrendQueryError("by", by, f"use one of {', '.join(RANGES)}")
    span: str | None = None
    if "from" not in wanted and "to" not in wanted:
        span = given.get("range", USUAL[by])
        if span not in RANGES[by]:
            raise TrendQueryError("range", span, f"use one of {', '.join(RANGES[by])}")
        wanted["from"] = starts(span, newest).isoformat()
    if split:
        wanted["split"] = split
    return TrendQuery.parse(wanted, newest=newest), span


def _one_of(
    given: Mapping[str, str],
    name: str,
    choices: tuple[str, ...],
    ignored: list[tuple[str, str]],
) -> str:
    value = given.get(name, choices[0])
    if value in choices:
        return value
    ignored.append((name, value[:60]))
    return choices[0]
