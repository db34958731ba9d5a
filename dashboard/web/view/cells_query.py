"""What one can choose on the table of cells, as it stands in the address.

``?q=&status=red,yellow&region_id=&technology=&cause=&agreement=&quality=&quiet=yes&area=hexagon:<id>
&where=probability>=20;name~<text>&sort=-probability,name&columns=status,name.240&selected=<cell_id>
&marked=<cell_id>,<cell_id>``
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from math import isfinite
from typing import TypeVar
from urllib.parse import unquote

from dashboard.snapshot import COUNT_KEYS
from dashboard.web.view.cells_columns import BY_KEY, SHOWN

T = TypeVar("T")
AREAS = ("region", "hexagon")
AGREEMENTS = ("both_bad", "bad_kpis_quiet_users", "good_kpis_unhappy_users", "both_good", "unknown")
QUALITIES = ("bad", "degraded", "good", "unknown")
QUIET = ("yes", "no")
# Of what one chooses from a list; region, technology and cause depend on the snapshot.
CHOICES: Mapping[str, tuple[str, ...]] = {
    "agreement": AGREEMENTS,
    "quality": QUALITIES,
    "quiet": QUIET,
}
FILTERS = ("q", "status", "region_id", "technology", "cause", "agreement", "quality", "quiet",
           "area", "where")  # fmt: skip
MOST_MARKED = 6
_LONGEST = 200
_TEXT_OPS = ("~", "!~", "=", "!=", "^", "$")
_NUMBER_OPS = ("=", "!=", ">=", "<=", ">", "<", "..")
_DATE_OPS = ("=", ">", "<", "..")
_EMPTY_OPS = ("?", "!?")  # unknown, known
_CONDITION = re.compile(r"([a-z_0-9]+)(!~|!=|!\?|>=|<=|\.\.|[~=^$><?])(.*)", re.DOTALL)
_COLUMN = re.compile(r"([a-z_0-9]+)(?:\.(\d{2,4}))?")


@dataclass(frozen=True)
class Condition:
    """A filter of one column.

    Attributes:
        column: key of the column.
        op: ``~`` contains, ``^`` begins, ``$`` ends, ``..`` from-to, ``?`` unknown, comparisons;
            ``!`` before it: not.
        value: as it came; of ``..`` the lower end.
        to: the upper end of ``..``.
    """

    column: str
    op: str
    value: str = ""
    to: str = ""


@dataclass(frozen=True)
class CellsQuery:
    """The choice, understood.

    Attributes:
        q: words to look for.
        statuses: one or several; empty for all.
        chosen: ``region_id``, ``technology``, ``cause``, ``agreement``, ``quality``, ``quiet``.
        area: kind and id of an area.
        where: filters of columns.
        sort: column and whether descending; empty for the worst first.
        columns: those shown with their width in pixels (0: as it comes); empty for the usual ones.
        selected: the cell that table and map point at.
        marked: cells to compare.
        ignored: name and value of what could not be used.
    """

    q: str = ""
    statuses: tuple[str, ...] = ()
    chosen: Mapping[str, str] = field(default_factory=dict)
    area: tuple[str, str] | None = None
    where: tuple[Condition, ...] = ()
    sort: tuple[tuple[str, bool], ...] = ()
    columns: tuple[tuple[str, int], ...] = ()
    selected: str | None = None
    marked: tuple[str, ...] = ()
    ignored: tuple[tuple[str, str], ...] = ()

    @property
    def filtered(self) -> bool:
        """Are some cells left out?"""
        return bool(self.q or self.statuses or self.chosen or self.area or self.where)

    @property
    def shown(self) -> tuple[str, ...]:
        """Keys of the columns shown, in their order."""
        return tuple(key for key, _ in self.columns) or SHOWN

    @property
    def key(self) -> tuple[object, ...]:
        """What decides which rows there are, and in which order."""
        chosen = tuple(sorted(self.chosen.items()))
        return (self.q, self.statuses, chosen, self.area, self.where, self.sort)

    def without(self, name: str) -> CellsQuery:
        """The same without a filter: ``status`` or one of ``chosen``."""
        if name == "status":
            return replace(self, statuses=())
        return replace(self, chosen={k: v for k, v in self.chosen.items() if k != name})


def parse(query: Mapping[str, str], known: Mapping[str, frozenset[str]]) -> CellsQuery:
    """The choice of a query string; what cannot be used is named in ``ignored``.

    Args:
        query: parameters of the address.
        known: ``region_id``, ``technology`` and ``cause`` that the snapshot has.
    """
    ignored: list[tuple[str, str]] = []
    statuses = _good(query, "status", lambda text: text if text in COUNT_KEYS else None, ignored)
    chosen: dict[str, str] = {}
    for name in ("region_id", "technology", "cause", *CHOICES):
        value = query.get(name)
        if value and value in (CHOICES.get(name) or known.get(name) or ()):
            chosen[name] = value
        elif value:
            ignored.append((name, value[:_LONGEST]))
    area = _area(query.get("area", ""), ignored)
    where = _good(query, "where", condition_of, ignored, separator=";")
    sort = _good(query, "sort", _sorted_by, ignored)
    columns = _good(query, "columns", _column, ignored)
    marked = _listed(query, "marked")
    ignored += [("marked", text[:_LONGEST]) for text in marked[MOST_MARKED:]]
    return CellsQuery(
        q=query.get("q", "").strip()[:_LONGEST],
        statuses=tuple(dict.fromkeys(statuses)),
        chosen=chosen,
        area=area,
        where=tuple(where),
        sort=tuple(dict(sort).items()),
        columns=tuple(dict(columns).items()),
        selected=query.get("selected") or None,
        marked=tuple(dict.fromkeys(marked[:MOST_MARKED])),
        ignored=tuple(ignored),
    )


def _good(
    query: Mapping[str, str],
    name: str,
    read: Callable[[str], T | None],
    ignored: list[tuple[str, str]],
    *,
    separator: str = ",",
) -> list[T]:
    """What can be read of a list; the rest is noted."""
    found = []
    for text in _listed(query, name, separator):
        made = read(text)
        if made is None:
            ignored.append((name, text[:_LONGEST]))
        else:
            found.append(made)
    return found


def _area(text: str, ignored: list[tuple[str, str]]) -> tuple[str, str] | None:
    kind, _, area_id = text.partition(":")
    if kind in AREAS and area_id and len(area_id) <= _LONGEST:
        return kind, area_id
    if text:
        ignored.append(("area", text[:_LONGEST]))
    return None


def _sorted_by(text: str) -> tuple[str, bool] | None:
    key = text.removeprefix("-")
    return (key, text.startswith("-")) if key in BY_KEY else None


def _column(text: str) -> tuple[str, int] | None:
    found = _COLUMN.fullmatch(text)
    return (found[1], int(found[2] or 0)) if found and found[1] in BY_KEY else None


def condition_of(text: str) -> Condition | None:
    """``probability>=20``, ``name~<text>``, ``subscribers..100,500``, ``band?``; None: unusable.

    A semicolon in a value is written ``%3B``, a percent sign ``%25``; probabilities are compared in
    percent, as they are shown.
    """
    found = _CONDITION.fullmatch(text)
    if found is None or found[1] not in BY_KEY:
        return None
    column, op, value = BY_KEY[found[1]], found[2], unquote(found[3])
    if op in _EMPTY_OPS:
        return Condition(column.key, op) if not value else None
    if not value or len(value) > _LONGEST:
        return None
    if column.filter == "text":
        return Condition(column.key, op, value) if op in _TEXT_OPS else None
    ops, good = (_NUMBER_OPS, _is_number) if column.filter == "number" else (_DATE_OPS, _is_day)
    ends = value.split(",") if op == ".." else [value]
    if op not in ops or not all(map(good, ends)) or len(ends) != (2 if op == ".." else 1):
        return None
    return Condition(column.key, op, *ends)


def _listed(query: Mapping[str, str], name: str, separator: str = ",") -> list[str]:
    return [part for part in query.get(name, "").split(separator) if part]


def _is_number(text: str) -> bool:
    try:
        return isfinite(float(text)) and "_" not in text
    except ValueError:
        return False


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
