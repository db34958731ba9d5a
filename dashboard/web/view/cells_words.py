"""What was chosen on the table of cells, in words: for the empty table and the notes of a file."""

from __future__ import annotations

from dashboard.web.context import Look
from dashboard.web.view import words as w
from dashboard.web.view.cells_columns import BY_KEY
from dashboard.web.view.cells_query import CellsQuery, Condition
from dashboard.web.view.cells_table import area_of

_SIGNS = {"=": "=", "!=": "≠", ">=": "≥", "<=": "≤", ">": ">", "<": "<"}
_ASKED = {"~": "contains", "!~": "notContains", "^": "startsWith", "$": "endsWith"}


def filters_in_words(look: Look, query: CellsQuery) -> list[tuple[str, str]]:
    """One line a filter, and its value alone (for a file's name)."""
    texts, words = look.words.texts, look.words
    found: list[tuple[str, str]] = []
    if query.q:
        found.append((texts("cells.filter_q", value=query.q), query.q))
    if query.statuses:
        named = [words.status(status, "cells") for status in query.statuses]
        value = texts("cells.ignored_join").join(named)
        found.append((texts("cells.filter_status", value=value), "-".join(named)))
    for name, code in query.chosen.items():
        value = choice_in_words(look, name, code)
        found.append((texts(f"cells.filter_{name}", value=value), value))
    if query.area is not None:
        value = area_in_words(look, *query.area)
        found.append((texts("cells.filter_area", value=value), query.area[1]))
    for condition in query.where:
        value = condition_in_words(look, condition)
        found.append((texts("cells.filter_where", value=value), value))
    return found


def choice_in_words(look: Look, name: str, code: str) -> str:
    """A value that one chooses from a list."""
    words = look.words
    if name == "region_id":
        rows = look.snapshot.rows("region", {"region_id": code})
        return rows[0]["name"] or code if rows else code
    if name == "technology":
        return code
    if name == "cause":
        return words.cause(code)
    group = {"agreement": "agreement_choice", "quiet": "quiet_choice"}.get(name, name)
    return words.texts(f"cells.{group}.{code}")


def area_in_words(look: Look, kind: str, area_id: str) -> str:
    """A region by its name, a hexagon by that of the region it lies in."""
    texts, found = look.words.texts, area_of(look, kind, area_id) or {}
    if kind == "region":
        return texts("cells.area_region", region=found.get("name") or area_id)
    region = found.get("parent_name") or area_id
    return texts("cells.area_hexagon", region=region)


def condition_in_words(look: Look, condition: Condition) -> str:
    """``Probability ≥ 20``."""
    texts = look.words.texts
    title = texts(f"cells.column.{condition.column}")
    if condition.op in ("?", "!?"):
        key = "blank" if condition.op == "?" else "notBlank"
        return f"{title} {texts(f'cells.grid.{key}')}"
    unit = "%" if BY_KEY[condition.column].kind == "percent" else ""
    if condition.op == "..":
        return f"{title} {condition.value}–{condition.to}{unit}"
    if condition.op in _ASKED:
        return f"{title} {texts(f'cells.grid.{_ASKED[condition.op]}')} {condition.value}"
    return f"{title} {_SIGNS[condition.op]} {condition.value}{unit}"


def sort_in_words(look: Look, query: CellsQuery) -> str:
    """The order of the rows."""
    texts = look.words.texts
    if not query.sort:
        return texts("cells.note_default_sort")
    named = []
    for key, down in query.sort:
        title = texts(f"cells.column.{key}")
        named.append(texts("cells.note_descending", column=title) if down else title)
    return texts("cells.ignored_join").join(named)


def ignored_in_words(look: Look, query: CellsQuery) -> str:
    """What of the address could not be used; empty where all could."""
    if not query.ignored:
        return ""
    texts = look.words.texts
    told = [f"{name}={w.NOTHING if not value else value[:60]}" for name, value in query.ignored]
    return texts("cells.ignored", what=texts("cells.ignored_join").join(told))
