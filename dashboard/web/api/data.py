"""``/api/v1/data``: what the data are worth that the forecast rests on."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, Response, request

from dashboard.exports import csv_file, xlsx_file
from dashboard.exports.csv_file import to_csv
from dashboard.exports.names import file_name
from dashboard.exports.xlsx_file import to_xlsx
from dashboard.ops.desk import OpsDesk, Told, UnknownJobError
from dashboard.ops.errors import OpsError
from dashboard.ops.requests import Request
from dashboard.plain import plain
from dashboard.web.api.errors import ApiError, answer
from dashboard.web.api.local import require_local
from dashboard.web.api.respond import attachment, look_of, one_of, only_known, respond
from dashboard.web.context import Context, Look
from dashboard.web.view import data_export
from dashboard.web.view.data import chosen_rows
from dashboard.web.view.quality import HOURS_SHOWN, LISTED, Row, summary
from ingest.clock import SystemClock


def register(server: Flask, context: Context) -> None:
    """Add the routes; one of them writes: a request to the worker."""

    @server.errorhandler(OpsError)
    def no_ops(error: OpsError) -> Response:
        return answer(503, "ops_unreadable", str(error), "run foresite doctor")

    @server.get("/api/v1/data")
    def data() -> Response:
        kind = one_of("format", request.args.get("format", "json"), ("json", "csv", "xlsx"))
        if kind == "json":
            only_known("format")
            look = look_of(context)
            return respond(look, lambda: _data(context, look))
        only_known("format", "table", "source", "feed", "reason")
        return _file(look_of(context), kind)

    @server.get("/api/v1/data/jobs")
    def jobs() -> Response:
        only_known(of_snapshot=False)
        return _plain(_jobs(_ops(context).told()))

    @server.post("/api/v1/data/requests")
    def ask() -> Response:
        by = require_local()
        given = request.get_json(silent=True)
        asked = given if isinstance(given, dict) else {}
        job, source = asked.get("job"), asked.get("source", "")
        if not isinstance(job, str) or not isinstance(source, str):
            hint = 'send {"job": "inbox"} or {"job": "fetch", "source": "…"} as JSON'
            raise ApiError(400, "bad_request", "no job is named", hint)
        try:
            made = _ops(context).ask(job, source, SystemClock().now(), by)
        except UnknownJobError as error:
            raise ApiError(400, "unknown_job", str(error), "use one of the jobs named") from error
        told = _plain(_request(made))
        told.status_code = 202
        return told


def _ops(context: Context) -> OpsDesk:
    if context.ops is None:
        hint = "serve the data directory with foresite web"
        raise ApiError(503, "no_ops", "this server has no ops database", hint)
    return context.ops


def _jobs(told: Told) -> dict[str, Any]:
    return {
        "worker_seen_at": told.seen_at,
        "runs": [run.as_dict() for run in told.runs],
        "requests": [_request(each) for each in told.requests],
    }


def _request(made: Request) -> dict[str, Any]:
    return {**asdict(made), "state": made.state}


def _plain(told: object) -> Response:
    text = json.dumps(plain(told), ensure_ascii=False, allow_nan=False)
    return Response(text, mimetype="application/json", headers={"Cache-Control": "no-store"})


def _file(look: Look, kind: str) -> Response:
    """The state as a file: CSV of one table (``table=``, the rejected rows), or a workbook."""
    tables = data_export.TABLES
    name = one_of("table", request.args.get("table", tables[0]), tables)
    words, snapshot, chosen = look.words, look.snapshot, chosen_rows(request.args)
    title, until = words.texts("data.title"), snapshot.manifest.as_of.astimezone(words.zone)
    if kind == "csv":
        sheet = data_export.sheet(name, snapshot, words, chosen)
        file = file_name(title, sheet.name, f"{until:%Y-%m-%d}", suffix=".csv")
        return attachment(to_csv(sheet.frame, sheet.columns), file, csv_file.MIMETYPE)
    sheets = [data_export.sheet(each, snapshot, words, chosen) for each in tables]
    book = to_xlsx(sheets, title=title, made_at=until, language=words.language)
    return attachment(
        book, file_name(title, f"{until:%Y-%m-%d}", suffix=".xlsx"), xlsx_file.MIMETYPE
    )


def _data(context: Context, look: Look) -> dict[str, Any]:
    manifest = look.snapshot.manifest
    zone = ZoneInfo(manifest.time_zone)
    parameters: dict[str, Row] = {
        "hours": {"since": manifest.as_of - HOURS_SHOWN},
        "days": {"zone": manifest.time_zone},
        "cells": {"limit": LISTED},
    }

    def rows(name: str) -> list[Row]:
        return look.snapshot.rows(f"quality_{name}", parameters.get(name))

    return {
        "as_of": manifest.as_of,
        "fresh": look.freshness.fresh,
        "data_time": manifest.data_time,
        "ticket_time": manifest.ticket_time,
        "time_zone": manifest.time_zone,
        **summary(rows, (context.words("zh", zone), context.words("en", zone))),
    }
