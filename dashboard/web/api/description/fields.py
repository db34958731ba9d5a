"""Words of which schemas are made (JSON Schema 2020-12): short, and always with what they mean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Schema = dict[str, Any]

COLOURS = ("red", "yellow", "green", "unknown")
TECHNOLOGIES = ("GSM", "UMTS", "LTE", "NR", "WLAN")


def text(about: str, **more: object) -> Schema:
    """A string."""
    return {"type": "string", "description": about, **more}


def number(about: str, unit: str | None = None, **more: object) -> Schema:
    """A number; the unit stands apart (``x-unit``)."""
    return {"type": "number", "description": about, **_unit(unit), **more}


def whole(about: str, unit: str | None = None, **more: object) -> Schema:
    """A whole number."""
    return {"type": "integer", "description": about, **_unit(unit), **more}


def share(about: str) -> Schema:
    """A number from 0 to 1."""
    return {"type": "number", "description": about, "minimum": 0, "maximum": 1}


def flag(about: str) -> Schema:
    """True or false."""
    return {"type": "boolean", "description": about}


def moment(about: str) -> Schema:
    """ISO 8601 in UTC, with its offset."""
    return {"type": "string", "format": "date-time", "description": about, "x-unit": "UTC"}


def day(about: str) -> Schema:
    """A day in the operator's time zone."""
    return {"type": "string", "format": "date", "description": about, "x-unit": "local day"}


def choice(about: str, values: Iterable[str]) -> Schema:
    """One of some words."""
    return {"type": "string", "description": about, "enum": list(values)}


def listed(item: Schema, about: str, **more: object) -> Schema:
    """A list."""
    return {"type": "array", "description": about, "items": item, **more}


def mapped(value: Schema, about: str) -> Schema:
    """An object whose keys are data, such as names of KPIs."""
    return {"type": "object", "description": about, "additionalProperties": value}


def record(about: str, fields: Mapping[str, Schema], *, optional: Iterable[str] = ()) -> Schema:
    """An object with exactly these fields; all are there but the optional ones."""
    left_out = set(optional)
    return {
        "type": "object",
        "description": about,
        "properties": dict(fields),
        "required": [name for name in fields if name not in left_out],
        "additionalProperties": False,
    }


def maybe(schema: Schema) -> Schema:
    """The same, or null: unknown, or there is none."""
    if "$ref" in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    found = {**schema, "type": [schema["type"], "null"]}
    return {**found, "enum": [*schema["enum"], None]} if "enum" in schema else found


def ref(name: str) -> Schema:
    """A schema that has a name."""
    return {"$ref": f"#/components/schemas/{name}"}


def about_snapshot() -> dict[str, Schema]:
    """The two fields that tell how old an answer is."""
    return {
        "as_of": moment("Nothing that became known later is in this answer."),
        "fresh": flag("Whether it may be believed; where not, every colour is unknown."),
    }


def _unit(unit: str | None) -> Schema:
    return {} if unit is None else {"x-unit": unit}
