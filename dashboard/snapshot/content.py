"""What a snapshot holds: the tables with their types, and the manifest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Literal

import pandas as pd
import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field, field_validator

from dashboard.errors import SnapshotError
from dashboard.snapshot.schemas import LATER, OPTIONAL, SCHEMAS

COUNT_KEYS = ("red", "yellow", "green", "unknown")


class Manifest(BaseModel):
    """``manifest.json``: what the snapshot is, and the SHA-256 of each of its files."""

    model_config = ConfigDict(frozen=True)

    snapshot_id: str
    as_of: datetime
    published_at: datetime
    data_time: datetime | None = Field(description="end of the newest KPI interval")
    ticket_time: datetime | None = Field(description="newest ticket")
    mode: Literal["cells", "tickets"]
    horizon_h: int
    policy: dict[str, Any]
    model: dict[str, Any]
    counts: dict[str, int]
    warnings: tuple[str, ...]
    time_zone: str
    files: dict[str, str] = Field(description="path inside the snapshot -> SHA-256")
    kpi_days: dict[str, str] = Field(description="KPI file -> fingerprint of the day's facts")
    complaints: dict[str, str] = Field(
        {}, description="file of complaints -> fingerprint of the month's facts"
    )
    complaint_days: dict[str, str] = Field(
        {}, description="file of daily sums -> the file of complaints that they are of"
    )
    layers: str | None = Field(
        None, description="the set of map layers (DATA/layers/); None without geometry"
    )

    @field_validator("as_of", "published_at", "data_time", "ticket_time")
    @classmethod
    def _utc(cls, moment: datetime | None) -> datetime | None:
        # Libraries compare zones by identity: one UTC for all.
        return None if moment is None else moment.astimezone(UTC)


@dataclass(frozen=True)
class ComplaintMonth:
    """The complaints of one local month.

    Attributes:
        fingerprint: changes whenever a row of the month as known at as_of changes.
        load: gives the rows (columns of ``COMPLAINTS``); called only when the snapshot before has
            no month of the same fingerprint.
    """

    fingerprint: str
    load: Callable[[], pd.DataFrame]


@dataclass(frozen=True)
class SnapshotContent:
    """Everything a snapshot says, apart from the KPI days.

    Frames have the columns of ``SCHEMAS``; further columns are left out, a missing one is an error,
    unless it is one of ``LATER``.
    Datetimes are time-zone aware.

    Attributes:
        as_of: the moment the forecast was made for; nothing later is in it.
        mode: ``cells``, or ``tickets`` where no cells are known.
        horizon_h: forecast horizon in hours.
        time_zone: IANA name of the operator's zone; local days follow it.
        data_time: end of the newest KPI interval, None without KPIs.
        ticket_time: creation time of the newest ticket, None without tickets.
        policy: parameters of the colour policy, as shown beside the map.
        model: what made the forecast, and how well it did in backtest.
        regions_geojson: FeatureCollection, WGS-84; ``id`` = ``properties.region_id``.
        warnings: texts for the people in front of the screens.
        more: tables of ``OPTIONAL`` by name; those not given are empty.
        layers: name of the set of map layers that belongs to it; None without geometry.
        complaints: all complaints of the kept history, by the first day of each local month.
    """

    as_of: datetime
    mode: Literal["cells", "tickets"]
    horizon_h: int
    time_zone: str
    data_time: datetime | None
    ticket_time: datetime | None
    policy: dict[str, Any]
    model: dict[str, Any]
    cells: pd.DataFrame
    drivers: pd.DataFrame
    regions: pd.DataFrame
    regions_geojson: dict[str, Any]
    region_series: pd.DataFrame
    tickets: pd.DataFrame
    works: pd.DataFrame
    events: pd.DataFrame
    neighbours: pd.DataFrame
    history: pd.DataFrame
    warnings: tuple[str, ...] = field(default=())
    more: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    layers: str | None = None
    complaints: Mapping[date, ComplaintMonth] = field(default_factory=dict)

    @property
    def counts(self) -> dict[str, int]:
        """Cells by status; in tickets mode, regions by status."""
        frame = self.cells if self.mode == "cells" else self.regions
        by_status = frame["status"].value_counts()
        return {key: int(by_status.get(key, 0)) for key in COUNT_KEYS}

    def table(self, name: str) -> pa.Table:
        """The frame of that name with the types of its schema.

        Raises:
            SnapshotError: a column is missing, or a value does not fit its type.
        """
        if name in OPTIONAL:
            schema = OPTIONAL[name]
            if name not in self.more:
                return schema.empty_table()
            frame = self.more[name]
        else:
            schema, frame = SCHEMAS[name], getattr(self, name)
        later = LATER.get(name, frozenset()) - set(frame.columns)
        frame = frame.assign(**dict.fromkeys(sorted(later)))
        missing = [column for column in schema.names if column not in frame.columns]
        if missing:
            raise SnapshotError(f"snapshot table {name}: columns are missing: {', '.join(missing)}")
        return to_table(name, frame[schema.names], schema)


def to_table(name: str, frame: pd.DataFrame, schema: pa.Schema) -> pa.Table:
    """An Arrow table of exactly that schema; NaN, NaT and None become null.

    Raises:
        SnapshotError: a value does not fit; the message names table, column and reason.
    """
    arrays = []
    for column in schema:
        values = frame[column.name]
        try:
            arrays.append(pa.Array.from_pandas(values, type=column.type, safe=True))
        except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
            try:
                arrays.append(pa.Array.from_pandas(values).cast(column.type))
            except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
                raise SnapshotError(
                    f"snapshot table {name}, column {column.name}: {error}"
                ) from error
    return pa.Table.from_arrays(arrays, schema=schema)


def require_aware(name: str, value: datetime | None) -> datetime | None:
    """The moment in UTC.

    Raises:
        SnapshotError: it has no time zone.
    """
    if value is None:
        return None
    if value.tzinfo is None:
        raise SnapshotError(f"snapshot {name} {value.isoformat()} has no time zone")
    return value.astimezone(UTC)
