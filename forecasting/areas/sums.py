"""What the cells of each area add up to."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from forecasting.areas.layers import Layer
from forecasting.policy import RED, UNKNOWN, YELLOW

Reals = NDArray[np.float64]


def cell_sums(layer: Layer, cells: pd.DataFrame) -> pd.DataFrame:
    """Sums over the cells of each area, by their shares.

    Args:
        layer: the areas.
        cells: scored cells (see ``cells.score``) in the order of the layer's columns.

    Returns:
        One row per area and a last one for what is outside:

        - ``cells, red_cells, yellow_cells, unknown_cells``: sums of shares;
        - ``subscribers``: NaN where a cell's are unknown; ``exposure``: the same with the median of
          all cells in their place;
        - ``users``: mean active users of the last 24 h;
        - ``expected_low_complaints``: NaN where no cell has a forecast;
        - ``quality_index``: mean over users; NaN without users or KPIs;
        - ``cause``: that of most of the expected complaints of red and yellow cells, or None;
        - ``holds_red``: home of a red cell (its largest part lies here); ``red_share``: part of the
          users (where unknown: of the cells) that red cells serve;
        - ``whole``: complaints come in pieces where cells are shared out; so many whole complaints
          does one piece stand for, at most 1 (sum of squared shares over sum of shares, weighed by
          subscribers);
        - ``faults``: number of sites that bear the expectation, as if each bore the same.
    """
    parts = layer.parts
    status = cells["status"].to_numpy(object)
    expected = cells["expected_low_complaints"].to_numpy(float)
    known = np.isfinite(expected)
    users = np.nan_to_num(cells["users_24h"].to_numpy(float)).clip(min=0.0)
    subscribers = cells["subscribers"].to_numpy(float)
    exposure = exposures(subscribers)
    weight = users if users.any() else np.ones(len(cells))
    counts = {
        f"{name}_cells": parts @ (status == name).astype(float) for name in (RED, YELLOW, UNKNOWN)
    }
    forecast = layer.complaints(expected)
    sums = pd.DataFrame(
        {
            "cells": parts @ np.ones(len(cells)),
            **counts,
            "subscribers": np.where(
                _any(layer, np.isnan(subscribers)) | (layer.shares.sum(axis=1) == 0),
                np.nan,
                parts @ np.nan_to_num(subscribers),
            ),
            "exposure": parts @ exposure,
            "users": parts @ users,
            "expected_low_complaints": np.where(_any(layer, known), forecast, np.nan),
            "quality_index": _index(parts, cells["quality_now"].to_numpy(float), users),
            "cause": _causes(parts, cells),
            "holds_red": _homes(layer, status == RED),
            "red_share": _quotient(parts @ (weight * (status == RED)), parts @ weight),
            "whole": _quotient(parts.power(2) @ exposure, parts @ exposure),
            "faults": _faults(parts, cells, np.nan_to_num(expected)),
        }
    )
    return sums.astype({"cause": object})


def exposures(subscribers: Reals) -> Reals:
    """Subscribers of each cell; the median of all where unknown, 1 where none is known."""
    known = subscribers[np.isfinite(subscribers)]
    usual = float(np.median(known)) if len(known) else 1.0
    return np.where(np.isfinite(subscribers), subscribers, usual)


def _any(layer: Layer, flagged: NDArray[np.bool_]) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = (layer.shares @ flagged.astype(np.int64)) > 0
    return found


def _quotient(above: Reals, below: Reals) -> Reals:
    result: Reals = np.full(len(above), np.nan)
    np.divide(above, below, out=result, where=below > 0)
    return result


def _index(parts: sparse.csr_array, quality: Reals, users: Reals) -> Reals:
    counted = users * np.isfinite(quality)
    return _quotient(parts @ (counted * np.nan_to_num(quality)), parts @ counted)


def _homes(layer: Layer, red: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Areas in which the largest part of a red cell lies; of equal parts the first."""
    shares = layer.shares.tocsc()
    holds = np.zeros(layer.size + 1, bool)
    for cell in np.flatnonzero(red):
        own = slice(shares.indptr[cell], shares.indptr[cell + 1])
        if len(shares.data[own]):
            best = int(np.argmax(shares.data[own]))
            holds[shares.indices[own][best]] = True
    return holds


def _causes(parts: sparse.csr_array, cells: pd.DataFrame) -> NDArray[np.object_]:
    """The cause with the most expected complaints in red and yellow cells; ties by name."""
    flagged = cells["status"].isin([RED, YELLOW]) & cells["cause"].notna()
    result = np.full(parts.shape[0], None, object)
    most = np.zeros(parts.shape[0])
    expected = np.nan_to_num(cells["expected_low_complaints"].to_numpy(float))
    for cause in sorted(cells.loc[flagged, "cause"].unique()):
        here = parts @ (expected * (flagged & (cells["cause"] == cause)).to_numpy())
        result[here > most] = cause
        most = np.maximum(most, here)
    return result


def _faults(parts: sparse.csr_array, cells: pd.DataFrame, expected: Reals) -> Reals:
    """(Σ e)² / Σ e² over the sites of each area: cells of one mast share their faults."""
    site, names = pd.factorize(cells["site_id"].where(cells["site_id"].notna(), cells["cell_id"]))
    of_site = sparse.csr_array(
        (np.ones(len(cells)), (np.arange(len(cells)), site)), shape=(len(cells), len(names))
    )
    by_site = (parts.multiply(expected[np.newaxis, :])).tocsr() @ of_site
    whole, squares = (np.asarray(m.sum(axis=1)).ravel() for m in (by_site, by_site.power(2)))
    return _quotient(whole**2, squares)


def no_sums(layer: Layer) -> pd.DataFrame:
    """The table of ``cell_sums`` where there are no cells."""
    zero = ["cells", "red_cells", "yellow_cells", "unknown_cells", "exposure", "users"]
    none = ["subscribers", "expected_low_complaints", "quality_index", "red_share", "whole"]
    table = pd.DataFrame(dict.fromkeys(zero, 0.0), index=range(layer.size + 1))
    table = table.assign(**dict.fromkeys([*none, "faults"], np.nan), holds_red=False)
    return table.assign(cause=pd.Series([None] * len(table), dtype=object))
