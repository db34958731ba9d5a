"""Loading KPI files against DuckDB's bare reader, as ratios measured in one run.

    python benchmarks/load_kpis.py [--rows 1000000] [--repeat 3]

Writes one file of KPI rows (17 KPIs, hourly, 2,000 cells) as CSV and Parquet, and loads each
  bare      CREATE TABLE AS with explicit types: no checks, no ledger, no comparison
  load      foresite's loader into an empty warehouse: hash, checks, times, duplicates, ledger
  again     the same content under another name
  revised   the same keys with one KPI changed in every tenth row
  bad       one row in a thousand is bad and set aside
and prints seconds (the best of the repeats) and the ratio to bare. Then one live hour of 2,000
cells is loaded on top of all rows.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from ingest.catalogue import load_catalogue
from ingest.load import ingest_paths
from ingest.settings import IngestSettings
from ingest.warehouse import open_warehouse

CELLS = 2000
KPIS = [name for name in load_catalogue().names if not name.endswith("failure_pct")]
TYPES = {"cell_id": "VARCHAR", "ts": "TIMESTAMPTZ", "period_min": "INTEGER"} | dict.fromkeys(
    KPIS, "FLOAT"
)


def write_files(folder: Path, rows: int) -> dict[str, Path]:
    """The KPI rows as CSV and Parquet, and CSV variants of them."""
    connection = duckdb.connect()
    connection.execute("SELECT setseed(0.5)")
    kpis = []
    for kpi in load_catalogue().kpis:
        if kpi.name in KPIS:
            low, high = (kpi.min or 0), (kpi.max if kpi.max is not None else 100)
            kpis.append(f"round({low} + random() * {high - low}, 3) AS {kpi.name}")
    connection.execute(
        f"CREATE TABLE k AS SELECT 'C' || lpad((i % {CELLS})::VARCHAR, 5, '0') AS cell_id, "
        f"strftime(TIMESTAMP '2026-01-01' + to_hours((i // {CELLS})::INTEGER), "
        f"'%Y-%m-%dT%H:%M:%S+08:00') AS ts, 60 AS period_min, {', '.join(kpis)} "
        f"FROM range({rows}) t(i)"
    )
    revised = "REPLACE (CASE WHEN rowid % 10 = 0 THEN 1 ELSE latency_ms END AS latency_ms)"
    bad = (
        "REPLACE (CASE WHEN rowid % 1000 = 0 THEN 'NaN' ELSE latency_ms::VARCHAR END AS latency_ms)"
    )
    files = {}
    for name, columns in (("csv", ""), ("again", ""), ("revised", revised), ("bad", bad)):
        files[name] = folder / f"kpis_{name}.csv"
        connection.execute(f"COPY (SELECT * {columns} FROM k) TO '{files[name]}' (HEADER)")
    files["again"].write_bytes(files["again"].read_bytes() + b"\n")
    files["parquet"] = folder / "kpis.parquet"
    connection.execute(f"COPY k TO '{files['parquet']}'")
    files["hour"] = folder / "kpis_hour.csv"
    hours = -(-rows // CELLS)
    connection.execute(
        f"COPY (SELECT * REPLACE (strftime(TIMESTAMP '2026-01-01' + to_hours({hours}), "
        f"'%Y-%m-%dT%H:%M:%S+08:00') AS ts) FROM k LIMIT {CELLS}) TO '{files['hour']}' (HEADER)"
    )
    connection.close()
    return files


def best(repeat: int, prepare: Callable[[], Callable[[], None]]) -> float:
    """Seconds of the quickest of the repeats; preparation does not count."""
    seconds = []
    for _ in range(repeat):
        work = prepare()
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def bare(folder: Path, file: Path) -> Callable[[], None]:
    path = folder / "bare.duckdb"
    path.unlink(missing_ok=True)
    connection = duckdb.connect(str(path))
    if file.suffix == ".csv":
        source = (
            f"SELECT * FROM read_csv('{file}', columns = {TYPES}, header = true, "
            "auto_detect = false)"
        )
    else:
        source = f"SELECT {', '.join(f'{c}::{t} AS {c}' for c, t in TYPES.items())} FROM '{file}'"

    def work() -> None:
        connection.execute(f"CREATE TABLE k AS {source}")
        connection.close()

    return work


def loader(folder: Path, *files: Path, live_at: datetime | None = None) -> Callable[[], None]:
    """Loads the last file, timed, after the others, untimed."""
    data = Path(tempfile.mkdtemp(dir=folder))
    connection = open_warehouse(data)

    def load(file: Path, at: datetime | None) -> None:
        [result] = ingest_paths(
            connection, [file], settings=IngestSettings(), data=data, live_at=at
        )
        if result.refused:
            raise SystemExit(result.refused)

    for file in files[:-1]:
        load(file, None)

    def work() -> None:
        load(files[-1], live_at)
        connection.close()

    return work


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = write_files(folder, options.rows)
        print(f"{options.rows:,} rows, CSV {files['csv'].stat().st_size / 1e6:.0f} MB")
        cases: list[tuple[str, str, tuple[Path, ...]]] = [
            ("csv", "load", (files["csv"],)),
            ("csv", "again", (files["csv"], files["again"])),
            ("csv", "revised", (files["csv"], files["revised"])),
            ("csv", "bad", (files["bad"],)),
            ("parquet", "load", (files["parquet"],)),
        ]
        base = {
            kind: best(options.repeat, lambda kind=kind: bare(folder, files[kind]))
            for kind in ("csv", "parquet")
        }
        for kind, seconds in base.items():
            print(f"{kind:8} {'bare':8} {seconds:7.2f} s")
        for kind, what, which in cases:
            seconds = best(options.repeat, lambda which=which: loader(folder, *which))
            print(f"{kind:8} {what:8} {seconds:7.2f} s {seconds / base[kind]:6.2f} x bare")
        later = datetime(2100, 1, 1, tzinfo=UTC)
        seconds = best(
            options.repeat, lambda: loader(folder, files["parquet"], files["hour"], live_at=later)
        )
        print(f"live hour of {CELLS:,} cells on top: {seconds:.2f} s")


if __name__ == "__main__":
    main()
