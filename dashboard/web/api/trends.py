"""``/api/v1/trends`` and ``/api/v1/league``: the page's numbers as JSON, CSV or workbook."""

from __future__ import annotations

from datetime import date
from typing import Any, cast
from zoneinfo import ZoneInfo

import pandas as pd
from flask import Flask, Response, request

from dashboard.exports import csv_file, xlsx_file
from dashboard.exports.trend_book import book_name, trend_book
from dashboard.exports.trend_csv import trend_csv
from dashboard.snapshot import Snapshot
from dashboard.trends import held
from dashboard.trends.ahead import ahead
from dashboard.trends.compare import compared, notes
from dashboard.trends.league import League, Unit, league
from dashboard.trends.numbers import satisfaction
from dashboard.trends.periods import today_of
from dashboard.trends.query import DIMENSIONS, TrendQuery, TrendQueryError
from dashboard.trends.sums import Facts
from dashboard.web.api.errors import ApiError, answer
from dashboard.web.api.respond import attachment, look_of, only_known, respond
from dashboard.web.context import Context, Look

FORMATS = ("json", "csv", "xlsx")
UNITS = ("week", "month")


def register(server: Flask, context: Context) -> None:
    """Add both routes."""

    @server.errorhandler(TrendQueryError)
    def bad_query(error: TrendQueryError) -> Response:
        return answer(400, "bad_parameter", f"{error.name}={error.value!r} is wrong", error.hint)

    @server.get("/api/v1/trends")
    def trends() -> Response:
        only_known("from", "to", "by", "split", "format", "level", *DIMENSIONS)
        wanted = _one_of("format", FORMATS, "json")
        look = look_of(context)
        query = TrendQuery.parse(request.args, newest=newest_day(look.snapshot))
        if wanted == "json":
            return respond(look, lambda: told(context, look, query))
        language = look.state.language
        name = book_name(look.snapshot, query, language, f".{wanted}")
        if wanted == "csv":
            content = trend_csv(look.snapshot, query, language)
            return attachment(content, name, csv_file.MIMETYPE)
        return attachment(trend_book(look.snapshot, query, language), name, xlsx_file.MIMETYPE)

    @server.get("/api/v1/league")
    def league_table() -> Response:
        only_known("unit", "day", "region", "level")
        unit = cast("Unit", _one_of("unit", UNITS, "week"))
        look = look_of(context)
        newest = newest_day(look.snapshot)
        asked = {"from": request.args.get("day") or "", "level": request.args.get("level") or ""}
        try:
            query = TrendQuery.parse({**asked, "to": asked["from"]}, newest=newest)
        except TrendQueryError as error:
            name = "day" if error.name in ("from", "to") else error.name
            raise TrendQueryError(name, error.value, error.hint) from error
        day = min(query.last, newest)
        level = int(asked["level"]) if asked["level"] else None
        within = request.args.get("region") or None
        return respond(look, lambda: ranked(look, unit, day, within, level))


def newest_day(snapshot: Snapshot) -> date:
    """The local day of the snapshot's ``as_of``: the last of which anything is known."""
    manifest = snapshot.manifest
    return today_of(manifest.as_of, ZoneInfo(manifest.time_zone))


def told(context: Context, look: Look, query: TrendQuery) -> dict[str, Any]:
    """The answer for trends: rows as of ``compare.compared``, scores, and the band ahead."""
    key = ("api_trends", look.snapshot.id, *query.key)
    return {**_about(look), **context.memo.get(key, lambda: _numbers(look.snapshot, query))}


def _numbers(snapshot: Snapshot, query: TrendQuery) -> dict[str, Any]:
    """What follows from snapshot and query alone."""
    facts = Facts(snapshot, query)
    rows = compared(snapshot, query, facts)
    return {
        "from": query.first,
        "to": query.last,
        "by": query.by,
        "split": list(query.split),
        "filters": dict(query.filters),
        "history_from": held.history_from(snapshot),
        "notes": list(notes(query)),
        "rows": records(rows),
        "satisfaction": records(satisfaction(snapshot, query, facts)),
        "ahead": records(ahead(snapshot, query)),
    }


def ranked(
    look: Look, unit: Unit, day: date, within: str | None, level: int | None
) -> dict[str, Any]:
    """The answer for the league: see ``league.League``."""
    found: League = league(look.snapshot, unit=unit, day=day, within=within, level=level)
    return {
        **_about(look),
        "unit": found.unit,
        "from": found.first,
        "to": found.last,
        "complete": found.complete,
        "rate_per_10k": found.rate,
        "dispersion": found.dispersion,
        "noise": found.noise,
        "strength": found.strength,
        "target_change": found.target_change,
        "base": None if found.base is None else list(found.base),
        "rows": records(found.table),
    }


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as plain dicts; unknown is None."""
    plain = frame.astype(object).where(frame.notna(), None)
    return [{str(name): row[name] for name in frame.columns} for row in plain.to_dict("records")]


def _about(look: Look) -> dict[str, Any]:
    manifest = look.snapshot.manifest
    return {
        "as_of": manifest.as_of,
        "fresh": look.freshness.fresh,
        "time_zone": manifest.time_zone,
    }


def _one_of(name: str, choices: tuple[str, ...], default: str) -> str:
    value = request.args.get(name) or default
    if value not in choices:
        message = f"{name}={value[:20]!r} is unknown"
        raise ApiError(400, "bad_parameter", message, f"use {', '.join(choices)}")
    return value
