"""The whole description: subjects put together as one OpenAPI 3.1 document."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import metadata
from typing import Any

from dashboard.web.api.description.accuracy import subject as accuracy
from dashboard.web.api.description.areas import subject as areas
from dashboard.web.api.description.cell import subject as cell
from dashboard.web.api.description.cells import subject as cells
from dashboard.web.api.description.cells_table import subject as cells_table
from dashboard.web.api.description.data import subject as data
from dashboard.web.api.description.fields import Schema
from dashboard.web.api.description.itself import subject as itself
from dashboard.web.api.description.league import subject as league
from dashboard.web.api.description.map_values import subject as map_values
from dashboard.web.api.description.model import SCHEME, Subject
from dashboard.web.api.description.orders import subject as orders
from dashboard.web.api.description.shared import ERRORS
from dashboard.web.api.description.tmf import subject as tmf
from dashboard.web.api.description.trends import subject as trends
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
        cells(settings),
        cell(settings),
        areas(settings),
        orders(settings),
        accuracy(settings),
        trends(settings),
        league(settings),
        data(settings),
        map_values(settings),
        cells_table(settings),
        tmf(settings),
        itself(settings),
    )


def document(settings: WebSettings) -> dict[str, Any]:
    """The description of ``/api/v1`` as this server answers.

    Args:
        settings: limits and the usual language.
    """
    told = subjects(settings)
    paths: dict[str, dict[str, Any]] = {}
    schemas: dict[str, Schema] = dict(ERRORS)
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
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                SCHEME: {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "Of a system of `dispatch.inbound`.",
                }
            },
        },
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
