"""Keeps up the counts and medians from which quality is told; costs what is new.

Six weeks are kept: two that are judged, and what they are compared with. Days and hours that a
delivery touched are counted anew as a whole, so that no order of deliveries makes a difference.
"""

from __future__ import annotations

from datetime import date, timedelta

import duckdb

from ingest.catalogue import Catalogue
from ingest.queries import identifier, one_row, queries
from ingest.retention.batches import batches
from ingest.retention.marks import Mark, mark_of, newest_delivery, set_mark
from ingest.warehouse import transaction

JOB = "quality"
KEPT_DAYS = 42


def update_quality(connection: duckdb.DuckDBPyConnection, catalogue: Catalogue) -> int:
    """Count the hours that were touched since the last time.

    Some days at once, each group of them in one transaction; the mark moves after the last.

    Returns:
        Hours that were counted; 0 when nothing came.
    """
    sql = queries("quality")
    done, newest = mark_of(connection, JOB), newest_delivery(connection)
    if newest == done.delivery_id:
        return 0
    [last] = one_row(connection, sql["newest_day"])
    touched = 0
    if last is not None:
        since = {"since": (date.fromisoformat(last) - timedelta(days=KEPT_DAYS)).isoformat()}
        connection.execute(sql["touched"], {"mark": done.delivery_id, **since})
        [touched] = one_row(connection, "SELECT count(*) FROM quality_touched")
        for span in batches(connection.execute(sql["touched_days"], since).fetchall()):
            with transaction(connection):
                _count(connection, catalogue, span)
        with transaction(connection):
            connection.execute(sql["forget_old_cells"], since)
            connection.execute(sql["forget_old_kpis"], since)
        connection.execute("DROP TABLE quality_touched")
    with transaction(connection):
        set_mark(connection, JOB, Mark(newest))
    return int(touched)


def cells_sql(kpis: str, days: str) -> str:
    """Rows as of ``quality_cells`` for whole local days.

    Args:
        kpis: relation of KPI rows.
        days: relation with a column ``day``.
    """
    hours = ", ".join(f"coalesce(sum(n) FILTER (hour = {h}), 0)" for h in range(24))
    text = queries("quality")["cells_of"].replace("{kpis}", kpis).replace("{days}", days)
    return text.replace("{hours}", hours)


def kpis_sql(kpis: str, hours: str, catalogue: Catalogue) -> str:
    """Rows as of ``quality_kpis`` for hours.

    Args:
        kpis: relation of KPI rows.
        hours: relation with a column ``hour``.
        catalogue: the KPIs.
    """
    names = [identifier(name) for name in catalogue.names]
    measures = ", ".join(
        f"{{'known': count({name}), 'quantiles': quantile_disc({name}, [0.1, 0.5, 0.9])}} AS {name}"
        for name in names
    )
    text = queries("quality")["kpis_of"].replace("{kpis}", kpis).replace("{hours}", hours)
    text = text.replace("{columns}", ", ".join(names)).replace("{measures}", measures)
    return text.replace("{names}", ", ".join(names))


def _count(
    connection: duckdb.DuckDBPyConnection, catalogue: Catalogue, span: dict[str, str]
) -> None:
    sql = queries("quality")
    connection.execute(sql["batch"], span)
    connection.execute(sql["forget_cells"])
    connection.execute(f"INSERT INTO quality_cells BY NAME {cells_sql('kpis', 'quality_batch')}")
    connection.execute(sql["forget_kpis"])
    made = kpis_sql("kpis", "quality_batch", catalogue)
    connection.execute(f"INSERT INTO quality_kpis BY NAME {made}")
    connection.execute("DROP TABLE quality_batch")
