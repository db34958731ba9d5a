"""Hourly and daily KPIs per cell, kept up with the deliveries; equal to a full recomputation.

Means are weighted by the length of the intervals, volumes are summed (``rollup`` in the catalogue).
The sums run over whole numbers (values on a grid of 2**-20), so that neither the order of loading
nor the number of threads changes a digit.
"""

from __future__ import annotations

import duckdb

from ingest.catalogue import Catalogue, Kpi
from ingest.queries import identifier, one_row, queries
from ingest.retention.batches import batches
from ingest.retention.marks import Mark, mark_of, newest_delivery, set_mark
from ingest.warehouse import transaction

JOB = "rollups"
_GRID = 2**20
_LARGEST = 1e20  # beyond it no sum of a day fits the grid's whole numbers: unknown


def update_rollups(connection: duckdb.DuckDBPyConnection, catalogue: Catalogue) -> int:
    """Roll up the days of cells that were touched since the last time.

    Some days at once, each group of them in one transaction; the mark moves after the last. Ended
    in between, the next run does all of them again, to the same end.

    Args:
        connection: the warehouse, open for writing; local days are those of its session.
        catalogue: the KPIs, how each is summed up and which direction is worse.

    Returns:
        Days of cells that were rolled up; 0 when nothing came.
    """
    sql = queries("retention")
    done, newest = mark_of(connection, JOB), newest_delivery(connection)
    if newest == done.delivery_id:
        return 0
    purged = mark_of(connection, "raw").until_us or 0
    connection.execute(sql["touched"], {"mark": done.delivery_id, "purged_us": purged})
    [touched] = one_row(connection, "SELECT count(*) FROM rollup_touched")
    for span in batches(connection.execute(sql["touched_days"]).fetchall()):
        with transaction(connection):
            _write(connection, catalogue, span)
    with transaction(connection):
        set_mark(connection, JOB, Mark(newest))
    connection.execute("DROP TABLE rollup_touched")
    return int(touched)


def _write(
    connection: duckdb.DuckDBPyConnection, catalogue: Catalogue, span: dict[str, str]
) -> None:
    sql = queries("retention")
    sums = ", ".join(part for kpi in catalogue.kpis for part in _sums(kpi))
    hourly = ", ".join(f"{_hour(kpi)} AS {identifier(kpi.name)}" for kpi in catalogue.kpis)
    daily = ", ".join(part for kpi in catalogue.kpis for part in _day(kpi))
    connection.execute(sql["hours"].replace("{sums}", sums), span)
    connection.execute(sql["forget_hourly"], span)
    connection.execute(sql["write_hourly"].replace("{values}", hourly))
    connection.execute(sql["forget_daily"], span)
    connection.execute(sql["write_daily"].replace("{values}", daily))
    connection.execute("DROP TABLE rollup_hours")


def _sums(kpi: Kpi) -> tuple[str, str]:
    """What an hour keeps of a KPI: its sum on the grid (or its maximum), and minutes known."""
    column = identifier(kpi.name)
    value = f"CAST({column} AS DOUBLE)"
    usable = f"FILTER ({column} BETWEEN -{_LARGEST!r} AND {_LARGEST!r})"
    if kpi.rollup == "max":
        total = f"max({column})"
    else:
        weighted = f"{value} * period_min" if kpi.rollup == "mean" else value
        total = f"sum(CAST(round({weighted} * {_GRID}) AS HUGEINT)) {usable}"
    return (
        f"{total} AS {identifier(kpi.name + '__sum')}",
        f"sum(period_min) {usable} AS {identifier(kpi.name + '__minutes')}",
    )


def _hour(kpi: Kpi) -> str:
    """The value of an hour; NULL where nothing is known."""
    return _value(kpi, identifier(kpi.name + "__sum"), identifier(kpi.name + "__minutes"))


def _day(kpi: Kpi) -> tuple[str, str]:
    """Value of the day, and of its worst hour; without a direction the highest counts."""
    total, minutes = identifier(kpi.name + "__sum"), identifier(kpi.name + "__minutes")
    over = "max" if kpi.rollup == "max" else "sum"
    worst = "min" if kpi.worse == "lower" else "max"
    return (
        f"{_value(kpi, f'{over}({total})', f'sum({minutes})')} AS {identifier(kpi.name)}",
        f"{worst}({_hour(kpi)}) AS {identifier(kpi.name + '__worst')}",
    )


def _value(kpi: Kpi, total: str, minutes: str) -> str:
    if kpi.rollup == "max":
        return f"CAST({total} AS FLOAT)"
    weight = f" / {minutes}" if kpi.rollup == "mean" else ""
    return f"CAST(CAST({total} AS DOUBLE) / {_GRID}{weight} AS FLOAT)"
