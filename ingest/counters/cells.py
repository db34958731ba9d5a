"""From the name of a measured object to the id of its cell, as a profile says."""

from __future__ import annotations

import re

from ingest.profiles.counters import CounterTable, template_names

WHOLE = "object"
_BRACES = re.compile(r"\{([^{}]*)\}")
_PAIR = re.compile(r"\s*(?:[^=,]*[:：])?\s*([^=,]+?)\s*=\s*([^,]*?)\s*(?:,|$)")


class CellNames:
    """Finds cell ids; each distinct name of an object is to be looked at once.

    Args:
        table: patterns and templates.
        by_template: whether templates count; not so for the distinguished names of 3GPP.
    """

    def __init__(self, table: CounterTable, *, by_template: bool = True) -> None:
        self._patterns = [re.compile(pattern) for pattern in table.patterns]
        self._templates = [
            (template, template_names(template)) for template in (table.cell if by_template else ())
        ]

    def find(self, name: str) -> str | None:
        """The cell's id; None when the object is no cell.

        ``A/小区:eNodeB名称=A, 小区名称=A_1`` has the keys eNodeB名称 and 小区名称; what stands
        before a colon in front of a key is left out. Keys are compared without case.
        """
        for pattern in self._patterns:
            if (match := pattern.search(name)) and match["cell"]:
                return match["cell"].strip() or None
        keys = {key.casefold(): value for key, value in _PAIR.findall(name)}
        keys.setdefault(WHOLE, name.strip())
        for template, names in self._templates:
            values = {n: keys.get(n.strip().casefold(), "") for n in names}
            if all(values.values()):
                return _fill(template, values)
        return None


def _fill(template: str, values: dict[str, str]) -> str:
    return _BRACES.sub(lambda braces: values[braces[1]], template)
