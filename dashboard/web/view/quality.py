"""The quality of the data in words and as JSON; shared by the API and the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from dashboard.web.view.words import Words, number, percent

Row = dict[str, Any]
Rows = Callable[[str], list[Row]]
"""Rows of a table of the snapshot by the name after ``quality_``."""

HOURS_SHOWN = timedelta(hours=48)
LISTED = 500
KINDS = ("not_in_inventory", "no_kpis", "new")
PLACES = ("cell", "position", "region", "none")


def sentence(code: str, about: Row, words: Words) -> str:
    """A flaw in words.

    Args:
        code: of the flaw (``ingest.quality.flaws``).
        about: what it is about; times are ISO 8601.
        words: language, zone and catalogue.
    """
    texts, kpi = words.texts, words.kpi(str(about.get("kpi")))
    said: Row = dict(about)
    if "since" in about:
        said["since"] = words.moment(datetime.fromisoformat(about["since"]))
    if "share" in about:
        said["share"] = percent(about["share"])
    if "kpi" in about:
        said["kpi"] = words.kpi_label(about["kpi"])
        where = "vendor" if about.get("vendor") else "source"
        said["where"] = texts(f"quality.of_{where}", name=about[where])
    if kpi is not None:
        said["value"] = words.with_unit(about.get("value"), kpi)
        said["usual"] = words.with_unit(about.get("usual"), kpi)
    if "factor" in about:
        said["factor"] = _factor(about["factor"])
    for name in ("cells", "files", "rows", "tickets", "intervals", "teams"):
        if name in about:
            said[name] = number(about[name])
    return texts(f"quality.{code}", **said)


def summary(rows: Rows, both: tuple[Words, Words]) -> Row:
    """The whole state of the data as JSON-like values.

    Args:
        rows: gives the tables: ``flaws, sources, hours, days, cells, rejected, shifts, inventory,
            attribution``.
        both: words in Chinese and English.
    """
    return {
        "warnings": [_warning(row, both) for row in rows("flaws")],
        "sources": rows("sources"),
        "completeness": [_with_share(row) for row in rows("days")],
        "hours": [_with_share(row) for row in rows("hours")],
        "incomplete_cells": rows("cells")[:LISTED],
        "rejected": [_rejected(row) for row in rows("rejected")],
        "shifts": rows("shifts"),
        "inventory": _inventory(rows("inventory")),
        "attribution": _attribution(rows("attribution")),
    }


def _warning(row: Row, both: tuple[Words, Words]) -> Row:
    about = json.loads(row["about"])
    texts = {words.language: sentence(row["code"], about, words) for words in both}
    return {"code": row["code"], "weight": row["weight"], "text": texts, "about": about}


def _factor(factor: float) -> str:
    """``1000 ×`` or ``1/1000``."""
    return f"{factor:,.0f} ×" if factor >= 1 else f"1/{1 / factor:,.0f}"


def _with_share(row: Row) -> Row:
    return row | {"share": row["intervals_present"] / row["intervals_expected"]}


def _rejected(row: Row) -> Row:
    read = row["rows_read"]
    share = row["rows_rejected"] / read if read else 0.0
    return row | {"share": share, "reasons": json.loads(row["reasons"])}


def _inventory(rows: list[Row]) -> Row:
    """How many cells of each kind, and the first of them."""
    return {
        kind: {"cells": len(found), "listed": found[:LISTED]}
        for kind in KINDS
        for found in [[row["cell_id"] for row in rows if row["kind"] == kind]]
    }


def _attribution(rows: list[Row]) -> Row:
    """Tickets by what tells their place: in all, and day by day."""
    total = sum(row["tickets"] for row in rows)
    by_place = {
        place: sum(row["tickets"] for row in rows if row["attribution"] == place)
        for place in PLACES
    }
    days: dict[Any, Row] = {}
    for row in rows:
        day = days.setdefault(row["day"], {"day": row["day"]} | dict.fromkeys(PLACES, 0))
        day[row["attribution"]] = row["tickets"]
    return {
        "tickets": total,
        **by_place,
        "unknown_cell": sum(row["unknown_cell"] for row in rows),
        "days": list(days.values()),
    }
