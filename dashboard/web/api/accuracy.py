"""``/api/v1/accuracy``: what became of the forecasts, beside rules that anybody could follow."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, Response, request

from dashboard.exports import csv_file, xlsx_file
from dashboard.exports.csv_file import to_csv
from dashboard.exports.names import file_name
from dashboard.exports.xlsx_file import to_xlsx
from dashboard.web.api.errors import ApiError
from dashboard.web.api.respond import attachment, look_of, one_of, only_known, respond
from dashboard.web.context import Context, Look
from dashboard.web.view import accuracy_export
from dashboard.web.view.accuracy import record
from dashboard.web.view.record import FATES, Chosen

Row = dict[str, Any]
DAYS = 90  # as far back as forecasts are judged
_GROUPS = ("region", "technology", "cause")


def register(server: Flask, context: Context) -> None:
    """Add the route."""

    @server.get("/api/v1/accuracy")
    def accuracy() -> Response:
        kind = request.args.get("format", "json")
        if kind == "json":
            only_known("days", "format")
            days = _days()
            look = look_of(context)
            return respond(look, lambda: _accuracy(look, days))
        only_known("format", "table", *_CHOICES)
        return _file(context, look_of(context), one_of("format", kind, ("json", "csv", "xlsx")))


_CHOICES = ("weeks", "scope", "region_id", "cause", "technology")


def _file(context: Context, look: Look, kind: str) -> Response:
    """The record as a file: CSV of one table (``table=``, the weeks), or a workbook of all."""
    name = one_of("table", request.args.get("table", accuracy_export.TABLES[0]),
                  accuracy_export.TABLES)  # fmt: skip
    words, snapshot = look.words, look.snapshot
    chosen = Chosen.parse(request.args.to_dict())
    told = context.memo.get(("accuracy", snapshot.id, chosen), lambda: record(snapshot, chosen))
    title, until = words.texts("accuracy.title"), snapshot.manifest.as_of.astimezone(words.zone)
    if kind == "csv":
        sheet = accuracy_export.sheet(name, told, snapshot, words)
        file = file_name(title, sheet.name, f"{until:%Y-%m-%d}", suffix=".csv")
        return attachment(to_csv(sheet.frame, sheet.columns), file, csv_file.MIMETYPE)
    sheets = [accuracy_export.sheet(each, told, snapshot, words) for each in accuracy_export.TABLES]
    book = to_xlsx(
        sheets,
        title=title,
        notes=accuracy_export.notes(told, words),
        made_at=until,
        language=words.language,
    )
    return attachment(
        book, file_name(title, f"{until:%Y-%m-%d}", suffix=".xlsx"), xlsx_file.MIMETYPE
    )


def _days() -> int:
    text = request.args.get("days", str(DAYS))
    if not (text.isascii() and text.isdigit() and len(text) <= 3 and 1 <= int(text) <= DAYS):
        message = f"days={text[:20]!r} cannot be used"
        raise ApiError(400, "bad_parameter", message, f"use a whole number from 1 to {DAYS}")
    return int(text)


def _accuracy(look: Look, days: int) -> Row:
    manifest, rows = look.snapshot.manifest, look.snapshot.rows
    zone = manifest.time_zone
    since: date = manifest.as_of.astimezone(ZoneInfo(zone)).date() - timedelta(days=days)
    [span] = rows("accuracy_span", {"since": since})
    # Days that may still be revised lack scores that are to come: they count only while there
    # are no others.
    of_days = {"since": since, "settled": bool(span["settled_days"])}
    everything = {"since": since, "region_id": None, "cause": None, "technology": None}
    [leads] = rows("accuracy_leads", {"since": since, "zone": zone})
    [firsts] = rows("accuracy_firsts", {"since": since, "zone": zone})
    reliability = rows("accuracy_reliability", of_days)
    return {
        "as_of": manifest.as_of,
        "fresh": look.freshness.fresh,
        "time_zone": zone,
        "horizon_h": manifest.horizon_h,
        **span,
        "provisional": not span["settled_days"],
        "fates": tally(rows("accuracy_fates", of_days)),
        "treatments": rows("accuracy_treatments", of_days),
        "all_reds": rows("accuracy_reds", {"since": since}),
        "orders": rows("accuracy_orders", everything),
        "causes": rows("accuracy_causes", everything),
        "scores": rows("accuracy_scores", of_days),
        "calibration_error": calibration_error(reliability),
        "reliability": reliability,
        "lead_time": {**leads, **firsts},
        "by": {group: _by_value(rows(f"accuracy_fates_by_{group}", of_days)) for group in _GROUPS},
        "periods": {unit: _periods(rows, since, unit) for unit in ("day", "week")},
    }


def tally(rows: Iterable[Row]) -> Row:
    """Counts of fates by status, with what they say of the reds.

    ``precision`` is hits / (hits + false alarms): of a treated cell nobody knows what would have
    come. ``recall`` is the share of the cells with a complaint that were red, whether somebody had
    been there before the complaint or not.
    """
    counts: dict[str, dict[str, int]] = {}
    for row in rows:
        fates = counts.setdefault(row["status"], dict.fromkeys(FATES, 0))
        fates[row["fate"]] += int(row["cells"])
    red = counts.get("red", dict.fromkeys(FATES, 0))
    came = ("hit", "treated_not", "miss")
    complained = sum(fates[name] for fates in counts.values() for name in came)
    return {
        "by_status": counts,
        "precision": _share(red["hit"], red["hit"] + red["false_alarm"]),
        "recall": _share(red["hit"] + red["treated_not"], complained),
        "treated": _share(red["treated"] + red["treated_not"], sum(red.values())),
    }


def calibration_error(reliability: list[Row]) -> float | None:
    """Mean gap between forecast and observed share over the bins, weighted by their cells."""
    cells = sum(row["cells"] for row in reliability)
    if not cells:
        return None
    gaps = (abs(row["forecast"] - row["observed"]) * row["cells"] for row in reliability)
    return float(sum(gaps) / cells)


def _by_value(rows: list[Row]) -> list[Row]:
    """One entry a region, technology or cause, in the rows' order."""
    values = dict.fromkeys((row["value"], row.get("name")) for row in rows)
    return [
        {
            "value": value,
            **({"name": name} if name is not None else {}),
            **tally(row for row in rows if row["value"] == value),
        }
        for value, name in values
    ]


def _periods(rows: Callable[[str, Row], list[Row]], since: date, unit: str) -> list[Row]:
    """Fates and scores by local day or week (its Monday)."""
    asked = {"since": since, "unit": unit}
    fates, scores = rows("accuracy_fate_periods", asked), rows("accuracy_score_periods", asked)
    return [
        {
            "from": period,
            "settled": all(row["settled"] for row in fates if row["period"] == period),
            **tally(row for row in fates if row["period"] == period),
            "scores": [
                {name: row[name] for name in row if name != "period"}
                for row in scores
                if row["period"] == period
            ],
        }
        for period in dict.fromkeys(row["period"] for row in scores)
    ]


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None
