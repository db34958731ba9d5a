"""The cell page's next 7 days against the same hour last week, on a real LTE network.

    .venv/bin/python benchmarks/real_kpi_week.py [--every 1] [--year 2019]

Loads the workbooks of ``lte_network_hourly`` (folder FORESITE_REAL_DATA) through their profile,
then forecasts 7 days from every Monday of the year. Prints WAPE = Σ|error| / Σ|value| per series,
the weeks won, the share of hours within the 90 % interval and which model was champion how often.
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

import numpy as np

from forecasting.errors import NotEnoughHistoryError
from forecasting.kpi import compare_week
from ingest.load import ingest_paths
from ingest.settings import IngestSettings
from ingest.warehouse import open_warehouse

ZONE = "Asia/Shanghai"
SERIES = ("drop_rate_pct", "erab_setup_failure_pct", "rrc_setup_failure_pct")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--every", type=int, default=1, help="use every n-th Monday")
    parser.add_argument("--year", type=int, default=2019)
    options = parser.parse_args()
    source = Path(os.environ.get("FORESITE_REAL_DATA", "../shared/data")) / "lte_network_hourly"
    with tempfile.TemporaryDirectory() as folder:
        connection = open_warehouse(Path(folder))
        results = ingest_paths(
            connection,
            [source],
            settings=IngestSettings(),
            data=Path(folder),
            profile="lte_network_hourly",
        )
        print(f"{sum(r.rows_read for r in results):,} rows read from {len(results)} workbooks")
        hours = connection.execute("FROM kpis ORDER BY ts").df()
    first = datetime(options.year, 1, 1, tzinfo=ZoneInfo(ZONE))
    first += timedelta(days=(7 - first.weekday()) % 7)
    mondays = [first + timedelta(weeks=w) for w in range(0, 51, options.every)]
    head = f"{'series':26}{'forecast':>10}{'last week':>11}{'weeks won':>11}"
    print(f"{head}{'within 90 %':>13}  models")
    for name in SERIES:
        history = hours[["ts", name]].rename(columns={name: "value"})
        made = []
        for monday in mondays:
            try:
                made.append(compare_week(history, monday, zone=ZONE))
            except NotEnoughHistoryError as error:
                print(f"{name}: {error}")
        forecast = np.array([m.forecast for m in made])
        naive = np.array([m.same_hour_last_week for m in made])
        won = f"{int((forecast < naive).sum())}/{len(made)}"
        inside = np.mean([m.coverage for m in made])
        models = dict(Counter(m.model for m in made))
        print(
            f"{name:26}{forecast.mean():10.4f}{naive.mean():11.4f}{won:>11}{inside:13.1%}  {models}"
        )


if __name__ == "__main__":
    main()
