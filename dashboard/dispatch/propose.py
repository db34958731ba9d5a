"""From what was published to drafts of work orders: one per site and cause of red cells.

What a repair is expected to spare is an estimate, never called an effect:

    avoided = expected × chance(cause) × left / horizon

``expected``: low-satisfaction complaints of the order's red cells within the horizon; ``chance``:
that a repair of this cause cures (``cure.Cure``); ``left``: hours from the earliest arrival of an
able crew to the end of the horizon, or to works that are planned there anyway and begin before.
Complaints are taken to come evenly over the horizon.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any

from dashboard.dispatch.crews import Crews, place_of, way_min
from dashboard.dispatch.cure import Cure
from dashboard.dispatch.model import Draft
from dashboard.dispatch.plan_settings import PlanSettings
from dashboard.plain import plain

UNKNOWN = "unknown"
Row = Mapping[str, Any]
_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Shown:
    """What the snapshot says that matters to orders; rows as in its tables.

    Attributes:
        snapshot_id: its name.
        as_of: of the forecast.
        horizon_h: hours ahead that it speaks of.
        reds: red cells.
        evidence: pieces of evidence, of these cells at least.
        playbook: what to do about each cause.
        works: works of the days around.
    """

    snapshot_id: str
    as_of: datetime
    horizon_h: int
    reds: Sequence[Row]
    evidence: Sequence[Row]
    playbook: Sequence[Row]
    works: Sequence[Row]

    @property
    def until(self) -> datetime:
        """The end of the horizon."""
        return self.as_of + timedelta(hours=self.horizon_h)


@dataclass(frozen=True)
class Means:
    """What repairs are done with.

    Attributes:
        crews: teams and shifts.
        cure: how often repairs cure.
        settings: of planning.
        due: by when somebody should be there, from the moment of the proposal; None: no limit.
    """

    crews: Crews
    cure: Cure
    settings: PlanSettings
    due: Callable[[datetime], datetime | None] = lambda _: None


def drafts_of(shown: Shown, means: Means, now: datetime) -> list[Draft]:
    """Drafts of all red cells, the one that spares most per hour of a crew first.

    Args:
        shown: what was published.
        means: crews, chances and settings.
        now: by the clock of the facts (aware).
    """
    groups: dict[tuple[str, str], list[Row]] = {}
    for cell in shown.reds:
        key = (cell["site_id"] or cell["cell_id"], cell["cause"] or UNKNOWN)
        groups.setdefault(key, []).append(cell)
    plays = {row["cause"]: row for row in shown.playbook}
    evidence: dict[str, list[Row]] = {}
    for piece in sorted(shown.evidence, key=lambda row: (row["cell_id"], row["rank"])):
        evidence.setdefault(piece["cell_id"], []).append(piece)
    made = []
    for (site, cause), cells in sorted(groups.items()):
        play = plays.get(cause) or plays.get(UNKNOWN) or {}
        ranked = sorted(cells, key=lambda c: (-(c["probability"] or 0), c["cell_id"]))
        told = evidence.get(ranked[0]["cell_id"], [])
        works = _works_at(shown, site, {cell["cell_id"] for cell in cells}, now)
        made.append(_draft(_Group(site, cause, ranked, play, told, works), shown, means, now))
    return sorted(made, key=lambda d: (-per_hour(d), d.site_id, d.cause))


def per_hour(draft: Draft) -> float:
    """Expected complaints avoided per hour of work, before the way of any team is known."""
    return (draft.avoided or 0.0) / draft.hours


@dataclass(frozen=True)
class _Group:
    """Red cells of one site and cause, the most probable first, and what belongs to them."""

    site: str
    cause: str
    cells: Sequence[Row]
    play: Row
    evidence: Sequence[Row]
    works: Sequence[Row]


def _draft(group: _Group, shown: Shown, means: Means, now: datetime) -> Draft:
    worst, play = group.cells[0], group.play
    on_site = play.get("on_site") is not False
    hours = play.get("hours") or 2.0
    bare = Draft(
        site_id=group.site,
        cause=group.cause,
        cell_ids=tuple(sorted(cell["cell_id"] for cell in group.cells)),
        title=_title([cell["name"] for cell in group.cells], group.site),
        region_id=worst["region_id"],
        longitude=worst["longitude"],
        latitude=worst["latitude"],
        as_of=shown.as_of,
        snapshot_id=shown.snapshot_id,
        probability=worst["probability"],
        skill=play.get("skill") or "",
        hours=hours,
        on_site=on_site,
    )
    team, arrival = earliest(bare, means.crews, means.settings, now)
    expected = _total(cell["expected_low_complaints"] for cell in group.cells)
    chance = means.cure.chance(group.cause)
    left = share_left(shown.as_of, shown.horizon_h, arrival, begun(group.works))
    due = means.due(now)
    return Draft(
        **{name: getattr(bare, name) for name in _BARE},
        expected=expected,
        avoided=None if expected is None else round(expected * chance * left, 6),
        users=_total(cell["subscribers"] for cell in group.cells),
        due_at=None if due is None else min(due, shown.until),
        team_id=team,
        evidence=tuple(_flat(piece) for piece in group.evidence),
        works=tuple(
            _flat({name: work[name] for name in ("work_id", "starts_at", "ends_at", "kind")})
            for work in group.works
        ),
    )


_BARE = (
    "site_id", "cause", "cell_ids", "title", "region_id", "longitude", "latitude", "as_of",
    "snapshot_id", "probability", "skill", "hours", "on_site",
)  # fmt: skip


def earliest(
    draft: Draft, crews: Crews, settings: PlanSettings, now: datetime
) -> tuple[str | None, datetime]:
    """The team that could be there first, were it free, and when.

    Where no team with the skill is on a roster: nobody, and ``unknown_arrival_h`` from now.
    """
    regions = crews.regions_of(draft.region_id)
    place = place_of(draft.longitude, draft.latitude)
    found: list[tuple[datetime, str]] = []
    for team in crews.teams.values():
        shift = crews.next_shift(team.team_id, now)
        if shift is None or not team.can(draft.skill) or not team.works_in(regions):
            continue
        way = way_min(team.place, place, settings) if draft.on_site else 0.0
        found.append((max(now, shift.starts_at) + timedelta(minutes=way), team.team_id))
    if not found:
        return None, now + settings.unknown_arrival_h * _HOUR
    arrival, team_id = min(found)
    return team_id, arrival


def share_left(
    as_of: datetime, horizon_h: float, arrival: datetime, works: datetime | None
) -> float:
    """Share of the horizon from an arrival to its end, or to works that begin before; 0 … 1."""
    end = as_of + timedelta(hours=horizon_h)
    if works is not None:
        end = min(end, works)
    return max(0.0, (end - max(arrival, as_of)) / timedelta(hours=horizon_h))


def begun(works: Iterable[Row]) -> datetime | None:
    """When the first of some works begins; None: there are none."""
    return min((work["starts_at"] for work in works), default=None)


def _works_at(shown: Shown, site: str, cells: set[str], now: datetime) -> list[Row]:
    """Works on the site or one of the cells that are under way or begin within the horizon."""
    return [
        work
        for work in shown.works
        if work["starts_at"] <= shown.until
        and (work["ends_at"] or work["starts_at"]) > now
        and (work["cell_id"] in cells or (work["cell_id"] is None and work["site_id"] == site))
    ]


def _title(names: Sequence[str | None], site: str) -> str:
    """What the names of the cells have in common, where that says something."""
    known = [name for name in names if name]
    if len(known) == 1:
        return known[0]
    if not known:
        return site
    pairs = zip(min(known), max(known), strict=False)  # in order, these two differ most
    same = "".join(a for a, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    return same.rstrip(" -_·（(") or known[0]


def _total(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(sum(known), 6) if known else None


def _flat(row: Row) -> dict[str, Any]:
    return {name: plain(value) for name, value in row.items() if value is not None}
