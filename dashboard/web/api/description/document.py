"""The whole description: subjects put together as one OpenAPI 3.1 document."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import metadata
from typing import Any

from dashboard.web.api.description import (
    accuracy,
    areas,
    cell,
    cells,
    cells_table,
    data,
    itself,
    league,
    map_values,
    trends,
)
from dashboard.web.api.description.fields import Schema
from dashboard.web.api.description.model import Subject
from dashboard.web.api.description.shared import ERROR
from dashboard.web.settings import WebSettings

OPENAPI = "3.1.0"
PREFIX = "/api/v1"
_ABOUT = """\
What Foresite knows, for programs. Answers are JSON in UTF-8 (GeoJSON where said); some addresses
give CSV and XLSX files too.

- **Time** is ISO 8601 in UTC with its offset; a *day* is one of the operator's time zone. A time
  that is sent without offset is in that zone.
- **Unknown is null**, never 0, and never green.
- **Errors** have one shape, `{"error": {"code", "message", "hint"}}`. A parameter that an address
  does not know is refused (400), and so is one that is given twice.
- **Tags.** Answers to GET carry an `ETag`; sent back as `If-None-Match` they bring an empty 304
  while nothing has changed. HEAD is answered wherever GET is.
- **Who may ask.** Until sign-in exists the server answers this machine alone; what writes (POST)
  moreover comes from a page of this server, or from no page.
"""


def subjects(settings: WebSettings) -> tuple[Subject, ...]:
    """All subjects, in the order in which they are read."""
    return (
        cells.subject(settings),
        cell.subject(settings),
        areas.subject(settings),
        accuracy.subject(settings),
        trends.subject(settings),
        league.subject(settings),
        data.subject(settings),
        map_values.subject(settings),
        cells_table.subject(settings),
        itself.subject(settings),
    )


def document(settings: WebSettings) -> dict[str, Any]:
    """The description of ``/api/v1`` as this server answers.

    Args:
        settings: limits and the usual language.
    """
    told = subjects(settings)
    paths: dict[str, dict[str, Any]] = {}
    schemas: dict[str, Schema] = {"Error": ERROR}
    for subject in told:
        _add(schemas, subject.schemas)
        for operation in subject.operations:
            methods = paths.setdefault(PREFIX + operation.path, {})
            _add(methods, {operation.method: operation.as_openapi(subject.name)})
    return {
        "openapi": OPENAPI,
        "info": {
            "title": "Foresite",
            "version": metadata.version("foresite"),
            "summary": "Which cells will bring complaints, and what is done about it",
            "description": _ABOUT,
            "license": {"name": "Apache 2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "This server"}],
        "tags": [{"name": subject.name, "description": subject.about} for subject in told],
        "paths": paths,
        "components": {"schemas": schemas},
    }


def _add(held: dict[str, Any], more: Mapping[str, Any]) -> None:
    """Nothing is described twice.

    Raises:
        ValueError: it is.
    """
    twice = sorted(held.keys() & more.keys())
    if twice:
        raise ValueError(f"described twice: {', '.join(twice)}")
    held.update(more)
