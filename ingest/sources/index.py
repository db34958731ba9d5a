"""Lists of files that a web server gives."""

from __future__ import annotations

import json
from dataclasses import dataclass
from fnmatch import fnmatchcase
from html.parser import HTMLParser
from typing import Any, Literal
from urllib.parse import urljoin, urlsplit

from ingest.sources.errors import SourceError
from ingest.sources.names import file_name_of, name_trouble

MAX_BYTES = 16 * 1024 * 1024
_VERSION = ("sha256", "etag", "modified", "last_modified", "mtime", "size")


@dataclass(frozen=True)
class Listed:
    """A file of an index.

    Attributes:
        url: its address.
        name: its name.
        version: what the index says about its state; empty when nothing.
    """

    url: str
    name: str
    version: str


def read_index(
    text: str, kind: Literal["json", "html", "text"], base: str, pattern: str
) -> list[Listed]:
    """The files whose names match, in order of names; folders and temporary names left out.

    Args:
        text: the index. JSON: a list of names or of objects with ``name``, ``url`` or ``href``, or
            an object with such a list as ``files`` or ``items``; HTML: its links; text: a line per
            name.
        kind: how it is written.
        base: its address; names are relative to it.
        pattern: of the names.

    Raises:
        SourceError: it is not what it should be.
    """
    if kind == "json":
        entries = _from_json(text)
    elif kind == "html":
        links = _Links()
        links.feed(text)
        entries = [(link, "") for link in links.found]
    else:
        entries = [(line.strip(), "") for line in text.splitlines()]
    found: dict[str, Listed] = {}
    for link, version in entries:
        try:
            url = urljoin(base, link)
            name = file_name_of(url)
            folder = urlsplit(url).path.endswith("/")
        except ValueError:
            continue  # no address at all
        if link and not folder and not name_trouble(name) and fnmatchcase(name, pattern):
            found.setdefault(name, Listed(url, name, version))
    return [found[name] for name in sorted(found)]


def _from_json(text: str) -> list[tuple[str, str]]:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        raise SourceError("the index is no JSON") from None
    if isinstance(content, dict):
        content = content.get("files", content.get("items"))
    if not isinstance(content, list):
        raise SourceError("the index is no list, and has none as `files` or `items`")
    return [_entry(item) for item in content]


def _entry(item: Any) -> tuple[str, str]:  # noqa: ANN401  JSON
    if isinstance(item, str):
        return item, ""
    if isinstance(item, dict):
        for key in ("url", "href", "name"):
            if isinstance(item.get(key), str):
                said = [f"{word}={item[word]}" for word in _VERSION if item.get(word) is not None]
                return item[key], " ".join(said)[:500]
    raise SourceError("an entry of the index has neither `url` nor `href` nor `name`")


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found += [value for name, value in attrs if name == "href" and value]
