"""Regions as trends count them: what is below a region, and its subscribers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dashboard.snapshot import Snapshot


@dataclass(frozen=True)
class Area:
    """One region.

    Attributes:
        region_id: its id.
        name: its name.
        parent_id: the region that holds it; None at the top.
        level: greater is finer.
        subscribers: the sum of its parts where all are known, else as stated; NaN: unknown.
    """

    region_id: str
    name: str
    parent_id: str | None
    level: int
    subscribers: float


@dataclass(frozen=True)
class Areas:
    """The regions of a snapshot.

    Attributes:
        by_id: in the order of their ids.
        city: subscribers of the whole city; NaN: unknown.
    """

    by_id: dict[str, Area]
    city: float

    def below(self, region_id: str) -> list[str]:
        """A region and all that is below it."""
        found, todo = [], [region_id]
        while todo:
            here = todo.pop()
            if here not in found:
                found.append(here)
                todo += [a.region_id for a in self.by_id.values() if a.parent_id == here]
        return sorted(found)

    def above(self, region_id: str) -> list[str]:
        """A region and all that hold it, the coarsest last."""
        found: list[str] = []
        here: str | None = region_id
        while here is not None and here in self.by_id and here not in found:
            found.append(here)
            here = self.by_id[here].parent_id
        return found

    def shown(self, within: str | None = None, level: int | None = None) -> dict[str, str]:
        """As which region each one counts when complaints are split by region.

        Args:
            within: only this region and what is below it.
            level: the finest level shown; the coarsest with more than one region, when left out.

        Returns:
            Every region (of ``within``) -> its region of the level shown, or itself where it is
            coarser than that.
        """
        inside = self.below(within) if within is not None else list(self.by_id)
        parts = [name for name in inside if name != within and name in self.by_id]
        if level is None:
            levels = sorted({self.by_id[name].level for name in parts})
            several = (n for n in levels if sum(self.by_id[p].level == n for p in parts) > 1)
            level = next(several, levels[-1] if levels else 0)
        return {name: self._at(name, level, set(inside)) for name in inside}

    def subscribers(self, region_id: str | None) -> float:
        """Of a region, or (None) of the city; NaN: unknown."""
        if region_id is None:
            return self.city
        return self.by_id[region_id].subscribers if region_id in self.by_id else np.nan

    def _at(self, region_id: str, level: int, inside: set[str]) -> str:
        above = [name for name in self.above(region_id) if name in inside]
        fine = [name for name in above if self.by_id[name].level <= level]
        return next(iter(fine), above[-1] if above else region_id)


def areas_of(snapshot: Snapshot) -> Areas:
    """The regions of a snapshot, with subscribers summed up from their parts."""
    rows = {row["region_id"]: row for row in snapshot.rows("trend_regions")}
    parts: dict[str, list[str]] = {}
    for name, row in rows.items():
        row["parent_id"] = row["parent_id"] if row["parent_id"] in rows else None
        if row["parent_id"] is not None:
            parts.setdefault(row["parent_id"], []).append(name)

    def summed(name: str, seen: frozenset[str] = frozenset()) -> float:
        below = [summed(part, seen | {name}) for part in parts.get(name, ()) if part not in seen]
        if below and np.isfinite(below).all():
            return float(np.sum(below))
        stated = rows[name]["subscribers"]
        return np.nan if stated is None else float(stated)

    by_id = {
        name: Area(name, row["name"] or name, row["parent_id"], row["level"] or 0, summed(name))
        for name, row in rows.items()
    }
    tops = [area.subscribers for area in by_id.values() if area.parent_id is None]
    if tops and np.isfinite(tops).all():
        return Areas(by_id, float(np.sum(tops)))
    of_city = snapshot.rows("trend_city")
    city = of_city[0]["subscribers"] if of_city else None
    return Areas(by_id, np.nan if city is None else float(city))
