"""Under which names a file may bring the counters that formulas ask for."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ingest.counters.rows import SUM, Wanted, split_name
from ingest.errors import FileRefusedError
from ingest.formulas.catalogue import Formulas
from ingest.profiles.counters import CounterTable

_UNIT = re.compile(r"\s*[(（][^()（）]*[)）]\s*$")


@dataclass(frozen=True)
class CounterNames:
    """Names in files and what formulas call the same.

    Attributes:
        asked: what formulas ask for: ``X``, ``X[2]``, ``sum(X)``.
        kept_as: the same in any naming (``Y[2]`` for an alias Y of X) -> as formulas have it.
        cumulative: of ``asked``, those whose difference counts.
    """

    asked: frozenset[str]
    kept_as: dict[str, str]
    cumulative: frozenset[str]

    @property
    def wanted(self) -> Wanted:
        """What a reader of performance files is to look for."""
        return Wanted(frozenset(self.kept_as))

    def columns(self, header: tuple[str, ...]) -> dict[int, tuple[str, ...]]:
        """Place in a header -> the names under which its values are kept.

        Names are compared without case and outer blanks; a unit in brackets behind them is left
        out. One number stands for the sum of its vector as well.

        Raises:
            FileRefusedError: two columns are the same counter.
        """
        by_name: dict[str, list[str]] = {}
        for raw, kept in self.kept_as.items():
            counter, place = split_name(raw)
            name = counter if place in (None, SUM) else raw
            by_name.setdefault(name.casefold(), []).append(kept)
        found: dict[int, tuple[str, ...]] = {}
        taken: dict[str, str] = {}
        for place, name in enumerate(header):
            kept_names = by_name.get(name.casefold()) or by_name.get(without_unit(name).casefold())
            if not kept_names:
                continue
            for kept in kept_names:
                if kept in taken:
                    raise FileRefusedError(
                        f"has two columns of the counter {kept}: {taken[kept]} and {name}"
                    )
                taken[kept] = name
            found[place] = tuple(kept_names)
        return found


def counter_names(formulas: Formulas, table: CounterTable) -> CounterNames:
    """The names for one kind of file; a profile's aliases come before the catalogue's."""
    aliases = dict(formulas.aliases)
    for counter, names in table.aliases.items():
        aliases.update(dict.fromkeys((name.strip() for name in names), counter))
    others: dict[str, list[str]] = {}
    for alias, counter in aliases.items():
        others.setdefault(counter, []).append(alias)
    kept_as: dict[str, str] = {}
    for asked in sorted(formulas.counters):
        counter, place = split_name(asked)
        if counter not in aliases:
            kept_as[asked] = asked
        for alias in others.get(counter, ()):
            kept_as[_with_place(alias, place)] = asked
    rising = formulas.cumulative | set(table.cumulative)
    return CounterNames(
        formulas.counters,
        kept_as,
        frozenset(n for n in formulas.counters if n in rising or split_name(n)[0] in rising),
    )


def without_unit(name: str) -> str:
    """``L.Thrp.bits.DL (bit)`` without the unit."""
    return _UNIT.sub("", name).strip()


def _with_place(counter: str, place: int | None) -> str:
    if place is None:
        return counter
    return f"sum({counter})" if place == SUM else f"{counter}[{place}]"
