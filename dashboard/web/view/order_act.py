"""From what somebody pressed to a step of the order, and what became of it in words."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dashboard.dispatch.desk import DispatchDesk
from dashboard.dispatch.errors import ConflictError, DispatchError, NotPossibleError
from dashboard.dispatch.model import Order, Step
from dashboard.dispatch.states import Kind
from dashboard.web.context import Look
from dashboard.web.view.order import actor_of
from dashboard.web.view.order_words import state_word
from ingest.masks import mask_text

LONGEST = 500
"""Characters of a note."""


@dataclass(frozen=True)
class Pressed:
    """What the browser sent.

    Attributes:
        kind: which button.
        pick: the reason's or the cause's code; empty where none was chosen.
        note: words beside it.
        seen: number of the newest event that the page showed.
        who: as written down.
    """

    kind: Kind
    pick: str
    note: str
    seen: int
    who: str


class MissingError(Exception):
    """Something has to be chosen or written first; the text's key is its message."""


def step_of(order: Order, pressed: Pressed, team_id: str | None) -> Step:
    """The step.

    Args:
        order: as the page showed it.
        pressed: the button with its answers.
        team_id: who goes, where the order is not given to anybody yet.

    Raises:
        MissingError: a cause, a reason or a comment is missing.
    """
    # Telephone numbers and the like are nobody's business.
    kind, note = pressed.kind, mask_text(pressed.note.strip()[:LONGEST]) or ""
    details: dict[str, Any] = {}
    reason = note
    if kind == "comment" and not note:
        raise MissingError("order.note_needed")
    if kind == "repair":
        if not pressed.pick:
            raise MissingError("order.cause_needed")
        details["found_cause"] = pressed.pick
    if kind in ("cannot", "reject", "reopen"):
        if not pressed.pick:
            raise MissingError("order.reason_needed")
        reason = f"{pressed.pick}: {note}" if note else pressed.pick
    if kind == "dispatch" and order.team_id is None and team_id:
        details["team_id"] = team_id
    return Step(kind, pressed.who, actor_of(kind, order.state), reason, details)


def take(
    desk: DispatchDesk, look: Look, order_id: int, step: Step, *, at: datetime, seen: int
) -> tuple[bool, str]:
    """Take the step; whether it was taken, and what to say.

    A request that is repeated because its answer was lost is taken once.
    """
    texts = look.words.texts
    told = repr((order_id, seen, step.kind, step.who, step.reason, sorted(step.details.items())))
    key = f"page-{hashlib.sha256(told.encode()).hexdigest()[:24]}"
    try:
        desk.act(order_id, [step], at=at, seen=seen, key=key)
    except ConflictError as error:
        event = error.event
        return False, texts(
            "order.conflict",
            who=event.who,
            what=texts(f"order_kind.{event.kind}"),
            time=look.words.time(event.at),
            state=state_word(texts, error.order.state),
        )
    except NotPossibleError as error:
        if error.order is None:
            return False, texts("order.refused", reason=str(error))
        return False, texts("order.not_possible", state=state_word(texts, error.order.state))
    except DispatchError as error:
        return False, texts("order.refused", reason=str(error))
    return True, texts("order.done", what=texts(f"order_kind.{step.kind}"))
