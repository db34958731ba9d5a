"""Error cells of a workbook (``#DIV/0!``): the spreadsheet library gives them as empty ones.

An empty cell means unknown and is taken; an error cell is wrong and has to be rejected.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from pathlib import Path
from typing import IO

# document types, and with them entities, are refused before (check_workbook)
from xml.etree import ElementTree as ET

from ingest.errors import FileRefusedError

Errors = dict[int, dict[int, str]]
"""Row -> column -> text of the error, both from 0."""

_ADDRESS = re.compile(r"([A-Z]{1,3})(\d{1,7})")


def error_cells(path: Path, sheets: list[str]) -> dict[str, Errors]:
    """Error cells of the named sheets; sheets without any are left out.

    Raises:
        FileRefusedError: the workbook's XML cannot be read.
    """
    found = {}
    try:
        with zipfile.ZipFile(path) as packed:
            parts = _parts(packed)
            for name in sheets:
                with packed.open(parts[name]) as part:
                    errors = _errors(part)
                if errors:
                    found[name] = errors
    except (ET.ParseError, KeyError, ValueError) as error:
        raise FileRefusedError(f"the workbook's XML cannot be read: {error}") from error
    return found


def _parts(packed: zipfile.ZipFile) -> dict[str, str]:
    """Sheet name -> name of its part."""
    with packed.open("xl/_rels/workbook.xml.rels") as part:
        targets = {
            element.get("Id"): posixpath.normpath(posixpath.join("/xl", element.get("Target", "")))
            for element in ET.parse(part).getroot()  # noqa: S314
        }
    with packed.open("xl/workbook.xml") as part:
        return {
            element.get("name", ""): targets[_attribute(element, "id")].lstrip("/")
            for element in ET.parse(part).iter()  # noqa: S314
            if _local(element.tag) == "sheet"
        }


def _errors(part: IO[bytes]) -> Errors:
    errors: Errors = {}
    row, column = -1, -1
    for event, element in ET.iterparse(part, events=("start", "end")):  # noqa: S314
        kind = _local(element.tag)
        if event == "start" and kind == "row":
            row, column = int(element.get("r", row + 2)) - 1, -1
        elif event == "end" and kind == "c":
            address = _ADDRESS.fullmatch(element.get("r", ""))
            column = _column(address[1]) if address else column + 1
            if element.get("t") == "e":
                text = next((c.text for c in element if _local(c.tag) == "v"), None)
                errors.setdefault(row, {})[column] = text or "#ERROR"
        elif event == "end" and kind == "row":
            element.clear()
    return errors


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _attribute(element: ET.Element, name: str) -> str:
    return next(value for key, value in element.attrib.items() if _local(key) == name)
