"""The values of a work order's page: where it stands, what happened, who may do what next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dashboard.dispatch.desk import DispatchDesk
from dashboard.dispatch.errors import UnknownOrderError
from dashboard.dispatch.model import Event, Order, fold
from dashboard.dispatch.plans import Stop
from dashboard.dispatch.proofs import Proof
from dashboard.dispatch.states import Actor, Kind, State, possible
from dashboard.plain import absent
from dashboard.web.context import Context, Look
from dashboard.web.view import words as w
from dashboard.web.view.cause import Piece, Play, piece_of, play_of
from dashboard.web.view.dispatch_teams import Team, Teams, teams_of
from dashboard.web.view.dispatch_timers import Running, running
from dashboard.web.view.order_place import Spot, spot_of
from dashboard.web.view.order_words import event_text, reason_text, state_word
from dashboard.web.view.state import path_to

EARLIER = 6
PATH: tuple[State, ...] = ("accepted", "dispatched", "on_site", "repaired", "verified")
"""The way of an order that goes well."""
CREW: frozenset[Kind] = frozenset({"arrive", "repair", "cannot"})
"""What a crew says; all else on this page is said by a person at a desk or by either."""


@dataclass(frozen=True)
class Cell:
    """A cell of the order with its present status; ``href`` is empty where it is unknown now."""

    name: str
    status: str
    probability: str
    href: str


@dataclass(frozen=True)
class Line:
    """An event of the order in words."""

    kind: Kind
    what: str
    when: str
    who: str
    more: str


@dataclass(frozen=True)
class Past:
    """An earlier order of the site, and what helped."""

    name: str
    href: str
    state: State
    when: str
    cause: str
    outcome: str


@dataclass(frozen=True)
class Page:
    """All of it.

    Attributes:
        order: as it stands at the moment that is shown.
        events: of it, the first first.
        place: the finest region's name; empty where there is none.
        team: who goes, or is suggested; None where nobody is.
        given: whether the team was given the order, rather than suggested.
        stop: in the plan of the shifts.
        timer: the one that runs.
        proof: what the newest look at its repair said; None: none did, or not about this repair.
        cause: in words; likewise ``found``, empty before the repair.
        evidence: what the forecast saw when it proposed the order.
        works: planned there, in words.
        play: the playbook's entry; None where it has none.
        kinds: what may be done from this page, in the order of a repair.
    """

    order: Order
    events: tuple[Event, ...]
    place: str
    team: Team | None
    given: bool
    stop: Stop | None
    timer: Running | None
    proof: Proof | None
    cause: str
    found: str
    evidence: tuple[Piece, ...]
    works: tuple[str, ...]
    play: Play | None
    cells: tuple[Cell, ...]
    spot: Spot | None
    lines: tuple[Line, ...]
    earlier: tuple[Past, ...]
    kinds: tuple[Kind, ...]


def moment_of(look: Look) -> datetime | None:
    """The moment of a replay; None: the present."""
    return look.freshness.now if look.state.at_text else None


def order_at(desk: DispatchDesk, order_id: int, at: datetime | None) -> tuple[Order, list[Event]]:
    """The order and its events, as they stand or stood.

    Raises:
        UnknownOrderError: there is none, or there was none then.
        OpsError: the database cannot be read.
    """
    events = [e for e in desk.events(order_id) if at is None or e.at <= at]
    if not events:
        raise UnknownOrderError(f"there is no work order {order_id}")
    return fold(events), events


def page(context: Context, look: Look, desk: DispatchDesk, order_id: int) -> Page:
    """The values of the page.

    Raises:
        UnknownOrderError: there is no such order.
        OpsError: the database cannot be read.
    """
    at = moment_of(look)
    order, events = order_at(desk, order_id, at)
    draft, words, teams = order.draft, look.words, teams_of(context, look)
    rows = order_rows(look, order)
    book = desk.book(at)
    stop, proof = book.plan.get(order.id), book.proofs.get(order.id)
    team_id = order.team_id or (stop.team_id if stop else None) or draft.team_id
    team = _team(teams, team_id)
    return Page(
        order=order,
        events=tuple(events),
        place=region_name(look, draft.region_id),
        team=team,
        given=order.team_id is not None,
        stop=stop if order.state in ("accepted", "dispatched", "reopened") else None,
        timer=running(order, desk.rules, desk.settings.verify, proof),
        proof=proof if proof is not None and proof.holds(order) else None,
        cause=words.cause(draft.cause),
        found=words.cause(order.found_cause) if order.found_cause else "",
        evidence=tuple(piece for raw in draft.evidence if (piece := piece_of(look, raw))),
        works=tuple(_works(look, raw) for raw in draft.works),
        play=play_of(look, draft.cause),
        cells=_cells(look, order, rows),
        spot=spot_of(look, draft, rows, team),
        lines=tuple(_line(look, event, teams) for event in events),
        earlier=earlier(desk, look, order),
        kinds=() if look.state.at_text or look.state.kiosk else kinds_of(order),
    )


def kinds_of(order: Order) -> tuple[Kind, ...]:
    """What may be done from the page: by the crew or the desk, the next step first."""
    order_of: tuple[Kind, ...] = (
        "accept", "dispatch", "arrive", "repair", "cannot", "reject", "reopen", "comment",
    )  # fmt: skip
    may = {*possible(order.state, "person"), *possible(order.state, "crew")}
    return tuple(kind for kind in order_of if kind in may)


def actor_of(kind: Kind, state: State) -> Actor:
    """Who says that: the crew what it does itself, also that it found no fault."""
    return "crew" if kind in CREW or (kind == "reject" and state == "on_site") else "person"


def order_rows(look: Look, order: Order) -> Sequence[Mapping[str, Any]]:
    """The order's cells and the others of its site, as they are now."""
    asked = {"cell_ids": list(order.draft.cell_ids), "site_id": order.draft.site_id}
    return look.snapshot.rows("order_cells", asked)


