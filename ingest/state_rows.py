"""Rows of feeds whose rows change (all but those of intervals): every distinct state is kept."""

from __future__ import annotations

import duckdb

from ingest.contracts import Feed
from ingest.interval_rows import Counts
from ingest.ledger import Delivery, moment_sql
from ingest.mapping import Plan
from ingest.queries import identifier, one_row

TABLES = {
    "cells": "cell_states",
    "regions": "region_states",
    "tickets": "ticket_states",
    "works": "work_states",
    "events": "event_states",
    "alarms": "alarm_states",
    "teams": "team_states",
    "shifts": "shift_states",
}
_TICKET_TIMES = (
    "created_at", "recorded_at", "replied_at", "closed_at", "callback_at", "changed_at",
)  # fmt: skip
_ALARM_TIMES = ("raised_at", "acknowledged_at", "cleared_at", "changed_at")
_ROSTERED = "starts_at - INTERVAL 24 HOUR"
"""When a shift without ``announced_at`` was known, loaded afterwards: a roster is out a day before
at the latest. ``starts_at`` would leave a past morning without the crews of its afternoon."""
_UNDATED = "make_timestamptz(0)"  # 1970, before which no fact is taken
_ANSWER = "coalesce(replied_at, closed_at) IS NOT NULL OR satisfaction IS NOT NULL"
_ANSWERED_AT = "coalesce(closed_at, replied_at, changed_at)"
_CALLBACK = "callback_at IS NOT NULL OR callback_satisfaction IS NOT NULL"


def load_states(connection: duckdb.DuckDBPyConnection, plan: Plan, delivery: Delivery) -> Counts:
    """Put the good rows of ``checked`` into the feed's table of states; inside a transaction.

    A row that says what the newest state of its key says, or that repeats an older one, is
    *unchanged*. Of several rows of one key and time (and as many known columns) in one file the
    last counts, the others are *merged*.
    """
    feed, table = plan.feed, TABLES[plan.feed.name]
    payload = [column.stored for column in feed.columns]
    extra = ["geometry"] if feed.name == "regions" else []
    known = known_sql(feed, delivery)
    have = {plan.feed[name].stored for name in plan.mapping.names}
    values = [
        f"CAST({'NULL' if name not in have else identifier(name)} AS {kind}) AS {identifier(name)}"
        for name, kind in _types(connection, table, payload).items()
    ]
    key = ", ".join(feed.key)
    connection.execute(
        "CREATE TEMP TABLE states AS SELECT *, "
        + ", ".join(f"{sql} AS {name}" for name, sql in known.items())
        + f" FROM (SELECT row_number, {', '.join(values + extra)} FROM checked "
        "WHERE reason IS NULL)"
    )
    rows = _count(connection, "states")
    alike = ", ".join([key, "state_at", "known_at", *(["facts"] if "facts" in known else [])])
    connection.execute(
        "CREATE TEMP TABLE fresh_states AS SELECT * FROM states QUALIFY row_number() "
        f"OVER (PARTITION BY {alike} ORDER BY row_number DESC) = 1"
    )
    kept = _count(connection, "fresh_states")
    same = " AND ".join(
        f"f.{identifier(name)} IS NOT DISTINCT FROM s.{identifier(name)}"
        for name in payload + extra
    )
    same_key = " AND ".join(f"f.{name} = s.{name}" for name in feed.key)
    connection.execute(
        f"CREATE TEMP TABLE new_states AS SELECT * FROM fresh_states f WHERE NOT EXISTS "
        f"(SELECT 1 FROM {table} s WHERE {same_key} AND {same} AND s.state_at = f.state_at) "
        f"AND NOT EXISTS (SELECT 1 FROM {feed.name} s WHERE {same_key} AND {same})"
    )
    new = _count(connection, "new_states")
    [loaded] = one_row(
        connection,
        f"SELECT count(DISTINCT ({key},)) FROM new_states f ANTI JOIN {table} USING ({key})",
    )
    columns = ", ".join(identifier(name) for name in [*payload, *extra, *known])
    connection.execute(
        f"INSERT INTO {table} ({columns}, delivery_id) "
        f"SELECT {columns}, {delivery.delivery_id} FROM new_states ORDER BY row_number"
    )
    return Counts(loaded, new - loaded, kept - new, rows - kept)


def known_sql(feed: Feed, delivery: Delivery) -> dict[str, str]:
    """SQL of ``state_at``, ``known_at`` and the feed's other such columns (CONTRACT §1)."""
    live = None if delivery.live_at is None else moment_sql(delivery.live_at)
    facts = " + ".join(f"({identifier(c.stored)} IS NOT NULL)::UTINYINT" for c in feed.columns)
    if feed.name == "tickets":
        return {
            "state_at": f"greatest({', '.join(_TICKET_TIMES)})",
            "known_at": live or "coalesce(recorded_at, created_at)",
            "answer_known_at": f"CASE WHEN {_ANSWER} THEN {live or _ANSWERED_AT} END",
            "callback_known_at": f"CASE WHEN {_CALLBACK} THEN {live or 'callback_at'} END",
            "facts": facts,
        }
    if feed.name == "alarms":
        return {
            "state_at": f"greatest({', '.join(_ALARM_TIMES)})",
            "known_at": live or "raised_at",
            "facts": facts,
        }
    if feed.name in ("works", "events"):
        return {
            "state_at": f"coalesce(announced_at, {live or _UNDATED})",
            "known_at": live or "coalesce(announced_at, starts_at)",
        }
    if feed.name == "shifts":
        return {
            "state_at": f"coalesce(announced_at, {live or _UNDATED})",
            "known_at": live or f"coalesce(announced_at, {_ROSTERED})",
        }
    ever = live or _UNDATED
    return {"state_at": ever, "known_at": ever}


def _types(connection: duckdb.DuckDBPyConnection, table: str, names: list[str]) -> dict[str, str]:
    types = {row[0]: row[1] for row in connection.execute(f"DESCRIBE {table}").fetchall()}
    return {name: types[name] for name in names}


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    return int(one_row(connection, f"SELECT count(*) FROM {table}")[0])
