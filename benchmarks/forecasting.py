"""What a forecast costs per cell, and what a refresh costs of it; ratios measured in one run.

    python benchmarks/forecasting.py [--cells 2000 10000 50000] [--days 35]
                                     [--memory 2GB] [--clock wall]

For each size a synthetic city (hourly KPIs, tickets, regions) is written as Parquet and CSV, loaded
by the product itself, and then worked on in a process of its own:
  rebuild    normals, hours, hashes and features at a noon, with nothing kept
  train      the model of the midnight before, and its file
  first      the first forecast and its snapshot, with all its KPI days
  refresh    hashes and features an hour later, after the hour's file
  forecast   the whole forecast of that hour: features, scores, causes, regions
  publish    its snapshot
and prints seconds, time per cell against the smallest size, refresh ÷ rebuild, peak memory of that
process, and beside it the time that Prophet would take cell by cell (measured on 50 cells).
`--memory` is what DuckDB may use (setting memory_limit). `--clock cpu` counts the processor's time
instead: on a machine that does other work too, it tells more.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

HERE = str(Path(__file__).parent)
sys.path[:] = [folder for folder in sys.path if folder != HERE]  # else `ingest` is a benchmark

import pandas as pd

from dashboard.publish import make_forecast, publish
from dashboard.settings import Settings
from forecasting.calendar import load_calendar
from forecasting.cells.features import FeatureMaker
from forecasting.cells.live import fingerprint_of, live_model, midnight_before
from forecasting.cells.training import Trainer
from forecasting.prophets import Shape, fit_predict
from forecasting.settings import ForecastingSettings
from ingest.clock import FixedClock
from ingest.load import ingest_paths
from ingest.warehouse import open_warehouse
from tests.support.benchcity import END, KPIS, City

Clock = Callable[[], float]
CLOCKS: dict[str, Clock] = {"wall": time.perf_counter, "cpu": time.process_time}
ZONE = "Asia/Shanghai"


def load(folder: Path, memory: str, clock: Clock) -> dict[str, float]:
    """All feeds into a new warehouse."""
    settings = Settings()
    connection = open_warehouse(folder / "data", threads=2, memory_limit=memory)
    watch = Watch(clock)
    with watch("load"):
        feeds = sorted((folder / "feeds").iterdir())
        for result in ingest_paths(
            connection, feeds, settings=settings.ingest, data=folder / "data"
        ):
            if result.refused or result.rows_rejected:
                raise SystemExit(f"{result.file}: {result.refused or result.reasons}")
    connection.close()
    return watch.seconds


def work(folder: Path, memory: str, clock: Clock) -> dict[str, float]:
    """All steps on a loaded warehouse; seconds by step."""
    data, settings = folder / "data", Settings(forecasting=ForecastingSettings(threads=2))
    connection = open_warehouse(data, threads=2, memory_limit=memory)
    catalogue = settings.ingest.load_catalogue()
    calendar = load_calendar(settings.forecasting.holiday_country)
    watch = Watch(clock)

    def features(as_of: datetime) -> Trainer:
        maker = FeatureMaker(settings.forecasting, catalogue, calendar, ZONE)
        trainer = Trainer(maker)
        fingerprint_of(connection, midnight_before(as_of, ZONE), trainer)
        maker.at(connection, as_of)
        return trainer

    def whole(as_of: datetime, forecast: str, publishing: str) -> None:
        at = FixedClock(as_of)
        with watch(forecast):
            made = make_forecast(connection, data, as_of=as_of, settings=settings, clock=at)
        with watch(publishing):
            publish(connection, data, made, settings=settings, clock=at)

    with watch("rebuild"):
        trainer = features(END)
    with watch("train"):
        live = live_model(connection, END, trainer, data / "models")
    if live.stored is None:
        raise SystemExit(f"no model: {live.warnings}")
    whole(END, "first forecast", "first publish")
    later = END + timedelta(hours=1)
    with watch("load an hour"):
        [hour] = ingest_paths(
            connection,
            [folder / "kpis_hour.parquet"],
            settings=settings.ingest,
            data=data,
            live_at=later,
            clock=FixedClock(later),
        )
    if hour.refused or not hour.rows_loaded:
        raise SystemExit(f"the hour was not loaded: {hour}")
    with watch("refresh"):
        features(later)
    whole(later, "forecast", "publish")
    connection.close()
    return watch.seconds


def prophet(folder: Path, clock: Clock, cells: int = 50) -> float:
    """Seconds of one cell's Prophet: daily complaints of the city's weeks, three days ahead."""
    tickets = pd.read_csv(folder / "feeds" / "tickets.csv", parse_dates=["created_at"])
    day = tickets["created_at"].dt.tz_localize(None).dt.normalize()
    days = pd.date_range(day.min(), day.max(), freq="D")
    ahead = pd.date_range(days[-1], periods=4, freq="D")[1:]
    busiest = tickets["cell_id"].value_counts().index[:cells]
    histories = [
        pd.DataFrame(
            {
                "ds": days,
                "y": day[tickets["cell_id"] == cell].value_counts().reindex(days, fill_value=0),
            }
        ).reset_index(drop=True)
        for cell in busiest
    ]
    fit_predict(histories[0], ahead, Shape())  # what the first fit loads is not counted
    start = clock()
    for history in histories:
        fit_predict(history, ahead, Shape())
    return (clock() - start) / len(histories)


class Watch:
    """Seconds by step: ``with watch("step"): …``."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.seconds: dict[str, float] = {}

    def __call__(self, step: str) -> Watch:
        """The step that is timed next."""
        self._step = step
        return self

    def __enter__(self) -> None:
        self._start = self._clock()

    def __exit__(self, *_: object) -> None:
        self.seconds[self._step] = self._clock() - self._start
        print(f"  {self._step:15} {self.seconds[self._step]:8.1f} s", file=sys.stderr, flush=True)


