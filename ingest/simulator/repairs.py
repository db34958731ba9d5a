"""What crews do to the city: a repair of the right kind ends a hidden fault, a wrong one does not.

A repair draws no number that anything else draws, and one that does not help leaves every array as
it was. So a city in which nobody repairs anything, or everybody the wrong thing, is the same city.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from ingest.errors import IngestError
from ingest.simulator import causes
from ingest.simulator.city import City
from ingest.simulator.rng import Stream, stream
from ingest.simulator.state import State, clear_faults

Ints = NDArray[np.int64]

REMEDIES: Mapping[str, str] = MappingProxyType(
    {
        "hardware": "replace the unit",
        "interference": "remove the source",
        "coverage": "restore the antenna",
        "transport": "mend the link",
        "sleeping_cell": "restart the cell",
        "after_works": "roll the parameters back",
        "congestion": "add capacity",
    }
)
"""The kind of repair that ends each cause. Nothing ends ``benign``: there is nothing to mend."""
OVERSEEN = 0.05
"""Share of visits on which the crew sees nothing wrong though there is something."""
_CROWDED, _ROOM = 0.85, 0.75  # load of the busiest hour from which users feel it; after the works


@dataclass(frozen=True)
class Repair:
    """One repair, and what became of it.

    Attributes:
        key: of the request; the same key is the same repair.
        at: when it was done.
        against: the cause that it is right for.
        cells: numbers of the cells worked on.
        found: the cause that the crew found on site; None: nothing.
        faults: numbers of the faults that it ends.
        relieved: cells whose lasting overload it ends.
        ends_at: the first whole hour without them.
    """

    key: str
    at: datetime
    against: str
    cells: tuple[int, ...]
    found: str | None
    faults: tuple[int, ...]
    relieved: tuple[int, ...]
    ends_at: datetime

    @property
    def helped(self) -> bool:
        """Whether it ends anything."""
        return bool(self.faults or self.relieved)


def repair(
    city: City, state: State, cells: Ints, against: str, at: datetime, *, key: str
) -> Repair:
    """Look at the cells and work against one cause; the state is not changed yet, see ``settle``.

    Args:
        city: where.
        state: as it stands in the hour of ``at``.
        cells: numbers of the cells, at least one.
        against: a cause of ``REMEDIES``.
        at: the moment (aware).
        key: of the request.

    Raises:
        IngestError: no cells, or nobody knows a repair against that cause.
    """
    if not len(cells):
        raise IngestError("a repair needs at least one cell")
    if against not in REMEDIES:
        raise IngestError(f"no repair against {against!r}: use one of {', '.join(REMEDIES)}")
    code = causes.INDEX[against]
    right = cells[state.kind[cells] == code]
    crowded = cells[_crowded(city, state)[cells]] if against == "congestion" else cells[:0]
    hour = at.replace(minute=0, second=0, microsecond=0)
    return Repair(
        key=key,
        at=at,
        against=against,
        cells=tuple(int(cell) for cell in cells),
        found=look(city, state, cells, at, first=right),
        faults=tuple(sorted({int(number) for number in state.fault[right]})),
        relieved=tuple(int(cell) for cell in crowded),
        ends_at=hour if hour == at else hour + timedelta(hours=1),
    )


def settle(city: City, state: State, done: Repair) -> list[tuple[int, int, str]]:
    """End what a repair ends, on all cells of those faults; annoyance fades by its own law.

    Returns:
        (cell, fault number, key) of every fault that was still there.
    """
    over = np.flatnonzero((state.fault > 0) & np.isin(state.fault, done.faults))
    ended = [(int(cell), int(state.fault[cell]), done.key) for cell in over]
    clear_faults(state, over)
    eased = np.array(done.relieved, np.int64)
    state.relief[eased] = np.minimum(state.relief[eased], _ROOM / city.load[eased])
    return ended


def _crowded(city: City, state: State) -> NDArray[np.bool_]:
    """Cells that are overloaded in their busiest hours even without a fault."""
    return np.asarray(city.load * state.relief > _CROWDED)


def look(
    city: City, state: State, cells: Ints, at: datetime, *, first: Ints | None = None
) -> str | None:
    """What a crew sees on site: the gravest fault of ``first``, else of the cells, else overload.

    Returns:
        A cause of ``REMEDIES``; None where nothing is wrong, or where it was overseen.
    """
    luck = stream(city.seed, Stream.REPAIRS, int(at.timestamp() // 3600)).random(len(city.cells))
    if luck[cells[0]] < OVERSEEN:
        return None
    for among in (cells[:0] if first is None else first, cells):
        real = among[np.isin(state.kind[among], [causes.INDEX[name] for name in REMEDIES])]
        if len(real):
            return causes.NAMES[int(state.kind[real[np.argmax(state.severity[real])]])]
    return "congestion" if _crowded(city, state)[cells].any() else None
