"""Answers of the running application beside the description of the API."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Collection
from urllib.parse import quote, urlsplit

from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

_BASE = "urn:foresite"


def pointer(*parts: str) -> str:
    """The address of a place in the document (RFC 6901, in a URI)."""
    written = (part.replace("~", "~0").replace("/", "~1") for part in parts)
    return "#/" + "/".join(quote(part, safe="~$") for part in written)


class Described:
    """The document, and what was seen of it.

    Attributes:
        document: as the application gives it.
        statuses: ``(operation, status)`` of the answers looked at.
        media: ``(operation, media type)`` likewise.
        properties: places of properties that had a value.
        nulls: places of properties that were null.
    """

    def __init__(self, document: dict) -> None:
        self.document = document
        resource = DRAFT202012.create_resource(document)
        self._registry = Registry().with_resource(_BASE, resource)
        self._paths = {
            path: re.compile(re.sub(r"\\\{\w+\\\}", "[^?]+", re.escape(path)) + "$")
            for path in document["paths"]
        }
        self._validators: dict[str, Draft202012Validator] = {}
        self.statuses: set[tuple[str, str]] = set()
        self.media: set[tuple[str, str]] = set()
        self.properties: set[str] = set()

    def path_of(self, url: str) -> str:
        """The described path that an address is of: the most literal one."""
        asked = urlsplit(url).path
        found = [path for path, pattern in self._paths.items() if pattern.match(asked)]
        assert found, f"{asked} is not described"
        return max(found, key=lambda path: len(re.sub(r"\{\w+\}", "", path)))

    def check(self, response) -> None:
        """An answer is as described: status, type, headers, and every field of its JSON."""
        request = response.request
        method, path = request.method.lower(), self.path_of(request.path)
        operation = self.document["paths"][path][method]
        name, status = operation["operationId"], str(response.status_code)
        told = operation["responses"].get(status)
        assert told is not None, f"{name} answered {status}: {response.data[:200]!r}"
        self.statuses.add((name, status))
        for header in told.get("headers", {}):
            if header in response.headers or "json" not in (response.mimetype or ""):
                continue
            raise AssertionError(f"{name} {status} lacks the header {header}")
        if "content" not in told:
            assert not response.data, f"{name} {status} has a body"
            return
        assert response.mimetype in told["content"], f"{name} {status}: {response.mimetype}"
        self.media.add((name, response.mimetype))
        if "json" not in response.mimetype:
            return
        place = ("paths", path, method, "responses", status, "content", response.mimetype)
        self.validate(body_of(response), *place, "schema")

    def validate(self, value: object, *place: str) -> None:
        """A value fits the schema at that place."""
        where = pointer(*place)
        if where not in self._validators:
            self._validators[where] = Draft202012Validator(
                {"$ref": _BASE + where},
                registry=self._registry,
                format_checker=Draft202012Validator.FORMAT_CHECKER,
            )
        wrong = next(self._validators[where].iter_errors(value), None)
        if wrong is not None:
            deepest = wrong.context[0] if wrong.context else wrong
            raise AssertionError(f"{where}: {wrong.json_path}: {deepest.message[:300]}")
        schema = self.document
        for part in place:
            schema = schema[part]
        self._note(schema, value, where)

    def all_properties(self, left_out: Collection[str] = ()) -> set[str]:
        """Places of all properties that answers can have, but for those operations."""
        found: set[str] = set()
        for path, methods in self.document["paths"].items():
            for method, operation in methods.items():
                if operation["operationId"] in left_out:
                    continue
                for status, told in operation["responses"].items():
                    for media, held in told.get("content", {}).items():
                        place = ("paths", path, method, "responses", status, "content", media)
                        self._gather(held["schema"], pointer(*place, "schema"), found)
        return found

    def _gather(self, schema: dict, where: str, found: set[str]) -> None:
        if "$ref" in schema:
            name = schema["$ref"].rsplit("/", 1)[1]
            place = pointer("components", "schemas", name)
            if place not in found:
                found.add(place)
                self._gather(self.document["components"]["schemas"][name], place, found)
        for number, inner in enumerate(schema.get("anyOf", [])):
            self._gather(inner, f"{where}/anyOf/{number}", found)
        for name, inner in schema.get("properties", {}).items():
            found.add(f"{where}/properties/{name}")
            self._gather(inner, f"{where}/properties/{name}", found)
        for word, name in (("items", "items"), ("additionalProperties", "additional")):
            if isinstance(schema.get(word), dict):
                self._gather(schema[word], f"{where}/{name}", found)

    def _note(self, schema: dict, value: object, where: str) -> None:
        if "$ref" in schema:
            name = schema["$ref"].rsplit("/", 1)[1]
            where = pointer("components", "schemas", name)
            self.properties.add(where)
            schema = self.document["components"]["schemas"][name]
        if "anyOf" in schema and value is not None:
            return self._note(schema["anyOf"][0], value, f"{where}/anyOf/0")
        if isinstance(value, dict):
            for key, item in value.items():
                inner = schema.get("properties", {}).get(key)
                if inner is not None:
                    if item is not None:
                        self.properties.add(f"{where}/properties/{key}")
                    self._note(inner, item, f"{where}/properties/{key}")
                elif isinstance(schema.get("additionalProperties"), dict):
                    self._note(schema["additionalProperties"], item, f"{where}/additional")
        elif isinstance(value, list) and isinstance(schema.get("items"), dict):
            for item in value:
                self._note(schema["items"], item, f"{where}/items")
        return None


def body_of(response) -> object:
    """The JSON of an answer, unpacked."""
    raw = response.data
    return json.loads(gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw)
