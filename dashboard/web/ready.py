"""The first viewers of a new snapshot find it made (SnapshotStore.watched)."""

from __future__ import annotations

from collections.abc import Callable

from dashboard.snapshot import Snapshot
from dashboard.web import faults
from dashboard.web.api import cells_table
from dashboard.web.components import wall_picture
from dashboard.web.context import Context
from dashboard.web.view.cells_query import CellsQuery
from dashboard.web.view.cells_table import picked
from dashboard.web.view.maps import Screen
from dashboard.web.view.state import ViewState

USUAL = Screen(1920, 1080)
"""The wall that is made while nobody has asked for any."""


def attend(context: Context) -> None:
    """From now on walls in use, then the table of cells, are made with each new snapshot."""

    def guarded(make: Callable[[Context, Snapshot], None]) -> Callable[[Snapshot], None]:
        def made(snapshot: Snapshot) -> None:
            try:
                make(context, snapshot)
            except Exception as error:  # noqa: BLE001 - whoever asks for it is told; the log too
                faults.note(error)

        return made

    context.store.when_opened(guarded(walls), guarded(tables))


def walls(context: Context, snapshot: Snapshot) -> None:
    """Every wall that somebody looks at, and what changes on it; at least the usual one."""
    before, now = context.store.present, context.clock.now()
    asked: list[tuple[ViewState, Screen]] = context.in_use.turn()
    for state, screen in asked or [(context.state(""), USUAL)]:
        drawn = wall_picture.picture(context, context.look_at(snapshot, state, now), screen)
        if before is not None and before is not snapshot:
            seen = wall_picture.picture(context, context.look_at(before, state, now), screen)
            wall_picture.patches(context, drawn, seen.reds)


def tables(context: Context, snapshot: Snapshot) -> None:
    """The table of cells, in its first order, and where the cells are.

    In the usual language; the other one is made for who asks for it.
    """
    if snapshot.manifest.mode != "cells":
        return
    look = context.look_at(snapshot, context.state(""), context.clock.now())
    picked(context, look, CellsQuery())
    cells_table.packed_places(context, look)
