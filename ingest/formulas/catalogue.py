"""The formula catalogue: for each KPI the formulas that give it, in order of preference."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ingest.catalogue import Catalogue
from ingest.errors import CatalogueError
from ingest.formulas.expression import ExpressionError, Node, counters, parse

BUILT_IN = Path(__file__).with_name("kpis.toml")


class Variant(BaseModel):
    """One formula of a KPI; it counts where all its counters are there."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, description="what network it is for; named in errors")
    standard: str = Field(min_length=1, description="document and clause that define it")
    unit: str = Field(description="the KPI's unit in the KPI catalogue")
    expression: str = Field(description="see docs/how-to/counters.md")


class _File(BaseModel):
    """A catalogue file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    built_in: bool = True
    formula: dict[str, tuple[Variant, ...]] = {}
    aliases: dict[str, tuple[str, ...]] = {}
    cumulative: tuple[str, ...] = ()
    signed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Formula:
    """A variant whose expression is parsed."""

    variant: Variant
    tree: Node
    counters: frozenset[str]


@dataclass(frozen=True)
class Formulas:
    """All formulas that a loader works with.

    Attributes:
        by_kpi: KPI -> its formulas, the preferred one first.
        aliases: another name or id of a counter -> the name that formulas use.
        cumulative: counters that only rise, whose difference to the interval before counts.
        signed: counters that may be below zero (levels in dB); any other is unknown there.
        fingerprint: of everything above.
    """

    by_kpi: dict[str, tuple[Formula, ...]]
    aliases: dict[str, str]
    cumulative: frozenset[str]
    signed: frozenset[str]
    fingerprint: str = field(default="", compare=False)

    @property
    def counters(self) -> frozenset[str]:
        """Every counter that a formula asks for: ``X``, ``X[2]``, ``sum(X)``."""
        return frozenset().union(*(f.counters for each in self.by_kpi.values() for f in each))


@cache
def load_formulas(path: Path | None, catalogue: Catalogue) -> Formulas:
    """The built-in formulas, and over them those of an operator's own file.

    The own formulas of a KPI come before the built-in ones. Built-in formulas of KPIs that the KPI
    catalogue lacks are left out.

    Args:
        path: the operator's file; None: the built-in formulas alone.
        catalogue: the KPI catalogue.

    Raises:
        CatalogueError: unreadable, unknown keys, a KPI that does not exist, another unit than the
            KPI's, an alias of two counters, or an expression that cannot be parsed; the message
            names file, KPI, formula and position.
    """
    own = None if path is None else _read(path)
    files: list[tuple[Path, _File]] = []
    if path is not None and own is not None:
        files.append((path, own))
    if own is None or own.built_in:
        files.append((BUILT_IN, _read(BUILT_IN)))
    by_kpi: dict[str, tuple[Formula, ...]] = {}
    aliases: dict[str, str] = {}
    for file, content in files:
        for kpi, variants in content.formula.items():
            if kpi not in catalogue.names:
                if file == BUILT_IN:
                    continue
                raise CatalogueError(
                    f"{file}: [[formula.{kpi}]]: no such KPI; KPIs are {', '.join(catalogue.names)}"
                )
            parsed = tuple(_parsed(file, kpi, catalogue[kpi].unit, v) for v in variants)
            by_kpi[kpi] = (*by_kpi.get(kpi, ()), *parsed)
        _add_aliases(aliases, file, content)
    cumulative = frozenset(name for _, content in files for name in content.cumulative)
    signed = frozenset(name for _, content in files for name in content.signed)
    what = repr((sorted((k, [f.variant for f in v]) for k, v in by_kpi.items()), sorted(
        aliases.items()), sorted(cumulative), sorted(signed)))  # fmt: skip
    return Formulas(
        by_kpi, aliases, cumulative, signed, hashlib.sha256(what.encode()).hexdigest()[:12]
    )


def _read(path: Path) -> _File:
    try:
        raw: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CatalogueError(f"{path}: cannot read the formula catalogue: {error}") from error
    try:
        return _File.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise CatalogueError(f"{path}: {where}: {first['msg']}") from error


def _parsed(path: Path, kpi: str, unit: str, variant: Variant) -> Formula:
    where = f"{path}: [[formula.{kpi}]] {variant.name!r}"
    if variant.unit != unit:
        raise CatalogueError(f"{where}: its unit is {variant.unit!r}, the KPI's {unit!r}")
    try:
        tree = parse(variant.expression)
    except ExpressionError as error:
        raise CatalogueError(f"{where}: expression: {error}") from error
    used = counters(tree)
    if not used:
        raise CatalogueError(f"{where}: expression: it uses no counter")
    return Formula(variant, tree, used)


def _add_aliases(aliases: dict[str, str], path: Path, content: _File) -> None:
    for counter, names in content.aliases.items():
        for name in names:
            taken = aliases.setdefault(name.strip(), counter)
            if taken != counter and path != BUILT_IN:
                raise CatalogueError(
                    f"{path}: [aliases]: {name!r} stands for {taken!r} and for {counter!r}"
                )
