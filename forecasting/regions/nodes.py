"""The series that are forecast: the whole city, its regions, the services of the lowest regions.

Every series is a node of one tree, and the leaves hold each ticket exactly once. So city = sum of
its regions, region = sum of its sub-regions or of its services, whatever is forecast for them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasting.regions.tree import ancestors

Array = NDArray[np.float64]
Node = tuple[str, str]
"""Region and service; an empty service stands for all of them."""

ALL = ""
CITY: Node = (ALL, ALL)
OTHER = "other"
_REST = "\x00rest"  # tickets that lie in a region, but in none of its sub-regions: no region's name
_MOST_SERVICES = 8


@dataclass(frozen=True)
class Tree:
    """Nodes with their parents; a parent stands before its children.

    Attributes:
        nodes: ``CITY`` first; the rests (tickets without a lower region) among them.
        parent: position of each node's parent; -1 for the city.
    """

    nodes: tuple[Node, ...]
    parent: tuple[int, ...]

    @property
    def leaves(self) -> list[int]:
        """Positions of the nodes without children."""
        inner = set(self.parent)
        return [i for i in range(len(self.nodes)) if i not in inner]

    def children(self) -> dict[int, list[int]]:
        """Positions of the children of every inner node."""
        result: dict[int, list[int]] = {}
        for i, above in enumerate(self.parent):
            if above >= 0:
                result.setdefault(above, []).append(i)
        return result

    def services(self) -> dict[str, list[Node]]:
        """The nodes of each service, by service; none where services are not told apart."""
        result: dict[str, list[Node]] = {}
        for node in self.nodes:
            if node[1] != ALL:
                result.setdefault(node[1], []).append(node)
        return dict(sorted(result.items()))

    def sums(self, leaves: dict[Node, Array], days: int) -> pd.DataFrame:
        """Daily counts of every node from those of the leaves; a column per node."""
        table = np.zeros((len(self.nodes), days))
        for i in reversed(range(len(self.nodes))):
            table[i] += leaves.get(self.nodes[i], 0.0)
            if self.parent[i] >= 0:
                table[self.parent[i]] += table[i]
        return pd.DataFrame(table.T, columns=pd.MultiIndex.from_tuples(self.nodes))


def is_rest(node: Node) -> bool:
    """Whether the node stands for tickets that are in no lower region."""
    return node[0].endswith(_REST)


def leaf_of(region: str | None, regions: pd.DataFrame) -> str:
    """Name of the lowest node region for a ticket's region: itself, or the rest of an upper one."""
    if region is None or region not in set(regions["region_id"]):
        return _REST
    return f"{region}{_REST}" if region in set(regions["parent_id"]) else region


def build(regions: pd.DataFrame, used: Iterable[Node]) -> Tree:
    """The tree of the regions known and of the leaves that hold tickets.

    Args:
        regions: ``region_id, parent_id``.
        used: leaf regions (see ``leaf_of``) and services of the tickets. With a single service, or
            none named, regions are not divided.
    """
    seen = sorted(set(used))
    services = {service for _, service in seen}
    lines = ancestors(regions)
    nodes: list[Node] = [CITY]
    parent = [-1]
    place: dict[str, int] = {ALL: 0}
    order = sorted(lines, key=lambda region: (len(lines[region]), region))
    rests = sorted({region for region, _ in seen if region.endswith(_REST)})
    for region in [*order, *rests]:
        line = lines.get(region, [])
        above = line[1] if len(line) > 1 else region.removesuffix(_REST) if not line else ALL
        place[region] = len(nodes)
        nodes.append((region, ALL))
        parent.append(place.get(above, 0))
    if len(services) > 1:
        inner = set(parent)
        for region, service in seen:
            if place[region] not in inner:
                nodes.append((region, service))
                parent.append(place[region])
    return Tree(tuple(nodes), tuple(parent))


def known_services(services: pd.Series) -> pd.Series:
    """Services as they are counted: the most frequent ones by name, all others as ``other``."""
    named = services.where(services.notna() & (services != ""), OTHER).astype(str)
    often = named.value_counts().rename_axis("service").reset_index(name="n")
    often = often.sort_values(["n", "service"], ascending=[False, True])
    kept = set(often["service"].head(_MOST_SERVICES))
    return named.where(named.isin(kept), OTHER)


def reconcile(means: Array, variances: Array, tree: Tree) -> Array:
    """Forecasts of all nodes that add up, as near to the given ones as their variances allow.

    Weighted least squares over the tree with independent errors (Hyndman et al. 2011;
    Athanasopoulos et al. 2017, WLS), solved exactly by one pass up and one pass down: going up, a
    node's own forecast and the sum of its children are weighted by their precisions; going down,
    what is left is shared among the children by their variances. Nothing falls below zero:
    children cut at zero are scaled to their parent's sum.

    Args:
        means: shape (nodes, days), NaN where a node has no forecast of its own.
        variances: shape (nodes,), of one day's error; positive.
        tree: the nodes.

    Returns:
        Shape (nodes, days), finite; nodes without any forecast below them are 0.
    """
    children = tree.children()
    best, spread = np.where(np.isfinite(means), means, 0.0), np.array(variances, float)
    known = np.array([bool(np.isfinite(row).all()) for row in means])
    spread[~known] = np.inf
    for i in reversed(range(len(tree.nodes))):
        below = children.get(i)
        if not below:
            continue
        total, width = best[below].sum(axis=0), float(spread[below].sum())
        if not np.isfinite(width):  # a child without a forecast: the parent's own word counts
            best[i] = best[i] if known[i] else total
            continue
        own = 0.0 if not known[i] else width / (width + spread[i])
        best[i] = own * best[i] + (1 - own) * total
        spread[i] = (1 - own) * width if own else width
    best[0] = np.maximum(best[0], 0.0)
    for i in range(len(tree.nodes)):
        if below := children.get(i):
            best[below] = _shared(best[i], best[below], spread[below])
    return best


def _shared(total: Array, parts: Array, variances: Array) -> Array:
    """Parts that sum to ``total``: the difference goes by variance, then nothing below zero."""
    endless = np.isinf(variances)
    share = endless.astype(float) if endless.any() else variances
    parts = parts + (share / share.sum())[:, None] * (total - parts.sum(axis=0))
    parts = np.maximum(parts, 0.0)
    sums = parts.sum(axis=0)
    even = total / len(parts)
    return np.where(sums > 0, parts * (total / np.where(sums > 0, sums, 1.0)), even)
