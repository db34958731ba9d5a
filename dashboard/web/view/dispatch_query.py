"""What one can choose on the board of work orders, as it stands in the address.

``?view=both&q=&team=&region_id=&state=proposed,accepted&cause=&mine=<name>&late=yes&sort=due
&done=open&rows=-avoided,name&marked=WO-000012,WO-000013``
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dashboard.dispatch.model import id_of
from dashboard.dispatch.states import ENDED, STATES, State

VIEWS = ("board", "map", "both", "table")
SORTS = ("rank", "due", "age")
FILTERS = ("q", "team", "region_id", "state", "cause", "mine", "late")
OWN = (*FILTERS, "view", "sort", "done", "rows", "marked")
"""Parameters of this page alone."""
MOST_MARKED = 100
"""Orders that one step can be taken with at once."""
NOBODY = "none"
"""Of ``team``: orders that no team has."""
_LONGEST = 200


@dataclass(frozen=True)
class BoardQuery:
    """The choice, understood.

    Attributes:
        view: one of ``VIEWS``.
        q: words to look for, all of which an order must have.
        team: team_id that has it or is suggested, or ``none``.
        region_id: district.
        states: one or several; empty for all.
        cause: as in the order.
        mine: name of a person who took a step.
        late: only those with a timer that was warned or missed.
        sort: ``rank`` (expected complaints avoided per crew hour), ``due`` or ``age``.
        done: whether the finished ones are unfolded.
        rows: order of the table: column and whether descending.
        ignored: name and value of what could not be used.
    """

    view: str = "board"
    q: str = ""
    team: str = ""
    region_id: str = ""
    states: tuple[State, ...] = ()
    cause: str = ""
    mine: str = ""
    late: bool = False
    sort: str = "rank"
    done: bool = False
    rows: tuple[tuple[str, bool], ...] = ()
    ignored: tuple[tuple[str, str], ...] = ()

    @property
    def filtered(self) -> bool:
        """Whether some orders are left out."""
        return bool(
            self.q or self.team or self.region_id or self.states or self.cause or self.mine
            or self.late
        )  # fmt: skip

    @property
    def unfolded(self) -> bool:
        """Whether finished orders are shown: asked for, or one of their states is."""
        return self.done or any(state in ENDED for state in self.states)


def parse(query: Mapping[str, str], columns: frozenset[str] = frozenset()) -> BoardQuery:
    """The choice of a query string; what cannot be used is named in ``ignored``.

    Args:
        query: parameters of the address.
        columns: keys by which the table can be ordered.
    """
    ignored: list[tuple[str, str]] = []

    def one_of(name: str, choices: tuple[str, ...], usual: str) -> str:
        value = query.get(name) or usual
        if value in choices or value == usual:
            return value
        ignored.append((name, value[:_LONGEST]))
        return usual

    states: list[State] = []
    for text in filter(None, query.get("state", "").split(",")):
        found = next((state for state in STATES if state == text), None)
        if found is None:
            ignored.append(("state", text[:_LONGEST]))
        elif found not in states:
            states.append(found)
    rows: list[tuple[str, bool]] = []
    for text in filter(None, query.get("rows", "").split(",")):
        key = text.removeprefix("-")
        if key in columns:
            rows.append((key, text.startswith("-")))
        else:
            ignored.append(("rows", text[:_LONGEST]))
    return BoardQuery(
        view=one_of("view", VIEWS, "board"),
        q=query.get("q", "").strip()[:_LONGEST],
        team=query.get("team", "")[:_LONGEST],
        region_id=query.get("region_id", "")[:_LONGEST],
        states=tuple(states),
        cause=query.get("cause", "")[:_LONGEST],
        mine=query.get("mine", "").strip()[:_LONGEST],
        late=one_of("late", ("yes",), "") == "yes",
        sort=one_of("sort", SORTS, "rank"),
        done=one_of("done", ("open",), "") == "open",
        rows=tuple(rows),
        ignored=tuple(ignored),
    )


def marked_of(names: object) -> list[int]:
    """Order numbers of a list of names, each once; what is no name of an order is left out."""
    listed = names if isinstance(names, list) else []
    found = [id_of(name) for name in listed if isinstance(name, str)]
    return list(dict.fromkeys(number for number in found if number is not None))
