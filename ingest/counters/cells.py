"""From the name of a measured object to the id of its cell, as a profile says."""

from __future__ import annotations

import re

from ingest.counters.objects import cell_of, keys_of
from ingest.profiles.counters import CounterTable, template_names

WHOLE = "object"
_BRACES = re.compile(r"\{([^{}]*)\}")
_PAIR = re.compile(r"\s*(?:[^=,]*[:：])?\s*([^=,]+?)\s*=\s*([^,]*?)\s*(?:,|$)")


class CellNames:
    """Finds cell ids; each distinct name of an object is to be looked at once.

    Args:
        table: patterns and templates.
        distinguished: the names are those of 3GPP (``ManagedElement=A,…,EUtranCellFDD=A_1``): keys
            are their classes, and ``{cell}`` is the name of the cell itself, as it is by default.
    """

    def __init__(self, table: CounterTable, *, distinguished: bool = False) -> None:
        self._patterns = [re.compile(pattern) for pattern in table.patterns]
        self._distinguished = distinguished
        templates = table.cell or (("{cell}",) if distinguished else ("{object}",))
        self._templates = [(template, template_names(template)) for template in templates]

    def find(self, name: str) -> str | None:
        """The cell's id; None when the object is no cell.

        ``A/小区:eNodeB名称=A, 小区名称=A_1`` has the keys eNodeB名称 and 小区名称; what stands
        before a colon in front of a key is left out. Keys are compared without case.
        """
        for pattern in self._patterns:
            if (match := pattern.search(name)) and match["cell"]:
                return match["cell"].strip() or None
        if self._distinguished:
            keys = {"cell": cell_of(name) or "", **keys_of(name)}
        else:
            keys = {key.casefold(): value for key, value in _PAIR.findall(name)}
        keys.setdefault(WHOLE, name.strip())
        for template, names in self._templates:
            values = {n: keys.get(n.strip().casefold(), "") for n in names}
            if all(values.values()):
                return _fill(template, values)
        return None


def _fill(template: str, values: dict[str, str]) -> str:
    return _BRACES.sub(lambda braces: values[braces[1]], template)
