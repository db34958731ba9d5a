"""Weekend days that are worked to make up for longer holidays, by country and year."""

from __future__ import annotations

import tomllib
from datetime import date
from functools import cache
from importlib import resources


@cache
def makeup_workdays(country: str) -> dict[int, frozenset[date]] | None:
    """The table ``data/workdays_<country>.toml``.

    Args:
        country: ISO code, e.g. ``CN``.

    Returns:
        Days by year, for the years that the table covers; None for a country without one.

    Raises:
        ValueError: an entry is not a table ``[year]`` with ``workdays = ["YYYY-MM-DD"]``.
    """
    name = f"data/workdays_{country.lower()}.toml"
    entry = resources.files("ingest").joinpath(name)
    if not entry.is_file():
        return None
    try:
        years = tomllib.loads(entry.read_text("utf-8"))
        return {
            int(year): frozenset(date.fromisoformat(day) for day in table["workdays"])
            for year, table in years.items()
        }
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f'{name}: {error}: use [year] workdays = ["YYYY-MM-DD"]') from error
