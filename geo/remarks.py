"""What is remarkable about regions, in words: repairs, seams, levels that do not nest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import geopandas

from geo.gaps import Seam, find_seams
from geo.nesting import Nesting, check_nesting, with_parents
from geo.repair import Repair

# Overlaps and gaps from here on are warnings: a hectare may hold a housing block.
WARN_M2 = 10_000.0
# A repair that moves more than this share of a region is a warning.
WARN_SHARE = 0.001

_TEXTS = {
    "circle": "region {region!r} is its own ancestor by parent_id: name another parent",
    "unknown_parent": "region {region!r}: its parent {parent!r} is not among the regions{by_area}",
    "level_order": "region {region!r}: its parent {parent!r} is not of a coarser level: greater "
    "levels are finer",
    "outside": "region {region!r}: {share:.1%} of it lies in its parent {parent!r}, {area} outside",
    "other_parent": "region {region!r}: {share:.1%} of it lies in its parent {parent!r}, most of "
    "it in {other!r}",
    "uncovered": "region {region!r}: its children cover {share:.1%} of it, {area} are bare",
    "no_parent": "region {region!r} has no parent_id, and no region of the level above holds it"
    "{by_area}",
}


@dataclass(frozen=True)
class Remark:
    """One thing that the people who draw the regions should know.

    Attributes:
        code: ``repaired``, ``overlap``, ``gap``, ``hole``, ``parent_inferred``, or a problem of
            :class:`geo.nesting.Nesting`.
        grave: a warning; else it is told and that is all.
        text: one line with ids and areas.
        region_id: the region.
        other_id: the other one; None where there is none.
        area_m2: square metres; NaN where it is not of that kind.
        longitude: WGS-84 degrees of a point to look at; NaN where there is none.
        latitude: the same.
    """

    code: str
    grave: bool
    text: str
    region_id: str
    other_id: str | None = None
    area_m2: float = float("nan")
    longitude: float = float("nan")
    latitude: float = float("nan")


def remarks(regions: geopandas.GeoDataFrame, repairs: Iterable[Repair] = ()) -> list[Remark]:
    """Everything remarkable, warnings first, in each the largest area first.

    Args:
        regions: columns of :func:`geo.boundaries.read_regions`.
        repairs: what reading them repaired.
    """
    found = [
        *(_repaired(record) for record in repairs),
        *(_seam(seam) for seam in find_seams(regions)),
        *(_nesting(one) for one in check_nesting(regions)),
        *_inferred(regions),
    ]
    return sorted(
        found, key=lambda r: (not r.grave, -abs(r.area_m2) if r.area_m2 == r.area_m2 else 0.0)
    )


def area_words(area_m2: float) -> str:
    """An area as people say it: ``310 m2``, ``1.2 ha``, ``3.4 km2``."""
    size = abs(area_m2)
    if size < WARN_M2:
        return f"{area_m2:,.0f} m²"
    return f"{area_m2 / 1e4:,.1f} ha" if size < 1e6 else f"{area_m2 / 1e6:,.1f} km²"


def _repaired(record: Repair) -> Remark:
    area = record["area_change_m2"]
    moved = f", its area changes by {area_words(area)}" if area else ""
    text = (
        f"feature {record['feature']}, region {record['region_id']!r}: {record['problem']}{moved}"
    )
    return Remark("repaired", abs(area) >= WARN_M2, text, record["region_id"], None, area)


def _seam(seam: Seam) -> Remark:
    area, where = area_words(seam.area_m2), f"at {seam.longitude:.5f}, {seam.latitude:.5f}"
    both = f"{seam.region_id!r} and {seam.other_id!r}"
    if seam.kind == "overlap":
        text = f"regions {both} overlap by {area} {where}"
    elif seam.kind == "gap":
        text = f"between regions {both} is a gap of {area} {where}"
    else:
        beside = (
            f"beside region {seam.region_id!r}"
            if seam.region_id == seam.other_id
            else (f"between regions {both}")
        )
        text = f"{beside} is a hole of {area} {where}: a lake, or a region is missing"
    return Remark(
        seam.kind,
        seam.kind != "hole" and seam.area_m2 >= WARN_M2,
        text,
        seam.region_id,
        seam.other_id,
        seam.area_m2,
        seam.longitude,
        seam.latitude,
    )


def _nesting(one: Nesting) -> Remark:
    by_area = f"; by area {one.share:.1%} of it lies in {one.other_id!r}" if one.other_id else ""
    text = _TEXTS[one.problem].format(
        region=one.region_id,
        parent=one.parent_id,
        other=one.other_id,
        share=one.share,
        area=area_words(one.area_m2),
        by_area=by_area,
    )
    other = one.other_id or one.parent_id
    return Remark(one.problem, True, text, one.region_id, other, one.area_m2)


def _inferred(regions: geopandas.GeoDataFrame) -> list[Remark]:
    found = with_parents(regions)
    told = found[found["parent_inferred"]]
    if told.empty:
        return []
    first = told.iloc[0]
    text = (
        f"{len(told):,} regions have no parent_id and lie in one of the level above by area, "
        f"as {first['region_id']!r} in {first['parent_id']!r}: state them to be sure"
    )
    return [Remark("parent_inferred", False, text, first["region_id"], first["parent_id"])]
