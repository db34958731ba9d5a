"""Regions within regions: what lies in a region also lies in those above it."""

from __future__ import annotations

import pandas as pd


def ancestors(regions: pd.DataFrame) -> dict[str, list[str]]:
    """Each region with itself and all regions above it.

    Args:
        regions: ``region_id, parent_id``; a parent that is not a region, or that closes a circle,
            ends the line.
    """
    known = set(regions["region_id"])
    parent = {
        str(row.region_id): row.parent_id
        for row in regions.itertuples(index=False)
        if row.parent_id in known
    }
    result = {}
    for region in map(str, regions["region_id"]):
        line = [region]
        while line[-1] in parent and parent[line[-1]] not in line:
            line.append(str(parent[line[-1]]))
        result[region] = line
    return result
