"""What the product must never read: hidden faults, true cells, the oracle, what then happened."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ingest.simulator.causes import NAMES
from ingest.simulator.city import City
from ingest.simulator.feeds import write_parquet
from ingest.simulator.oracle import expect_each
from ingest.simulator.state import Hour, State
from ingest.simulator.tickets import Ticket

HORIZONS_H = (72, 24, 168)  # the first one's columns carry no suffix
ITSELF = "itself"
"""What ended a fault that nobody repaired; else it is the repair's key."""
_TIME = pa.timestamp("us", tz="UTC")
# Number, cell, kind, severity, since, until, ended by.
_Fault = tuple[int, int, int, float, datetime, datetime | None, str | None]


class Truth:
    """Collects the truth while the city lives, and writes ``truth/*.parquet``."""

    def __init__(self, city: City, start: datetime) -> None:
        self.city, self.start = city, start
        self.origins: list[datetime] = []
        self.expected: dict[int, list[NDArray[np.float64]]] = {h: [] for h in HORIZONS_H}
        self.probability: dict[int, list[NDArray[np.float64]]] = {h: [] for h in HORIZONS_H}
        self.open: dict[tuple[int, int], tuple[int, float, datetime]] = {}
        self.faults: list[_Fault] = []

    def midnight(self, state: State, local: datetime) -> None:
        """Ask the oracle at the start of a local day."""
        self.origins.append(local)
        for hours, said in expect_each(self.city, state, local, HORIZONS_H).items():
            expected, probability = said
            self.expected[hours].append(expected)
            self.probability[hours].append(probability)

    def hour(self, hour: Hour) -> None:
        """Note the faults that began and ended in this hour."""
        mended = {(cell, number): key for cell, number, key in hour.mended}
        for cell, number in hour.ended:
            kind, severity, since = self.open.pop((cell, number), (0, 0.0, self.start))
            if kind:
                by = mended.get((cell, number), ITSELF)
                self.faults.append((number, cell, kind, severity, since, hour.local, by))
        for cell, number, kind, severity in hour.started:
            self.open[cell, number] = (kind, severity, hour.local)

    def write(self, folder: Path, tickets: list[Ticket], end: datetime) -> None:
        """Write ``oracle``, ``faults`` and ``ticket_cells``."""
        ids = self.city.cells["cell_id"].to_numpy(str)
        n, count = len(ids), len(self.origins)
        oracle = {
            "as_of": pa.array([o for o in self.origins for _ in range(n)], _TIME),
            "cell_id": pa.array(np.tile(ids, count)),
        }
        for hours in HORIZONS_H:
            suffix = "" if hours == HORIZONS_H[0] else f"_{hours}h"
            oracle |= {
                f"expected_low_complaints{suffix}": _joined(self.expected[hours]),
                f"probability{suffix}": _joined(self.probability[hours]),
                f"low_complaints{suffix}": pa.array(
                    self._happened(tickets, end, timedelta(hours=hours)), pa.int32()
                ),
            }
        write_parquet(folder / "oracle.parquet", pa.table(oracle))
        rows = self.faults + [
            (number, cell, kind, severity, since, None, None)
            for (cell, number), (kind, severity, since) in self.open.items()
        ]
        rows.sort(key=lambda r: (r[0], r[1]))
        sites = self.city.cells["site_id"].to_numpy(str)
        faults = {
            "fault_id": pa.array([r[0] for r in rows], pa.int64()),
            "cell_id": pa.array([ids[r[1]] for r in rows], pa.string()),
            "site_id": pa.array([sites[r[1]] for r in rows], pa.string()),
            "cause": pa.array([NAMES[r[2]] for r in rows], pa.string()),
            "severity": pa.array([r[3] for r in rows], pa.float64()),
            "starts_at": pa.array([r[4] for r in rows], _TIME),
            "ends_at": pa.array([r[5] for r in rows], _TIME),
            "ended_by": pa.array([r[6] for r in rows], pa.string()),
        }
        write_parquet(folder / "faults.parquet", pa.table(faults))
        links = {
            "ticket_id": pa.array([t.ticket_id for t in tickets], pa.string()),
            "created_at": pa.array([t.created_at for t in tickets], _TIME),
            "cell_id": pa.array([ids[t.true_cell] for t in tickets], pa.string()),
            "cause": pa.array([t.cause for t in tickets], pa.string()),
            "fault_id": pa.array([t.fault or None for t in tickets], pa.int64()),
            "low": pa.array([t.low for t in tickets], pa.bool_()),
        }
        write_parquet(folder / "ticket_cells.parquet", pa.table(links))

    def _happened(
        self, tickets: list[Ticket], end: datetime, horizon: timedelta
    ) -> list[int | None]:
        low = [(t.created_at, t.true_cell) for t in tickets if t.low]
        moments = np.array([moment.timestamp() for moment, _ in low])
        cells = np.array([cell for _, cell in low], np.int64)
        result: list[int | None] = []
        for origin in self.origins:
            if origin + horizon > end:
                result += [None] * len(self.city.cells)
                continue
            inside = (moments > origin.timestamp()) & (moments <= (origin + horizon).timestamp())
            counts = np.bincount(cells[inside], minlength=len(self.city.cells))
            result += [int(v) for v in counts]
        return result


def _joined(parts: list[NDArray[np.float64]]) -> pa.Array:
    return pa.array(np.concatenate(parts or [np.empty(0)]))