def region_name(look: Look, region_id: str | None) -> str:
    """Name of a region; its id where the snapshot does not name it."""
    if not region_id:
        return ""
    found = look.snapshot.rows("region", {"region_id": region_id})
    return (found[0]["name"] if found else None) or region_id


def _team(teams: Teams, team_id: str | None) -> Team | None:
    if not team_id:
        return None
    return teams.by_id.get(team_id) or Team(team_id, team_id)


def _works(look: Look, raw: Mapping[str, Any]) -> str:
    words, starts = look.words, raw.get("starts_at")
    kind = words.code("works", raw.get("kind"))
    if not isinstance(starts, str):
        return kind
    return f"{words.moment(datetime.fromisoformat(starts))} {kind}"


def _cells(look: Look, order: Order, rows: Sequence[Mapping[str, Any]]) -> tuple[Cell, ...]:
    known = {row["cell_id"]: row for row in rows if row["named"]}
    found = []
    for cell_id in sorted(order.draft.cell_ids, key=lambda c: list(known).index(c) if c in known
                          else len(known)):  # fmt: skip
        row = known.get(cell_id)
        if row is None:
            found.append(Cell(cell_id, "unknown", "", ""))
            continue
        chance = "" if absent(row["probability"]) else w.percent(row["probability"])
        found.append(
            Cell(
                name=row["name"] or cell_id,
                status=look.freshness.status(row["status"]),
                probability=chance if look.freshness.fresh else "",
                href=look.state.href(path_to("cells", cell_id)),
            )
        )
    return tuple(found)


def _line(look: Look, event: Event, teams: Teams) -> Line:
    words, texts = look.words, look.words.texts
    names = {key: team.name for key, team in teams.by_id.items()}
    who = texts(f"order_actor.{event.actor}")
    if event.actor in ("person", "crew", "peer") and event.who:
        who = texts("order.by", who=event.who, actor=who)
    return Line(
        kind=event.kind,
        what=texts(f"order_kind.{event.kind}"),
        when=words.moment(event.at),
        who=who,
        more=event_text(words, event, names),
    )


def earlier(desk: DispatchDesk, look: Look, order: Order) -> tuple[Past, ...]:
    """Other orders of the site, the newest first, and how they ended."""
    at, found = moment_of(look), []
    for other in desk.orders().find(site_id=order.draft.site_id, limit=EARLIER + 1):
        if other.id == order.id or (at is not None and other.opened_at > at):
            continue
        then = other if at is None else order_at(desk, other.id, at)[0]
        found.append(past_of(look, then))
    return tuple(found[:EARLIER])


def past_of(look: Look, order: Order) -> Past:
    """An order as a line among earlier ones."""
    words, texts = look.words, look.words.texts
    outcome = [state_word(texts, order.state)]
    if order.found_cause:
        outcome.append(texts("order.earlier_found", cause=words.cause(order.found_cause)))
    if order.reason:
        outcome.append(reason_text(texts, order.reason))
    return Past(
        name=order.name,
        href=look.state.href(path_to("dispatch", order.name)),
        state=order.state,
        when=words.moment(order.opened_at),
        cause=words.cause(order.draft.cause),
        outcome=" · ".join(outcome),
    )
