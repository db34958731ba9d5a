"""Files of some hours of a living city: one a feed, whole or not at all."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from ingest.simulator import feeds
from ingest.simulator.city import City
from ingest.simulator.kpis import measure
from ingest.simulator.state import Hour

_COLUMNS = {
    "tickets": feeds.TICKET_COLUMNS,
    "works": feeds.WORK_COLUMNS,
    "events": feeds.EVENT_COLUMNS,
    "alarms": feeds.ALARM_COLUMNS,
    "shifts": feeds.SHIFT_COLUMNS,
}


class Told:
    """Collects what the hours measured."""

    def __init__(self, city: City) -> None:
        self.city = city
        self.kpis: list[feeds.KpiHour] = []
        self.handovers: list[pa.Table] = []

    def hour(self, hour: Hour, handovers: pa.Table | None) -> None:
        """Take one hour, and the hand-overs of the day that it ended."""
        self.kpis.append((hour.local, *measure(self.city, hour)))
        if handovers is not None:
            self.handovers.append(handovers)

    def write(self, folder: Path, rows: dict[str, list[dict[str, Any]]]) -> list[Path]:
        """Write the files, named by their first hour, and rename them when all are there.

        Args:
            folder: made where it is not there.
            rows: of the feeds that are lists; a feed without any gets no file.
        """
        folder.mkdir(parents=True, exist_ok=True)
        first: datetime = self.kpis[0][0]
        name = f"{first:%Y%m%dT%H}"
        written = [folder / f"kpis_{name}.parquet"]
        feeds.write_parquet(part(written[0]), feeds.kpi_table(self.city, self.kpis))
        if self.handovers:
            written.append(folder / f"handovers_{name}.parquet")
            feeds.write_parquet(part(written[-1]), pa.concat_tables(self.handovers))
        for feed, columns in _COLUMNS.items():
            if rows[feed]:
                written.append(folder / f"{feed}_{name}.csv")
                feeds.write_csv(part(written[-1]), columns, rows[feed])
        for path in written:
            part(path).replace(path)
        return written


def part(path: Path) -> Path:
    """Where a file is until it is whole."""
    return path.with_name(path.name + ".part")
