"""Nested levels of an operator's division: are parents what they say, and whose are orphans?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import geopandas
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.projection import EqualAreaPlane
from geo.seams import levels

Problem = Literal[
    "circle", "unknown_parent", "level_order", "outside", "other_parent", "uncovered", "no_parent"
]
# A child lies in its parent if so much of its area does: borders of two levels are drawn apart by
# some ten metres, which is a hundredth of a grid cell of some kilometres.
INSIDE = 0.98


@dataclass(frozen=True)
class Nesting:
    """One thing that does not nest.

    Attributes:
        problem: ``circle``: it is its own ancestor; ``unknown_parent``: no region has that id;
            ``level_order``: its parent's level is not coarser; ``outside``: less than 98 % of its
            area lies in its parent; ``other_parent``: most of it lies in another region of the
            parent's level; ``uncovered``: its children leave more than 2 % of it bare;
            ``no_parent``: none is stated, and by area none holds 98 % of it.
        region_id: the child; the parent where it is ``uncovered``.
        parent_id: as stated; None where none is.
        other_id: where it lies by area, if that is another one.
        share: part of the child's area in its parent; part of the parent that is covered.
        area_m2: what is outside or uncovered; NaN where it is not of that kind.
    """

    problem: Problem
    region_id: str
    parent_id: str | None = None
    other_id: str | None = None
    share: float = float("nan")
    area_m2: float = float("nan")


def check_nesting(regions: geopandas.GeoDataFrame) -> list[Nesting]:
    """What does not nest; nothing is changed.

    Args:
        regions: ``region_id``, ``parent_id``, ``level`` (greater is finer; null if not stated),
            ``geometry`` (WGS-84 degrees; null if unknown).

    Returns:
        In the order of the regions, ``uncovered`` last. Of a division without parents and levels
        nothing is asked.
    """
    tree = _Tree(regions)
    found: list[Nesting] = []
    for child in np.flatnonzero([name is not None for name in tree.parent_id]):
        found += _checked(tree, int(child))
    found += _orphans(tree)
    found += _uncovered(tree)
    return found


def with_parents(regions: geopandas.GeoDataFrame) -> geopandas.GeoDataFrame:
    """The regions with a parent where none was stated and one holds 98 % of the area.

    Only of stated levels: the parent is of the next coarser level there is. A stated parent is
    never changed.

    Returns:
        The same rows; ``parent_id`` filled in, and a column ``parent_inferred`` (bool).
    """
    tree = _Tree(regions)
    parents = list(tree.parent_id)
    for child, (host, share) in _hosts_of_orphans(tree).items():
        if host is not None and share >= INSIDE:
            parents[child] = tree.region_id[host]
    result = regions.copy()
    result["parent_id"] = pd.Series(parents, index=regions.index, dtype="object")
    result["parent_inferred"] = [
        new != old for new, old in zip(parents, tree.parent_id, strict=True)
    ]
    return result


class _Tree:
    """The regions as arrays, and their areas in each other."""

    def __init__(self, regions: geopandas.GeoDataFrame) -> None:
        size = len(regions)
        self.region_id: list[str] = regions["region_id"].tolist()
        self.parent_id = [
            None if pd.isna(name) else str(name)
            for name in (regions["parent_id"] if "parent_id" in regions else [None] * size)
        ]
        stated = regions["level"] if "level" in regions else pd.Series([None] * size)
        self.stated = pd.to_numeric(stated, errors="coerce").to_numpy(float, na_value=np.nan)
        self.depth = levels(regions)
        shapes = np.asarray(regions.geometry.array, dtype=object)
        self.shapes = EqualAreaPlane.around(shapes).to_metres(shapes)
        shapely.prepare(self.shapes)
        self.bounds = shapely.bounds(self.shapes)
        self.area = np.nan_to_num(shapely.area(self.shapes))
        self.number = {name: place for place, name in enumerate(self.region_id)}

    def parent(self, child: int) -> int | None:
        """Number of the stated parent, if there is such a region."""
        name = self.parent_id[child]
        return None if name is None else self.number.get(name)

    def held_m2(self, child: int, hosts: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        """Area of the child in each of the hosts."""
        west, south, east, north = self.bounds[child]
        near = (self.bounds[hosts, :2] <= (east, north)).all(axis=1)
        near &= (self.bounds[hosts, 2:] >= (west, south)).all(axis=1)
        held = np.zeros(len(hosts))
        for at in np.flatnonzero(near):
            host = self.shapes[hosts[at]]
            if shapely.covers(host, self.shapes[child]):
                held[at] = self.area[child]
            elif shapely.intersects(host, self.shapes[child]):
                held[at] = shapely.area(shapely.intersection(host, self.shapes[child]))
        return held

    def best_host(self, child: int, level: int) -> tuple[int | None, float]:
        """The region of a level that holds most of the child, and which share of it."""
        hosts = np.flatnonzero((self.depth == level) & (self.area > 0.0))
        hosts = hosts[hosts != child]
        if not len(hosts) or self.area[child] <= 0.0:
            return None, 0.0
        held = self.held_m2(child, hosts)
        best = int(held.argmax())
        share = float(held[best] / self.area[child])
        return (int(hosts[best]) if share > 0.0 else None), share


def _checked(tree: _Tree, child: int) -> list[Nesting]:
    name, stated = tree.region_id[child], tree.parent_id[child]
    parent = tree.parent(child)
    if parent is None:
        level = _next_coarser(tree, child)
        host, share = (None, 0.0) if level is None else tree.best_host(child, level)
        other = None if host is None else tree.region_id[host]
        return [Nesting("unknown_parent", name, stated, other, share)]
    if _in_circle(tree, child):
        return [Nesting("circle", name, stated)]
    found = []
    if tree.stated[parent] >= tree.stated[child]:  # never where one of them is not stated
        found.append(Nesting("level_order", name, stated))
    if tree.area[child] <= 0.0 or tree.area[parent] <= 0.0:
        return found
    held = float(tree.held_m2(child, np.array([parent]))[0])
    share = held / tree.area[child]
    if share >= INSIDE:
        return found
    host, most = tree.best_host(child, int(tree.depth[parent]))
    other = None if host is None or host == parent else tree.region_id[host]
    problem: Problem = "other_parent" if other is not None and most > share else "outside"
    outside = float(tree.area[child] - held)
    return [*found, Nesting(problem, name, stated, other, float(share), outside)]


def _in_circle(tree: _Tree, child: int) -> bool:
    """Whether the region is among its own ancestors."""
    seen: set[int] = set()
    at: int | None = tree.parent(child)
    while at is not None and at not in seen:
        if at == child:
            return True
        seen.add(at)
        at = tree.parent(at)
    return False


def _next_coarser(tree: _Tree, child: int) -> int | None:
    coarser = tree.depth[tree.depth < tree.depth[child]]
    return int(coarser.max()) if len(coarser) else None


def _hosts_of_orphans(tree: _Tree) -> dict[int, tuple[int | None, float]]:
    """Regions of a stated level without a stated parent, though a coarser level is there."""
    coarsest = np.nanmin(tree.stated) if np.isfinite(tree.stated).any() else np.inf
    found = {}
    for child in np.flatnonzero(tree.stated > coarsest):
        if tree.parent_id[child] is None and tree.area[child] > 0.0:
            level = _next_coarser(tree, int(child))
            if level is not None:
                found[int(child)] = tree.best_host(int(child), level)
    return found


def _orphans(tree: _Tree) -> list[Nesting]:
    return [
        Nesting(
            "no_parent",
            tree.region_id[child],
            None,
            None if host is None else tree.region_id[host],
            share,
            float((1.0 - share) * tree.area[child]),
        )
        for child, (host, share) in _hosts_of_orphans(tree).items()
        if share < INSIDE
    ]


def _uncovered(tree: _Tree) -> list[Nesting]:
    """Parents whose children leave much of them bare."""
    children: dict[int, list[int]] = {}
    for child in range(len(tree.region_id)):
        parent = tree.parent(child)
        if parent is not None and tree.area[child] > 0.0:
            children.setdefault(parent, []).append(child)
    found = []
    for parent in sorted(children):
        if tree.area[parent] <= 0.0:
            continue
        union = shapely.union_all(tree.shapes[children[parent]])
        covered = float(shapely.area(shapely.intersection(union, tree.shapes[parent])))
        share = covered / tree.area[parent]
        if share < INSIDE:
            bare = float(tree.area[parent] - covered)
            found.append(
                Nesting("uncovered", tree.region_id[parent], None, None, float(share), bare)
            )
    return found
