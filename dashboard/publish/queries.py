"""The SQL of publishing: files in ``sql/``, one statement a file."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb
    import pandas as pd
    import pyarrow as pa


@cache
def load(name: str) -> str:
    """The statement of ``sql/<name>.sql``."""
    return resources.files("dashboard.publish").joinpath(f"sql/{name}.sql").read_text("utf-8")


def frame(
    connection: duckdb.DuckDBPyConnection, name: str, parameters: dict[str, Any]
) -> pd.DataFrame:
    """Rows of a named statement; times are aware."""
    connection.complete()  # an earlier statement's open result would own the connection
    rows: pd.DataFrame = connection.sql(load(name), params=parameters).to_arrow_table().to_pandas()
    return rows


def run(connection: duckdb.DuckDBPyConnection, name: str, parameters: dict[str, Any]) -> None:
    """Run a named statement that gives no rows."""
    connection.execute(load(name), parameters)


def table(
    connection: duckdb.DuckDBPyConnection, name: str, parameters: dict[str, Any], kpis: str
) -> pa.Table:
    """Rows of a named statement as an Arrow table, ``{kpis}`` filled in."""
    statement = load(name).replace("{kpis}", kpis)
    return connection.sql(statement, params=parameters).to_arrow_table()
