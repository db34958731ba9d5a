"""Loading against what bare libraries need for the same file, as ratios measured in one run.

    python benchmarks/ingest.py [--rows 5000000] [--repeat 5] [--part csv,parquet,days,memory,xml]

csv, parquet   one file of hourly KPI rows (17 KPIs, 2,000 cells); rows per second of foresite's
               loader into an empty warehouse (hash, checks, times, duplicates, ledger, archived
               copy, journal) as a share of DuckDB's bare CREATE TABLE AS with explicit types
inbox          the same for a file of the inbox, which is archived by a link instead of a copy
again          the same file once more, as a share of its first load
revised, bad   every tenth row revised; one row in a thousand set aside (the long way)
days           one new day on 100 stored days as a multiple of one new day on 10 stored days, until
               it is loaded, and with the closing of the database (a checkpoint of all row groups)
memory         peak memory of loading a file, and one four times as long, with a database that may
               use 400 MB
xml            3GPP performance files against a bare walk (see ingest_xml.py)

Medians of the repeats; what is compared is run in turns. Every load runs in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

HERE = str(Path(__file__).parent)
sys.path[:] = [folder for folder in sys.path if folder != HERE]  # else `ingest` is this file

import duckdb

from ingest.catalogue import load_catalogue

CELLS = 2000
MEMORY = "400MB"  # DuckDB keeps what it read and wrote in memory as far as it may
KPIS = [name for name in load_catalogue().names if not name.endswith("failure_pct")]
TYPES = {"cell_id": "VARCHAR", "ts": "TIMESTAMPTZ", "period_min": "INTEGER"} | dict.fromkeys(
    KPIS, "FLOAT"
)

BARE = """
import json, sys, time, duckdb
source, target = sys.argv[1:3]
connection = duckdb.connect(target)
start = time.perf_counter()
connection.execute(f"CREATE TABLE k AS {source}")
connection.close()
seconds = time.perf_counter() - start
status = open("/proc/self/status").read()  # ru_maxrss would begin with the parent's
peak = int(status.partition("VmHWM:")[2].split()[0]) / 1024
print(json.dumps({"seconds": seconds, "mb": peak}))
"""
LOAD = """
import json, sys, time
from pathlib import Path
from ingest.load import ingest_paths
from ingest.settings import IngestSettings
from ingest.warehouse import open_warehouse
limit = sys.argv[1] or None
data, *files = map(Path, sys.argv[2:])
connection = open_warehouse(data, memory_limit=limit)
def load(file):
    [result] = ingest_paths(connection, [file], settings=IngestSettings(), data=data)
    if result.refused:
        raise SystemExit(result.refused)
for file in files[:-1]:
    load(file)
start = time.perf_counter()
load(files[-1])
told = time.perf_counter() - start
connection.close()
seconds = time.perf_counter() - start
status = open("/proc/self/status").read()  # ru_maxrss would begin with the parent's
peak = int(status.partition("VmHWM:")[2].split()[0]) / 1024
print(json.dumps({"seconds": seconds, "told": told, "mb": peak}))
"""


def kpi_columns() -> str:
    """SQL of random values within each KPI's range, with three decimals."""
    parts = []
    for kpi in load_catalogue().kpis:
        if kpi.name in KPIS:
            low, high = (kpi.min or 0), (kpi.max if kpi.max is not None else 100)
            parts.append(f"round({low} + random() * {high - low}, 3) AS {kpi.name}")
    return ", ".join(parts)


def write_rows(path: Path, rows: int, *, first_hour: int = 0, columns: str = "*") -> Path:
    """KPI rows of 2,000 cells, hour after hour; CSV or Parquet by the suffix."""
    with duckdb.connect() as connection:
        connection.execute("SELECT setseed(0.5)")
        connection.execute(
            f"CREATE TABLE k AS SELECT 'C' || lpad((i % {CELLS})::VARCHAR, 5, '0') AS cell_id, "
            f"strftime(TIMESTAMP '2026-01-01' + to_hours((i // {CELLS} + {first_hour})::INTEGER), "
            f"'%Y-%m-%dT%H:%M:%S+08:00') AS ts, 60 AS period_min, {kpi_columns()} "
            f"FROM range({rows}) t(i)"
        )
        form = "(HEADER)" if path.suffix == ".csv" else "(FORMAT PARQUET)"
        connection.execute(f"COPY (SELECT {columns} FROM k) TO '{path}' {form}")
    return path


def child(code: str, *arguments: object) -> dict[str, float]:
    """Run a script in a process of its own; what it measured."""
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[1],
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])  # a progress bar may stand before


