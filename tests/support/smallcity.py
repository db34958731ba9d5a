"""A small simulated city in a warehouse, made once a run; for tests of the whole way."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from forecasting.settings import ForecastingSettings
from ingest.clock import FixedClock
from ingest.load import ingest_paths
from ingest.settings import IngestSettings
from ingest.simulator.run import simulate
from ingest.warehouse import FILE_NAME, open_warehouse
from tests.support import shared
from tests.support.facts import local

END = local(2026, 10, 12)  # a Monday
DAYS, CELLS, SEED = 34, 150, 7
# Small enough to be quick, large enough that a model is trained and passes its gates.
SETTINGS = ForecastingSettings(
    min_low_complaints=5, calibration_limit=4.0, region_history_days=60, training_rows=1500
)


def files() -> Path:
    """The city's feeds, and ``truth/`` beside them."""
    return shared.once(
        f"city-{CELLS}-{DAYS}-{SEED}-{END:%Y%m%d}",
        lambda folder: simulate(folder, cells=CELLS, days=DAYS, seed=SEED, end=END),
    )


def _load(data: Path) -> None:
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


def warehouse(data: Path, threads: int = 2) -> duckdb.DuckDBPyConnection:
    """A copy of the city's warehouse, open for writing."""
    data.mkdir(parents=True, exist_ok=True)
    shutil.copy(shared.once("loaded-" + files().name, _load) / FILE_NAME, data)
    return open_warehouse(data, threads=threads)


def before_end(**back: int) -> datetime:
    """So long before the city's end."""
    return END - timedelta(**back)
