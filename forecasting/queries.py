"""The SQL of forecasting: files in ``sql/``, one statement a file, run here and nowhere else."""

from __future__ import annotations

import re
from datetime import datetime
from functools import cache
from importlib import resources

import duckdb
import pandas as pd
import pyarrow as pa

from forecasting.errors import ForecastingError
from forecasting.wall import check_sql

_KPI_NAME = re.compile(r"^[a-z][a-z0-9_]{1,40}$")
Value = str | int | float | datetime | None | list[str]


@cache
def load(name: str, kpis: tuple[str, ...] = ()) -> str:
    """Read ``sql/<name>.sql``; a line that holds ``{kpi}`` stands once for each KPI.

    Args:
        name: file name without suffix.
        kpis: KPI column names, from the catalogue.

    Raises:
        ForecastingError: a KPI name that is not a plain column name, a file that needs KPIs, or one
            that could see what was not known yet (see ``wall``).
    """
    for kpi in kpis:
        if not _KPI_NAME.match(kpi):
            raise ForecastingError(f"KPI {kpi!r} is not a column name: use [a-z][a-z0-9_]*")
    text = resources.files("forecasting").joinpath(f"sql/{name}.sql").read_text("utf-8")
    check_sql(name, text)
    if "{kpi}" in text and not kpis:
        raise ForecastingError(f"sql/{name}.sql stands for each KPI: name the KPIs")
    lines = []
    for line in text.splitlines():
        lines.extend([line.replace("{kpi}", kpi) for kpi in kpis] if "{kpi}" in line else [line])
    return "\n".join(lines)


def frame(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    parameters: dict[str, Value] | None = None,
    kpis: tuple[str, ...] = (),
) -> pd.DataFrame:
    """Run ``sql/<name>.sql`` with named parameters and give its rows as a frame (times in UTC)."""
    connection.complete()  # an earlier statement's open result would own the connection
    table = connection.sql(load(name, kpis), params=parameters or {}).to_arrow_table()
    plain = pa.schema([(field.name, _plain(field.type)) for field in table.schema])
    rows: pd.DataFrame = table.cast(plain).to_pandas()
    return rows


def _plain(kind: pa.DataType) -> pa.DataType:
    """Sums of integers come as 38-digit decimals, times in the session's zone."""
    if pa.types.is_decimal(kind):
        return pa.float64()
    return pa.timestamp("us", tz="UTC") if pa.types.is_timestamp(kind) else kind


def run(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    parameters: dict[str, Value] | None = None,
    kpis: tuple[str, ...] = (),
) -> None:
    """Run ``sql/<name>.sql`` for its effect (a temporary table)."""
    connection.execute(load(name, kpis), parameters or {})


def session_zone(connection: duckdb.DuckDBPyConnection) -> str:
    """IANA name of the operator's time zone, which SQL's ``hour()`` and ``::date`` follow."""
    row = connection.execute("SELECT current_setting('TimeZone')").fetchone()
    if row is None:
        raise ForecastingError("the warehouse has no time zone: open it with open_warehouse()")
    return str(row[0])


def put(connection: duckdb.DuckDBPyConnection, table: str, rows: pd.DataFrame) -> None:
    """Make (or make anew) the temporary table ``table`` from a frame."""
    connection.complete()  # see frame()
    connection.register("fc_incoming", rows)
    try:
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT * FROM fc_incoming")
    finally:
        connection.unregister("fc_incoming")
