"""Shards of cells: heavy steps work on some thousand cells at a time, so that memory is bounded.

A shard is a span of cell_ids, and the spans of one split cover all ids there can be: every step
over a shard is a function of the rows of its cells alone, so that no split changes a digit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from forecasting import queries

CELLS = 5_000
"""Cells of one shard: about 400 MB of four weeks of hourly KPIs."""


@dataclass(frozen=True)
class Shard:
    """Cells with ``low <= cell_id < high`` in the order of code points; ``""`` and None: no end."""

    low: str = ""
    high: str | None = None

    @property
    def parameters(self) -> dict[str, queries.Value]:
        """For SQL: ``cell_id >= $low AND ($high IS NULL OR cell_id < $high)``."""
        return {"low": self.low, "high": self.high}

    def sql(self, column: str = "cell_id") -> str:
        """The same as text, for views, which take no parameters."""
        above = f"{column} >= {_quoted(self.low)}" if self.low else "true"
        return above if self.high is None else f"{above} AND {column} < {_quoted(self.high)}"


def shards(cell_ids: Sequence[str], cells: int = CELLS) -> list[Shard]:
    """Spans with no more than ``cells`` of the ids each; one that holds all ids when none is given.

    Args:
        cell_ids: sorted and distinct.
        cells: of one shard.
    """
    cuts = list(cell_ids[cells::cells])
    return [Shard(low, high) for low, high in zip(["", *cuts], [*cuts, None], strict=True)]


def known_shards(connection: duckdb.DuckDBPyConnection, cells: int = CELLS) -> list[Shard]:
    """Spans by the cells that the inventory has ever named; they cover those it never did too."""
    names = queries.frame(connection, "cell_names")["cell_id"]
    return shards(names.tolist(), cells)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
