"""The coordinate system of positions, by how they lie against what is known."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from geo.agreement import sentence
from geo.crs import EAST, NORTH, SOUTH, WEST
from geo.detect import Detection, by_names, by_nearness, by_regions
from ingest.suggest.known import Known
from ingest.suggest.model import Guess, Sure

WHAT = "coordinates"
_ORDER: Mapping[Sure, int] = {"high": 0, "medium": 1, "low": 2}

Told = tuple[Detection, str]
"""What was detected, the file's system first, and the sentence with its figures."""


def positions(rows: list[list[str]], places: Mapping[str, int], *, comma: bool) -> pd.DataFrame:
    """Rows of text as positions.

    Args:
        rows: fields of each line.
        places: canonical column -> place in a row; ``longitude`` and ``latitude`` among them.
        comma: decimals are written with a comma.

    Returns:
        ``longitude``, ``latitude`` (NaN where none), and where they have a place ``cell_id`` and
        ``region_id`` (None where empty).
    """

    def fields(name: str) -> list[str]:
        place = places[name]
        texts = (row[place] if place < len(row) else "" for row in rows)
        return [unicodedata.normalize("NFKC", text).strip() for text in texts]

    found: dict[str, object] = {}
    for name in ("longitude", "latitude"):
        texts = fields(name)
        if comma:
            texts = [text.replace(".", "").replace(",", ".") for text in texts]
        found[name] = pd.to_numeric(pd.Series(texts, dtype="object"), errors="coerce")
    for name in ("cell_id", "region_id"):
        if name in places:
            found[name] = pd.Series([text or None for text in fields(name)], dtype="object")
    return pd.DataFrame(found)


def find_system(rows: pd.DataFrame, known: Known, feed: str) -> Guess:
    """The system in which a file's positions fit what is known best.

    Args:
        rows: of :func:`positions`.
        known: in WGS-84.
        feed: the file's.
    """
    lon, lat = rows["longitude"].to_numpy(dtype=float), rows["latitude"].to_numpy(dtype=float)
    usable = np.isfinite(lon) & np.isfinite(lat) & (np.abs(lon) + np.abs(lat) > 0)
    placed = rows[usable]
    inside = (lon > WEST) & (lon < EAST) & (lat > SOUTH) & (lat < NORTH)
    if len(placed) and inside[usable].mean() <= 0.5:
        return Guess(WHAT, "wgs84", "outside China all systems are the same", "high")
    return best_guess(_told(placed, known, feed) if len(placed) else ())


def best_guess(every: Iterable[Told]) -> Guess:
    """What the surest of some detections says; the first of equally sure ones."""
    told = []
    for one in every:
        told.append(one)
        if one[0].sure == "high":  # the others are not made
            break
    if not told:
        return Guess(
            WHAT,
            "wgs84",
            "assumed: nothing with positions is known to compare with; a wrong system moves "
            "them by 100 to 1,400 m",
            "low",
        )
    detection, why = min(told, key=lambda one: _ORDER[one[0].sure])
    if detection.verdict == "unclear":
        return Guess(WHAT, "wgs84", f"assumed: {why}; it cannot be told", "low")
    system, other = detection.pair
    if detection.verdict == "apart" and other != "wgs84":
        doubt = f"what is known looks like {other} read as wgs84: see `foresite doctor`"
        return Guess(WHAT, system, f"{why}; {doubt}", "medium")
    return Guess(WHAT, system, why, detection.sure)


def turned(detection: Detection) -> Detection:
    """The same detection with the two sets changed over."""
    return replace(
        detection,
        pair=(detection.pair[1], detection.pair[0]),
        misfit_m={(b, a): far for (a, b), far in detection.misfit_m.items()},
        strays={(b, a): count for (a, b), count in detection.strays.items()},
        offset_m=(-detection.offset_m[0], -detection.offset_m[1]),
    )


def _told(rows: pd.DataFrame, known: Known, feed: str) -> Iterator[Told]:
    what = f"these {feed}"
    if "cell_id" in rows:
        named = rows.rename(columns={"cell_id": "name"})
        same = "themselves as known" if feed == "cells" else "the known cells that they name"
        yield from _with(by_names(named, known.cells), what, same)
        if feed == "cells":
            back = by_names(known.tickets, named.dropna(subset="name").drop_duplicates("name"))
            if back is not None:
                yield turned(back), sentence(turned(back), what, "known tickets")
    if "region_id" in rows and rows["region_id"].isin(known.regions["region_id"]).any():
        found = by_regions(rows, known.regions)
        yield from _with(found, what, "the known regions that they name")
    elif len(known.regions):
        found = by_regions(rows[["longitude", "latitude"]], known.regions)
        yield from _with(found, what, "the known regions")
    spots = pd.DataFrame(known.positions, columns=["longitude", "latitude"])
    yield from _with(by_nearness(rows, spots), what, "the known cells")


def _with(found: Detection | None, what: str, against: str) -> Iterator[Told]:
    if found is not None:
        yield found, sentence(found, what, against)
