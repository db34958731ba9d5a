"""How far the recurring jobs have come: one row per job in ``upkeep``."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from ingest.queries import one_row, queries


@dataclass(frozen=True)
class Mark:
    """Where a job stands.

    Attributes:
        delivery_id: deliveries up to this one are in it; 0: none.
        until_us: facts before this moment are gone (microseconds since 1970 UTC); None: none are.
    """

    delivery_id: int = 0
    until_us: int | None = None


def mark_of(connection: duckdb.DuckDBPyConnection, job: str) -> Mark:
    """The mark of a job; that of one that never ran when there is none."""
    found = connection.execute(queries("retention")["mark"], {"job": job}).fetchall()
    return Mark(int(found[0][0] or 0), found[0][1]) if found else Mark()


def set_mark(connection: duckdb.DuckDBPyConnection, job: str, mark: Mark) -> None:
    """Note where a job stands; inside the transaction of its work."""
    forget_mark(connection, job)
    connection.execute(
        queries("retention")["set_mark"],
        {"job": job, "delivery_id": mark.delivery_id, "until_us": mark.until_us},
    )


def forget_mark(connection: duckdb.DuckDBPyConnection, job: str) -> None:
    """Make a job one that never ran."""
    connection.execute(queries("retention")["forget_mark"], {"job": job})


def newest_delivery(connection: duckdb.DuckDBPyConnection) -> int:
    """The id of the newest delivery; 0 before the first."""
    return int(one_row(connection, queries("retention")["newest_delivery"])[0])


def purged_us(connection: duckdb.DuckDBPyConnection) -> int | None:
    """The moment before which raw KPIs are gone; None when none were ever removed."""
    return mark_of(connection, "raw").until_us
