"""``/api/v1/openapi.json``: this description."""

from __future__ import annotations

from dashboard.web.api.description.fields import Schema, text
from dashboard.web.api.description.model import Operation, Subject
from dashboard.web.api.description.shared import refused, told
from dashboard.web.settings import WebSettings

_DOCUMENT: Schema = {
    "type": "object",
    "description": "An OpenAPI 3.1 document.",
    "properties": {"openapi": text("Version of the format.", const="3.1.0")},
    "required": ["openapi", "info", "servers", "tags", "paths", "components"],
}


def subject(settings: WebSettings) -> Subject:  # noqa: ARG001  the same for every subject
    """The description of the description."""
    operation = Operation(
        "get",
        "/openapi.json",
        "describe",
        "This description",
        (*told(_DOCUMENT, "The description."), refused(400)),
        about="Needs no snapshot, and nothing from elsewhere.",
    )
    return Subject("description", "What this document is.", (operation,))
