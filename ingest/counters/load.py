"""Counters into the warehouse, and from them the rows of KPIs."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from ingest.context import Context
from ingest.counters.evaluate import (
    Computed,
    computed,
    evaluated_sql,
    flags_sql,
    wide_columns,
)
from ingest.interval_rows import load_interval_rows
from ingest.ledger import Delivery, moment_sql, set_aside
from ingest.mapping import Mapping, Origin, Plan
from ingest.profiles.model import ColumnMap
from ingest.queries import identifier, one_row, queries
from ingest.readers.rows import BadRow
from ingest.result import FileResult

NOTHING_ASKED = "no_counter"
"""Flag of measured objects without a counter that a formula asks for."""


@dataclass(frozen=True)
class _Window:
    """Moments of the file's good counters, in microseconds, and its longest interval in minutes."""

    first: int
    last: int
    period_min: int

    @property
    def places(self) -> dict[str, str]:
        step = self.period_min * 60_000_000
        return {
            "{low}": f"make_timestamptz({self.first})",
            "{high}": f"make_timestamptz({self.last})",
            "{low_before}": f"make_timestamptz({self.first - step})",
            "{high_after}": f"make_timestamptz({self.last + step})",
        }


def write_counters(
    connection: duckdb.DuckDBPyConnection,
    plan: Plan,
    read: tuple[int, list[BadRow]],
    delivery: Delivery,
    context: Context,
) -> FileResult:
    """Keep the counters of a staged file and compute the KPIs they touch; inside a transaction.

    Counters of one cell and interval may come in any number of files and orders: of each counter
    the value delivered last counts, and KPIs are computed from all that are stored. A measured
    object is *loaded* when nothing was known of its cell and interval, *updated* when a counter or
    a KPI of it changed, else *unchanged*; of several objects of one cell and interval all but one
    are *merged*.

    Args:
        connection: the warehouse, with what ``stage_counters`` made.
        plan: how the file was read.
        read: measured objects, and those that could not be taken apart.
        delivery: the file.
        context: settings and catalogues.
    """
    rows_read, broken = read
    reasons = set_aside(connection, delivery, broken)
    [usable] = one_row(connection, "SELECT count(*) FROM checked WHERE reason IS NULL")
    idle = rows_read - sum(reasons.values()) - usable
    loaded = updated = keys = 0
    flags = {NOTHING_ASKED: idle} if idle else {}
    if usable:
        window = _keep(connection, plan, delivery, context)
        loaded, updated, keys, found = _compute(connection, plan, delivery, context, window)
        flags |= found
    return FileResult(
        delivery.file,
        plan.feed.name,
        rows_read,
        loaded,
        updated,
        keys - loaded - updated + idle,
        sum(reasons.values()),
        usable - keys,
        {**reasons, **flags},
        plan.mapping.ignored,
    )


def _delay_min(plan: Plan, context: Context) -> int:
    own = plan.table.delivery_delay_min
    return context.settings.kpi_delay_min if own is None else own


def _keep(
    connection: duckdb.DuckDBPyConnection, plan: Plan, delivery: Delivery, context: Context
) -> _Window:
    """Put the file's counters into ``counters``; makes ``counters_compared``, ``counter_news``."""
    sql = queries("counters")
    connection.execute(sql["keys"])
    connection.execute(sql["counted"])
    window = _Window(*(int(value) for value in one_row(connection, sql["window"])))
    known_at = (
        f"f.ts + to_minutes(CAST(f.period_min + {_delay_min(plan, context)} AS BIGINT))"
        if delivery.live_at is None
        else moment_sql(delivery.live_at)
    )
    places = {
        **window.places,
        "{known_at}": known_at,
        "{delivery_id}": str(delivery.delivery_id),
    }
    for name in ("compared", "news", "forget", "keep"):
        connection.execute(_filled(sql[name], places))
    return window


def _compute(
    connection: duckdb.DuckDBPyConnection,
    plan: Plan,
    delivery: Delivery,
    context: Context,
    window: _Window,
) -> tuple[int, int, int, dict[str, int]]:
    """New and changed intervals, all of the file's, and flags -> intervals."""
    sql = queries("counters")
    formulas = context.settings.load_formulas()
    asked = sorted(formulas.counters)  # as they are numbered in counter_ids
    connection.execute(sql["touched"])
    connection.execute(_filled(sql["stored"], window.places))
    found = connection.execute(sql["stored_ids"]).fetchall()
    flags = dict(connection.execute(sql["flags"]).fetchall())
    what = computed(formulas, {asked[number] for number, *_ in found})
    periods = {period for _, shortest, longest, _ in found for period in (shortest, longest)}
    simple = len(periods) == 1 and not any(gaps for *_, gaps in found)
    columns = wide_columns([asked.index(name) for name in what.counters], simple=simple)
    source = "counters_stored" if simple else f"({sql['ruled']})"
    connection.execute(_filled(sql["wide"], {"{columns}": columns, "{source}": source}))
    ends = (window.places["{low}"], window.places["{high_after}"])
    connection.execute(
        "CREATE TEMP TABLE counters_evaluated AS "
        + evaluated_sql(what, plan.feed, ends, simple=simple)
    )
    loaded, updated, keys = one_row(connection, sql["outcomes"])
    if what.formulas:
        flags |= _flags(connection, what)
        _load(connection, plan, what, delivery, _delay_min(plan, context))
    return loaded, updated, keys, flags


def _flags(connection: duckdb.DuckDBPyConnection, what: Computed) -> dict[str, int]:
    brought = {row[0] for row in connection.execute(queries("counters")["brought"]).fetchall()}
    counts = connection.execute(flags_sql(what, brought))
    names = [column[0] for column in counts.description]
    [row] = counts.fetchall()
    return {name: int(count) for name, count in zip(names, row, strict=True) if count}


def _load(
    connection: duckdb.DuckDBPyConnection,
    plan: Plan,
    what: Computed,
    delivery: Delivery,
    delay_min: int,
) -> None:
    """Rows of KPIs that are new or other than before, by the way that all KPI rows go."""
    kpis = list(what.formulas)
    connection.execute("DROP TABLE checked")
    connection.execute(
        "CREATE TEMP VIEW checked AS SELECT 0 AS row_number, cell_id, ts, period_min, "
        f"{', '.join(identifier(kpi) for kpi in kpis)}, NULL AS reason "
        "FROM counters_evaluated WHERE kpi_changed"
    )
    origins = tuple(
        Origin(plan.feed[name], (), ColumnMap(constant="")) for name in (*plan.feed.required, *kpis)
    )
    load_interval_rows(
        connection,
        Plan(plan.feed, plan.table, Mapping(origins, ())),
        delivery,
        delay_min,
    )


def _filled(sql: str, places: dict[str, str]) -> str:
    for place, value in places.items():
        sql = sql.replace(place, value)
    return sql
