"""The short way of KPI files in which all is well: from the file into ``kpis`` in one statement.

Most files are plain: canonical columns, no bad value, no key twice, no key that is known. Their
rows are put into the table by one statement that leaves out every row in doubt. Then it is proven
that none was left out and that all keys are new; where that fails all is rolled back, and the file
takes the long way (``staged``, ``checked``), which finds out what is wrong with which row. Both
ways give the same tables.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb

from ingest.contracts import Column
from ingest.interval_rows import Counts, known_at_sql
from ingest.ledger import Delivery
from ingest.mapping import Origin, Plan
from ingest.opening import Opened
from ingest.plain_source import NotPlainError, PlainSource, plain_source
from ingest.queries import identifier, literal, one_row
from ingest.settings import IngestSettings

_BLANKS = ("\t", "\n", "\r", " ", "\u00a0", "\u3000")  # what the long way trims off
_TEXT_TIME = re.compile(r"\d{4}-\d\d-\d\d([T ])\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:?\d\d)?", re.ASCII)
_FIRST_US, _LAST_US = 0, 7_258_118_400_000_000  # 1970 .. 2200, as ingest.times


@dataclass(frozen=True)
class Limits:
    """Moments, in microseconds since 1970, beyond which rows are for the long way."""

    after_us: int | None
    before_us: int | None


def load_directly(
    connection: duckdb.DuckDBPyConnection,
    opened: Opened,
    plan: Plan,
    delivery: Delivery,
    *,
    settings: IngestSettings,
    limits: Limits,
) -> tuple[int, Counts]:
    """Put all rows of a plain KPI file into ``kpis``; inside a transaction.

    Returns:
        Rows read, and what became of them: all loaded.

    Raises:
        NotPlainError: it is no plain file; the transaction must be rolled back.
    """
    _check_plan(plan)
    zone = plan.table.time_zone or settings.time_zone
    with plain_source(connection, opened, plan, settings) as source:
        moment = _moment(source, zone)
        _check_new(connection, source.first_ts, moment)
        delay = plan.table.delivery_delay_min
        known = known_at_sql(
            delivery,
            settings.kpi_delay_min if delay is None else delay,
            ts="m",
            period=f"CAST({source.columns['period_min'][0]} AS INTEGER)",
        )
        _insert(
            connection,
            source,
            plan,
            moment,
            limits,
            known_at=known,
            delivery_id=delivery.delivery_id,
        )
        return _prove(connection, source, moment, delivery, zone)


@dataclass(frozen=True)
class Moment:
    """SQL of a row's moment; of whether its text is exactly of the first row's form; with zone?"""

    sql: str
    exact: str
    zoned: bool


def _check_plan(plan: Plan) -> None:
    table = plan.table
    layout = table.time_formats == ("iso",) and not (
        table.missing or table.decimal_comma or table.full_width or table.midnight_24 != "refuse"
    )
    told = {*plan.feed.required, *plan.kpis}  # a time of revision is for the long way
    layout = layout and told.issuperset(plan.mapping.names)
    if not layout or not all(_is_bare(origin) for origin in plan.mapping.origins):
        raise NotPlainError


def _is_bare(origin: Origin) -> bool:
    """The column as it stands."""
    rule = origin.rule
    changed = rule.values or rule.patterns or rule.otherwise is not None
    return len(origin.places) == 1 and not changed and (rule.scale, rule.offset) == (1.0, 0.0)


def _moment(source: PlainSource, zone: str) -> Moment:
    field, kind = source.columns["ts"]
    if kind in ("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ_NS"):
        return Moment(f"TRY_CAST({field} AS TIMESTAMPTZ)", "true", zoned=True)
    local = f"timezone({literal(zone)}, TRY_CAST({field} AS TIMESTAMP))"
    if kind.startswith("TIMESTAMP"):
        return Moment(local, "true", zoned=False)
    shape = _TEXT_TIME.fullmatch(source.first_ts) if kind == "VARCHAR" else None
    if shape is None:
        raise NotPlainError
    pattern = f"____-__-__{shape[1]}__:__{':__' if shape[2] else ''}{shape[3] or ''}"
    exact = f"{field} LIKE {literal(pattern)} AND substr({field}, 12, 2) <> '24'"
    if shape[3]:
        return Moment(f"TRY_CAST({field} AS TIMESTAMPTZ)", exact, zoned=True)
    return Moment(local, exact, zoned=False)


def _check_new(connection: duckdb.DuckDBPyConnection, first: str, moment: Moment) -> None:
    """NotPlainError when the first row's interval has rows already: some may be known."""
    kind = "TIMESTAMPTZ" if moment.zoned else "TIMESTAMP"
    [taken] = one_row(
        connection,
        f"SELECT count(*) FROM kpis WHERE ts = TRY_CAST($first AS {kind})",
        {"first": first},
    )
    if taken:
        raise NotPlainError


