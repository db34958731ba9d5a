"""What a complaint's words say of where it was and of the network's generation.

Operators name sites after places, and customers name places. Customers also say what their phone
shows: "5G", "no 5G", "4G". Neither is certain; how much either tells is learned from tickets that
name their cell (``cells.serving_learn``).
"""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt
import pandas as pd

_PLACE = re.compile(r"[\u3400-\u9fff]{2,}|[^\W\d_]{4,}")
_GENERATION = re.compile(
    r"(没有|没|无|不到|不上|no\s|not\s|without\s)?\s*(?<![a-z0-9.])(VoLTE|VoNR|[2-5]\s?G)(?![a-z0-9])",
    re.IGNORECASE,
)


def place_word(name: object) -> str:
    """The longest word of a cell's name, in lower case; it mostly is its place. Empty if none.

    Chinese words have two characters or more, others four letters or more: digits, sector numbers
    and abbreviations name no place.
    """
    words = _PLACE.findall(name) if isinstance(name, str) else []
    return max(words, key=len, default="").lower()


def mentions(text: object) -> str:
    """Generations that a text mentions (``+5G``), or misses (``-5G``); sorted, mostly empty."""
    if not isinstance(text, str):
        return ""
    found = {
        ("-" if missing else "+") + what.upper().replace(" ", "")
        for missing, what in _GENERATION.findall(text)
    }
    return " ".join(sorted(found))


def kinds(tickets: pd.DataFrame) -> npt.NDArray[np.object_]:
    """Service and mentioned generations of each ticket, ``数据业务|+5G``; what is absent is empty.

    Args:
        tickets: ``service``, ``category`` and ``description``, each if it is there.
    """
    service = _texts(tickets, "service")
    text = zip(_texts(tickets, "category"), _texts(tickets, "description"), strict=True)
    return np.array(
        [f"{s}|{mentions(f'{c} {d}')}" for s, (c, d) in zip(service, text, strict=True)],
        dtype=object,
    )


def named_places(
    tickets: pd.DataFrame,
    words: npt.NDArray[np.object_],
    ticket: npt.NDArray[np.int64],
    cell: npt.NDArray[np.int64],
) -> npt.NDArray[np.bool_]:
    """Whether a ticket's description has the place word of a cell.

    Args:
        tickets: ``description``, if it is there.
        words: place word of every cell.
        ticket: number of the ticket of each pair.
        cell: number of the cell of each pair.
    """
    if "description" not in tickets:
        return np.zeros(len(ticket), dtype=bool)
    text = [said.lower() for said in _texts(tickets, "description")]
    codes, names = pd.factorize(words)
    pairs, back = np.unique(
        ticket * max(len(names), 1) + codes[cell], return_inverse=True
    )  # cells of one mast share their word
    held = [
        bool(names[pair % len(names)]) and names[pair % len(names)] in text[pair // len(names)]
        for pair in pairs.tolist()
    ]
    return np.asarray(held, dtype=bool)[back] if len(pairs) else np.zeros(0, dtype=bool)


def _texts(tickets: pd.DataFrame, column: str) -> list[str]:
    if column not in tickets:
        return [""] * len(tickets)
    return [said if isinstance(said, str) else "" for said in tickets[column]]
