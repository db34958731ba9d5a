"""Unions of many small groups of shapes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely

Index = npt.NDArray[np.int64]
Geometries = npt.NDArray[np.object_]


def union_by(parts: Geometries, owner: Index) -> tuple[Index, Geometries]:
    """The union of the parts of each owner.

    Args:
        parts: shapes.
        owner: whose they are, shape (parts,).

    Returns:
        The owners, ascending, and their unions; parts are taken in their order.
    """
    order = np.argsort(owner, kind="stable")
    owners, first, size = np.unique(owner[order], return_index=True, return_counts=True)
    sorted_ = parts[order]
    result = sorted_[first]
    for index in np.flatnonzero(size > 1):
        result[index] = shapely.union_all(sorted_[first[index] : first[index] + size[index]])
    return owners, result
