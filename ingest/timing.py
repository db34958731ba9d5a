"""Puts moments to the time texts of ``staged``: each distinct text is read once."""

from __future__ import annotations

import duckdb
import pyarrow as pa

from ingest.contracts import INTERVALS, Feed
from ingest.mapping import is_kpi
from ingest.queries import identifier, literal
from ingest.times import TimeReader

_HAPPENED = {"kpis": "ts", "handovers": "ts", "tickets": "created_at", "alarms": "raised_at"}


def make_time_map(
    connection: duckdb.DuckDBPyConnection, columns: list[str], reader: TimeReader
) -> None:
    """Fill the temporary table ``time_map(text, moment, reason)`` for these columns of ``staged``.

    One of ``moment`` (TIMESTAMPTZ) and ``reason`` is NULL.
    """
    connection.execute(
        "CREATE TEMP TABLE time_map (text VARCHAR, moment TIMESTAMPTZ, reason VARCHAR)"
    )
    if not columns:
        return
    union = " UNION ".join(
        f"SELECT DISTINCT {identifier(c)} AS text FROM staged WHERE {identifier(c)} IS NOT NULL"
        for c in columns
    )
    texts = [row[0] for row in connection.execute(union).fetchall()]
    read = [reader.read(text) for text in texts]
    batch = pa.table(
        {
            "text": pa.array(texts, pa.string()),
            "moment": pa.array([moment for moment, _ in read], pa.timestamp("us", tz="UTC")),
            "reason": pa.array([reason for _, reason in read], pa.string()),
        }
    )
    connection.register("time_batch", batch)
    connection.execute("INSERT INTO time_map SELECT * FROM time_batch")
    connection.unregister("time_batch")


def checked_sql(
    feed: Feed,
    names: tuple[str, ...],
    text_times: list[str],
    reason: str,
    late: str | None,
    *,
    gone: str | None = None,
) -> str:
    """SELECT of ``staged`` with moments instead of texts.

    Columns: ``row_number``, the canonical columns that the file brings, and ``reason``, ``place``
    (column) and ``content`` of the first problem of a row, NULL when it has none.

    Args:
        feed: the feed.
        names: canonical columns in ``staged``.
        text_times: those of them that hold time texts.
        reason: SQL of the reason code of rows that are bad already (``reason_sql``).
        late: SQL of the latest moment at which a row may have happened; None when any may.
        gone: SQL of the moment before which rows of intervals were removed for their age; None:
            none were.
    """
    joins, values = [], []
    problems: list[tuple[str, str, str, str]] = []
    place = " ".join(f"WHEN {i} THEN '{name}'" for i, name in enumerate(names, 1))
    for i, name in enumerate(names):
        column = identifier(feed[name].stored)
        if name in text_times:
            joins.append(f"LEFT JOIN time_map m{i} ON s.{column} = m{i}.text")
            values.append(f"m{i}.moment AS {column}")
            problems.append(
                (f"m{i}.reason IS NOT NULL", f"m{i}.reason", literal(name), f"s.{column}")
            )
        else:
            values.append(f"s.{column}")
    happened = _HAPPENED.get(feed.name)
    if happened:
        i = names.index(happened)
        moment = f"m{i}.moment" if happened in text_times else f"s.{happened}"
        content = f"CAST({moment} AS VARCHAR)"
        if late:
            problems.append((f"{moment} > {late}", "'in_future'", literal(happened), content))
        if gone and feed.name in INTERVALS:
            problems.append((f"{moment} < {gone}", "'too_old'", literal(happened), content))
    if feed.name == "kpis":
        kpis = ", ".join(f"s.{identifier(name)}" for name in names if is_kpi(feed[name]))
        problems.append((f"coalesce({kpis}) IS NULL", "'no_value'", "NULL", "NULL"))
    if feed.name == "shifts":
        problems.append(_backwards(names, text_times))
    if feed.name == "handovers":
        problems.extend(_relation_problems(names))
    return (
        f"SELECT row_number, {', '.join(values)}, "
        f'CASE WHEN "#bad" IS NOT NULL THEN {reason} '
        + " ".join(f"WHEN {test} THEN {code}" for test, code, _, _ in problems)
        + ' END AS reason, CASE WHEN "#bad" IS NOT NULL THEN CASE "#bad" '
        + place
        + " END "
        + " ".join(f"WHEN {test} THEN {name}" for test, _, name, _ in problems)
        + ' END AS place, CASE WHEN "#bad" IS NOT NULL THEN "#value" '
        + " ".join(f"WHEN {test} THEN {content}" for test, _, _, content in problems)
        + f" END AS content FROM numbered s {' '.join(joins)}"
    )


def _backwards(names: tuple[str, ...], text_times: list[str]) -> tuple[str, str, str, str]:
    """What cannot be of a shift: an end before its beginning."""
    start, end = (
        f"m{names.index(name)}.moment" if name in text_times else f"s.{name}"
        for name in ("starts_at", "ends_at")
    )
    return (f"{end} < {start}", "'ends_before_start'", "'ends_at'", f"CAST({end} AS VARCHAR)")


def _relation_problems(names: tuple[str, ...]) -> list[tuple[str, str, str, str]]:
    """What cannot be of hand-overs: a cell to itself, more successes than attempts."""
    found = [
        ("s.cell_id = s.neighbour_id", "'self_relation'", "'neighbour_id'", "s.neighbour_id"),
    ]
    if "successes" in names:
        told = "CAST(CAST(s.successes AS BIGINT) AS VARCHAR)"
        more = "s.successes > s.attempts"
        found.append((more, "'more_than_attempts'", "'successes'", told))
    return found
