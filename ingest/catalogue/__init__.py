"""The KPI catalogue: which KPIs exist, their units, valid ranges, direction and labels."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ingest.errors import CatalogueError

BUILT_IN = Path(__file__).with_name("kpis.toml")

Direction = Literal["lower", "higher", "none"]


class Kpi(BaseModel):
    """One KPI; ``min`` and ``max`` are inclusive, ``limit`` is the KPI rule's threshold.

    ``rollup`` says how intervals become an hour or a day: the mean over their minutes, the sum of
    what they counted, or the highest.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{1,40}$")
    unit: str
    min: float | None = None
    max: float | None = None
    worse: Direction
    limit: float | None = None
    rollup: Literal["mean", "sum", "max"] = "mean"
    group: Literal[
        "accessibility", "retainability", "integrity", "availability", "mobility", "load", "radio"
    ]
    zh: str
    en: str
    zh_help: str
    en_help: str


class Catalogue(BaseModel):
    """All KPIs in the order of the file, which is the order of columns and pages."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kpis: tuple[Kpi, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Column names of the KPIs, in catalogue order."""
        return tuple(kpi.name for kpi in self.kpis)

    def __getitem__(self, name: str) -> Kpi:
        """The KPI of that column name; KeyError when there is none."""
        for kpi in self.kpis:
            if kpi.name == name:
                return kpi
        raise KeyError(name)


@cache
def load_catalogue(path: Path = BUILT_IN) -> Catalogue:
    """Read a catalogue file.

    Args:
        path: TOML file with one table ``[kpi.<column>]`` per KPI; the built-in one by default.

    Raises:
        CatalogueError: the file cannot be read, has unknown keys or a bad value; the message names
            file, KPI and key.
    """
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CatalogueError(f"{path}: cannot read the KPI catalogue: {error}") from error
    unknown = set(raw) - {"kpi"}
    if unknown or not isinstance(raw.get("kpi"), dict):
        raise CatalogueError(f"{path}: only tables [kpi.<column>] are allowed, found {sorted(raw)}")
    kpis = []
    for name, table in raw["kpi"].items():
        try:
            kpis.append(Kpi.model_validate({"name": name, **table}))
        except (ValidationError, TypeError) as error:
            raise CatalogueError(f"{path}: [kpi.{name}]: {error}") from error
    return Catalogue(kpis=tuple(kpis))
