"""The life of a work order: its states, what can happen to it, and who may do it. One table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, get_args

from dashboard.dispatch.errors import NotPossibleError

State = Literal[
    "proposed", "accepted", "dispatched", "on_site", "repaired", "verified", "closed", "rejected",
    "cancelled", "reopened",
]  # fmt: skip
Kind = Literal[
    "propose", "update", "accept", "reject", "assign", "dispatch", "arrive", "repair", "cannot",
    "verify", "reopen", "close", "cancel", "comment", "warn", "escalate",
]  # fmt: skip
Actor = Literal["person", "crew", "system", "peer"]

STATES: tuple[State, ...] = get_args(State)
KINDS: tuple[Kind, ...] = get_args(Kind)
ACTORS: tuple[Actor, ...] = get_args(Actor)

OPEN: frozenset[State] = frozenset(
    {"proposed", "accepted", "dispatched", "on_site", "repaired", "reopened"}
)
"""Somebody has still something to do or to prove: one such order per site and cause."""
ENDED: frozenset[State] = frozenset({"closed", "rejected", "cancelled"})
"""Nothing but comments comes after these."""
QUIET: frozenset[Kind] = frozenset({"comment", "warn", "escalate", "update"})
"""Kinds that change nothing for another person's decision: no conflict."""


@dataclass(frozen=True)
class Transition:
    """One row of the table.

    Attributes:
        to: the state after it.
        actors: who may do it: a person at a desk, a crew, the product itself, another system.
        reason: whether a reason must be given.
    """

    to: State
    actors: frozenset[Actor]
    reason: bool = False


_ALL: frozenset[Actor] = frozenset(ACTORS)
_HANDS: frozenset[Actor] = frozenset({"person", "crew", "peer"})
_DESK: frozenset[Actor] = frozenset({"person", "peer"})
_DESK_OR_SYSTEM: frozenset[Actor] = frozenset({"person", "peer", "system"})
_SYSTEM: frozenset[Actor] = frozenset({"system"})

# from, what happens, to, by whom, with a reason
_ROWS: tuple[tuple[State, Kind, State, frozenset[Actor], bool], ...] = (
    ("proposed", "accept", "accepted", _HANDS, False),
    ("proposed", "reject", "rejected", _DESK, True),
    ("proposed", "cancel", "cancelled", _DESK_OR_SYSTEM, True),
    ("accepted", "dispatch", "dispatched", _HANDS, False),
    ("accepted", "reject", "rejected", _DESK, True),
    ("accepted", "cancel", "cancelled", _DESK, True),
    ("dispatched", "arrive", "on_site", _HANDS, False),
    ("dispatched", "repair", "repaired", _HANDS, False),  # remote work needs no way
    ("dispatched", "cannot", "accepted", _HANDS, True),
    ("dispatched", "cancel", "cancelled", _DESK, True),
    ("on_site", "repair", "repaired", _HANDS, False),
    ("on_site", "reject", "rejected", _HANDS, True),  # no fault found
    ("on_site", "cannot", "accepted", _HANDS, True),
    ("on_site", "cancel", "cancelled", _DESK, True),
    ("repaired", "verify", "verified", _SYSTEM, False),
    ("repaired", "reopen", "reopened", _DESK_OR_SYSTEM, True),
    ("verified", "close", "closed", _DESK_OR_SYSTEM, False),
    ("verified", "reopen", "reopened", _DESK_OR_SYSTEM, True),
    ("reopened", "accept", "accepted", _HANDS, False),
    ("reopened", "dispatch", "dispatched", _HANDS, False),
    ("reopened", "reject", "rejected", _DESK, True),
    ("reopened", "cancel", "cancelled", _DESK, True),
)
_STAYS: tuple[tuple[Kind, tuple[State, ...], frozenset[Actor]], ...] = (
    ("comment", STATES, _ALL),
    ("assign", ("proposed", "accepted", "dispatched", "reopened"), _DESK),
    ("update", ("proposed", "accepted", "dispatched", "on_site", "reopened"), _SYSTEM),
    ("warn", tuple(s for s in STATES if s in OPEN), _SYSTEM),
    ("escalate", tuple(s for s in STATES if s in OPEN), _SYSTEM),
)
TRANSITIONS: Mapping[tuple[State, Kind], Transition] = MappingProxyType(
    {(old, kind): Transition(to, who, reason) for old, kind, to, who, reason in _ROWS}
    | {(state, kind): Transition(state, who) for kind, states, who in _STAYS for state in states}
)
"""All that can happen to an order that is there."""


def possible(state: State, actor: Actor) -> tuple[Kind, ...]:
    """What an actor may do to an order in that state, in the order of ``KINDS``."""
    return tuple(
        kind
        for kind in KINDS
        if (found := TRANSITIONS.get((state, kind))) and actor in found.actors
    )


def next_state(state: State, kind: Kind, actor: Actor, reason: str) -> State:
    """The state after an event.

    Raises:
        NotPossibleError: the table has no such step, not by this actor, or not without a reason.
    """
    can = possible(state, actor)
    if kind not in can:
        raise NotPossibleError(
            f"{kind} by {actor} is not possible in state {state}; possible: {', '.join(can)}",
            possible=can,
        )
    found = TRANSITIONS[state, kind]
    if found.reason and not reason.strip():
        raise NotPossibleError(f"{kind} needs a reason: say why", possible=can)
    return found.to
