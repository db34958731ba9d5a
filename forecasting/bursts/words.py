"""Words that suddenly rise in a burst's descriptions against the usual ones.

No dictionary: Chinese is taken as runs of two to twelve characters, the rest as words; so names of
places and apps that no dictionary knows are found as well. A run counts once a description.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np

_RUNS = re.compile(r"[\u3400-\u9fff]+|[A-Za-z][A-Za-z0-9]+|\d+[A-Za-z]+")
_HAN = re.compile(r"[\u3400-\u9fff]")
_SHORTEST, _LONGEST = 2, 12
_PRIOR = 50.0  # descriptions by which shares are drawn to the common one
_FAINT = 1.96  # standard errors by which a word must have risen
# Runs that begin or end with these are torn out of a phrase.
_JOINTS = frozenset("的了在是我你他它们这那就都也还很和与及或把被给让请要会能到从对向于之其个")


def grams(text: str) -> frozenset[str]:
    """The words of one description."""
    found: set[str] = set()
    for run in _RUNS.findall(text):
        if not _HAN.match(run):
            found.add(run.lower())
            continue
        for size in range(_SHORTEST, _LONGEST + 1):
            for start in range(len(run) - size + 1):
                piece = run[start : start + size]
                if piece[0] not in _JOINTS and piece[-1] not in _JOINTS:
                    found.add(piece)
    return frozenset(found)


def rising(burst: Sequence[str], usual: Sequence[str], at_most: int = 5) -> list[str]:
    """Words of the burst that stand out, the most telling first.

    Log-odds against the usual descriptions with a prior in their proportions (Monroe, Colaresi and
    Quinn, "Fightin' Words", Political Analysis 2008), z at least 1.96. A word must stand in a
    quarter of the burst's descriptions and in three at the least. Of words within each other the
    longest that loses no description is shown.

    Args:
        burst: masked descriptions of the burst's tickets.
        usual: masked descriptions of other tickets.
        at_most: so many.
    """
    own = Counter[str]()
    for text in burst:
        own.update(grams(text))
    needed = max(3, int(np.ceil(len(burst) / 4)))
    wanted = [word for word, times in own.items() if times >= needed]
    wanted = [word for word in wanted if not any(_says_more(w, word, own) for w in wanted)]
    texts = [text.lower() for text in usual]
    others, other = len(texts), {word: sum(word in text for text in texts) for word in wanted}
    scored = []
    for word in wanted:
        z = _z(own[word], len(burst), other[word], others)
        if z >= _FAINT:
            scored.append((word, z))
    scored.sort(key=lambda pair: (-round(pair[1], 9), -len(pair[0]), pair[0]))
    shown: list[str] = []
    for word, _ in scored:
        if not any(word in kept or kept in word or _share(word, kept) for kept in shown):
            shown.append(word)
    return shown[:at_most]


def _says_more(longer: str, word: str, own: Counter[str]) -> bool:
    return len(longer) > len(word) and word in longer and own[longer] >= own[word]


def _share(word: str, kept: str) -> bool:
    """Do they overlap, one's end being the other's beginning?"""
    return any(
        word.endswith(kept[:size]) or kept.endswith(word[:size])
        for size in range(2, min(len(word), len(kept)))
    )


def _z(here: int, of_here: int, there: int, of_there: int) -> float:
    """Standardised log-odds of standing in a description of the burst against the others."""
    common = (here + there + 0.5) / (of_here + of_there + 1.0)
    prior_in, prior_out = _PRIOR * common, _PRIOR * (1 - common)
    a, b = here + prior_in, of_here - here + prior_out
    c, d = there + prior_in, of_there - there + prior_out
    difference = np.log(a / b) - np.log(c / d)
    return float(difference / np.sqrt(1 / a + 1 / c))
