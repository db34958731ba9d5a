"""Says in words what was detected of coordinate systems, and whose positions were read wrongly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from geo.crs import CoordinateSystem
from geo.detect import BORDER_M, Detection, Pair

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
    """Whose positions were read wrongly.

    Attributes:
        misread: nobody's; one party's; or of two, of which it is either the first or the second,
            the likelier first.
        settled: a third party tells which.
    """

    misread: tuple[Misread, ...]
    settled: bool


def judge(found: Mapping[tuple[str, str], Detection]) -> Judgement:
    """Who stands alone: the party that lies apart where the others agree with each other.

    Args:
        found: what pairs of parties say of each other; ``unclear`` ones count for nothing.
    """
    apart = {who: d for who, d in found.items() if d.verdict == "apart"}
    if not apart:
        return Judgement((), settled=True)
    suspects = set.intersection(*(set(who) for who in apart))
    cleared = {name for who, d in found.items() if d.verdict == "same" for name in who}
    alone = sorted(suspects - cleared)
    if len(alone) == 1 and (cleared or len(apart) > 1):
        [who, detection] = next(item for item in apart.items() if alone[0] in item[0])
        return Judgement((_misread(alone[0], who, detection.pair),), settled=True)
    who, detection = max(apart.items(), key=lambda item: item[1].compared)
    both = [_misread(name, who, detection.pair) for name in who]
    # most sources are read as WGS-84 because nobody said otherwise
    both.sort(key=lambda one: one.read_as != "wgs84")
    return Judgement(tuple(both), settled=False)


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


def _misread(name: str, who: tuple[str, str], pair: Pair) -> Misread:
    first = name == who[0]
    return Misread(name, pair[0] if first else pair[1], pair[1] if first else pair[0])


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
