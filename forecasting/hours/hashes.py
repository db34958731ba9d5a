"""Are the same KPIs known? Told by a hash of each local day; only touched days are hashed anew."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import duckdb
import numpy as np
import pandas as pd

from forecasting import queries
from forecasting.hours.weeks import local_day, midnight
from ingest.retention.marks import Mark, mark_of, newest_delivery, purged_us, set_mark
from ingest.warehouse import transaction

JOB = "kpi_hashes"
_FORMAT = 1  # counted up when a day is hashed otherwise
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def kpis_hash(
    connection: duckdb.DuckDBPyConnection,
    as_of: datetime,
    since: datetime,
    *,
    zone: str,
    kpis: tuple[str, ...],
) -> str:
    """Equal for equal KPIs known at ``as_of``, from the local day of ``since`` on.

    The hash of a day is kept while no delivery touches it, and used where all of its rows were
    known at ``as_of``; other days are hashed as they were known. The whole is the sum of rows and
    the exclusive or of all rows' hashes: no order of loading and no split into days changes it.
    """
    made_with = _made_with(zone, kpis)
    made: dict[str, queries.Value] = {
        "made_with": made_with,
        "made_then": f"{made_with}@{as_of.astimezone(UTC).isoformat()}",
    }
    first, last = local_day(since, zone), local_day(as_of, zone)
    wanted: dict[str, queries.Value] = {
        **made,
        "origin": as_of,
        "first": first.isoformat(),
        "last": last.isoformat(),
    }
    ways = (
        ("keep_kpi_hashes", "made_with", last),  # days that are over, for good
        ("keep_kpi_hashes_then", "made_then", last + timedelta(days=1)),  # the rest, for as_of
    )
    with transaction(connection):
        _forget_touched(connection, made)
        for statement, how, until in ways:
            known = queries.frame(connection, "known_kpi_hashes", wanted)
            days = pd.date_range(first, until, freq="D", inclusive="left")
            unhashed = days[~days.isin(pd.to_datetime(known["day"]))]
            if len(unhashed):
                queries.put(connection, "fc_unhashed", pd.DataFrame({"day": unhashed}))
                span: dict[str, queries.Value] = {
                    "origin": as_of,
                    "since": midnight(unhashed[0].date(), zone),
                    "until": midnight(until, zone),
                    how: made[how],
                }
                queries.run(connection, statement, span, kpis)
        known = queries.frame(connection, "known_kpi_hashes", wanted)
    return f"{known['rows'].sum()}/{np.bitwise_xor.reduce(known['hash'].to_numpy('uint64'))}"


def _forget_touched(connection: duckdb.DuckDBPyConnection, made: dict[str, queries.Value]) -> None:
    """Hashes of days that deliveries touched go, and those that were made otherwise."""
    done, newest = mark_of(connection, JOB), newest_delivery(connection)
    what: dict[str, queries.Value] = {
        **made,
        "delivery_id": done.delivery_id,
        "purged": _EPOCH + timedelta(microseconds=purged_us(connection) or 0),
    }
    queries.run(connection, "touched_kpi_days", what)
    if newest != done.delivery_id:
        set_mark(connection, JOB, Mark(newest))


def _made_with(zone: str, kpis: tuple[str, ...]) -> str:
    # DuckDB may hash otherwise in another version.
    what = "|".join((str(_FORMAT), duckdb.__version__, zone, *kpis))
    return hashlib.sha256(what.encode()).hexdigest()
