"""An address as it is described: parameters, what is sent, what is answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from dashboard.web.api.description.fields import Schema, ref

JSON = "application/json"
GEOJSON = "application/geo+json"
CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SCHEME = "peer"  # name of the security scheme
FILE: Schema = {"type": "string", "format": "binary", "description": "A file to be saved."}


@dataclass(frozen=True)
class Parameter:
    """Something that an address or a header takes.

    Attributes:
        name: as it is written.
        about: what it chooses.
        schema: of its value.
        place: where it stands.
        example: a value that can be tried.
    """

    name: str
    about: str
    schema: Schema
    place: Literal["query", "path", "header"] = "query"
    example: object = None

    def as_openapi(self) -> dict[str, Any]:
        """As OpenAPI writes it."""
        told: dict[str, Any] = {
            "name": self.name,
            "in": self.place,
            "description": self.about,
            "schema": self.schema,
        }
        if self.place == "path":
            told["required"] = True
        return told if self.example is None else {**told, "example": self.example}


@dataclass(frozen=True)
class Answer:
    """What comes back under one status.

    Attributes:
        status: of HTTP.
        about: when.
        content: schema by media type; none for an empty body.
        headers: what each tells.
        example: of the JSON.
    """

    status: int
    about: str
    content: Mapping[str, Schema] = field(default_factory=dict)
    headers: Mapping[str, Schema] = field(default_factory=dict)
    example: object = None

    def as_openapi(self) -> dict[str, Any]:
        """As OpenAPI writes it."""
        told: dict[str, Any] = {"description": self.about}
        if self.headers:
            told["headers"] = {
                name: {
                    "description": schema["description"],
                    "schema": {k: v for k, v in schema.items() if k != "description"},
                }
                for name, schema in self.headers.items()
            }
        if self.content:
            told["content"] = {
                media: self._media(media, schema) for media, schema in self.content.items()
            }
        return told

    def _media(self, media: str, schema: Schema) -> dict[str, Any]:
        shown = self.example is not None and "json" in media
        return {"schema": schema, **({"example": self.example} if shown else {})}


@dataclass(frozen=True)
class Operation:
    """One method of one address.

    Attributes:
        method: in small letters.
        path: as OpenAPI writes it: ``/cells/{cell_id}``, after ``/api/v1``.
        name: the only one of its kind (``operationId``).
        summary: a line.
        about: more, in Markdown.
        parameters: of path, query and headers.
        body: schema of the JSON that is sent; None: nothing is.
        body_example: such a JSON.
        answers: by status.
        token: a bearer token is asked for.
    """

    method: Literal["get", "post"]
    path: str
    name: str
    summary: str
    answers: tuple[Answer, ...]
    about: str = ""
    parameters: tuple[Parameter, ...] = ()
    body: Schema | None = None
    body_example: object = None
    token: bool = False

    def as_openapi(self, subject: str) -> dict[str, Any]:
        """As OpenAPI writes it."""
        told: dict[str, Any] = {
            "operationId": self.name,
            "tags": [subject],
            "summary": self.summary,
            **({"description": self.about} if self.about else {}),
            **({"security": [{SCHEME: []}]} if self.token else {}),
            "parameters": [parameter.as_openapi() for parameter in self.parameters],
        }
        if self.body is not None:
            sent = {"schema": self.body, "example": self.body_example}
            told["requestBody"] = {"required": True, "content": {JSON: sent}}
        told["responses"] = {
            **{str(answer.status): answer.as_openapi() for answer in self.answers},
            "default": Answer(0, "Anything else.", {JSON: ref("Error")}).as_openapi(),
        }
        return told


@dataclass(frozen=True)
class Subject:
    """Addresses that belong together.

    Attributes:
        name: of the subject.
        about: a line.
        operations: its addresses.
        schemas: those with a name.
    """

    name: str
    about: str
    operations: tuple[Operation, ...]
    schemas: Mapping[str, Schema] = field(default_factory=dict)
