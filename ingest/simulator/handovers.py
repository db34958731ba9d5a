"""Hand-overs between the cells of the city: where their users walk, day by day.

They follow from the users of a cell and from hidden ways (streets, buildings) that no map of masts
shows. Nothing else in the city looks at them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from ingest.simulator.city import City
from ingest.simulator.rng import Stream, stream
from ingest.simulator.state import Hour

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

_RELATIONS = 10  # a cell hands over to so many at most
_AROUND = 24  # of so many nearest
_PER_USER_HOUR = 3.0
_AHEAD_M = 300.0  # users of a sector are about here before its mast
_WAYS = 0.9  # spread of the hidden ways, as a logarithm
_HEARD = 2.0  # cells that hear a cell's users take more of them
SCHEMA = pa.schema(
    [
        pa.field("cell_id", pa.string(), nullable=False),
        pa.field("neighbour_id", pa.string(), nullable=False),
        pa.field("ts", pa.timestamp("us", tz="UTC"), nullable=False),
        pa.field("period_min", pa.int16(), nullable=False),
        pa.field("attempts", pa.int32(), nullable=False),
        pa.field("successes", pa.int32(), nullable=False),
    ]
)


@dataclass(frozen=True)
class Ways:
    """Who hands over to whom: arrays of one length, by cell; ``share`` sums to 1 over a cell."""

    cell: Ints
    other: Ints
    share: Array


@dataclass
class Walks:
    """Users of each cell since the last midnight, in user hours."""

    users: Array = field(default_factory=lambda: np.zeros(0))

    def live(self, city: City, hour: Hour) -> pa.Table | None:
        """Take one hour; after the last of a local day its hand-overs, else None."""
        if not len(self.users):
            self.users = np.zeros(len(city.cells))
        self.users = self.users + hour.users
        if hour.local.hour != 23:
            return None
        table = _day(city, self.users, hour.local)
        self.users = np.zeros(len(city.cells))
        return table


class HandoverFiles:
    """One Parquet file a week, a row group a day."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.week = ""
        self.writer: pq.ParquetWriter | None = None

    def add(self, local: datetime, table: pa.Table) -> None:
        """Take the hand-overs of the local day of ``local``."""
        year, week, _ = local.isocalendar()
        name = f"handovers_{year}-W{week:02d}.parquet"
        if name != self.week:
            self.close()
            self.week = name
            self.writer = pq.ParquetWriter(self.folder / name, SCHEMA, compression="zstd")
        assert self.writer is not None
        self.writer.write_table(table)

    def close(self) -> None:
        """Close the file."""
        if self.writer is not None:
            self.writer.close()
            self.writer = None


def _day(city: City, users: Array, last: datetime) -> pa.Table:
    """The rows of the local day whose last hour begins at ``last``."""
    ways = _ways(city)
    rng = stream(city.seed, Stream.HANDOVERS, int(last.timestamp() // 3600))
    attempts = rng.poisson(_PER_USER_HOUR * users[ways.cell] * ways.share)
    good = city.base["handover_success_pct"][ways.cell] / 100.0
    successes = rng.binomial(attempts, np.clip(good, 0.0, 1.0))
    some = attempts > 0
    names = city.cells["cell_id"].to_numpy(str)
    start = last - timedelta(hours=23)
    rows = int(some.sum())
    when = np.full(rows, int(start.timestamp()) * 1_000_000, "int64")
    return pa.table(
        [
            pa.array(names[ways.cell[some]], pa.string()),
            pa.array(names[ways.other[some]], pa.string()),
            pa.array(when, pa.int64()).cast(pa.timestamp("us", tz="UTC")),
            pa.array(np.full(rows, 1440, "int16")),
            pa.array(attempts[some].astype("int32")),
            pa.array(successes[some].astype("int32")),
        ],
        schema=SCHEMA,
    )


def _ways(city: City) -> Ways:
    return _ways_of(_City(city))


class _City:
    """A city by its seed and size, from which all else of it follows."""

    def __init__(self, city: City) -> None:
        self.city = city
        self.key = (city.seed, len(city.cells))

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _City) and self.key == other.key


@lru_cache(maxsize=2)
def _ways_of(of: _City) -> Ways:
    """Near cells that look to the same ground, some favoured by chance."""
    city = of.city
    n = len(city.cells)
    angle = np.radians(city.cells["azimuth_deg"].to_numpy(float))
    ground = city.xy + _AHEAD_M * np.column_stack([np.sin(angle), np.cos(angle)])
    distance, other = cKDTree(ground).query(ground, k=min(_AROUND + 1, n))
    rng = stream(city.seed, Stream.HANDOVERS)
    pull = np.exp(-distance / (2.0 * city.reach_m[:, None] + _AHEAD_M))
    pull = pull * rng.lognormal(0.0, _WAYS, pull.shape)
    heard = (other[:, :, None] == city.heard[:, None, :]).any(axis=2)
    pull = np.where(heard, _HEARD * pull, pull)
    pull[other == np.arange(n)[:, None]] = 0.0
    best = np.sort(np.argsort(-pull, axis=1, kind="stable")[:, :_RELATIONS], axis=1)
    pull = np.take_along_axis(pull, best, axis=1)
    share = pull / pull.sum(axis=1, keepdims=True)
    cell = np.repeat(np.arange(n), best.shape[1])
    other = np.take_along_axis(other, best, axis=1).ravel()
    used = share.ravel() > 0
    return Ways(cell[used], other[used].astype(np.int64), share.ravel()[used])
