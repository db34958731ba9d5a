"""A small simulated city in a warehouse, made once per process; for tests of the whole way."""

from __future__ import annotations

import atexit
import shutil
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import duckdb

from forecasting.settings import ForecastingSettings
from ingest.clock import FixedClock
from ingest.load import ingest_paths
from ingest.settings import IngestSettings
from ingest.simulator.run import simulate
from ingest.warehouse import FILE_NAME, open_warehouse
from tests.support.facts import local

END = local(2026, 10, 12)  # a Monday
DAYS, CELLS, SEED = 34, 150, 7
# Small enough to be quick, large enough that a model is trained and passes its gates.
SETTINGS = ForecastingSettings(
    min_low_complaints=5, calibration_limit=4.0, region_history_days=60, training_rows=1500
)


def _folder() -> Path:
    """A folder that goes with the process."""
    folder = Path(mkdtemp(prefix="foresite-city-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@cache
def files() -> Path:
    """The city's feeds, and ``truth/`` beside them."""
    out = _folder()
    simulate(out / "city", cells=CELLS, days=DAYS, seed=SEED, end=END)
    return out / "city"


@cache
def _loaded() -> Path:
    data = _folder()
    connection = open_warehouse(data, threads=2)
    feeds = [p for p in sorted(files().iterdir()) if p.name != "truth"]
    ingest_paths(
        connection,
        feeds,
        settings=IngestSettings(),
        data=data,
        clock=FixedClock(END),
    )
    connection.close()
    return data / FILE_NAME


def warehouse(data: Path, threads: int = 2) -> duckdb.DuckDBPyConnection:
    """A copy of the city's warehouse, open for writing."""
    data.mkdir(parents=True, exist_ok=True)
    shutil.copy(_loaded(), data / FILE_NAME)
    return open_warehouse(data, threads=threads)


def before_end(**back: int) -> datetime:
    """So long before the city's end."""
    return END - timedelta(**back)
