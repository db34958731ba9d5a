"""The next hours: expected complaints by hour, with works and events upon them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboard.plain import absent
from dashboard.web.context import Look
from dashboard.web.view.state import path_to
from dashboard.web.view.wall_scope import Scope, region_rows


@dataclass(frozen=True)
class Plan:
    """Works or an event.

    Attributes:
        kind: ``works`` or ``events``.
        what: kind and text in words.
        where: cell, site or district; empty when unknown.
        starts: its beginning.
        ends: its end; None when unknown.
        when: both in words.
        href: a cell's or district's address; None without either.
        now: it is under way.
    """

    kind: str
    what: str
    where: str
    starts: datetime
    ends: datetime | None
    when: str
    href: str | None
    now: bool


@dataclass(frozen=True)
class Hours:
    """The horizon by hour.

    Attributes:
        starts: beginning of each hour; empty where an older snapshot does not tell.
        expected: complaints expected in it, by its full length.
        total: what all of them sum up to.
        plans: works and events within the horizon.
        horizon_h: hours.
        as_of: where it begins.
    """

    starts: tuple[datetime, ...]
    expected: tuple[float, ...]
    total: float
    plans: tuple[Plan, ...]
    horizon_h: int
    as_of: datetime


def hours(look: Look, scope: Scope) -> Hours:
    """Of the city or the region in focus."""
    manifest = look.snapshot.manifest
    rows = look.snapshot.rows("wall_hours", {"region_id": scope.region_id or ""})
    return Hours(
        starts=tuple(row["hour"] for row in rows),
        # The first and the last hour are parts of one: shown at the height of a full hour.
        expected=tuple(row["expected"] / max(row["share"], 1e-6) for row in rows),
        total=sum(row["expected"] for row in rows),
        plans=plans(look, scope),
        horizon_h=manifest.horizon_h,
        as_of=manifest.as_of,
    )


def plans(look: Look, scope: Scope) -> tuple[Plan, ...]:
    """Works and events that touch the horizon, by their beginning."""
    manifest = look.snapshot.manifest
    until = manifest.as_of + timedelta(hours=manifest.horizon_h)
    names = {row["region_id"]: row["name"] for row in region_rows(look.snapshot)}
    found = []
    for row in look.snapshot.rows("wall_plans", {"since": manifest.as_of, "until": until}):
        region_id = row["region_id"]
        # What lies nowhere in particular concerns all.
        if scope.within is not None and region_id is not None and region_id not in scope.within:
            continue
        kind, words = row["kind"], look.words
        code = words.code("works" if kind == "works" else "event_kind", row["code"])
        text = row["text"] if kind == "events" else row["text"] or code
        district = names.get(region_id) or region_id or ""
        href = None
        if row["cell_id"]:
            href = look.state.href(path_to("cells", row["cell_id"]))
        elif region_id and manifest.mode == "cells":
            href = look.state.href("/cells", region_id=region_id)
        found.append(
            Plan(
                kind=kind,
                what=text or code,
                where=" ".join(part for part in (district, row["place"]) if part),
                starts=row["starts_at"],
                ends=row["ends_at"],
                when=_when(look, row["starts_at"], row["ends_at"]),
                href=href,
                now=row["starts_at"] <= manifest.as_of,
            )
        )
    return tuple(found)


def _when(look: Look, starts: datetime, ends: datetime | None) -> str:
    """``周一 00:00–04:00``; within three days a weekday is no riddle."""
    words = look.words
    now = look.snapshot.manifest.as_of.astimezone(words.zone).date()

    def named(moment: datetime) -> str:
        day = moment.astimezone(words.zone).date()
        if not 0 <= (day - now).days < 6:
            return words.moment(moment)
        weekday = words.texts(f"weekday.{day.isoweekday()}")
        return words.time(moment) if day == now else f"{weekday} {words.time(moment)}"

    if ends is None or absent(ends):
        return named(starts)
    one_day = starts.astimezone(words.zone).date() == ends.astimezone(words.zone).date()
    return f"{named(starts)}–{words.time(ends) if one_day else named(ends)}"
