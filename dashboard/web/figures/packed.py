"""A figure as it travels to the browser: arrays as their bytes instead of written numbers."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from dashboard.web.figures.theme import Figure

# What plotly.js reads; whole numbers of 64 bits it does not.
_TYPES = {
    "int8": "i1",
    "uint8": "u1",
    "int16": "i2",
    "uint16": "u2",
    "int32": "i4",
    "uint32": "u4",
    "float32": "f4",
    "float64": "f8",
}


def packed(figure: Figure) -> Figure:
    """The same figure for JSON: a third of the bytes, and no number is written out.

    Args:
        figure: data and layout; not changed.
    """
    return {key: _packed(part) for key, part in figure.items()}


def _packed(value: object) -> object:
    if isinstance(value, dict):
        return {key: _packed(part) for key, part in value.items()}
    if isinstance(value, pd.Series | pd.Index):
        value = value.to_numpy()
    if isinstance(value, np.ndarray):
        return _array(value)
    # A list of plain values, such as texts or places, has nothing to pack.
    if isinstance(value, list | tuple) and value and isinstance(value[0], dict | list | np.ndarray):
        return [_packed(part) for part in value]
    return value


def _array(values: npt.NDArray[Any]) -> object:
    if values.dtype == np.int64 and values.size:
        low, high = values.min(), values.max()
        fits = (kind for kind in (np.int8, np.int16, np.int32)
                if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max)  # fmt: skip
        values = values.astype(next(fits, np.int64))
    kind = _TYPES.get(values.dtype.name)
    if kind is None or not values.size:
        return values.tolist()
    told: dict[str, str] = {
        "dtype": kind,
        "bdata": base64.b64encode(values.tobytes()).decode("ascii"),
    }
    if values.ndim > 1:
        told["shape"] = ", ".join(str(n) for n in values.shape)
    return told
