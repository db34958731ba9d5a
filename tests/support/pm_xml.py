"""Writes performance files for tests, and reads them whole."""

from __future__ import annotations

from pathlib import Path

from ingest.counters.rows import Measured, Wanted
from ingest.profiles.model import Table
from ingest.readers.measurements import read_measurements
from ingest.settings import IngestSettings

PERIOD = '<granPeriod duration="PT900S" endTime="2026-03-01T00:15:00+08:00"/>'
TYPES = '<measType p="1">a</measType><measType p="2">b</measType>'


def value(*results: object, name: str = "EUtranCellFDD=1", suspect: str | None = None) -> str:
    """A measValue with one r per result."""
    rs = "".join(f'<r p="{p}">{text}</r>' for p, text in enumerate(results, 1))
    doubt = "" if suspect is None else f"<suspect>{suspect}</suspect>"
    return f'<measValue measObjLdn="{name}">{rs}{doubt}</measValue>'


def info(*values: str, period: str = PERIOD, types: str = TYPES) -> str:
    return f"<measInfo>{period}{types}{''.join(values)}</measInfo>"


def document(*infos: str, head: str = "", element: str = "ManagedElement=E") -> str:
    """A file of one managed element."""
    own = f'<managedElement localDn="{element}"/>' if element else ""
    return (
        f'{head}<measCollecFile xmlns="http://www.3gpp.org/ftp/specs/archive/32_series/32.435'
        '#measCollec"><fileHeader vendorName="V"><fileSender localDn="S"/>'
        '<measCollec beginTime="2026-03-01T00:00:00+08:00"/></fileHeader>'
        f"<measData>{own}{''.join(infos)}</measData><fileFooter/></measCollecFile>"
    )


def rows_of(
    path: Path,
    wanted: set[str] | None = None,
    table: Table | None = None,
    settings: IngestSettings | None = None,
) -> tuple[list[dict], Measured]:
    """All rows of a file, and how it was read."""
    measured = read_measurements(
        path,
        table,
        settings or IngestSettings(),
        Wanted(None if wanted is None else frozenset(wanted)),
    )
    return [row for batch in measured.rows for row in batch.to_pylist()], measured
