"""What people do on the board: one step for one or many orders, and what is said of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeGuard

from dashboard.dispatch.desk import DispatchDesk
from dashboard.dispatch.errors import (
    AlreadyOpenError,
    ConflictError,
    DispatchError,
    NotPossibleError,
)
from dashboard.dispatch.model import Order, Step, name_of
from dashboard.dispatch.states import Kind
from dashboard.web.context import Look
from dashboard.web.view.dispatch_rows import Rows
from dashboard.web.view.order_words import state_word
from ingest.masks import mask_text

LONGEST = 1000
"""Characters of a note."""
_SAID = 4
"""Orders that could not be changed, each told of by itself; of more their number is."""
_COMMON = 3


@dataclass(frozen=True)
class Wish:
    """What somebody wants done.

    Attributes:
        kind: one of ``dispatch_cards.AT_DESK``.
        orders: number, and the number of its newest event as the person saw it.
        by: who.
        team: for ``dispatch`` and ``assign``; empty: the one each order has, is planned for or
            was suggested.
        code: of the reason; empty where it is in words alone.
        note: in words.
    """

    kind: Kind
    orders: Sequence[tuple[int, int | None]]
    by: str
    team: str = ""
    code: str = ""
    note: str = ""


@dataclass(frozen=True)
class Outcome:
    """What became of it.

    Attributes:
        done: orders that took the step, as they stand now.
        lines: what is said, the first line for all of them.
        lost: numbers of orders that somebody else was faster with.
    """

    done: tuple[Order, ...]
    refused: tuple[int, ...]
    lost: tuple[int, ...]
    lines: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """For the browser."""
        return {
            "done": [order.name for order in self.done],
            "refused": [name_of(number) for number in self.refused],
            "lost": [name_of(number) for number in self.lost],
            "lines": list(self.lines),
        }


def act(desk: DispatchDesk, look: Look, rows: Rows, wish: Wish, at: datetime) -> Outcome:
    """Take the step with each order; each is all or nothing by itself.

    A step that the same person has just taken (a request that was sent twice) counts as done.

    Raises:
        OpsError: the ops database failed; nothing was changed.
    """
    done: list[Order] = []
    refused: dict[int, DispatchError] = {}
    groups, teamless = _groups(rows, wish)
    for steps, wanted in groups:
        made = desk.act_on_many(wanted, steps, at=at)
        done += made.orders
        for number, error in made.refused.items():
            if _mine(error, wish):
                done.append(error.order)
            else:
                refused[number] = error
    texts = look.words.texts
    lines = [_done_line(look, rows, wish, done)] if done else []
    told = [texts("dispatch.no_team", name=name_of(number)) for number in teamless]
    told += [_refused_line(look, number, error) for number, error in refused.items()]
    lines += told[:_SAID]
    if len(told) > _SAID:
        lines.append(texts("dispatch.refused_more", n=len(told) - _SAID))
    lost = tuple(number for number, error in refused.items() if isinstance(error, ConflictError))
    return Outcome(tuple(done), (*refused, *teamless), lost, tuple(lines))


def _mine(error: DispatchError, wish: Wish) -> TypeGuard[ConflictError]:
    return (
        isinstance(error, ConflictError)
        and error.event.who == wish.by
        and error.event.kind == wish.kind
    )


Seen = tuple[int, int | None]


def _groups(rows: Rows, wish: Wish) -> tuple[list[tuple[list[Step], list[Seen]]], list[int]]:
    """Orders with the same steps, and numbers of those that no team was suggested for."""
    reason = reason_of(wish.code, wish.note)
    if wish.kind not in ("dispatch", "assign"):
        return [([Step(wish.kind, wish.by, reason=reason)], list(wish.orders))], []
    known = {row.order.id: row for row in rows.all}
    groups: dict[tuple[str, bool], list[Seen]] = {}
    teamless = []
    for number, seen in wish.orders:
        row = known.get(number)
        team = wish.team or (row.team if row is not None else "")
        if not team:
            teamless.append(number)
            continue
        # To send a team is to accept the order.
        first = wish.kind == "dispatch" and row is not None and row.order.state == "proposed"
        groups.setdefault((team, first), []).append((number, seen))
    made = []
    for (team, first), wanted in groups.items():
        step = Step(wish.kind, wish.by, reason=reason, details={"team_id": team})
        made.append(([Step("accept", wish.by), step] if first else [step], wanted))
    return made, teamless


def reason_of(code: str, note: str) -> str:
    """``duplicate: as WO-000012``; phone numbers and the like are masked."""
    text = (mask_text(note) or "").strip()[:LONGEST]
    return f"{code}: {text}" if code and text else code or text


def _done_line(look: Look, rows: Rows, wish: Wish, done: Sequence[Order]) -> str:
    texts = look.words.texts
    names = texts("dispatch.join").join(order.name for order in done[:_COMMON])
    if len(done) > _COMMON:
        names = texts("dispatch.names_more", names=names, n=len(done))
    what = texts(f"order_kind.{wish.kind}")
    teams = {order.team_id for order in done} if wish.kind in ("dispatch", "assign") else set()
    if len(teams) == 1 and (team := teams.pop()):
        return texts("dispatch.done_team", what=what, names=names, team=rows.teams.name(team))
    return texts("dispatch.done", what=what, names=names)


def _refused_line(look: Look, number: int, error: DispatchError) -> str:
    texts, name = look.words.texts, name_of(number)
    if isinstance(error, ConflictError):
        return texts(
            "dispatch.conflict",
            name=name,
            who=error.event.who,
            time=look.words.short_moment(error.event.at, look.freshness.now),
            what=texts(f"order_kind.{error.event.kind}"),
            state=state_word(texts, error.order.state),
        )
    if isinstance(error, AlreadyOpenError):
        return texts("dispatch.already_open", name=name, other=error.order.name)
    if isinstance(error, NotPossibleError) and error.order is not None:
        return texts("dispatch.not_possible", name=name,
                     state=state_word(texts, error.order.state))  # fmt: skip
    return texts("dispatch.refused", name=name, reason=str(error))


def wish_of(raw: Mapping[str, object], by: str, kind: Kind, orders: object) -> Wish:
    """The wish of a request whose kind and orders are known to be right."""
    listed = orders if isinstance(orders, list) else []
    text = {name: str(raw.get(name) or "")[:LONGEST] for name in ("team", "code", "note")}
    return Wish(kind, listed, by, **text)