PARTS: dict[str, Callable[[Path, str, Clock], dict[str, float]]] = {
    "load": load,
    "work": work,
    "prophet": lambda folder, _, clock: {"prophet": prophet(folder, clock)},
}


def measured(folder: Path, cells: int, days: int, memory: str, clock: str) -> dict[str, float]:
    """One size: every part in a process of its own."""
    if not (folder / "feeds").exists():
        City(cells, days).write(folder)
    found: dict[str, float] = {}
    for part in PARTS:
        if part == "load" and (folder / "data").exists():
            shutil.rmtree(folder / "data")
        command = [sys.executable, __file__, "--part", part, "--folder", str(folder)]
        done = subprocess.run(
            [*command, "--memory", memory, "--clock", clock],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        seconds = json.loads(done.stdout)
        peak = seconds.pop("peak MiB")
        found |= seconds | ({"peak MiB": peak} if part == "work" else {})
    return found


def table(found: dict[int, dict[str, float]]) -> list[str]:
    """For people: seconds of each step, and ratios."""
    sizes = list(found)
    smallest = found[sizes[0]]
    head = f"{'':34}" + "".join(f"{cells:>12,}" for cells in sizes)
    lines = [head]
    for step in smallest:
        unit = "MiB" if step == "peak MiB" else "s"
        row = "".join(f"{found[cells][step]:12.1f}" for cells in sizes)
        lines.append(f"{step.removesuffix(' MiB') + ', ' + unit:34}" + row)
    for step in ("rebuild", "train", "refresh", "forecast", "publish"):
        each = {cells: found[cells][step] / cells for cells in sizes}
        row = "".join(f"{each[cells] / each[sizes[0]]:12.2f}" for cells in sizes)
        lines.append(f"{step + ', per cell ÷ smallest':34}" + row)
    ratio = {cells: found[cells]["refresh"] / found[cells]["rebuild"] for cells in sizes}
    lines.append(f"{'refresh ÷ rebuild':34}" + "".join(f"{r:12.3f}" for r in ratio.values()))
    both = "".join(f"{found[c]['forecast'] + found[c]['publish']:12.1f}" for c in sizes)
    lines.append(f"{'forecast and publish, s':34}" + both)
    alone = "".join(f"{found[c]['prophet'] * c:12.1f}" for c in sizes)
    lines.append(f"{'Prophet cell by cell, s (50 fits)':34}" + alone)
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cells", type=int, nargs="+", default=[2000, 10_000, 50_000])
    parser.add_argument("--days", type=int, default=35)
    parser.add_argument("--memory", default="2GB")
    parser.add_argument("--clock", choices=CLOCKS, default="wall")
    parser.add_argument("--keep", type=Path, help="work here, and leave what was made")
    parser.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part:
        seconds = PARTS[options.part](options.folder, options.memory, CLOCKS[options.clock])
        status = Path("/proc/self/status").read_text()  # ru_maxrss would begin with the parent's
        peak = int(status.partition("VmHWM:")[2].split()[0]) / 1024
        print(json.dumps(seconds | {"peak MiB": peak}))
        return
    found = {}
    with tempfile.TemporaryDirectory() as name:
        for cells in options.cells:
            print(f"{cells:,} cells", file=sys.stderr, flush=True)
            folder = (options.keep or Path(name)) / str(cells)
            found[cells] = measured(folder, cells, options.days, options.memory, options.clock)
            if options.keep is None:
                shutil.rmtree(folder)
    how = f"2 threads, DuckDB within {options.memory}, {options.clock} clock"
    print(f"{options.days} days hourly, {len(KPIS)} KPIs; {how}")
    print("\n".join(table(found)))


if __name__ == "__main__":
    main()
