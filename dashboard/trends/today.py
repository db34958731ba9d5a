"""The complaint rate of today for the wall: so far, against what was to be expected by now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from dashboard.snapshot import Snapshot
from dashboard.trends import held
from dashboard.trends.ahead import Z, daily
from dashboard.trends.periods import DAY
from dashboard.trends.query import TrendQuery
from dashboard.trends.sums import EVER, Facts, Pieces

# Weeks before today that the rhythm of a day is taken from.
RHYTHM_WEEKS = 8
# Spans of what the wall says: the local day so far, and multiples of 24 hours up to now.
DAYS = (1, 7, 30)
# Every region as itself, however fine.
_FINEST = 999


@dataclass(frozen=True)
class Band:
    """Expected tickets, or a rate, with the interval of 90 %."""

    mean: float
    lower: float
    upper: float


@dataclass(frozen=True)
class Figure:
    """One measure beside itself a week before.

    Attributes:
        value: None: unknown.
        before: the same one week earlier, as known now; None: unknown.
        count: what it rests on: complaints that were due, scored or whose customer is known.
        days: length of the span that ends at ``as_of``; 1: the local day so far.
    """

    value: float | None
    before: float | None
    count: float
    days: int


@dataclass(frozen=True)
class Today:
    """What the wall says of complaints today; None: unknown.

    Attributes:
        as_of: up to which it counts (UTC).
        subscribers: of the region or the city.
        tickets: made today so far (local day).
        tickets_before: made on the same weekday a week before, up to the same time of day.
        rate_per_10k: tickets today so far, per 10,000 subscribers.
        so_far: expected up to this time of day.
        day: expected of the whole day.
        rate_so_far: the first per 10,000 subscribers.
        rate_day: the second per 10,000 subscribers.
        share: of a day's tickets that have usually come by now.
        verdict: ``above``, ``within`` or ``below`` the band so far.
        timely: closed within the limit ÷ due, of the last 7 days.
        timely_today: the same of today.
        repeat: repeat complaints ÷ those of which it can be told, of the last 30 days.
        satisfaction: mean score (1-10) of complaints of the last 7 days.
        low_share: low-satisfaction complaints ÷ scored ones of the last 7 days.
    """

    as_of: datetime
    subscribers: float | None
    tickets: float | None
    tickets_before: float | None
    rate_per_10k: float | None
    so_far: Band | None
    day: Band | None
    rate_so_far: Band | None
    rate_day: Band | None
    share: float | None
    verdict: str | None
    timely: Figure
    timely_today: Figure
    repeat: Figure
    satisfaction: Figure
    low_share: Figure


def today(snapshot: Snapshot, *, region_id: str | None = None) -> Today:
    """The figures of the local day that holds ``as_of``, of the city or of one region.

    **Expected so far** is the day's forecast times the share of a day's tickets that have usually
    come by this time of day: of the last 8 weeks' days of the same type (working days; Saturdays
    and Sundays), of all regions together, since one region's days are too few to show the rhythm.
    Its band: a day's count is thinned by that share p, so its variance is p²·(variance − mean) +
    p·mean of the day's; each half of the day's interval is carried over in this way.

    Args:
        snapshot: whose knowledge is shown.
        region_id: with all that is below it; None: the whole city. Of a region that is not known
            everything is unknown.
    """
    manifest = snapshot.manifest
    areas, history = held.areas(snapshot), held.history_from(snapshot)
    local = manifest.as_of.astimezone(ZoneInfo(manifest.time_zone))
    day = local.date()
    unknown = region_id is not None and region_id not in areas.by_id
    within = None if region_id is None else areas.below(region_id)
    sums = _sums(snapshot, [] if unknown else within)
    known = history is not None and history <= day and not unknown
    subscribers = _known(areas.subscribers(region_id))
    tickets = _sum(sums, "tickets", 0) if known else None
    series = daily(snapshot, region_id)
    here = series[(series["day"] == day) & series["mean"].notna()]
    whole = None
    if len(here):
        whole = Band(*(float(here[name].iloc[0]) for name in ("mean", "lower", "upper")))
    share = held.held(snapshot, "rhythm", lambda: _rhythm(snapshot, local)) if known else None
    so_far = None if whole is None or share is None else thinned(whole, share)
    reach = known and history is not None and history <= day - 7 * DAY
    return Today(
        as_of=manifest.as_of,
        subscribers=subscribers,
        tickets=tickets,
        tickets_before=_sum(sums, "tickets", 1) if reach else None,
        rate_per_10k=_per(tickets, subscribers),
        so_far=so_far,
        day=whole,
        rate_so_far=_rate(so_far, subscribers),
        rate_day=_rate(whole, subscribers),
        share=share,
        verdict=None if so_far is None or tickets is None else _verdict(tickets, so_far),
        timely=_figure(sums, "timely", "due", 7),
        timely_today=_figure(sums, "timely", "due", 1),
        repeat=_figure(sums, "repeats", "identified", 30),
        satisfaction=_figure(sums, "score", "rated", 7),
        low_share=_figure(sums, "low_complaints", "rated", 7),
    )


def thinned(band: Band, share: float) -> Band:
    """The band of the part of a day that is over; see :func:`today`."""
    mean = share * band.mean

    def half(of_day: float) -> float:
        beyond = max((of_day / Z) ** 2 - band.mean, 0.0)
        counting = min((of_day / Z) ** 2, band.mean)
        return float(Z * np.sqrt(share**2 * beyond + share * counting))

    below, above = half(max(band.mean - band.lower, 0)), half(max(band.upper - band.mean, 0))
    return Band(mean, max(0.0, mean - below), mean + above)


def _sums(snapshot: Snapshot, within: list[str] | None) -> pd.DataFrame:
    """Sums of some regions (None: all): a row for each of ``_pieces``, where there is anything."""
    table = held.held(snapshot, "today", lambda: _by_region(snapshot))
    some = table if within is None else table[table["region"].isin(within)]
    return some.drop(columns="region").groupby("period").sum()


def _by_region(snapshot: Snapshot) -> pd.DataFrame:
    """Sums by region, ``period`` as in ``_pieces``; once a snapshot, for all districts' pages."""
    manifest = snapshot.manifest
    zone = ZoneInfo(manifest.time_zone)
    day = manifest.as_of.astimezone(zone).date()
    every = TrendQuery(day, day, "day", ("region",), {"level": str(_FINEST)})
    table = Facts(snapshot, every).pieces(_pieces(manifest.as_of, zone))
    made = ["tickets", "rated", "low_complaints", "score", "identified", "repeats"]
    return table[["period", "region", *made, "due", "timely"]]


