"""SQL that turns the fields of a source into canonical values and finds the first bad one of a row.

Written from the contract and the profile, since columns vary; see ``staging_sql``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ingest.contracts import Column, Feed
from ingest.mapping import Mapping, Origin, Plan
from ingest.profiles.model import Table
from ingest.queries import identifier, literal

_BLANK: Final = "' \t\r\n\u00a0\u3000'"
_WIDE, _NARROW = "０１２３４５６７８９．，－＋％", "0123456789.,-+%"
_ZONED_TYPES = ("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ_NS")
_REAL_TYPES = ("FLOAT", "DOUBLE")
_WHOLE_TYPES = (
    "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT",
    "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT",
)  # fmt: skip


@dataclass(frozen=True)
class Source:
    """Where rows come from.

    Attributes:
        relation: what stands behind FROM; gives the rows in the file's order.
        fields: SQL name of each column of the file, by position.
        types: its DuckDB type.
        row_number: SQL of the row's number, None: the order of the relation counts.
        left_out: numbers of rows that are in the file but not in the relation, rising.
    """

    relation: str
    fields: tuple[str, ...]
    types: tuple[str, ...]
    row_number: str | None
    left_out: tuple[int, ...] = ()


@dataclass(frozen=True)
class Value:
    """One canonical column in SQL: ``raw`` as delivered, ``value`` typed, ``bad`` over both."""

    column: Column
    raw: str
    value: str
    bad: str


def staging_sql(source: Source, plan: Plan) -> str:
    """SELECT of one row per source row.

    Columns: ``row_number`` (only if the source has it), each canonical column (times of text
    sources still as text), ``"#bad"`` (place of the first bad column in the mapping, from 1; NULL
    when none), ``"#value"`` (its text).
    """
    values = [_value(source, origin, plan.feed, plan.table) for origin in plan.mapping.origins]
    row = [f"{source.row_number} AS row_number"] if source.row_number else []
    keep = ["row_number"] if source.row_number else []
    inner = row + [
        part
        for i, value in enumerate(values)
        for part in (f"{value.raw} AS r{i}", f"{value.value} AS v{i}")
    ]
    chain = " ".join(
        f"WHEN {value.bad.format(r=f'r{i}', v=f'v{i}')} THEN {i + 1}"
        for i, value in enumerate(values)
    )
    middle = [*keep, *(f"r{i}, v{i}" for i in range(len(values))), f"CASE {chain} END AS bad"]
    texts = " ".join(f"WHEN {i + 1} THEN TRY_CAST(r{i} AS VARCHAR)" for i in range(len(values)))
    outer = [
        *keep,
        *(f"v{i} AS {identifier(value.column.stored)}" for i, value in enumerate(values)),
        'bad AS "#bad"',
        f'CASE bad {texts} END AS "#value"',
    ]
    return (
        f"SELECT {', '.join(outer)} FROM (SELECT {', '.join(middle)} FROM "
        f"(SELECT {', '.join(inner)} FROM {source.relation}))"
    )


def numbered_sql(source: Source) -> str:
    """SELECT of ``staged`` with ``row_number``, 1 = first data row of the file."""
    if source.row_number is not None:
        return "SELECT * FROM staged"
    if not source.left_out:
        return "SELECT rowid + 1 AS row_number, * FROM staged"
    # the row left out as number b is the (i+1)th: b - 1 - i rows of the relation stand before it
    before = ", ".join(f"({b - 1 - i}, {i + 1})" for i, b in enumerate(source.left_out))
    return (
        "SELECT s.rowid + 1 + coalesce(o.skipped, 0) AS row_number, s.* FROM staged s "
        "ASOF LEFT JOIN (SELECT first_row, max(skipped) AS skipped "
        f"FROM (VALUES {before}) v(first_row, skipped) GROUP BY first_row) o "
        "ON s.rowid >= o.first_row"
    )


def reason_sql(plan: Plan) -> str:
    """CASE over ``"#bad"`` and ``"#value"``: the reason code of a bad row."""
    cases = []
    for place, origin in enumerate(plan.mapping.origins, 1):
        column = origin.column
        if column.kind in ("number", "integer"):
            number = number_sql('"#value"', plan.table, _real(plan.feed))
            whole = f"WHEN {number} <> floor({number}) THEN 'not_an_integer' "
            code = (
                f"CASE WHEN trim(\"#value\") = '' OR \"#value\" IS NULL THEN 'missing_value' "
                f"WHEN {number} IS NULL OR isnan({number}) OR isinf({number}) "
                f"OR contains(\"#value\", '_') THEN 'not_a_number' "
                f"{whole if column.kind == 'integer' else ''}ELSE 'out_of_range' END"
            )
        else:
            other = {"choice": "unknown_value", "time": "bad_time"}.get(column.kind, "bad_value")
            code = f"CASE WHEN \"#value\" IS NULL THEN 'missing_value' ELSE '{other}' END"
        cases.append(f"WHEN {place} THEN {code}")
    return f'CASE "#bad" {" ".join(cases)} END'


def number_sql(text: str, table: Table, real: str) -> str:
    """A number from text, in the declared notation; NULL when it is none."""
    if table.full_width:
        text = f"translate({text}, '{_WIDE}', '{_NARROW}')"
    if table.decimal_comma:
        text = f"replace(replace({text}, '.', ''), ',', '.')"
    return f"TRY_CAST({text} AS {real})"


def _real(feed: Feed) -> str:
    return "FLOAT" if feed.name == "kpis" else "DOUBLE"


def typed_times(source: Source, mapping: Mapping) -> set[str]:
    """Canonical time columns that the source gives as moments already."""
    return {
        origin.column.name
        for origin in mapping.origins
        if origin.column.kind == "time"
        and len(origin.places) == 1
        and source.types[origin.places[0]] in _ZONED_TYPES
    }


def _value(source: Source, origin: Origin, feed: Feed, table: Table) -> Value:
    kind = origin.column.kind
    types = [source.types[place] for place in origin.places]
    if kind == "time":
        return _time(source, origin, table, types)
    if kind in ("number", "integer"):
        return _number(source, origin, feed, table, types)
    text = _text(source, origin, table, types)
    if kind == "choice":
        return _choice(origin.column, text)
    required = "{v} IS NULL" if origin.column.required else "false"
    return Value(origin.column, text, text, required)


def _choice(column: Column, text: str) -> Value:
    cases = " ".join(f"WHEN {literal(c.lower())} THEN {literal(c)}" for c in column.choices)
    bad = "{r} IS NOT NULL AND {v} IS NULL"
    return Value(column, text, f"CASE lower({text}) {cases} END", bad)


def _text(source: Source, origin: Origin, table: Table, types: list[str]) -> str:
    """Trimmed, NULL where empty or declared missing, mapped through values and patterns."""
    rule = origin.rule
    if rule.constant is not None:
        return literal(rule.constant)
    parts = [
        _plain(source.fields[place], kind) for place, kind in zip(origin.places, types, strict=True)
    ]
    if len(parts) > 1:
        full = [f"nullif(trim({part}, {_BLANK}), '')" for part in parts]
        text = f"concat_ws({literal(rule.separator)}, {', '.join(full)})"
    else:
        text = parts[0]
    text = f"nullif(trim({text}, {_BLANK}), '')"
    if table.missing:
        gone = ", ".join(literal(word) for word in table.missing)
        text = f"CASE WHEN {text} NOT IN ({gone}) THEN {text} END"
    if not (rule.values or rule.patterns or rule.otherwise is not None):
        return text
    cases = [f"WHEN {text} = {literal(k)} THEN {literal(v)}" for k, v in rule.values.items()]
    cases += [
        f"WHEN regexp_matches({text}, {literal(p.pattern)}) THEN {literal(p.value)}"
        for p in rule.patterns
    ]
    otherwise = text if rule.otherwise is None else literal(rule.otherwise)
    return f"CASE WHEN {text} IS NULL THEN NULL {' '.join(cases)} ELSE {otherwise} END"


def _plain(field: str, kind: str) -> str:
    """A field as text; whole numbers without ``.0``."""
    if kind == "VARCHAR":
        return field
    if kind in _REAL_TYPES:
        return (
            f"CASE WHEN {field} = floor({field}) AND abs({field}) < 1e15 "
            f"THEN CAST(CAST({field} AS BIGINT) AS VARCHAR) ELSE CAST({field} AS VARCHAR) END"
        )
    return f"CAST({field} AS VARCHAR)"


def _number(source: Source, origin: Origin, feed: Feed, table: Table, types: list[str]) -> Value:
    column, rule, real = origin.column, origin.rule, _real(feed)
    simple = len(types) == 1 and not (rule.values or rule.patterns or table.missing)
    if simple and (types[0] in _REAL_TYPES or types[0] in _WHOLE_TYPES):
        raw = source.fields[origin.places[0]]
        number = f"TRY_CAST({raw} AS {real})"
        empty, odd = "{r} IS NOT NULL", ""
    else:
        # a bare text field is trimmed by the cast itself: one string operation less per value
        bare = simple and types[0] == "VARCHAR"
        raw = source.fields[origin.places[0]] if bare else _text(source, origin, table, types)
        number = number_sql(raw, table, real)
        empty = f"nullif(trim({{r}}, {_BLANK}), '') IS NOT NULL"
        odd = " OR contains({r}, '_')"  # DuckDB reads 1_000 as 1000
    if rule.scale != 1.0 or rule.offset != 0.0:
        wide = number.replace(f"AS {real})", "AS DOUBLE)")
        number = f"CAST({wide} * {rule.scale!r} + {rule.offset!r} AS {real})"
    low, high = (f"CAST({limit!r} AS {real})" for limit in (column.low, column.high))
    # NaN is above every limit, infinity above the largest number: both fail BETWEEN
    outside = f"NOT ({{v}} BETWEEN {low} AND {high})"
    if column.kind == "integer":
        outside += " OR {v} <> floor({v})"
    missing = "true" if column.required else empty
    bad = f"CASE WHEN {{v}} IS NULL THEN {missing} ELSE {outside}{odd} END"
    return Value(column, raw, number, bad)


def _time(source: Source, origin: Origin, table: Table, types: list[str]) -> Value:
    column = origin.column
    field = source.fields[origin.places[0]] if len(types) == 1 else ""
    missing = "{v} IS NULL" if column.required else "false"
    if len(types) == 1 and types[0] in _ZONED_TYPES:
        missing = missing if column.required else "{r} IS NOT NULL AND {v} IS NULL"
        return Value(column, field, f"TRY_CAST({field} AS TIMESTAMPTZ)", missing)
    if len(types) == 1 and types[0].startswith(("TIMESTAMP", "DATE")):
        # text again, so that skipped and doubled local hours are found in one place
        text = f"strftime(TRY_CAST({field} AS TIMESTAMP), '%Y-%m-%d %H:%M:%S.%f')"
        return Value(column, text, text, missing)
    text = _text(source, origin, table, types)
    return Value(column, text, text, missing)
