"""Bands as operators write them, and how far their frequencies carry: low, mid or millimetre."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Names = npt.NDArray[np.object_]

# Operating bands below 1 GHz, and from 24 GHz on (3GPP TS 36.101 table 5.5-1, TS 38.104 tables
# 5.2-1 and 5.2-2: NR numbers its millimetre bands from 257 on); all others lie between.
LOW_BANDS = {
    *(5, 6, 8, 12, 13, 14, 17, 18, 19, 20, 26, 27, 28, 29, 31, 44, 67, 68, 71, 72, 73),
    *(81, 82, 83, 85, 87, 88, 89, 100, 103, 105, 106),
}
MILLIMETRE_FROM = 257
# A number from here on is a frequency in MHz, not a band.
FREQUENCY_FROM = 400
LOW_BELOW_MHZ, MILLIMETRE_FROM_MHZ = 1_000.0, 24_000.0

_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_GIGAHERTZ = re.compile(r"(\d+(?:\.\d+)?)\s*G(?!SM)")


def band_class(band: str | None) -> str:
    """``low`` (below 1 GHz), ``millimetre`` (24 GHz and more) or ``mid`` (between, or unknown).

    Understood are numbers of operating bands (``B8``, ``n78``, ``Band 3``), frequencies
    (``900``, ``DCS1800``, ``700M``, ``3.5GHz``); the letters that Chinese operators give their
    TDD bands (A, D, E, F) are all ``mid``.
    """
    text = "" if band is None else band.upper()
    gigahertz = _GIGAHERTZ.search(text)
    if gigahertz:
        return _by_frequency(float(gigahertz.group(1)) * 1000.0)
    number = _NUMBER.search(text)
    if not number:
        return "mid"
    value = float(number.group())
    if value >= FREQUENCY_FROM:
        return _by_frequency(value)
    if value >= MILLIMETRE_FROM:
        return "millimetre"
    return "low" if value in LOW_BANDS else "mid"


def _by_frequency(mhz: float) -> str:
    if mhz < LOW_BELOW_MHZ:
        return "low"
    return "mid" if mhz < MILLIMETRE_FROM_MHZ else "millimetre"


def texts(cells: pd.DataFrame, column: str) -> Names:
    """A column as trimmed text in capitals, "" where unknown or where there is no such column."""
    if column not in cells:
        return np.full(len(cells), "", dtype=object)
    values: pd.Series[Any] = cells[column]
    known = values.notna().to_numpy()
    return np.array(
        [
            str(value).strip().upper() if there else ""
            for value, there in zip(values.tolist(), known, strict=True)
        ],
        dtype=object,
    )


def layers(cells: pd.DataFrame) -> Names:
    """The layer of each cell, as ``LTE low``: the cells that share the ground among themselves.

    Args:
        cells: ``technology`` and ``band`` (text; missing columns are unknown).

    Returns:
        Technology (``OTHER`` if unknown) and band class, shape (cells,).
    """
    known = lru_cache(maxsize=None)(band_class)
    return np.array(
        [
            f"{technology or 'OTHER'} {known(band)}"
            for technology, band in zip(
                texts(cells, "technology"), texts(cells, "band"), strict=True
            )
        ],
        dtype=object,
    )
