"""The wall of time as a registry: tables of facts, and when the sources of features know them.

Two refusals rest on it. A statement of ``sql/`` that reads facts otherwise than as they were known
at a moment is not run (``check_sql``, on loading). A feature whose source does not declare when it
was known does not reach the model (``Gate``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import duckdb
import pandas as pd

from forecasting.errors import ForecastingError

# Facts as they were delivered: each row has known_at. To be read through <feed>_as_of(moment).
FACTS = frozenset({
    "kpis", "kpi_revisions", "counters", "kpi_hourly", "kpi_daily", "cell_states", "region_states",
    "ticket_states", "work_states", "event_states", "alarm_states", "quality_cells", "quality_kpis",
    "handovers", "handover_revisions", "team_states", "shift_states", "work_orders",
    "work_order_events",
})  # fmt: skip
# The newest state of each: never what was known then.
NEWEST = frozenset({
    "cells", "regions", "tickets", "works", "events", "alarms", "teams", "shifts",
})  # fmt: skip
# What forecasting keeps of facts; rows with known_at.
KEPT = frozenset({"cell_hours", "kpi_day_hashes"})
# What forecasting keeps by week: known at the week's Monday midnight, its first column.
WEEKLY = frozenset({
    "kept_weeks", "cell_normals", "cell_steps", "relation_weeks", "relation_sums",
})  # fmt: skip
# Forecasts and what became of them: rest on what was known at as_of.
FORECASTS = frozenset({
    "forecast_runs", "cell_forecasts", "region_forecasts", "bursts", "forecast_judgements",
    "forecast_fates", "forecast_scores", "forecast_reliability",
})  # fmt: skip
# Statements that read facts by another mark than known_at, and why no later fact shows through.
OTHERWISE = {
    "cell_names": "only how work is cut into shards follows from the names, no digit",
    "touched_kpi_days": "lets hashes go that later deliveries touched; they are made anew",
}


@dataclass(frozen=True)
class Source:
    """Where a group of features comes from.

    Attributes:
        facts: tables whose rows' ``known_at`` decides what the features see.
        known: how: for people who doubt it.
    """

    facts: tuple[str, ...]
    known: str


SOURCES = {
    "kpis": Source(
        ("kpis", "kpi_revisions"), "kpis_as_of(origin), or kept hours with known_at <= origin"
    ),
    "tickets": Source(
        ("ticket_states", "cell_states", "region_states"),
        "tickets_as_of(origin), spread over the cells of cells_as_of(origin)",
    ),
    "plans": Source(("work_states", "event_states"), "works_as_of(origin), events_as_of(origin)"),
    "alarms": Source(("alarm_states",), "alarms_as_of(origin)"),
    "inventory": Source(
        ("cell_states", "region_states"), "cells_as_of(origin), regions_as_of(origin)"
    ),
    "neighbours": Source(
        ("cell_states", "handovers", "handover_revisions"),
        "other features of this gate, over pairs of cells_as_of(origin), weighed by"
        " handovers_as_of(Monday midnight of the origin's week)",
    ),
    "calendar": Source((), "the calendar shipped with the product, published years ahead"),
}

_COMMENT = re.compile(r"--[^\n]*")
_TEXT = re.compile(r"'[^']*'")
_CTE = re.compile(r"\b([a-z_][a-z0-9_]*)\s+AS\s+(?:MATERIALIZED\s+)?\(", re.IGNORECASE)
_READ = re.compile(
    r"(?<!DISTINCT )(?<!DELETE )\b(?:FROM|JOIN|USING)\s+([a-z_][a-z0-9_.]*)(\s*\()?", re.IGNORECASE
)
_COMMA = re.compile(
    r"\bFROM\s+[a-z_][a-z0-9_.]*(?:\s+(?:AS\s+)?[a-z_]\w*)?\s*,\s*[a-z_]", re.IGNORECASE
)
_MOMENT = re.compile(r"\bas_of\s*(?:=|<=|<|IN\b)", re.IGNORECASE)
_CONDITIONS = {
    **dict.fromkeys(FACTS | KEPT, ("known_at", re.compile(r"(?<!\$)\bknown_at\b"))),
    **dict.fromkeys(WEEKLY, ("monday", re.compile(r"(?<!\$)\bmonday\b|\bmin\(hours_from\)"))),
    **dict.fromkeys(FORECASTS, ("as_of", _MOMENT)),
}


def check_sql(name: str, text: str) -> None:
    """Refuse a statement that could see what was not known yet.

    Facts are read through ``<feed>_as_of(moment)``. A statement that reads a table of facts, or
    what is kept of them, itself must take ``known_at`` along (as a condition or a column); one that
    reads kept weeks names the Monday, one that reads forecasts a condition on ``as_of``. Temporary
    tables (``fc_…``) were made by statements that were checked themselves.

    Args:
        name: of the file, without suffix.
        text: the statement.

    Raises:
        ForecastingError: the table, and what to do.
    """
    bare = _TEXT.sub("''", _COMMENT.sub("", text))
    if _COMMA.search(bare):
        raise ForecastingError(f"sql/{name}.sql joins tables by a comma: write JOIN")
    named = {match.lower() for match in _CTE.findall(bare)}
    for table, call in _READ.findall(bare):
        plain = table.lower()
        if call or plain in named or plain.startswith("fc_") or name in OTHERWISE:
            if call and not plain.endswith("_as_of"):
                raise ForecastingError(
                    f"sql/{name}.sql reads {plain}(): only <feed>_as_of(moment) may be called"
                )
            continue
        if plain in NEWEST:
            raise ForecastingError(
                f"sql/{name}.sql reads {plain}, the newest state: use {plain}_as_of(moment)"
            )
        if plain not in _CONDITIONS:
            raise ForecastingError(
                f"sql/{name}.sql reads {plain}, of which forecasting/wall.py does not say when its"
                " rows were known"
            )
        mark, condition = _CONDITIONS[plain]
        if not condition.search(bare):
            raise ForecastingError(
                f"sql/{name}.sql reads {plain} past the wall: nothing in it asks for {mark}; use an"
                " _as_of macro, or take the mark along"
            )


class Gate:
    """Takes the features of one origin, source by source, and refuses what is not declared."""

    def __init__(self) -> None:
        self._parts: dict[str, pd.DataFrame] = {}

    def add(self, source: str, features: pd.DataFrame) -> None:
        """Let the features of one source in.

        Raises:
            ForecastingError: nobody declared when that source is known, or a feature comes twice.
        """
        if source not in SOURCES:
            raise ForecastingError(
                f"features of {source!r} ({', '.join(map(str, features.columns[:3]))}, …): no"
                f" known_at is declared; declare the source in forecasting/wall.py, beside"
                f" {', '.join(SOURCES)}"
            )
        twice = [str(c) for part in self._parts.values() for c in part if c in features]
        if twice:
            raise ForecastingError(f"feature {twice[0]!r} comes from two sources")
        self._parts[source] = features

    def table(self) -> pd.DataFrame:
        """All features so far, in the order of their coming."""
        return pd.concat(list(self._parts.values()), axis=1)


def refuse_undated(connection: duckdb.DuckDBPyConnection) -> None:
    """Refuse facts that do not say when they became known.

    Raises:
        ForecastingError: a table of facts that a source or a kept table rests on has no column
            ``known_at``, or rows without it; the message names it.
    """
    connection.complete()
    found = connection.execute(
        "SELECT table_name, max(is_nullable) FILTER (column_name = 'known_at')"
        " FROM duckdb_columns() WHERE NOT internal GROUP BY table_name"
    ).fetchall()
    known = dict(found)
    for table in sorted(FACTS | KEPT):
        if table not in known:
            continue
        if known[table] is None:
            raise ForecastingError(
                f"table {table} has no column known_at: nobody can say when its facts were known"
            )
        if not known[table]:
            continue
        [(undated,)] = connection.execute(
            f"SELECT count(*) FROM {table} WHERE known_at IS NULL"
        ).fetchall()
        if undated:
            raise ForecastingError(
                f"{undated} rows of {table} have no known_at: they cannot be held against any"
                " moment; load them anew"
            )