def _pieces(now: datetime, zone: ZoneInfo) -> Pieces:
    """The local day so far, the last 7 and 30 times 24 hours; each and the same a week before.

    Numbers: twice the place in ``DAYS``, and one more for the week before.
    """
    pieces = Pieces()
    for place, days in enumerate(DAYS):
        for number, until in ((2 * place, now), (2 * place + 1, now - 7 * DAY)):
            if days == 1:
                here = now.astimezone(zone).date() - (number % 2) * 7 * DAY
                pieces.parts.append((here, number, EVER, until))
            else:
                pieces.between(number, until - days * DAY, until, zone)
    return pieces


def _rhythm(snapshot: Snapshot, local: datetime) -> float | None:
    """Share of the tickets of days like this one that had come by this time of day."""
    weekend = local.weekday() >= 5
    back = [local - timedelta(days=n) for n in range(1, 7 * RHYTHM_WEEKS + 1)]
    alike = [moment for moment in back if (moment.weekday() >= 5) == weekend]
    days = [moment.date() for moment in alike]
    files = held.files_of(snapshot, days)
    if not files:
        return None
    given = {"days": days, "cuts": alike, "first": days[-1], "last": days[0], "files": files}
    [row] = snapshot.rows("trend_rhythm", given)
    return float(row["by_then"] or 0.0) / row["tickets"] if row["tickets"] else None


def _figure(sums: pd.DataFrame, part: str, whole: str, days: int) -> Figure:
    number = 2 * DAYS.index(days)

    def share(of: int) -> float | None:
        below = _sum(sums, whole, of)
        return _sum(sums, part, of) / below if below else None

    return Figure(share(number), share(number + 1), _sum(sums, whole, number), days)


def _sum(sums: pd.DataFrame, name: str, number: int) -> float:
    return float(sums[name].get(number, 0.0))


def _verdict(tickets: float, band: Band) -> str:
    if tickets > band.upper:
        return "above"
    return "below" if tickets < band.lower else "within"


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) and value > 0 else None


def _per(tickets: float | None, subscribers: float | None) -> float | None:
    return None if tickets is None or subscribers is None else 1e4 * tickets / subscribers


def _rate(band: Band | None, subscribers: float | None) -> Band | None:
    if band is None or subscribers is None:
        return None
    return Band(*(1e4 * value / subscribers for value in (band.mean, band.lower, band.upper)))
