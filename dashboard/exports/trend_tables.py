"""The columns of trend tables, in a reader's language, with their definitions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from dashboard.exports.columns import Column, Kind
from dashboard.trends.query import DIMENSIONS
from dashboard.web.i18n import Texts

# Measures of dashboard.trends.numbers in the order of the files, with their kinds.
MEASURES: Mapping[str, Kind] = {
    "subscribers": "integer",
    "tickets": "number",
    "rate_per_10k": "number",
    "low_complaints": "number",
    "rated": "number",
    "low_share": "percent",
    "satisfaction": "number",
    "satisfaction_final": "number",
    "due": "number",
    "timely": "number",
    "timely_rate": "percent",
    "repeats": "number",
    "identified": "number",
    "repeat_rate": "percent",
    "replied": "number",
    "reply_p80_min": "number",
    "reply_p95_min": "number",
}
COUNTS = ("tickets", "low_complaints", "rated", "due", "timely", "repeats", "identified", "replied")
SIDES = ("before", "last_year")


def columns_of(frame: pd.DataFrame, texts: Texts) -> list[Column]:
    """The columns of a frame of ``dashboard.trends`` that files show, in their order.

    Counts are whole numbers unless a split by technology shares a complaint out.
    """
    found = [
        Column("period_start", texts("trends_file.period_start"), "date"),
        Column("period_end", texts("trends_file.period_end"), "date"),
        Column(
            "complete",
            texts("trends_file.complete"),
            "text",
            texts("trends_file.complete_help"),
        ),
    ]
    found += [
        Column(name, texts(f"trends_dimension.{name}"), "text")
        for name in DIMENSIONS
        if name in frame.columns
    ]
    for name, kind in MEASURES.items():
        help_key = f"trends_help.{name}"
        title, meaning = texts(f"trends_file.{name}"), texts.get(help_key) or ""
        column = Column(name, title, _kind(frame, name, kind), meaning)
        if name in frame.columns:
            found.append(column)
        for side in SIDES:
            key = f"{name}_{side}"
            if key in frame.columns and name not in ("rated", "due", "identified"):
                head = texts("trends_file.beside", measure=title, side=texts(f"trends_file.{side}"))
                found.append(
                    replace(column, key=key, title=head, kind=_kind(frame, key, kind), help="")
                )
    for side in SIDES:
        if f"change_{side}" in frame.columns:
            title = texts("trends_file.change", side=texts(f"trends_file.{side}"))
            found.append(Column(f"change_{side}", title, "percent"))
    return found


def shown_values(frame: pd.DataFrame, texts: Texts, regions: Mapping[str, str]) -> pd.DataFrame:
    """The frame with words where it has codes: names of regions, yes and no."""
    made = frame.copy()
    if "complete" in made:
        yes, no = texts("trends_file.yes"), texts("trends_file.no")
        made["complete"] = [yes if whole else no for whole in frame["complete"]]
    for name in DIMENSIONS:
        if name in made:
            made[name] = [_word(texts, name, value, regions) for value in frame[name]]
    return made


def _word(texts: Texts, dimension: str, value: object, regions: Mapping[str, str]) -> str:
    if not isinstance(value, str):
        return texts("trends.unknown_value")
    if dimension == "region":
        return regions.get(value, value)
    return texts.get(f"{dimension}.{value}") or value


def _kind(frame: pd.DataFrame, name: str, kind: Kind) -> Kind:
    base = name.removesuffix("_before").removesuffix("_last_year")
    if base not in COUNTS or name not in frame:
        return kind
    known = frame[name].dropna().astype(float)
    return "integer" if bool((known == known.round()).all()) else "number"
