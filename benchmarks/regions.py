"""Daily complaints per state, rolling, on a real regulator's records; or of any data directory.

    .venv/bin/python benchmarks/regions.py [--last 2015-06-30] [--days 30]
    .venv/bin/python benchmarks/regions.py --data DIR --last 2026-10-31 --days 28

Without --data, loads ``fcc_complaints`` (folder FORESITE_REAL_DATA) through its profile. Forecasts
at each of the last midnights the days of the horizon, as known then, and prints mean absolute
errors against seasonal-naive's (MASE) beside simple baselines, each over all states and all days:
so the best of them is known only in hindsight. The mean is what adds up over regions, the median
what absolute errors ask for.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

HERE = str(Path(__file__).parent)
sys.path[:] = [folder for folder in sys.path if folder != HERE]  # else `ingest` is a benchmark

import duckdb
import numpy as np
import pandas as pd

from forecasting.calendar import load_calendar
from forecasting.regions.judged import judge, region_rows
from forecasting.settings import ForecastingSettings
from ingest.load import ingest_paths
from ingest.settings import IngestSettings
from ingest.warehouse import open_warehouse

ZONE = "Asia/Shanghai"  # the records name no zone: their days are as written
FEW = 14  # tickets in four weeks: with fewer the map says "unknown"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="data directory of a warehouse")
    parser.add_argument("--last", default="2015-06-30", help="last day judged")
    parser.add_argument("--days", type=int, default=30, help="days judged")
    options = parser.parse_args()
    country = "US" if options.data is None else "CN"
    settings = ForecastingSettings(threads=1, holiday_country=country)
    with tempfile.TemporaryDirectory() as folder:
        connection = open_warehouse(options.data or Path(folder))
        if options.data is None:
            _load(connection, Path(folder))
        last = datetime.fromisoformat(options.last).replace(tzinfo=ZoneInfo(ZONE))
        origins = [last - timedelta(days=back) for back in reversed(range(options.days))]
        rows, came = region_rows(
            connection,
            origins,
            last + timedelta(days=1),
            settings=settings,
            calendar=load_calendar(country),
            zone=ZONE,
        )
        history = _history(connection, settings)
        connection.close()
    judged = judge(rows, came, settings.interval)
    print(judged.line())
    wanted = rows[(rows["service"] == "") & (rows["region_id"] != "")]
    before = pd.Timestamp(origins[0].date())
    recent = history[(history.index < before) & (history.index >= before - timedelta(days=28))]
    ever = set(history.columns[history[history.index < before].sum() > 0])
    often = set(recent.columns[recent.sum() >= FEW])
    for title, states in (("with tickets before", ever), (f"{FEW} and more in 28 days", often)):
        _print(f"{len(states)} {title}", wanted[wanted["region_id"].isin(states)], history)
    models = Counter(wanted.drop_duplicates(["region_id", "origin_day"])["model"])
    print("champions:", dict(models))


def _load(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    source = Path(os.environ.get("FORESITE_REAL_DATA", "../shared/data"))
    files = [source / "boundaries" / "us_states.geojson", source / "fcc_complaints"]
    ingest_paths(
        connection, files, settings=IngestSettings(), data=folder, profile="fcc_complaints"
    )


def _history(connection: duckdb.DuckDBPyConnection, settings: ForecastingSettings) -> pd.DataFrame:
    """Daily counts per region, all that is known."""
    from forecasting.cells.inventory import InventoryCache
    from forecasting.regions.counts import count

    forever = datetime(9999, 12, 31, tzinfo=ZoneInfo("UTC"))
    inventory = InventoryCache().as_of(connection, forever)
    newest = connection.execute("SELECT max(created_at)::VARCHAR FROM tickets").fetchall()[0][0]
    over = pd.Timestamp(newest).to_pydatetime() + timedelta(days=1)
    return count(connection, over, inventory, settings, ZONE).tickets


def _print(title: str, rows: pd.DataFrame, history: pd.DataFrame) -> None:
    place = {name: i for i, name in enumerate(history.columns)}
    values = history.to_numpy(float)
    column = rows["region_id"].map(place).to_numpy(int)
    day = history.index.get_indexer(pd.Index(rows["day"]))
    origin = history.index.get_indexer(pd.Index(rows["origin_day"]))
    actual = values[day, column]
    naive = np.abs(actual - values[day - 7, column]).mean()
    made = {"forecast, median": rows["median"].to_numpy(float), "forecast, mean": rows["mean"]}
    errors = {name: np.abs(actual - np.asarray(m)).mean() for name, m in made.items()}
    simple: dict[str, list[float]] = {}
    for d, o, c, truth in zip(day, origin, column, actual, strict=True):
        for name, value in _baselines(values[:o, c], d - o).items():
            simple.setdefault(name, []).append(abs(truth - value))
    baselines = {name: float(np.mean(found)) for name, found in simple.items()}
    inside = ((actual >= rows["lower"]) & (actual <= rows["upper"])).mean()
    best = min(baselines.values())
    print(f"\n{title}: {len(rows)} forecasts, within 90 % interval {inside:.1%}")
    ordered = sorted((errors | baselines).items(), key=lambda pair: pair[1])
    for name, error in ordered:
        print(f"  {name:24}{error:8.4f}  MASE {error / naive:.3f}  to the best {error / best:.3f}")


def _baselines(known: np.ndarray, lead: int) -> dict[str, float]:
    """Simple forecasts of the day ``lead`` days after the origin's own, from counts before it."""
    same = known[len(known) + lead - 7 :: -7][:4]
    return {
        "same day last week": float(same[0]),
        "4 same weekdays, mean": float(same.mean()),
        "4 same weekdays, median": float(np.median(same)),
        "28 days, mean": float(known[-28:].mean()),
        "28 days, median": float(np.median(known[-28:])),
        "7 days, mean": float(known[-7:].mean()),
        "7 days, median": float(np.median(known[-7:])),
        "the day before": float(known[-1]),
        "none": 0.0,
    }


if __name__ == "__main__":
    main()
