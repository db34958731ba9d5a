"""What became of work orders, as tables for a spreadsheet."""

from __future__ import annotations

from typing import Any

from dashboard.exports.columns import Kind
from dashboard.snapshot import Snapshot
from dashboard.web.view.accuracy import since_of
from dashboard.web.view.record import OUTCOMES, Record
from dashboard.web.view.verdict import cause_word, reason_word
from dashboard.web.view.words import Words

Row = dict[str, Any]
COLUMNS: dict[str, tuple[tuple[str, Kind], ...]] = {
    "outcomes": (("outcome", "text"), ("reason", "text"), ("orders", "integer")),
    "causes": (("named", "text"), ("found", "text"), ("orders", "integer")),
    "orders": (
        ("order", "text"), ("opened", "time"), ("region", "text"), ("technology", "text"),
        ("cells", "integer"), ("named", "text"), ("found", "text"), ("outcome", "text"),
        ("reason", "text"), ("reopened", "integer"), ("repaired", "time"), ("verified", "time"),
    ),
}  # fmt: skip


def outcomes(record: Record, words: Words) -> list[Row]:
    """Orders by outcome; where reasons are told, by reason."""
    told, texts = record.orders, words.texts
    made: list[Row] = []
    for name in OUTCOMES:
        outcome = texts(f"accuracy.outcome_{name}")
        reasons = told.reasons.get(name) or ((None, told.outcomes[name]),)
        made += [
            {"outcome": outcome, "reason": code and reason_word(code, texts), "orders": n}
            for code, n in reasons
            if n
        ]
    return made


def causes(record: Record, words: Words) -> list[Row]:
    """Orders by the cause that was named and the one that was found."""
    return [
        {"named": words.cause(named), "found": cause_word(found, words), "orders": n}
        for (named, found), n in record.orders.causes.items()
    ]


def orders(record: Record, snapshot: Snapshot, words: Words, most: int) -> list[Row]:
    """The orders one by one, the newest first."""
    chosen, texts = record.chosen, words.texts
    rows = snapshot.rows(
        "accuracy_order_rows",
        {
            "since": since_of(snapshot, chosen.weeks),
            "region_id": chosen.region_id,
            "cause": chosen.cause,
            "technology": chosen.technology,
            "limit": most,
        },
    )
    return [
        {
            "order": row["order_id"],
            "opened": row["opened_at"].astimezone(words.zone),
            "region": row["region_name"] or row["region_id"],
            "technology": row["technology"],
            "cells": row["cells"],
            "named": words.cause(row["cause"]),
            "found": row["found_cause"] and cause_word(row["found_cause"], words),
            "outcome": texts(f"accuracy.outcome_{row['outcome']}"),
            "reason": row["reason"] and reason_word(row["reason"], texts),
            "reopened": row["reopened"],
            "repaired": row["repaired_at"] and row["repaired_at"].astimezone(words.zone),
            "verified": row["verified_at"] and row["verified_at"].astimezone(words.zone),
        }
        for row in rows
    ]