def _insert(
    connection: duckdb.DuckDBPyConnection,
    source: PlainSource,
    plan: Plan,
    moment: Moment,
    limits: Limits,
    *,
    known_at: str,
    delivery_id: int,
) -> None:
    kpis = plan.kpis
    cell, _ = source.columns["cell_id"]
    tests = [
        moment.exact,
        "m IS NOT NULL",
        f"{cell} >= '!'",  # neither empty nor with a blank or control sign before
        *(f"{cell} NOT LIKE {literal(blank + '%')}" for blank in _BLANKS[-2:]),
        *(f"{cell} NOT LIKE {literal('%' + blank)}" for blank in _BLANKS),
        _number_test(plan.feed["period_min"], *source.columns["period_min"]),
        *(_number_test(plan.feed[name], *source.columns[name]) for name in kpis),
        f"coalesce({', '.join(source.columns[name][0] for name in kpis)}) IS NOT NULL",
    ]
    if limits.after_us is not None:
        tests.append(f"m <= make_timestamptz({limits.after_us})")
    if limits.before_us is not None:
        tests.append(f"m >= make_timestamptz({limits.before_us})")
    period = source.columns["period_min"][0]
    columns = ["cell_id", "ts", "period_min", "known_at", "delivery_id", *map(identifier, kpis)]
    values = [
        f"CAST({cell} AS VARCHAR)",
        "m",
        f"CAST({period} AS INTEGER)",
        known_at,
        str(delivery_id),
        *(f"CAST({source.columns[name][0]} AS FLOAT)" for name in kpis),
    ]
    connection.execute(
        f"INSERT INTO kpis ({', '.join(columns)}) SELECT {', '.join(values)} "
        f"FROM (SELECT *, {moment.sql} AS m FROM {source.relation}) WHERE {' AND '.join(tests)}"
    )


def _number_test(column: Column, field: str, kind: str) -> str:
    """A number of the column's range; KPIs may be unknown."""
    if kind == "VARCHAR":
        raise NotPlainError
    # the long way compares after rounding to FLOAT: what is inside here is inside there
    inside = f"{field} BETWEEN {column.low!r} AND {column.high!r}"
    if column.kind == "integer":
        inside += f" AND {field} = floor({field})"
    return inside if column.required else f"({field} IS NULL OR {inside})"


def _prove(
    connection: duckdb.DuckDBPyConnection,
    source: PlainSource,
    moment: Moment,
    delivery: Delivery,
    zone: str,
) -> tuple[int, Counts]:
    """Every row of the file is in the table, and no key is there twice."""
    own = f"delivery_id = {delivery.delivery_id}"
    in_ids = "sum(length(cell_id) - length(replace(cell_id, '_', '')))"
    rows, first, last, underscores = one_row(
        connection,
        "SELECT count(*), epoch_us(min(ts)), epoch_us(max(ts)), "
        f"{in_ids if source.underscores else 'NULL'} FROM kpis WHERE {own}",
    )
    if rows == 0 or not source.whole(rows) or not _all_different(connection, own):
        raise NotPlainError
    if source.underscores and source.underscores != underscores:
        raise NotPlainError
    if first < _FIRST_US or last >= _LAST_US:
        raise NotPlainError
    if not moment.zoned:
        _check_offset(first, last, zone)
    [others] = one_row(
        connection,
        f"SELECT count(*) FROM kpis WHERE ts BETWEEN make_timestamptz({first}) "
        f"AND make_timestamptz({last}) AND NOT ({own})",
    )
    if others:
        raise NotPlainError
    return rows, Counts(rows, 0, 0, 0)


def _all_different(connection: duckdb.DuckDBPyConnection, own: str) -> bool:
    """Whether no key is there twice: since the rows rise, as most files are, or by hashes."""
    [rising] = one_row(
        connection,
        "SELECT bool_and(ts > ts_before OR ts = ts_before AND cell_id > cell_before) FROM ("
        "SELECT ts, cell_id, lag(ts) OVER () AS ts_before, lag(cell_id) OVER () AS cell_before "
        f"FROM kpis WHERE {own})",
    )
    if rising:
        return True
    # equal hashes of different keys only make it look as if a key were there twice
    [same] = one_row(
        connection, f"SELECT count(*) = count(DISTINCT hash(cell_id, ts)) FROM kpis WHERE {own}"
    )
    return bool(same)


def _check_offset(first_us: int, last_us: int, zone: str) -> None:
    """NotPlainError when the zone's clocks were changed meanwhile: local times may be doubtful."""
    start = datetime.fromtimestamp(first_us / 1e6, ZoneInfo(zone)) - timedelta(days=1)
    offsets = set()
    for day in range((last_us - first_us) // 86_400_000_000 + 4):
        offsets.add((start + timedelta(days=day)).utcoffset())
    if len(offsets) > 1:
        raise NotPlainError
