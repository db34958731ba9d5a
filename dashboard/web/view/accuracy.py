"""The record of forecasts from the snapshot: fates, scores, calibration, lead times, coverage.

All measures are ratios of sums over days, with intervals by ``dashboard.web.view.sure``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd

from dashboard.snapshot import Snapshot
from dashboard.web.view.order_fates import order_fates
from dashboard.web.view.record import (
    FLAGGED,
    Bin,
    Chosen,
    Covered,
    Group,
    Lead,
    Record,
    Rule,
    Week,
)
from dashboard.web.view.sure import Share, Sure, ratio


def since_of(snapshot: Snapshot, weeks: int) -> date:
    """The first day looked at: so many weeks back, local."""
    manifest = snapshot.manifest
    today: date = manifest.as_of.astimezone(ZoneInfo(manifest.time_zone)).date()
    return today - timedelta(days=7 * weeks)


def record(snapshot: Snapshot, chosen: Chosen) -> Record:
    """The record as the snapshot knows it."""
    manifest = snapshot.manifest
    since = since_of(snapshot, chosen.weeks)
    scope = "quiet" if chosen.quiet else "all"
    scores = snapshot.frame("record_scores", {"since": since, "scope": scope})
    fates = _coded(snapshot.frame("record_fates", {"since": since, **chosen.of_cells()}))
    judged = scores.drop_duplicates("day").set_index("day")["settled"].astype(bool)
    settled = bool(judged.any())
    sure = Sure.of(pd.Index(judged.index[judged] if settled else judged.index), manifest.horizon_h)
    bins = snapshot.frame("record_reliability", {"since": since})
    rules = _rules(scores, sure)
    names = {row["region_id"]: row["name"] for row in snapshot.rows("regions")}
    own = scores[scores["score"] == "forecast"]
    [total] = _groups(fates, None, sure, chosen, {})
    return Record(
        chosen=chosen,
        first=judged.index.min() if len(judged) else None,
        last=judged.index.max() if len(judged) else None,
        days=len(sure.days),
        settled=settled,
        waiting=len(judged) - len(sure.days),
        total=total,
        weeks=_weeks(fates, judged, chosen),
        rules=rules,
        gain=_gain(scores, sure),
        bins=_bins(bins, sure),
        expected=sure.share(sure.sums(own, "expected"), sure.sums(own, "observed")),
        lead=_lead(snapshot, since, chosen),
        by={
            "region": _groups(fates, "region_id", sure, chosen, names),
            "cause": _groups(fates[fates["code"] < _MISS], "cause", sure, chosen, {}),
            "technology": _groups(fates, "technology", sure, chosen, {}),
        },
        coverage=_coverage(snapshot, since, chosen),
        orders=order_fates(snapshot, since, chosen, fates[fates["day"].isin(sure.days)]),
    )


_KINDS = tuple((status, fate) for status in ("red", "yellow") for fate in FLAGGED)
_MISS = len(_KINDS)


def _coded(fates: pd.DataFrame) -> pd.DataFrame:
    """With ``code``: the place of status and fate among ``_KINDS``, then the misses."""
    code = np.full(len(fates), -1)
    code[(fates["fate"] == "miss").to_numpy(bool)] = _MISS
    for place, (status, fate) in enumerate(_KINDS):
        code[((fates["status"] == status) & (fates["fate"] == fate)).to_numpy(bool)] = place
    return fates.assign(code=code)


def _groups(
    fates: pd.DataFrame,
    column: str | None,
    sure: Sure,
    chosen: Chosen,
    names: Mapping[str, str | None],
) -> tuple[Group, ...]:
    """One group a value of a column (or one of all), the most reds first."""
    kinds = _MISS + 1
    if column is None:
        codes = np.zeros(len(fates), dtype=np.int64)
        values: list[str | None] = [None]
    else:
        codes, found = pd.factorize(fates[column], sort=True, use_na_sentinel=False)
        values = [value if isinstance(value, str) else None for value in found]
    if not values:
        return ()
    place = np.where(fates["code"] < 0, -1, codes * kinds + fates["code"].to_numpy())
    sums = sure.sums(fates, "cells", place, len(values) * kinds)
    cube = sums.reshape(len(values), kinds, len(sure.days))
    hit, false_alarm = _of(cube, "red", "hit"), _of(cube, "red", "false_alarm")
    precisions = sure.shares(hit, hit + false_alarm)
    foreseen = hit + _of(cube, "red", "treated_not")
    watched = _of(cube, "yellow", "hit") + _of(cube, "yellow", "treated_not")
    complained = foreseen + watched + cube[:, _MISS]
    recalls: list[Share | None] = [*sure.shares(foreseen, complained)]
    if column == "cause" or chosen.cause is not None:
        recalls = [None] * len(values)
    counts = cube.sum(axis=2).astype(int)
    made = [
        Group(
            value,
            names.get(value) if value is not None else None,
            {fate: int(count[n]) for n, (status, fate) in enumerate(_KINDS) if status == "red"},
            {fate: int(count[n]) for n, (status, fate) in enumerate(_KINDS) if status == "yellow"},
            int(count[_MISS]),
            precision,
            recall,
        )
        for value, count, precision, recall in zip(values, counts, precisions, recalls, strict=True)
        if column is None or count.sum()
    ]
    return tuple(sorted(made, key=lambda g: (-g.reds, -g.misses, g.value or "")))


def _of(cube: npt.NDArray[np.float64], status: str, fate: str) -> npt.NDArray[np.float64]:
    """Counts of one kind, shape (values, days)."""
    return cube[:, _KINDS.index((status, fate))]


def _weeks(fates: pd.DataFrame, judged: pd.Series, chosen: Chosen) -> tuple[Week, ...]:
    """Weeks of all judged days; intervals need more days than a week has."""
    made: dict[date, list[date]] = {}
    for day in judged.index:
        made.setdefault(day - timedelta(days=day.weekday()), []).append(day)
    return tuple(
        Week(
            monday,
            all(bool(judged[day]) for day in days),
            _groups(fates, None, Sure.alone(pd.Index(days)), chosen, {})[0],
        )
        for monday, days in sorted(made.items())
    )


def _rules(scores: pd.DataFrame, sure: Sure) -> tuple[Rule, ...]:
    codes, names = pd.factorize(scores["score"])
    if not len(names):
        return ()
    found, visits, positives, cells = (
        sure.sums(scores, column, codes, len(names))
        for column in ("found", "visits", "positives", "cells")
    )
    known = scores.assign(
        weighed=(scores["average_precision"] * scores["positives"]).fillna(0.0),
        weight=scores["positives"].where(scores["average_precision"].notna(), 0.0),
    )
    weighed, weight = (
        sure.sums(known, column, codes, len(names)).sum(axis=1) for column in ("weighed", "weight")
    )
    base = ratio(positives.sum(axis=1), cells.sum(axis=1))
    return tuple(
        Rule(
            str(name),
            precision,
            recall,
            None if precision.value is None or not base[n] > 0 else precision.value / base[n],
            weighed[n] / weight[n] if weight[n] else None,
        )
        for n, (name, precision, recall) in enumerate(
            zip(names, sure.shares(found, visits), sure.shares(found, positives), strict=True)
        )
    )


def _gain(scores: pd.DataFrame, sure: Sure) -> tuple[str, Share] | None:
    """What the forecast found over what the best rule found, on the same draws of days."""
    codes, names = pd.factorize(scores["score"])
    found = dict(zip(names, sure.sums(scores, "found", codes, max(1, len(names))), strict=False))
    others = {str(score): each for score, each in found.items() if score != "forecast"}
    if "forecast" not in found or not others:
        return None
    best = max(others, key=lambda score: (others[score].sum(), score))
    return best, sure.share(found["forecast"], others[best])


def _bins(rows: pd.DataFrame, sure: Sure) -> tuple[Bin, ...]:
    codes, edges = pd.factorize(rows["bin"], sort=True)
    if not len(edges):
        return ()
    cells, forecast, observed = (
        sure.sums(rows, column, codes, len(edges)) for column in ("cells", "forecast", "observed")
    )
    return tuple(
        Bin(float(edges[n]), int(cells[n].sum()), float(forecast[n].sum() / cells[n].sum()), share)
        for n, share in enumerate(sure.shares(observed, cells))
        if cells[n].sum()
    )


def _lead(snapshot: Snapshot, since: date, chosen: Chosen) -> Lead:
    place: dict[str, Any] = {"since": since, "zone": snapshot.manifest.time_zone}
    place |= {"region_id": chosen.region_id, "technology": chosen.technology}
    runs = snapshot.frame("record_leads", {**place, "cause": chosen.cause})["lead_h"]
    [firsts] = snapshot.rows("record_firsts", place)
    share = Share(float(firsts["warned"]), float(firsts["complaints"]))
    return Lead(tuple(float(h) for h in runs.dropna()), len(runs), share)


def _coverage(snapshot: Snapshot, since: date, chosen: Chosen) -> dict[str, tuple[Covered, ...]]:
    rows = snapshot.frame("record_regions", {"since": since, "region_id": chosen.region_id})
    made = {}
    for measure in dict.fromkeys(rows["measure"]):
        part = rows[rows["measure"] == measure]
        if part["settled"].any():
            part = part[part["settled"].astype(bool)]
        sure = Sure.of(pd.Index(sorted(set(part["day"]))), snapshot.manifest.horizon_h)
        [everything] = _covered(part.assign(all=0), "all", sure)
        aheads, regions = _covered(part, "ahead", sure), _covered(part, "region_id", sure)
        regions.sort(key=lambda told: (told.inside.value or 0.0, told.region_id or ""))
        made[str(measure)] = (everything, *aheads, *regions)
    return made


def _covered(part: pd.DataFrame, column: str, sure: Sure) -> list[Covered]:
    """The days of each value of a column: how many lay within their interval, below, above."""
    codes, values = pd.factorize(part[column], sort=True)
    inside, days, below, above = (
        sure.sums(part, name, codes, len(values)) for name in ("inside", "days", "below", "above")
    )
    names = dict(zip(part["region_id"], part["name"], strict=True))
    made = []
    for n, (value, share) in enumerate(zip(values, sure.shares(inside, days), strict=True)):
        region_id = str(value) if column == "region_id" else None
        name = names.get(region_id) if region_id is not None else None
        made.append(
            Covered(
                region_id,
                name if isinstance(name, str) else None,
                int(value) if column == "ahead" else None,
                share,
                int(below[n].sum()),
                int(above[n].sum()),
            )
        )
    return made
