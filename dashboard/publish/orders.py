"""Work orders for the forecast: what people and crews did, copied into the warehouse before it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from dashboard.dispatch.mirror import mirror
from dashboard.dispatch.store import Orders
from dashboard.ops.engine import open_ops_to_read
from dashboard.ops.errors import OpsError
from dashboard.settings import Settings
from ingest.orders import OrderMirror

if TYPE_CHECKING:
    import duckdb

log = structlog.get_logger()


def mirror_orders(connection: duckdb.DuckDBPyConnection, data: Path, settings: Settings) -> int:
    """Bring the warehouse's copy of the work orders up to date; the events copied.

    An ops database that cannot be read keeps no forecast from the screens: it is logged, and what
    was copied before stands.
    """
    try:
        engine = open_ops_to_read(data, settings.ops.address)
    except OpsError as error:
        log.warning("work orders not mirrored", reason=str(error))
        return 0
    if engine is None:
        return 0
    try:
        return mirror(OrderMirror(connection), Orders(engine))
    except OpsError as error:
        log.warning("work orders not mirrored", reason=str(error))
        return 0
    finally:
        engine.dispose()
