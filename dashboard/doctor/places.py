"""Checks of coordinate systems and of boundaries."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from dashboard.doctor.findings import Finding
from dashboard.errors import DashboardError, LockedError
from dashboard.publish.places import told_places
from dashboard.runtime.locks import write_lock
from dashboard.runtime.opened import opened_warehouse
from dashboard.settings import Settings
from dashboard.snapshot import Snapshot
from geo.agreement import direction, judge
from geo.detect import Detection
from ingest.errors import IngestError
from ingest.region_rows import known_regions
from ingest.warehouse import FILE_NAME

Row = dict[str, Any]

COORDINATES, BOUNDARIES = "coordinates", "boundaries"
LOAD = "load data (`foresite ingest FILES…`), then `foresite forecast`"


class Places:
    """What is known of coordinates and boundaries, looked up once for both checks.

    Of the warehouse as it is now where no other process holds it, else as it was published last.
    """

    def __init__(self, data: Path, settings: Settings, now: datetime) -> None:
        """Nothing is read yet.

        Args:
            data: the data directory.
            settings: of it.
            now: the present moment of the data directory's clock.
        """
        self._where = (data, settings, now)

    @cached_property
    def _rows(self) -> dict[str, list[Row]]:
        """Rows of both tables.

        Raises:
            DashboardError, IngestError: neither warehouse nor snapshot can be read.
        """
        data, settings, now = self._where
        if (data / FILE_NAME).exists():
            with (
                suppress(LockedError),
                write_lock(data, "foresite doctor"),
                opened_warehouse(data, settings) as connection,
            ):
                tables = told_places(connection, now, known_regions(connection))
                return {name: _plain(table) for name, table in tables.items()}
        shown = Snapshot.open(data)
        try:
            return {name: shown.rows(name) for name in ("coordinates", "boundary_remarks")}
        finally:
            shown.close()

    def coordinates(self) -> Finding:
        """Do cells, tickets and regions lie in one coordinate system, as far as can be told?"""
        try:
            rows = self._rows["coordinates"]
        except (DashboardError, IngestError) as error:
            return Finding(COORDINATES, "warn", f"cannot be looked at: {error}", LOAD)
        return _coordinates(rows)

    def boundaries(self) -> Finding:
        """Do regions of one level meet, and do levels nest?"""
        try:
            rows = self._rows["boundary_remarks"]
        except (DashboardError, IngestError) as error:
            return Finding(BOUNDARIES, "warn", f"cannot be looked at: {error}", LOAD)
        return _boundaries(rows)


def _plain(table: pd.DataFrame) -> list[Row]:
    return [{str(k): v for k, v in row.items()} for row in table.to_dict("records")]


def _coordinates(rows: list[Row]) -> Finding:
    if not rows:
        return Finding(
            COORDINATES,
            "ok",
            "cannot be told: that needs tickets with a position that name a cell, or cells and "
            "regions",
        )
    found = {(row["first"], row["second"]): _detection(row) for row in rows}
    judgement = judge(found)
    if not judgement.stories:
        agreed = [row for row in rows if row["verdict"] == "same"]
        if not agreed:
            return Finding(COORDINATES, "ok", f"cannot be told: {rows[0]['text']}")
        pairs = ", ".join(f"{row['first']} and {row['second']}" for row in agreed)
        return Finding(COORDINATES, "ok", f"{pairs} agree with each other ({agreed[0]['text']})")
    apart = [row for row in rows if row["verdict"] == "apart"]
    row = max(apart, key=lambda one: one["compared"])
    away = direction(row["east_m"], row["north_m"])
    stories = judgement.stories if len(judgement.stories[0]) == 1 else judgement.stories[:1]
    either = "; or ".join(
        " and ".join(
            f"{one.what} are {one.delivered} and were read as {one.read_as}" for one in told
        )
        for told in stories
    )
    advice = "; or ".join(
        " and ".join(
            f'declare coordinates = "{one.delivered}" in the profile of {one.what}' for one in told
        )
        for told in stories
    )
    where = f"{row['first']} lie {away} of where they should lie against {row['second']}"
    return Finding(
        COORDINATES, "warn", f"{where}: {either} ({row['text']})", f"{advice}; then ingest again"
    )


def _boundaries(rows: list[Row]) -> Finding:
    grave = [row["text"] for row in rows if row["grave"]]
    if not grave:
        small = f"; small remarks: {len(rows):,}" if rows else ""
        return Finding(BOUNDARIES, "ok", f"regions meet and nest{small}")
    more = f" (and {len(grave) - 1:,} more)" if len(grave) > 1 else ""
    return Finding(
        BOUNDARIES,
        "warn",
        f"{grave[0]}{more}",
        "mend the file; `foresite ingest` lists them all; maps close gaps of up to 200 m",
    )


def _detection(row: Row) -> Detection:
    """The detection behind a row, without its figures."""
    return Detection(
        means="names",
        verdict=row["verdict"],
        pair=(row["first_system"], row["second_system"]),
        sure=row["sure"],
        compared=row["compared"],
        misfit_m={},
        error_m=float("nan"),
        strays={},
    )
