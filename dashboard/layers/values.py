"""The values of a snapshot as the map takes them: one character per feature, in the order of ``n``.

A refresh sends nothing but these. Characters are those of the Base64 alphabet for addresses.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

LETTERS = {"green": "g", "yellow": "y", "red": "r", "unknown": "u"}
QUALITY = {"good": "g", "degraded": "d", "bad": "b", "unknown": "u"}
STEPS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
UNKNOWN = "u"
NO_STEP = "."
# The worst state of several; unknown is worse than green: nobody may take it for fine.
_WORST = "guyr"


def letters(values: pd.Series[str], ids: list[str], code: dict[str, str] = LETTERS) -> str:
    """One letter per id; ``u`` where the snapshot does not know it.

    Args:
        values: states by id.
        ids: in the order of ``n``.
        code: state -> letter.
    """
    found = values.reindex(ids).map(code)
    return "".join(found.fillna(UNKNOWN))


def steps(values: pd.Series[float], ids: list[str], *, every: int = 1) -> str:
    """One letter per id for shares from 0 to 1: step k of 63 stands for (k / 63)^2.

    The square gives small probabilities the finer steps: 0.03 % at the lower end, 3 % at the
    upper one. ``.`` where unknown.

    Args:
        values: shares by id.
        ids: in the order of ``n``.
        every: only every so manieth step is used, which compresses better.
    """
    share = values.reindex(ids).to_numpy(np.float64, na_value=np.nan)
    known = np.isfinite(share)
    exact = 63.0 * np.sqrt(np.clip(np.where(known, share, 0.0), 0.0, 1.0))
    number = np.minimum(every * np.round(exact / every), 63.0).astype(np.int64)
    alphabet = np.array(list(STEPS))
    return "".join(np.where(known, alphabet[number], NO_STEP))


def figures(values: pd.Series[float], ids: list[str], digits: int = 3) -> list[float | None]:
    """Numbers with so many significant digits; None where unknown."""
    found = values.reindex(ids).to_numpy(np.float64, na_value=np.nan)
    return [float(f"{v:.{digits}g}") if np.isfinite(v) else None for v in found]


def worst(status: str, group: npt.NDArray[np.int64], groups: int) -> str:
    """The worst letter of each group; ``u`` for one without members.

    Args:
        status: one letter per cell.
        group: which group each cell is in, -1 for none, shape (cells,).
        groups: how many there are.
    """
    rank = np.full(groups, -1, dtype=np.int64)
    given = np.array([_WORST.index(letter) for letter in status], dtype=np.int64)
    inside = group >= 0
    np.maximum.at(rank, group[inside], given[inside])
    return "".join(_WORST[one] if one >= 0 else UNKNOWN for one in rank)
