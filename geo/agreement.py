"""Says in words what was detected of coordinate systems, and whose positions were read wrongly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np

from geo.crs import CoordinateSystem
from geo.detect import PAIRS, Detection, Pair
from geo.misfit import BORDER_M

_WINDS = (
    "north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west",
)  # fmt: skip


@dataclass(frozen=True)
class Misread:
    """Positions of ``what`` were delivered in one system and read as another."""

    what: str
    delivered: CoordinateSystem
    read_as: CoordinateSystem


@dataclass(frozen=True)
class Judgement:
    """Whose positions were read wrongly, by the stories that need the fewest of them.

    Attributes:
        stories: each a way in which it may have come, the likeliest first; none where nothing lies
            apart. One story alone is settled.
    """

    stories: tuple[tuple[Misread, ...], ...]

    @property
    def settled(self) -> bool:
        """There is one way only."""
        return len(self.stories) < 2


def judge(found: Mapping[tuple[str, str], Detection]) -> Judgement:
    """Who was read wrongly, so that all that was detected comes out.

    Each party was delivered in one system and read as one. Of all such stories those count in
    which the fewest were read wrongly: if tickets lie apart from cells, and cells agree with
    regions, it was the tickets. Of two alone it may be either.

    Args:
        found: what pairs of parties say of each other; ``unclear`` ones count for nothing.
    """
    clear = {who: d.pair for who, d in found.items() if d.verdict != "unclear"}
    parties = sorted({name for who in clear for name in who})
    if all(pair[0] == pair[1] for pair in clear.values()):
        return Judgement(())
    stories = []
    for readings in product(_READINGS, repeat=len(parties)):
        moved = {name: _moved(*reading) for name, reading in zip(parties, readings, strict=True)}
        if all(_apart(moved[a], moved[b]) == _moved(*pair) for (a, b), pair in clear.items()):
            wrong = [
                Misread(name, *reading)
                for name, reading in zip(parties, readings, strict=True)
                if reading[0] != reading[1]
            ]
            stories.append(tuple(wrong))
    if not stories:  # they contradict each other: the one with the most witnesses counts
        who = max((w for w in clear if clear[w][0] != clear[w][1]), key=lambda w: found[w].compared)
        return judge({who: found[who]})
    fewest = min(map(len, stories))
    kept = [story for story in stories if len(story) == fewest]
    # most sources are read as WGS-84 because nobody said otherwise
    kept.sort(key=lambda story: sum(one.read_as != "wgs84" for one in story))
    return Judgement(tuple(kept))


_READINGS: tuple[Pair, ...] = PAIRS  # (delivered in, read as)
_UNITS: Mapping[str, tuple[int, int]] = {"wgs84": (0, 0), "gcj02": (1, 0), "bd09": (0, 1)}


def _moved(delivered: str, read_as: str) -> tuple[int, int]:
    """Where such positions lie, counted in offsets of GCJ-02 and of BD-09 from WGS-84."""
    return _apart(_UNITS[delivered], _UNITS[read_as])


def _apart(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    return one[0] - other[0], one[1] - other[1]


def sentence(detection: Detection, what: str, against: str) -> str:
    """One line with figures on how ``what`` lies against ``against`` (both plural words)."""
    figures = ", ".join(f"{label(pair)} {_figure(detection, pair)}" for pair in _told(detection))
    places = f"{detection.compared:,}"
    match detection.means:
        case "names":
            error = f" (± {detection.error_m:,.0f} m)"
            return f"mean offset of {what} from {against}, {places} places{error}: {figures}"
        case "regions":
            return (
                f"of {places} places of {what}, more than {BORDER_M:.0f} m outside {against}: "
                f"{figures}"
            )
        case "borders":
            return f"borders of {what} against those of {against}, {places} polygons: {figures}"
        case _:
            return f"median distance of {what} to the nearest of {against}: {figures}"


def label(pair: Pair) -> str:
    """What a pair is called: the first set's system, and the second's if it is not WGS-84."""
    return pair[0] if pair[1] == "wgs84" else f"{pair[0]} against {pair[1]}"


def direction(east_m: float, north_m: float) -> str:
    """``540 m east``: how far, and the nearest of eight winds."""
    wind = _WINDS[round(np.degrees(np.arctan2(east_m, north_m)) / 45.0) % 8]
    return f"{np.hypot(east_m, north_m):,.0f} m {wind}"


def _told(detection: Detection) -> list[Pair]:
    """The three readings of the first set, and the pair that was found if it is another."""
    plain: list[Pair] = [("wgs84", "wgs84"), ("gcj02", "wgs84"), ("bd09", "wgs84")]
    rows = [pair for pair in plain if pair in detection.misfit_m]
    rows.sort(key=lambda pair: (detection.strays.get(pair, 0), detection.misfit_m[pair]))
    return [detection.pair, *(pair for pair in rows if pair != detection.pair)]


def _figure(detection: Detection, pair: Pair) -> str:
    if detection.strays:
        return f"{detection.strays[pair]:,}"
    return f"{detection.misfit_m[pair]:,.0f} m"
