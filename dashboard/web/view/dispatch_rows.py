"""All orders of the board as rows: what filters and sorting look at. Made once per order's event.

A row is a function of its order, its stop in the plan, the names of districts and teams, and the
rules of the timers; words of a card are made later, of the cards that are shown alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from math import inf
from threading import Lock

from dashboard.dispatch.book import Book
from dashboard.dispatch.model import Order
from dashboard.dispatch.plans import Stop
from dashboard.dispatch.proofs import Proof
from dashboard.dispatch.states import ENDED, STATES, State
from dashboard.web.context import Context, Look
from dashboard.web.view.dispatch_query import NOBODY, BoardQuery
from dashboard.web.view.dispatch_teams import Teams, teams_of
from dashboard.web.view.dispatch_timers import Running, running

_LEAST_HOURS = 0.25


@dataclass(frozen=True, slots=True)
class Row:
    """An order among many.

    Attributes:
        stop: its stop in the plan; None where it has none.
        region: its district's name.
        team: the team it was given to, else the one it is planned for, else the suggested one.
        rank: expected complaints avoided per crew hour.
        timer: the timer that runs; None where none does.
        late: ``""``, ``warned`` or ``missed``, as the events have it.
        found: what a search looks at, in small letters.
        proof: how far the proof of its repair is; None: it has none to give, or nobody looked yet.
    """

    order: Order
    stop: Stop | None
    region: str
    team: str
    rank: float
    timer: Running | None
    late: str
    found: str
    proof: Proof | None = None


@dataclass(frozen=True)
class Rows:
    """The board's orders.

    Attributes:
        all: in order of id.
        version: changes whenever a row, a name or a shift does.
    """

    all: tuple[Row, ...]
    teams: Teams
    regions: Mapping[str, str]
    version: str


Names = tuple[Mapping[str, str], Teams]


class _Kept:
    """Rows of orders that did not change are taken over from the book before."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.key: object = None
        self.rows: dict[int, Row] = {}


def rows_of(context: Context, look: Look) -> Rows:
    """The orders that the address asks for: as they stand, or as they stood at ``?at=``.

    Raises:
        OpsError: the ops database cannot be read.
    """
    desk, state = context.dispatch, look.state
    at = state.at(look.words.zone)
    book = desk.book(at) if desk is not None else Book(at=at)
    key = ("dispatch rows", book.version, look.snapshot.id, look.words.language)
    return context.walls.get(key, lambda: make_rows(context, look, book))


def make_rows(context: Context, look: Look, book: Book) -> Rows:
    """Rows of a book; those of orders that did not change are taken over."""
    desk, teams = context.dispatch, teams_of(context, look)
    regions = {
        row["region_id"]: row["name"] or row["region_id"] for row in look.snapshot.rows("regions")
    }
    kept = context.memo.get(("dispatch kept", look.words.language), _Kept)
    settled = (look.snapshot.id, teams.version)
    with kept.lock:
        before = kept.rows if kept.key == settled and book.at is None else {}
    made: dict[int, Row] = {}
    for order in book.orders:
        old, stop = before.get(order.id), book.plan.get(order.id)
        proof = book.proofs.get(order.id)
        if proof is not None and not proof.holds(order):
            proof = None
        settled_as = (order.seq, stop, proof)
        if old is not None and (old.order.seq, old.stop, old.proof) == settled_as:
            made[order.id] = old
            continue
        timer = None
        if desk is not None:
            timer = running(order, desk.rules, desk.settings.verify, proof)
        row = _row(look, order, stop, timer, (regions, teams))
        made[order.id] = row if proof is None else replace(row, proof=proof)
    if book.at is None:
        with kept.lock:
            kept.key, kept.rows = settled, made
    version = f"{book.version}/{look.snapshot.id}/{teams.version}"
    return Rows(tuple(made.values()), teams, regions, version)


def _row(look: Look, order: Order, stop: Stop | None, timer: Running | None, names: Names) -> Row:
    draft, (regions, teams) = order.draft, names
    team = order.team_id or (stop.team_id if stop else None) or draft.team_id or ""
    region = regions.get(draft.region_id or "", draft.region_id or "")
    words = (
        order.name, str(order.id), draft.title, draft.site_id, *draft.cell_ids, region,
        teams.name(team), team, look.words.cause(draft.cause),
    )  # fmt: skip
    states = set(order.timers.values())
    late = "missed" if "missed" in states else "warned" if "warned" in states else ""
    hours = max(draft.hours, _LEAST_HOURS)
    rank = stop.per_hour if stop is not None else (draft.avoided or 0.0) / hours
    return Row(order, stop, region, team, rank, timer, late, "\n".join(words).lower())


def lateness(row: Row, now: datetime) -> str:
    """``""``, ``warned`` or ``missed`` at a moment: the clock may be ahead of the events."""
    timer = row.timer
    if timer is None or timer.proof:
        return row.late
    if now >= timer.due_at:
        return "missed"
    if row.late == "missed":
        return "missed"
    return "warned" if timer.warn_at is not None and now >= timer.warn_at else row.late


def picked(rows: Iterable[Row], query: BoardQuery, now: datetime) -> list[Row]:
    """Rows that fit all filters, in the order asked for."""
    tests = _tests(query, now)
    fit = [row for row in rows if all(test(row) for test in tests)]
    return ordered(fit, query.sort)


def ordered(rows: list[Row], sort: str) -> list[Row]:
    """By worth of a crew hour, by the timer that runs out first, or by age; ended ones last."""

    def ended(row: Row) -> bool:
        return row.order.state in ENDED

    if sort == "due":
        return sorted(rows, key=lambda r: (ended(r), r.timer.due_at.timestamp() if r.timer else inf,
                                           -r.rank, r.order.id))  # fmt: skip
    if sort == "age":
        return sorted(rows, key=lambda r: (ended(r), r.order.opened_at, r.order.id))
    return sorted(rows, key=lambda r: (ended(r), -r.rank, r.order.id))


def by_state(rows: Iterable[Row]) -> dict[State, list[Row]]:
    """Rows by state, each list in the order given."""
    found: dict[State, list[Row]] = {state: [] for state in STATES}
    for row in rows:
        found[row.order.state].append(row)
    return found


def _tests(query: BoardQuery, now: datetime) -> list[Callable[[Row], bool]]:
    tests: list[Callable[[Row], bool]] = []
    if query.states:
        tests.append(lambda row: row.order.state in query.states)
    if query.region_id:
        tests.append(lambda row: row.order.draft.region_id == query.region_id)
    if query.cause:
        tests.append(lambda row: row.order.draft.cause == query.cause)
    if query.team:
        wanted = "" if query.team == NOBODY else query.team
        tests.append(lambda row: row.team == wanted)
    if query.mine:
        name = query.mine
        tests.append(lambda row: name in (row.order.by, row.order.opened_by))
    if query.late:
        tests.append(lambda row: lateness(row, now) != "")
    if words := query.q.lower().split():
        tests.append(lambda row: all(word in row.found for word in words))
    return tests
