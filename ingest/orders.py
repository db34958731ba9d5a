"""Work orders in the warehouse: a mirror of the ops database's events, added to and never changed.

The ops database is where people and crews act; forecasting sees what they did through the tables
``work_orders`` and ``work_order_events`` alone. A row is a function of its event, so that the
mirror of the same events is the same, whenever and in however many parts it was made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta

import duckdb
import pyarrow as pa

from ingest.order_rows import Mark, OrderAbout, OrderEvent
from ingest.queries import queries
from ingest.warehouse import transaction

_TIME = pa.timestamp("us", tz="UTC")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


_ABOUT = pa.schema(
    [
        ("order_id", pa.string()),
        ("event_id", pa.int64()),
        ("known_at", _TIME),
        ("site_id", pa.string()),
        ("region_id", pa.string()),
        ("cause", pa.string()),
        ("cell_ids", pa.list_(pa.string())),
        ("as_of", _TIME),
        ("probability", pa.float64()),
        ("expected", pa.float64()),
    ]
)
_EVENTS = pa.schema(
    [
        ("event_id", pa.int64()),
        ("order_id", pa.string()),
        ("seq", pa.int32()),
        ("kind", pa.string()),
        ("state", pa.string()),
        ("known_at", _TIME),
        ("actor", pa.string()),
        ("team_id", pa.string()),
        ("reason", pa.string()),
        ("found_cause", pa.string()),
    ]
)


@dataclass(frozen=True)
class OrderMirror:
    """The mirror in an open warehouse.

    Attributes:
        connection: the warehouse, open for writing.
    """

    connection: duckdb.DuckDBPyConnection

    def last(self) -> Mark | None:
        """Of the newest event that is here; None before the first."""
        found = self.connection.execute(queries("orders")["last"]).fetchall()
        if not found:
            return None
        event_id, order_id, seq, kind, known_us = found[0]
        return event_id, order_id, seq, kind, _EPOCH + timedelta(microseconds=known_us)

    def add(
        self, orders: Sequence[OrderAbout], events: Sequence[OrderEvent], *, anew: bool = False
    ) -> None:
        """Add events, and what they say of their orders, in one transaction.

        Judgements of forecasts made by the knowledge of a moment at or after the first of them are
        forgotten, so that they are made again with the events.

        Args:
            orders: told by these events.
            events: the next ones, in order of ``event_id``.
            anew: forget all that was mirrored before; the events are then those from the first on.
        """
        statements = queries("orders")
        with transaction(self.connection):
            if anew:
                self.connection.execute(statements["forget_orders"])
                self.connection.execute(statements["forget_events"])
            if events:
                _insert(self.connection, "orders", orders, _ABOUT)
                _insert(self.connection, "events", events, _EVENTS)
                earliest = min(event.known_at for event in events) - _EPOCH
                self.connection.execute(
                    statements["forget_judgements"],
                    {"earliest_us": earliest // timedelta(microseconds=1)},
                )


def _insert(
    connection: duckdb.DuckDBPyConnection,
    what: str,
    rows: Sequence[OrderAbout] | Sequence[OrderEvent],
    schema: pa.Schema,
) -> None:
    if not rows:
        return
    plain = [{f.name: getattr(row, f.name) for f in fields(row)} for row in rows]
    connection.register(f"incoming_{what}", pa.Table.from_pylist(plain, schema=schema))
    try:
        connection.execute(queries("orders")[f"add_{what}"])
    finally:
        connection.unregister(f"incoming_{what}")
