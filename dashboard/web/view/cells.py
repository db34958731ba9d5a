"""What stands around the table of cells: chips with counts, choices, notes, links."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from dashboard.snapshot import COUNT_KEYS
from dashboard.web.context import Context, Look
from dashboard.web.view import cells_table as cells
from dashboard.web.view import words as w
from dashboard.web.view.cells_query import CHOICES, FILTERS, CellsQuery
from dashboard.web.view.cells_words import (
    area_in_words,
    choice_in_words,
    filters_in_words,
    ignored_in_words,
)
from dashboard.web.view.state import path_to

PATH = "/cells"
API = "/api/v1/cells"
# Of this page's part of the address; language, moment and colours stay by themselves.
OWN = (*FILTERS, "sort", "columns", "selected", "marked")
_CARD = ("status", "probability", "expected", "quality", "agreement", "cause", "burst",
         "tickets_7d", "subscribers", "region", "site_id", "cell_id")  # fmt: skip
_WIDE = ("agreement", "cause")
SELECTS = ("region_id", "technology", "cause", "agreement", "quiet")


@dataclass(frozen=True)
class Chip:
    """A status that one may choose."""

    status: str | None
    text: str
    count: str
    href: str
    chosen: bool


@dataclass(frozen=True)
class Card:
    """The selected cell.

    Attributes:
        facts: label, value, definition, and whether it takes a line of its own.
    """

    status: str
    name: str
    href: str
    facts: tuple[tuple[str, str, str, bool], ...]


@dataclass(frozen=True)
class Head:
    """All that changes with the address and the snapshot, but for the rows.

    Attributes:
        chips: a status each, the first for all; empty when stale.
        count: how many fit, of how many.
        notes: what was ignored, what is stale, what is selected and not there.
        area: the area's name and the way out of it; None without one.
        empty: why no cell fits; empty where some do.
        clear: address without any filter.
        files: format, address and help of the exports.
        marked: how many are marked for comparison.
        compare: its address; empty where there are too few.
        unmark: address without marks.
        card: the selected cell; None without one.
    """

    chips: tuple[Chip, ...]
    count: str
    notes: tuple[str, ...]
    area: tuple[str, str] | None
    empty: str
    clear: str
    files: tuple[tuple[str, str, str], ...]
    marked: int
    compare: str
    unmark: str
    card: Card | None


def head(context: Context, look: Look) -> Head:
    """The head of the page for an address."""
    texts, query = look.words.texts, cells.query_of(context, look, look.state.query)
    table, fit = cells.table_of(context, look), cells.picked(context, look, query)
    filters = [line for line, _ in filters_in_words(look, query)]
    empty = texts("cells.empty", filters=texts("cells.empty_join").join(filters))
    marked = tuple(cell for cell in query.marked if cell in table.place_of)
    return Head(
        chips=_chips(context, look, query) if look.freshness.fresh else (),
        count=texts("cells.count", n=w.number(len(fit)), of=w.number(len(table))),
        notes=_notes(look, query, table),
        area=None
        if query.area is None
        else (area_in_words(look, *query.area), here(look, area=None)),
        empty="" if len(fit) else empty if filters else texts("cells.none"),
        clear=here(look, **dict.fromkeys(FILTERS)),
        files=_files(look, len(fit)),
        marked=len(marked),
        compare=look.state.href(PATH, compare=",".join(marked)) if len(marked) > 1 else "",
        unmark=here(look, marked=None),
        card=_card(look, table, query.selected),
    )


def choices(context: Context, look: Look, name: str) -> list[dict[str, str]]:
    """Values and labels of a list to choose from."""
    if name == "region_id":
        rows = look.snapshot.rows("regions")
        return [{"value": r["region_id"], "label": r["name"] or r["region_id"]} for r in rows]
    codes: Sequence[str] = CHOICES.get(name, ())
    if not codes:
        codes = sorted(cells.table_of(context, look).known[name])
    return [{"value": code, "label": choice_in_words(look, name, code)} for code in codes]


def here(look: Look, **changes: str | None) -> str:
    """The address of this view with changes; None takes a parameter out."""
    own = {name: look.state.query[name] for name in OWN if name in look.state.query}
    return look.state.href(PATH, **(own | changes))


def to_api(look: Look, **more: str) -> str:
    """The API's address of the same rows in the same order."""
    names = (*FILTERS, "sort", "columns", "at")
    query = {name: look.state.query[name] for name in names if look.state.query.get(name)}
    return f"{API}?{urlencode(query | {'lang': look.words.language} | more, quote_via=quote)}"


def limits(look: Look) -> list[float]:
    """Probabilities from which a cell is yellow and red; empty where the policy does not say."""
    rules = look.snapshot.manifest.policy.get("cells") or {}
    found = [rules.get(f"{name}_probability") for name in ("yellow", "red")]
    return [float(value) for value in found if value is not None]


def _chips(context: Context, look: Look, query: CellsQuery) -> tuple[Chip, ...]:
    texts, counted = look.words.texts, cells.counts(context, look, query)
    every = w.number(sum(counted.values()))
    made = [Chip(None, texts("cells.every"), every, here(look, status=None), not query.statuses)]
    for status in COUNT_KEYS:
        chosen = status in query.statuses
        others = [other for other in query.statuses if other != status]
        value = ",".join(others if chosen else [*others, status])
        word = look.words.status(status, "cells")
        href = here(look, status=value or None)
        made.append(Chip(status, word, w.number(counted[status]), href, chosen))
    return tuple(made)


def _card(look: Look, table: cells.CellsTable, cell_id: str | None) -> Card | None:
    n = None if cell_id is None else table.place_of.get(cell_id)
    if cell_id is None or n is None:
        return None
    texts = look.words.texts
    facts = []
    for key in _CARD:
        value = table.texts[key][n]
        if key == "quality" and value != w.NOTHING:
            value = texts("kpi_quality.short", index=value, state=table.texts["quality_state"][n])
        if value not in ("", w.NOTHING):
            title, told = texts(f"cells.column.{key}"), texts(f"cells.help.{key}")
            facts.append((title, value, told, key in _WIDE))
    name, status = table.texts["name"][n], table.codes["status"][n]
    return Card(status, name, look.state.href(path_to("cells", cell_id)), tuple(facts))


def _notes(look: Look, query: CellsQuery, table: cells.CellsTable) -> tuple[str, ...]:
    texts = look.words.texts
    found = [ignored_in_words(look, query)]
    if not look.freshness.fresh:
        found.append(texts("cells.stale"))
    unknown = [
        cell for cell in (query.selected, *query.marked) if cell and cell not in table.place_of
    ]
    found += [texts("cells.selected_unknown", cell=cell[:60]) for cell in dict.fromkeys(unknown)]
    return tuple(note for note in found if note)


def _files(look: Look, n: int) -> tuple[tuple[str, str, str], ...]:
    texts = look.words.texts
    return tuple(
        (form, to_api(look, format=form), texts(f"cells.export_{form}_help", n=w.number(n)))
        for form in ("csv", "xlsx")
    )
