"""3GPP performance files: the reader against a loop that only walks the file; two files, two cores.

Everything is measured in one run, by turns, as medians:

- ``walk``: ``for _ in lxml.etree.iterparse(file)`` with each element cleared (memory stays flat);
- ``walk, kept``: the same without clearing, which is quicker and keeps the whole file in memory;
- ``read``: the reader, with the counters that formulas would ask for (every tenth);
- ``ahead``: two files by the read-ahead, against the same two one after the other.

Run: ``python benchmarks/ingest_xml.py [--results 2000000] [--repeats 5]``.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

HERE = str(Path(__file__).parent)
sys.path[:] = [folder for folder in sys.path if folder != HERE]  # else `ingest` is a benchmark

from lxml import etree

from ingest.counters.rows import Wanted
from ingest.profiles.model import Table
from ingest.readers.measurements import read_measurements
from ingest.readers.measurements.ahead import Order, ReadAhead
from ingest.settings import IngestSettings

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<measCollecFile xmlns="http://www.3gpp.org/ftp/specs/archive/32_series/32.435#measCollec">
<fileHeader fileFormatVersion="32.435 V10.0" vendorName="V"><fileSender localDn="ManagedElement=E"/>
<measCollec beginTime="2026-03-01T00:00:00+08:00"/></fileHeader>
<measData><managedElement localDn="SubNetwork=A,ManagedElement=E"/>
"""
PERIOD = '<granPeriod duration="PT900S" endTime="2026-03-01T00:15:00+08:00"/>\n'
TYPES, BLOCKS = 50, 4
WANTED = Wanted(frozenset(f"counter{n}" for n in range(0, BLOCKS * TYPES, 10)))
TABLE, SETTINGS = Table(feed="kpis"), IngestSettings()


def write_file(path: Path, results: int, *, lists: bool = False) -> None:
    """A file with so many results: 4 blocks of 50 counters, as r elements or as lists."""
    objects = results // TYPES // BLOCKS
    with path.open("w", encoding="utf-8") as file:
        file.write(HEAD)
        for block in range(BLOCKS):
            file.write(f'<measInfo measInfoId="{block}">\n{PERIOD}')
            names = [f"counter{block * TYPES + n}" for n in range(TYPES)]
            if lists:
                file.write(f"<measTypes>{' '.join(names)}</measTypes>\n")
            else:
                file.writelines(
                    f'<measType p="{n}">{x}</measType>\n' for n, x in enumerate(names, 1)
                )
            for number in range(objects):
                values = [str((number * 7919 + n * 104_729) % 100_000) for n in range(TYPES)]
                file.write(
                    f'<measValue measObjLdn="ENodeBFunction=1,EUtranCellFDD=C{number:06}">\n'
                )
                if lists:
                    file.write(f"<measResults>{' '.join(values)}</measResults>\n")
                else:
                    file.writelines(
                        f'  <r p="{n}">{text}</r>\n' for n, text in enumerate(values, 1)
                    )
                file.write("</measValue>\n")
            file.write("</measInfo>\n")
        file.write("</measData><fileFooter/></measCollecFile>\n")


def walk(path: Path) -> None:
    for _, element in etree.iterparse(str(path)):
        element.clear()


def walk_kept(path: Path) -> None:
    for _ in etree.iterparse(str(path)):
        pass


def read(path: Path) -> int:
    """Rows that the reader gives."""
    return sum(len(b) for b in read_measurements(path, TABLE, SETTINGS, WANTED).rows)


def one_by_one(paths: list[Path]) -> None:
    for path in paths:
        read(path)


def read_ahead(paths: list[Path], room: Path) -> None:
    orders = [Order(path, TABLE, WANTED) for path in paths]
    with ReadAhead(orders, SETTINGS, room) as files:
        for order in orders:
            for _ in files.read(order.path, order.table, order.wanted).rows:
                pass


def by_turns(repeats: int, **what: Callable[[], object]) -> dict[str, float]:
    """Median seconds of each, measured by turns so that all meet the same machine."""
    seconds: dict[str, list[float]] = {name: [] for name in what}
    for _ in range(repeats):
        for name, run in what.items():
            start = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - start)
    return {name: statistics.median(each) for name, each in seconds.items()}


def peak_mib(path: Path) -> float:
    """Peak memory of a process that reads the file."""
    code = (
        "import sys; from pathlib import Path; from benchmarks.ingest_xml import read;"
        "read(Path(sys.argv[1]));"
        "print(open('/proc/self/status').read().split('VmHWM:')[1].split()[0])"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True
    )
    return int(run.stdout) / 1024


def measure(results: int = 2_000_000, repeats: int = 5) -> dict[str, float]:
    """All figures; ratios above 1 mean quicker than what it is compared with."""
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        room = Path(folder)
        for form, lists in (("r", False), ("list", True)):
            path = room / f"{form}.xml"
            write_file(path, results, lists=lists)
            found = by_turns(
                repeats,
                walk=lambda path=path: walk(path),
                walk_kept=lambda path=path: walk_kept(path),
                read=lambda path=path: read(path),
            )
            figures |= {f"{form}: {name} s": value for name, value in found.items()}
            figures[f"{form}: walk / read"] = found["walk"] / found["read"]
            figures[f"{form}: walk, kept / read"] = found["walk_kept"] / found["read"]
        twins = [room / "r.xml", room / "twin.xml"]
        twins[1].write_bytes(twins[0].read_bytes())
        found = by_turns(
            repeats,
            alone=lambda: one_by_one(twins),
            ahead=lambda: read_ahead(twins, room / "ahead"),
        )
        figures["two files: one by one / ahead"] = found["alone"] / found["ahead"]
        figures["peak MiB"] = peak_mib(twins[0])
        write_file(room / "large.xml", results * 4)
        figures["peak MiB, file four times as large"] = peak_mib(room / "large.xml")
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=int, default=2_000_000)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    for name, value in measure(options.results, options.repeats).items():
        print(f"{name:40} {value:8.2f}")


if __name__ == "__main__":
    main()
