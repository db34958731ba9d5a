"""What a profile may say of a file of counters: ``[tables.counters]``."""

from __future__ import annotations

import re
import string
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

Names = Annotated[
    tuple[str, ...],
    BeforeValidator(lambda v: (v,) if isinstance(v, str) else v),
    Field(min_length=1),
]
MIN_PERIOD_MIN, MAX_PERIOD_MIN = 5, 1440


class CounterTable(BaseModel):
    """How rows of counters are read; formulas turn them into KPIs.

    A table (CSV, XLSX, Parquet) has one row per measured object and interval and a column per
    counter. In performance files in XML objects, intervals and counters have their own places: of
    the keys below only ``cell``, ``patterns``, ``aliases`` and ``cumulative`` count there.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    object: Names = Field(
        default=("Object Name",),
        description="column of the measured object; of several names the first that the file has",
    )
    cell: Names | None = Field(
        default=None,
        description="templates of the cell's id, tried in order: names in braces are keys of an "
        "object written as `Cell Name=A, Local Cell ID=1`, or columns of the file; {object} is "
        "the whole text, the default. The first counts whose names all have a value. In "
        "performance files in XML the names are classes of a distinguished name, {cell} is the "
        "name of the cell itself and the default: {ManagedElement}/{cell} where cells are "
        "numbered by base station",
    )
    patterns: tuple[str, ...] = Field(
        default=(),
        description="regular expressions with a group `cell`, searched in the object's name "
        "before `cell` and before the names of 3GPP are tried",
    )
    start: Names = Field(default=("Result Time",), description="column of the interval's time")
    time_is: Literal["start", "end"] = Field(
        default="start", description="whether it is the interval's start or its end"
    )
    period: Names | None = Field(default=None, description="column of the interval's length")
    period_unit: Literal["seconds", "minutes", "hours"] = Field(
        default="minutes", description="unit of that column"
    )
    period_min: int | None = Field(
        default=None,
        ge=MIN_PERIOD_MIN,
        le=MAX_PERIOD_MIN,
        description="length of the intervals in minutes where no column tells it",
    )
    reliability: Names | None = Field(
        default=None, description="column that says whether the source trusts the row"
    )
    reliable: Names = Field(
        default=("Reliable", "可靠"),
        description="words of a row that is trusted; rows with others are suspect and kept out",
    )
    aliases: dict[str, Names] = Field(
        default_factory=dict,
        description="counter as the formulas call it -> its names, ids or descriptions in the file",
    )
    cumulative: tuple[str, ...] = Field(
        default=(),
        description="counters that only rise: the difference to the interval before counts",
    )

    @model_validator(mode="after")
    def _usable(self) -> CounterTable:
        for pattern in self.patterns:
            try:
                compiled = re.compile(pattern)
            except re.error as error:
                raise ValueError(f"patterns: {pattern!r}: {error}") from error
            if "cell" not in compiled.groupindex:
                raise ValueError(f"patterns: {pattern!r} has no group named cell: (?P<cell>…)")
        for template in self.cell or ():
            if not template_names(template):
                raise ValueError(f"cell: {template!r} names no key or column in braces")
        return self


def template_names(template: str) -> tuple[str, ...]:
    """The names in the braces of a template; ValueError when braces do not match."""
    parts = string.Formatter().parse(template)
    names = []
    for _, name, form, conversion in parts:
        if name is None:
            continue
        if form or conversion or not name.strip():
            raise ValueError(f"cell: {template!r}: braces hold a name and nothing else")
        names.append(name)
    return tuple(names)