def bare(folder: Path, file: Path) -> dict[str, float]:
    """DuckDB's own load with explicit types: no checks, no ledger, no comparison."""
    if file.suffix == ".csv":
        source = (
            f"SELECT * FROM read_csv('{file}', columns = {TYPES}, header = true, "
            "auto_detect = false)"
        )
    else:
        source = f"SELECT {', '.join(f'{c}::{t} AS {c}' for c, t in TYPES.items())} FROM '{file}'"
    with tempfile.TemporaryDirectory(dir=folder) as target:
        return child(BARE, source, Path(target) / "bare.duckdb")


def load(folder: Path, *files: Path, limit: str = "", linked: bool = False) -> dict[str, float]:
    """Load the last file, measured, after the others.

    Args:
        folder: for the data directory.
        files: the files.
        limit: memory of the database; its default when empty.
        linked: the file lies in the inbox already, so that its archived copy is a link.
    """
    with tempfile.TemporaryDirectory(dir=folder) as data:
        if linked:
            inbox = Path(data) / "inbox"
            inbox.mkdir()
            (inbox / files[-1].name).hardlink_to(files[-1])
            files = (*files[:-1], inbox / files[-1].name)
        return child(LOAD, limit, data, *files)


def middle(measured: Iterable[dict[str, float]], what: str = "seconds") -> float:
    return statistics.median(one[what] for one in measured)


def part_formats(folder: Path, rows: int, repeat: int, suffix: str) -> None:
    file = write_rows(folder / f"kpis.{suffix}", rows)
    turns = [(bare(folder, file), load(folder, file)) for _ in range(repeat)]
    base, own = middle(b for b, _ in turns), middle(o for _, o in turns)
    print(
        f"{suffix:8} {rows:,} rows, {file.stat().st_size / 1e6:,.0f} MB: bare {base:.2f} s, "
        f"load {own:.2f} s: {base / own:.2f} of bare's rows/s"
    )
    inbox = middle(load(folder, file, linked=True) for _ in range(repeat))
    print(f"{'inbox':8} {inbox:.2f} s, archived by a link: {base / inbox:.2f} of bare's rows/s")
    again = middle(load(folder, file, file) for _ in range(repeat))
    print(f"{'again':8} {again:.3f} s: {again / own:.3f} of the first load")
    if suffix == "csv":
        revised = "* REPLACE (CASE WHEN rowid % 10 = 0 THEN 1 ELSE latency_ms END AS latency_ms)"
        bad = (
            "* REPLACE (CASE WHEN rowid % 1000 = 0 THEN 'NaN' ELSE latency_ms::VARCHAR END "
            "AS latency_ms)"
        )
        other = write_rows(folder / "kpis_revised.csv", rows, columns=revised)
        seconds = middle(load(folder, file, other) for _ in range(min(repeat, 3)))
        print(f"{'revised':8} {seconds:.2f} s: {base / seconds:.2f} of bare's rows/s")
        other = write_rows(folder / "kpis_bad.csv", rows, columns=bad)
        seconds = middle(load(folder, other) for _ in range(min(repeat, 3)))
        print(f"{'bad':8} {seconds:.2f} s: {base / seconds:.2f} of bare's rows/s")
        other.unlink()
    file.unlink()


def part_days(folder: Path, repeat: int) -> None:
    day = CELLS * 24
    stored = {days: write_rows(folder / f"kpis_{days}.parquet", day * days) for days in (10, 100)}
    new = {
        days: write_rows(folder / f"kpis_{days}_new.csv", day, first_hour=24 * days)
        for days in stored
    }
    turns = [
        {days: load(folder, stored[days], new[days]) for days in stored} for _ in range(repeat)
    ]
    for what, how in (("told", "until it is loaded"), ("seconds", "and the database is closed")):
        ten, hundred = (middle((turn[days] for turn in turns), what) for days in (10, 100))
        print(
            f"days     one new day of {CELLS:,} cells {how}: on 10 days {ten:.3f} s, on 100 days "
            f"{hundred:.3f} s: {hundred / ten:.2f} times"
        )


def part_memory(folder: Path, rows: int) -> None:
    for suffix in ("csv", "parquet"):
        small, large = (
            load(folder, write_rows(folder / f"kpis_{n}.{suffix}", n), limit=MEMORY)["mb"]
            for n in (rows // 4, rows)
        )
        print(
            f"memory   {suffix}, database limited to {MEMORY}: {small:,.0f} MB with "
            f"{rows // 4:,} rows, {large:,.0f} MB with {rows:,} rows: {large / small:.2f} times"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--part", default="csv,parquet,days,memory,xml")
    options = parser.parse_args()
    parts = options.part.split(",")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for suffix in ("csv", "parquet"):
            if suffix in parts:
                part_formats(folder, options.rows, options.repeat, suffix)
        if "days" in parts:
            part_days(folder, options.repeat)
        if "memory" in parts:
            part_memory(folder, options.rows)
    if "xml" in parts:
        subprocess.run([sys.executable, str(Path(HERE) / "ingest_xml.py")], check=True)


if __name__ == "__main__":
    main()
