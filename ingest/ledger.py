"""The ledger: one entry per delivery, in the transaction of its rows; and rows set aside."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb

from ingest.queries import one_row, queries
from ingest.readers.rows import BadRow
from ingest.result import FileResult

JOURNAL_ONLY = ("broken", "purged_us")
"""What the journal notes beside the entry: rows that could not be taken apart, as number, reason
and value; and before which moment raw KPIs had been removed when it was loaded."""


@dataclass(frozen=True)
class Delivery:
    """One file on its way in.

    Attributes:
        delivery_id: rises with each delivery.
        file: path as shown.
        sha256: of the file's bytes.
        feed: canonical feed, empty when it could not be told.
        reading: profile and settings it is read with; the same content read otherwise is new.
        loaded_at: the clock's moment of loading.
        live_at: the same in live mode; None in history mode.
        source: name of the source, ``ingest`` when loaded by hand.
        size: bytes of the file as delivered.
        look: number and time of change of the file, by which it is known unread; None: unknown.
        how: JSON of what decides how it is read: ``table`` of the profile (null: canonical),
            ``time_zone``, ``kpi_delay_min``.
    """

    delivery_id: int
    file: str
    sha256: str
    feed: str
    reading: str
    loaded_at: datetime
    live_at: datetime | None
    source: str = "ingest"
    size: int = 0
    how: str = "{}"
    look: tuple[int, int] | None = None


def next_delivery_id(connection: duckdb.DuckDBPyConnection) -> int:
    """The id of the next delivery; inside the transaction that enters it."""
    return int(one_row(connection, queries("ledger")["next_id"])[0])


def known_rows(
    connection: duckdb.DuckDBPyConnection, sha256: str, feed: str, reading: str
) -> int | None:
    """Rows of an earlier delivery of the same content, read the same way; None: there is none."""
    found = connection.execute(
        queries("ledger")["known"], {"sha256": sha256, "feed": feed, "profile": reading}
    ).fetchall()
    return int(found[0][0]) if found else None


def known_by_look(connection: duckdb.DuckDBPyConnection, same: Delivery) -> int | None:
    """Rows of an earlier delivery of this very file, unchanged since; None: there is none.

    Args:
        connection: the warehouse.
        same: the file as it is now; its hash is not looked at.
    """
    if same.look is None:
        return None
    found = connection.execute(
        queries("ledger")["known_by_look"],
        {
            "file": same.file,
            "bytes": same.size,
            "file_number": same.look[0],
            "changed_ns": same.look[1],
            "feed": same.feed,
            "profile": same.reading,
        },
    ).fetchall()
    return int(found[0][0]) if found else None


def has_size(connection: duckdb.DuckDBPyConnection, size: int) -> bool:
    """Whether some delivery had that many bytes: only then can the content be known."""
    return bool(one_row(connection, queries("ledger")["has_size"], {"bytes": size})[0])


def enter(
    connection: duckdb.DuckDBPyConnection,
    delivery: Delivery,
    result: FileResult,
    archived: str | None = None,
) -> dict[str, Any]:
    """Write the delivery into the ledger; inside the transaction of its rows.

    Args:
        connection: the warehouse.
        delivery: the file.
        result: what became of its rows.
        archived: path of its copy below ``DATA/archive``.

    Returns:
        The entry, as the journal holds it.
    """
    entry = {
        "delivery_id": delivery.delivery_id,
        "file": delivery.file,
        "sha256": delivery.sha256,
        "feed": delivery.feed,
        "profile": delivery.reading,
        "mode": "history" if delivery.live_at is None else "live",
        "loaded_at_us": microseconds(delivery.loaded_at),
        "rows_read": result.rows_read,
        "rows_loaded": result.rows_loaded,
        "rows_updated": result.rows_updated,
        "rows_unchanged": result.rows_unchanged,
        "rows_rejected": result.rows_rejected,
        "rows_merged": result.rows_merged,
        "reasons": json.dumps(result.reasons, ensure_ascii=False, sort_keys=True),
        "ignored": list(result.ignored),
        "refused": result.refused,
        "source": delivery.source,
        "bytes": delivery.size,
        "how": delivery.how,
        "archived": archived,
        "file_number": None if delivery.look is None else delivery.look[0],
        "changed_ns": None if delivery.look is None else delivery.look[1],
    }
    enter_again(connection, entry)
    return entry


def enter_again(connection: duckdb.DuckDBPyConnection, entry: dict[str, Any]) -> None:
    """Write an entry of the journal into the ledger as it stands."""
    columns = {"file_number": None, "changed_ns": None}  # journals of old have none
    columns |= {name: value for name, value in entry.items() if name not in JOURNAL_ONLY}
    connection.execute(queries("ledger")["enter"], columns)


def set_aside(
    connection: duckdb.DuckDBPyConnection, delivery: Delivery, broken: list[BadRow]
) -> dict[str, int]:
    """Write the bad rows of ``checked`` and the broken ones; reason -> rows."""
    what = {
        "delivery_id": delivery.delivery_id,
        "file": delivery.file,
        "feed": delivery.feed,
    }
    reasons = Counter(dict(connection.execute(queries("ledger")["reasons"]).fetchall()))
    if reasons:
        connection.execute(queries("ledger")["set_aside"], what)
    for row in broken:
        connection.execute(
            queries("ledger")["set_aside_broken"],
            {**what, "row_number": row.number, "value": row.value, "reason": row.reason},
        )
        reasons[row.reason] += 1
    return dict(reasons)


def microseconds(moment: datetime) -> int:
    """Microseconds since 1970-01-01 UTC of an aware moment."""
    whole = int(moment.timestamp())
    return whole * 1_000_000 + moment.microsecond


def moment_sql(moment: datetime) -> str:
    """The moment as SQL."""
    return f"make_timestamptz({microseconds(moment)})"
