"""The record of forecasts as tables for a spreadsheet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from dashboard.exports.columns import Column, Kind
from dashboard.exports.xlsx_file import Sheet
from dashboard.snapshot import Snapshot
from dashboard.web.view import accuracy_orders as order_tables
from dashboard.web.view.accuracy import since_of
from dashboard.web.view.record import FATES, Chosen, Group, Record
from dashboard.web.view.sure import Share
from dashboard.web.view.words import Words

MOST = 200_000
"""Single forecasts in one file."""
TABLES = (
    "weeks", "rules", "calibration", "groups", "coverage", "outcomes", "causes", "orders",
    "forecasts",
)  # fmt: skip
Row = dict[str, Any]


def sheet(name: str, record: Record, snapshot: Snapshot, words: Words) -> Sheet:
    """One table of the record; its name is one of ``TABLES``."""
    make: dict[str, Callable[[], list[Row]]] = {
        "weeks": lambda: _weeks(record, words),
        "rules": lambda: _rules(record, words),
        "calibration": lambda: _bins(record),
        "groups": lambda: _groups(record, words),
        "coverage": lambda: _coverage(record, words),
        "outcomes": lambda: order_tables.outcomes(record, words),
        "causes": lambda: order_tables.causes(record, words),
        "orders": lambda: order_tables.orders(record, snapshot, words, MOST),
        "forecasts": lambda: _forecasts(record, snapshot, words),
    }
    columns = [_column(key, kind, words) for key, kind in _COLUMNS[name]]
    frame = pd.DataFrame(make[name](), columns=[column.key for column in columns], dtype=object)
    return Sheet(words.texts(f"accuracy.sheet_{name}"), frame, columns)


def notes(record: Record, words: Words) -> list[tuple[str, str]]:
    """What the words of the tables mean."""
    texts = words.texts
    told = [(texts(f"accuracy.{key}"), texts(f"accuracy.{key}_help"))
            for key in ("precision", "recall", *(f"fate_{fate}" for fate in FATES))]  # fmt: skip
    told += [(texts(f"accuracy.rule_{r.score}"), texts(f"accuracy.rule_{r.score}_help"))
             for r in record.rules]  # fmt: skip
    return [*told, (texts("accuracy.title"), texts("accuracy.no_claim"))]


_SHARE: tuple[tuple[str, Kind], ...] = (
    ("precision", "percent"), ("lower", "percent"), ("upper", "percent"), ("recall", "percent"),
)  # fmt: skip
_REDS: tuple[tuple[str, Kind], ...] = (
    ("reds", "integer"), ("hits", "integer"), ("treated_quiet", "integer"),
    ("treated_not", "integer"), ("false_alarms", "integer"), ("yellow_hits", "integer"),
    ("misses", "integer"),
)  # fmt: skip
_COLUMNS: dict[str, tuple[tuple[str, Kind], ...]] = {
    "weeks": (("week", "date"), ("settled", "text"), *_REDS, *_SHARE),
    "rules": (("score", "text"), *_SHARE, ("lift", "number"), ("ap", "number")),
    "calibration": (
        ("bin", "percent"), ("cells", "integer"), ("said", "percent"), ("came", "percent"),
        ("lower", "percent"), ("upper", "percent"),
    ),
    "groups": (("group", "text"), ("value", "text"), *_REDS, *_SHARE),
    "coverage": (
        ("measure", "text"), ("region", "text"), ("ahead", "integer"), ("inside", "integer"),
        ("days", "integer"), ("below", "integer"), ("above", "integer"), ("share", "percent"),
        ("lower", "percent"), ("upper", "percent"),
    ),
    "forecasts": (
        ("day", "time"), ("settled", "text"), ("cell_id", "text"), ("cell", "text"),
        ("region", "text"), ("technology", "text"), ("status", "text"), ("fate", "text"),
        ("quiet", "text"), ("probability", "percent"), ("cause", "text"), ("when", "time"),
        ("treated", "time"), ("treatment", "text"),
    ),
    **order_tables.COLUMNS,
}  # fmt: skip


def _column(key: str, kind: Kind, words: Words) -> Column:
    title = words.texts.get(f"accuracy.column_{key}") or words.texts(f"accuracy.{key}")
    return Column(key, title, kind)


def _ends(share: Share | None) -> Row:
    if share is None:
        return {}
    return {"lower": share.lower, "upper": share.upper}


def _of_group(group: Group) -> Row:
    recall = None if group.recall is None else group.recall.value
    return {
        "reds": group.reds,
        "hits": group.red["hit"],
        "treated_quiet": group.red["treated"],
        "treated_not": group.red["treated_not"],
        "false_alarms": group.red["false_alarm"],
        "yellow_hits": group.yellow["hit"],
        "misses": group.misses,
        "precision": group.precision.value,
        "recall": recall,
        **_ends(group.precision),
    }


def _weeks(record: Record, words: Words) -> list[Row]:
    told = {True: words.texts("accuracy.settled"), False: words.texts("accuracy.unsettled")}
    return [
        {"week": week.monday, "settled": told[week.settled], **_of_group(week.group)}
        for week in record.weeks
    ]


def _rules(record: Record, words: Words) -> list[Row]:
    return [
        {
            "score": words.texts(f"accuracy.rule_{rule.score}"),
            "precision": rule.precision.value,
            **_ends(rule.precision),
            "recall": rule.recall.value,
            "lift": rule.lift,
            "ap": rule.average_precision,
        }
        for rule in record.rules
    ]


def _bins(record: Record) -> list[Row]:
    return [
        {
            "bin": each.edge,
            "cells": each.cells,
            "said": each.forecast,
            "came": each.observed.value,
            **_ends(each.observed),
        }
        for each in record.bins
    ]


def _groups(record: Record, words: Words) -> list[Row]:
    texts = words.texts
    made = []
    for kind, groups in record.by.items():
        for group in groups:
            value = texts("accuracy.untold")
            if group.value is not None:
                named = group.name or group.value
                value = words.cause(group.value) if kind == "cause" else named
            name = texts(f"accuracy.filter_{kind}")
            made.append({"group": name, "value": value, **_of_group(group)})
    return made


def _coverage(record: Record, words: Words) -> list[Row]:
    return [
        {
            "measure": words.texts(f"accuracy.measure_{measure}"),
            "region": row.name or row.region_id,
            "ahead": row.ahead,
            "inside": int(row.inside.above),
            "days": int(row.inside.below),
            "below": row.below,
            "above": row.above,
            "share": row.inside.value,
            **_ends(row.inside),
        }
        for measure, rows in record.coverage.items()
        for row in rows
    ]


def _forecasts(record: Record, snapshot: Snapshot, words: Words) -> list[Row]:
    chosen: Chosen = record.chosen
    rows = snapshot.rows(
        "record_forecasts",
        {
            **chosen.of_cells(),
            "status": None,
            "fate": None,
            "day": None,
            "since": since_of(snapshot, chosen.weeks),
            "q": None,
            "limit": MOST,
        },
    )
    texts = words.texts
    settled = {True: texts("accuracy.settled"), False: texts("accuracy.unsettled")}
    fates = {fate: texts(f"accuracy.fate_{fate}") for fate in FATES}
    causes: dict[Any, str] = {}
    return [
        {
            "day": row["as_of"].astimezone(words.zone),
            "settled": settled[row["settled"]],
            "cell_id": row["cell_id"],
            "cell": row["name"],
            "region": row["region_name"] or row["region_id"],
            "technology": row["technology"],
            "status": words.status(row["status"], "cells"),
            "fate": fates[row["fate"]],
            "quiet": texts("accuracy.scope_quiet") if row["quiet"] else None,
            "probability": row["probability"],
            "cause": causes.setdefault(row["cause"], words.cause(row["cause"]))
            if row["cause"]
            else None,
            "when": row["first_complaint_at"] and row["first_complaint_at"].astimezone(words.zone),
            "treated": row["treated_at"] and row["treated_at"].astimezone(words.zone),
            "treatment": row["treated_at"] and texts(f"accuracy.by_{row['treatment'] or 'works'}"),
        }
        for row in rows
    ]
