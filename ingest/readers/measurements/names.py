"""Distinguished names: full names of measured objects from the parts that a file gives."""

from __future__ import annotations

import re

_COMMA = re.compile(r"(?<!\\),")


def rdns(name: str) -> tuple[str, ...]:
    r"""The relative names of a distinguished name, outermost first; ``\,`` does not part them."""
    return tuple(part.strip() for part in _COMMA.split(name)) if name.strip() else ()


class FullNames:
    """Full names of the objects of one managed element.

    TS 32.435 gives an object's name relative to its managed element. Element managers often repeat
    the innermost of the element's own names, or all of them; these are not doubled.
    """

    def __init__(self, element: str) -> None:
        self._outer = rdns(element)
        self._prefix = ",".join((*self._outer, ""))
        self._firsts = frozenset(self._outer)

    def full(self, local: str) -> str:
        """Name of an object, from the managed element's outermost name to its own."""
        first = local.partition(",")[0]
        if first not in self._firsts and local and not first.endswith("\\"):
            return self._prefix + local
        inner = rdns(local)
        overlap = min(len(self._outer), len(inner))
        while overlap and self._outer[-overlap:] != inner[:overlap]:
            overlap -= 1
        return ",".join((*self._outer, *inner[overlap:]))
