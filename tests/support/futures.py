"""Other futures: everything that became known after a moment deleted, rewritten, added to.

Nothing here knows which table matters to a forecast: all tables of facts are treated alike, by the
types of their columns, so that a new table or column is in the test without being named.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import duckdb

from forecasting.wall import FACTS
from ingest.queries import identifier

DERIVED = ("kpi_hourly", "kpi_daily", "quality_cells", "quality_kpis", "counters")
_KEYS = {
    "cell_states": "cell_id", "region_states": "region_id", "ticket_states": "ticket_id",
    "work_states": "work_id", "event_states": "event_id", "alarm_states": "alarm_id",
    "team_states": "team_id", "shift_states": "team_id",
}  # fmt: skip
MIRRORED = ("work_orders", "work_order_events")
_REVISED = {"kpis": "kpi_revisions", "handovers": "handover_revisions"}
_LATER_DELIVERY = 1000


def rewrite(connection: duckdb.DuckDBPyConnection, as_of: datetime, seed: int) -> None:
    """Another future, drawn by ``seed``; what was known at ``as_of`` stays as it is."""
    named = {*_KEYS, *DERIVED, *MIRRORED, *_REVISED, *_REVISED.values()}
    assert named == FACTS
    for table in sorted(FACTS):
        _delete(connection, table, as_of, f"hash(rowid, {seed}) % 3 = 0")
        _distort(connection, table, "known_at > $as_of AND hash(rowid, $seed) % 3 = 1", as_of, seed)
    for table in _KEYS:
        _tell_anew(connection, table, as_of, seed)
    _answers_to_come(connection, as_of, seed)
    _orders_to_come(connection, as_of, seed)
    _revise(connection, as_of, seed)
    _late_hours(connection, as_of)
    for table in DERIVED:  # what others keep up for themselves: nothing of it may show through
        _distort(connection, table, "true", as_of, seed)


def _orders_to_come(connection: duckdb.DuckDBPyConnection, as_of: datetime, seed: int) -> None:
    """Every third cell is repaired, and the crew finds another cause than was named."""
    chosen = "FROM cell_states WHERE hash(cell_id, ?) % 3 = 0"
    connection.execute(
        "INSERT INTO work_orders BY NAME SELECT 'WO-' || cell_id AS order_id, rowid AS event_id,"
        " ?::TIMESTAMPTZ + INTERVAL 1 SECOND AS known_at, site_id, 'hardware' AS cause,"
        f" [cell_id] AS cell_ids {chosen}",
        [as_of, seed],
    )
    connection.execute(
        "INSERT INTO work_order_events BY NAME SELECT rowid AS event_id, 'WO-' || cell_id AS"
        " order_id, 1 AS seq, 'repair' AS kind, 'repaired' AS state, ?::TIMESTAMPTZ + INTERVAL 1"
        f" SECOND AS known_at, 'crew' AS actor, 'transport' AS found_cause {chosen}",
        [as_of, seed],
    )


def delete(connection: duckdb.DuckDBPyConnection, as_of: datetime) -> None:
    """No future at all."""
    for table in sorted(FACTS):
        _delete(connection, table, as_of, "true")
    answers = "satisfaction = NULL, closed_at = NULL, replied_at = NULL, answer_known_at = NULL"
    connection.execute(
        f"UPDATE ticket_states SET {answers}, status = NULL WHERE answer_known_at > ?", [as_of]
    )
    # the status of a state with a call-back tells of it
    connection.execute("UPDATE ticket_states SET status = NULL WHERE callback_at > ?", [as_of])
    connection.execute(
        "UPDATE ticket_states SET callback_at = NULL, callback_satisfaction = NULL,"
        " callback_known_at = NULL WHERE callback_known_at > ?",
        [as_of],
    )


def _delete(connection: duckdb.DuckDBPyConnection, table: str, as_of: datetime, which: str) -> None:
    connection.execute(f"DELETE FROM {table} WHERE known_at > ? AND {which}", [as_of])


def _columns(connection: duckdb.DuckDBPyConnection, table: str) -> list[tuple[str, str]]:
    return connection.execute(
        "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = ?", [table]
    ).fetchall()


def _other(name: str, kind: str) -> str | None:
    """Another value of a column, by its type; None: the column is left alone."""
    if name in ("known_at", "answer_known_at", "callback_known_at", "delivery_id", "state_at"):
        return None
    column = identifier(name)
    if kind in ("DOUBLE", "FLOAT"):
        return f"{column} * 3 + 1"
    if kind in ("INTEGER", "BIGINT", "SMALLINT", "UTINYINT"):
        return f"least({column} % 9 + 1, 10)"
    if kind == "VARCHAR":
        return f"{column} || 'x'"
    if kind == "TIMESTAMP WITH TIME ZONE":
        return f"{column} + INTERVAL 7 HOUR"
    return None


def _distort(
    connection: duckdb.DuckDBPyConnection, table: str, which: str, as_of: datetime, seed: int
) -> None:
    keys = {"cell_id", "neighbour_id", "ts", "day", "hour", "period_min", _KEYS.get(table)}
    parts = [
        f"{identifier(name)} = {other}"
        for name, kind in _columns(connection, table)
        if name not in keys and (other := _other(name, kind))
    ]
    where = which.replace("$as_of", f"'{as_of.isoformat()}'::TIMESTAMPTZ")
    connection.execute(
        f"UPDATE {table} SET {', '.join(parts)} WHERE {where.replace('$seed', str(seed))}"
    )


def _tell_anew(
    connection: duckdb.DuckDBPyConnection, table: str, as_of: datetime, seed: int
) -> None:
    """Known keys get a newer state, and keys that nobody had heard of come late."""
    key = _KEYS[table]
    later = as_of + timedelta(hours=1 + seed)
    plain = [(n, k) for n, k in _columns(connection, table) if n not in {key, "created_at"}]
    other = ", ".join(
        f"{expression} AS {identifier(name)}"
        for name, kind in plain
        if (expression := _other(name, kind))
    )
    moment = f"'{later.isoformat()}'::TIMESTAMPTZ"
    fixed = f"{moment} AS known_at, {_LATER_DELIVERY} AS delivery_id"
    for name, state_at in ((key, moment), (f"{key} || '-late'", "state_at")):
        connection.execute(
            f"INSERT INTO {table} BY NAME SELECT * REPLACE"
            f" ({name} AS {key}, {other}, {state_at} AS state_at, {fixed}) FROM {table}"
            f" WHERE hash(rowid, {seed}) % 2 = 0"
        )


def _answers_to_come(connection: duckdb.DuckDBPyConnection, as_of: datetime, seed: int) -> None:
    """What a ticket or alarm known by then will only later be told of."""
    shift = f"INTERVAL {seed} HOUR"
    put = connection.execute
    put(
        "UPDATE ticket_states SET satisfaction = 11 - satisfaction, status = 'x',"
        f" closed_at = closed_at + {shift} WHERE closed_at > ? AND answer_known_at > ?",
        [as_of, as_of],
    )
    put("UPDATE ticket_states SET callback_satisfaction = 1 WHERE callback_known_at > ?", [as_of])
    put(f"UPDATE alarm_states SET cleared_at = cleared_at + {shift} WHERE cleared_at > ?", [as_of])


def _revise(connection: duckdb.DuckDBPyConnection, as_of: datetime, seed: int) -> None:
    """Rows of the last days are delivered again with other values: the old ones are kept."""
    which = (
        f"known_at <= '{as_of.isoformat()}'::TIMESTAMPTZ AND hash(cell_id, ts, {seed}) % 5 = 0"
        f" AND ts >= '{(as_of - timedelta(days=20)).isoformat()}'::TIMESTAMPTZ"
    )
    for table, revisions in _REVISED.items():
        connection.execute(f"INSERT INTO {revisions} BY NAME SELECT * FROM {table} WHERE {which}")
        _distort(connection, table, which, as_of, seed)
        connection.execute(
            f"UPDATE {table} SET known_at = ?, delivery_id = {_LATER_DELIVERY} WHERE {which}",
            [as_of + timedelta(minutes=seed)],
        )


def _late_hours(connection: duckdb.DuckDBPyConnection, as_of: datetime) -> None:
    """Hours that were lost come after all."""
    connection.execute(
        f"INSERT INTO kpis BY NAME SELECT * REPLACE (ts - INTERVAL 17 MINUTE AS ts,"
        f" ?::TIMESTAMPTZ AS known_at, {_LATER_DELIVERY} AS delivery_id) FROM kpis"
        " WHERE hash(rowid) % 50 = 0",
        [as_of + timedelta(minutes=1)],
    )
