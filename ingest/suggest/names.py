"""Columns by their names: a dictionary of what others call them, and names that are nearly so."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from importlib import resources

from ingest.catalogue import Catalogue
from ingest.contracts import Feed

_BRACKETS = re.compile(r"[(\[{<（【]([^)\]}>）】]*)[)\]}>）】]\s*$")
_SIGNS = re.compile(r"[\W_]+")
_NEARLY = 0.86


@dataclass(frozen=True)
class Alias:
    """A name of a canonical column, normalised; ``inverse``: of the opposite rate."""

    name: str
    inverse: bool = False


@dataclass(frozen=True)
class NameMatch:
    """How well a name fits a canonical column: 1 is the very name; ``why`` in words."""

    score: float
    why: str
    inverse: bool = False


def split_unit(name: str) -> tuple[str, str]:
    """A column's name without the unit in brackets behind it, and that unit."""
    plain = unicodedata.normalize("NFKC", name).strip()
    match = _BRACKETS.search(plain)
    if match is None or match.start() == 0:
        return plain, ""
    return plain[: match.start()].strip(), match[1].strip()


def normal(name: str) -> str:
    """The name without width, case, signs and blanks."""
    return _SIGNS.sub("", unicodedata.normalize("NFKC", name).casefold())


@cache
def aliases(catalogue: Catalogue) -> dict[str, dict[str, tuple[Alias, ...]]]:
    """Feed -> canonical column -> its other names; KPI labels come from the catalogue."""
    text = resources.files("ingest").joinpath("suggest/aliases.toml").read_text("utf-8")
    found: dict[str, dict[str, tuple[Alias, ...]]] = {}
    for feed, columns in tomllib.loads(text).items():
        found[feed] = {
            column: tuple(
                [Alias(normal(name)) for name in entry.get("names", ())]
                + [Alias(normal(name), inverse=True) for name in entry.get("inverse", ())]
            )
            for column, entry in columns.items()
        }
    for kpi in catalogue.kpis:
        labels = (Alias(normal(kpi.zh)), Alias(normal(kpi.en)))
        found["kpis"][kpi.name] = (*found["kpis"].get(kpi.name, ()), *labels)
    return found


def name_matches(
    name: str, feed: Feed, known: dict[str, tuple[Alias, ...]]
) -> dict[str, NameMatch]:
    """Canonical columns that a source column's name may mean, each with how well it fits."""
    plain = normal(split_unit(name)[0])
    found: dict[str, NameMatch] = {}
    if not plain:
        return found
    for column in feed.names:
        best = _best(plain, column, known.get(column, ()))
        if best is not None:
            found[column] = best
    return found


def _best(plain: str, column: str, known: tuple[Alias, ...]) -> NameMatch | None:
    if plain == normal(column) or plain == normal(column.rsplit("_", 1)[0]) != "":
        own = plain == normal(column)
        return NameMatch(1.0 if own else 0.9, f"its name is the feed's own, {column}")
    for alias in known:
        if plain == alias.name:
            return NameMatch(0.97, "its name is one that others use for it", alias.inverse)
    best: NameMatch | None = None
    for alias in known:
        if len(alias.name) > 2 and alias.name in plain and len(alias.name) >= 0.5 * len(plain):
            share = len(alias.name) / len(plain)
            match = NameMatch(0.6 + 0.25 * share, f"its name holds {alias.name!r}", alias.inverse)
        else:
            ratio = SequenceMatcher(None, plain, alias.name).ratio()
            if ratio < _NEARLY or min(len(plain), len(alias.name)) < 5:
                continue
            match = NameMatch(0.6 * ratio, f"its name is nearly {alias.name!r}", alias.inverse)
        if best is None or match.score > best.score:
            best = match
    return best
