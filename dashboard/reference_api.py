"""The reference page of the API, written from its description."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from dashboard.web.api.description.document import document
from dashboard.web.settings import WebSettings

Row = Mapping[str, Any]
_INTRODUCTION = (
    "The same as data, for programs and generators of clients: `GET /api/v1/openapi.json` "
    "(OpenAPI 3.1). The guide to the API has examples: [API](../how-to/api.md).\n"
)


def api_page() -> Iterator[str]:
    """The page, line by line, as a server with usual settings answers."""
    told = document(WebSettings())
    yield "# API\n"
    yield _INTRODUCTION
    yield told["info"]["description"]
    for tag in told["tags"]:
        yield f"## {tag['name'].capitalize()}\n\n{tag['description']}\n"
        for path, methods in told["paths"].items():
            for method, operation in methods.items():
                if operation["tags"] == [tag["name"]]:
                    yield from _operation(method, path, operation)
    yield "## Schemas\n"
    yield (
        "Every object has exactly these fields, and all of them but those marked *optional*. "
        "`null`: unknown, or there is none. A field below another is written with a point, one of "
        "a list's items with `[]`, one whose name is data with `*`.\n"
    )
    for name, schema in sorted(told["components"]["schemas"].items()):
        yield f"### Schema {name}\n\n{schema['description']}\n"
        yield from _fields(schema)


def _operation(method: str, path: str, told: Row) -> Iterator[str]:
    yield f"### {method.upper()} {path}\n\n{told['summary']}.\n"
    if "description" in told:
        yield " ".join(told["description"].split()) + "\n"
    if "security" in told:
        yield "Asks for a token: `Authorization: Bearer …`.\n"
    if told["parameters"]:
        yield "| parameter | in | meaning | value |\n|---|---|---|---|"
        for given in told["parameters"]:
            value = _type(given["schema"])
            if "example" in given:
                value += f", such as `{given['example']}`"
            yield (
                f"| `{given['name']}` | {given['in']} | {_cell(given['description'])} | "
                f"{_cell(value)} |"
            )
        yield ""
    if "requestBody" in told:
        [sent] = told["requestBody"]["content"].values()
        example = json.dumps(sent["example"], ensure_ascii=False)
        yield f"Send {_type(sent['schema'])} as JSON:\n\n```json\n{example}\n```\n"
        if "$ref" not in sent["schema"]:
            yield from _fields(sent["schema"])
    yield "| status | when | gives |\n|---|---|---|"
    for status, answer in told["responses"].items():
        given = ", ".join(
            f"{_type(held['schema'])} ({media})"
            for media, held in answer.get("content", {}).items()
        )
        when = answer["description"]
        headers = ", ".join(f"`{name}`" for name in answer.get("headers", {}))
        given += f"{'; ' if given else ''}headers {headers}" if headers else ""
        yield f"| {status} | {_cell(when)} | {_cell(given)} |"
    yield ""


def _fields(schema: Row) -> Iterator[str]:
    rows = list(_walk(schema, ""))
    if not rows:
        return
    yield "| field | meaning | value |\n|---|---|---|"
    for name, about, value in rows:
        yield f"| `{name}` | {_cell(about)} | {_cell(value)} |"
    yield ""


def _walk(schema: Row, above: str) -> Iterator[tuple[str, str, str]]:
    needed = schema.get("required", ())
    for name, inner in schema.get("properties", {}).items():
        place = f"{above}{name}"
        about = inner.get("description") or next(
            (one["description"] for one in inner.get("anyOf", ()) if "description" in one), ""
        )
        value = _type(inner) + ("" if name in needed else ", *optional*")
        yield place, about, value
        yield from _walk(inner, f"{place}.")
        if isinstance(inner.get("items"), dict):
            yield from _walk(inner["items"], f"{place}[].")
        if isinstance(inner.get("additionalProperties"), dict):
            yield from _walk(inner["additionalProperties"], f"{place}.*.")


def _type(schema: Row) -> str:
    """A schema in a few words."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return f"[{name}](#schema-{name.lower()})"
    if "anyOf" in schema:
        return " or ".join(_type(one) for one in schema["anyOf"])
    if "const" in schema:
        return f"`{schema['const']}`"
    kinds = schema.get("type", "anything")
    kinds = [kinds] if isinstance(kinds, str) else list(kinds)
    if "enum" in schema:
        words = [f"`{word}`" for word in schema["enum"] if word is not None]
        return ", ".join(words) + (" or null" if None in schema["enum"] else "")
    if schema.get("format") == "binary":
        return "a file"
    names = {"string": "text", "integer": "whole number", "boolean": "true or false"}
    shown = " or ".join(names.get(kind, kind) for kind in kinds)
    if "array" in kinds:
        inner = schema.get("items")
        shown = shown.replace("array", f"list of {_type(inner)}" if inner else "list")
    if schema.get("format") in ("date-time", "date"):
        shown = shown.replace("text", "time" if schema["format"] == "date-time" else "day")
    unit = schema.get("x-unit")
    if unit and unit not in ("UTC", "local day"):
        shown += f", {unit}"
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None:
        shown += f", {low:,} … {high:,}"
    elif low is not None:
        shown += f", ≥ {low}"
    if "default" in schema:
        shown += f", default `{schema['default']}`"
    return shown


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
