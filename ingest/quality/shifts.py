"""Sudden shifts: a KPI's median over the cells of a group, against the same hours before.

The level of an hour is the median over the cells of one source, vendor and technology. It is
compared with the same hour of the four weeks before, working days and weekends apart:
z = (level - median) / spread, with spread = max(1.4826 MAD, a step below which nobody would call it
a change). A source that is new is compared with what others delivered of such cells. Rates, loads,
speeds and volumes are compared by logarithms, so that a change of unit shows by its factor.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from itertools import pairwise
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from ingest.catalogue import Catalogue, Kpi
from ingest.quality.completeness import frame
from ingest.quality.model import Shift
from ingest.quality.update import kpis_sql
from ingest.queries import one_row, queries

LEAST_DAYS, LEAST_ROWS, LEAST_HOURS = 4, 5, 3
NULLS_JUMP = 0.5  # so much more of a KPI is empty than usual
_LOG_STEP = 0.1  # ten percent
_RANGE_STEP = 0.01  # of the valid range
_GROUP = ["kpi", "source", "vendor", "technology"]


def scale_of(kpi: Kpi) -> tuple[float | None, float]:
    """What is added before taking logarithms (None: plain differences), and the smallest spread."""
    if kpi.min == 0 and (kpi.max is None or kpi.worse == "higher"):
        return 0.01 * (kpi.limit or 1.0), _LOG_STEP
    if kpi.min is None or kpi.max is None:
        return None, max(abs(kpi.limit or 0.0) * 0.05, 1e-6)
    return None, _RANGE_STEP * (kpi.max - kpi.min)


def prepare_hours(
    connection: duckdb.DuckDBPyConnection, what: dict[str, Any], catalogue: Catalogue
) -> None:
    """``quality_judged``: each hour of the last fifteen days beside what is usual."""
    sql = queries("assess")
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE quality_rules (kpi VARCHAR, start DOUBLE, step DOUBLE)"
    )
    for kpi in catalogue.kpis:
        connection.execute("INSERT INTO quality_rules VALUES (?, ?, ?)", [kpi.name, *scale_of(kpi)])
    connection.execute(sql["late_hours"], what)
    connection.execute(sql["kpi_rows"], what)
    if one_row(connection, "SELECT count(*) FROM quality_late_hours")[0]:
        known = f"(SELECT * FROM kpis_as_of(make_timestamptz({what['as_of_us']})))"
        made = kpis_sql(known, "quality_late_hours", catalogue)
        connection.execute(f"INSERT INTO quality_hours_known BY NAME {made}")
    connection.execute(sql["kpi_hours"].replace("{rows}", "quality_hours_known"))
    connection.execute(sql["judged"], {"today": what["today"], "least_days": LEAST_DAYS})


def find_shifts(connection: duckdb.DuckDBPyConnection, jump: float) -> pd.DataFrame:
    """Runs of at least three hours in which a KPI of a group is out of line; the newest first.

    Args:
        connection: the warehouse, with ``quality_judged``.
        jump: robust z from which a median has jumped.

    Returns:
        One row per :class:`~ingest.quality.model.Shift`.
    """
    rows = frame(
        connection,
        queries("assess")["flagged"],
        {
            "least_days": LEAST_DAYS,
            "least_rows": LEAST_ROWS,
            "jump": jump,
            "nulls": NULLS_JUMP,
        },
    )
    found = [
        shift
        for key, group in rows.groupby(_GROUP, sort=True)
        for shift in _shifts(key, group, jump)
    ]
    columns = list(Shift.__dataclass_fields__)
    shifts = pd.DataFrame([asdict(shift) for shift in found], columns=columns)
    return shifts.sort_values(
        ["lasting", "since", *_GROUP],
        ascending=[False, False, True, True, True, True],
        ignore_index=True,
    )


def _shifts(key: tuple[Any, ...], group: pd.DataFrame, jump: float) -> Iterator[Shift]:
    """The runs of one KPI and group; ``group`` is in the order of hours."""
    kpi, source, vendor, technology = (str(part) for part in key)
    z = group["z"].to_numpy(float, na_value=np.nan)
    nulls = group["more_nulls"].to_numpy(float, na_value=np.nan)
    for kind, out in (
        ("level", np.where(np.abs(z) >= jump, np.sign(z), 0.0)),
        ("nulls", np.where(nulls >= NULLS_JUMP, 1.0, 0.0)),
    ):
        for first, last in _runs(out):
            run = group.iloc[first : last + 1]
            yield Shift(
                kind,
                kpi,
                source,
                vendor,
                technology,
                since=run["hour"].iloc[0],
                until=run["hour"].iloc[-1],
                lasting=last == len(group) - 1,
                cells=int(run["rows"].median()),
                value=float(run["median"].median()),
                usual=float(run["usual"].median()),
                z=float(run["z"].median()),
            )


def _runs(signs: np.ndarray[Any, np.dtype[np.float64]]) -> Iterator[tuple[int, int]]:
    """Places (first, last) of stretches of one sign, no shorter than ``LEAST_HOURS``."""
    starts = np.flatnonzero(np.diff(signs, prepend=0.0) != 0)
    for start, after in pairwise([*starts, len(signs)]):
        if signs[start] != 0 and after - start >= LEAST_HOURS:
            yield int(start), int(after) - 1
