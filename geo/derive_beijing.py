"""Derives the packaged district boundaries: ``python -m geo.derive_beijing SOURCE OUT``.

SOURCE is the GCJ-02 GeoJSON of npm ``echarts@4.9.0`` (``map/json/province/beijing.json``,
decoded); OUT is ``geo/data/beijing_districts.geojson``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from geo.boundaries import clean_coverage, read_regions, simplify_coverage, to_feature_collection
from geo.errors import GeoError

# The source's points sit on a grid of 1/1024 degree; what is finer than this is its staircase.
TOLERANCE_M = 150.0
# Detached crumbs of the rounding; the smallest true exclave (the airport) has 10 km2.
SPECK_M2 = 100_000.0
# No hole between the districts is a lake: the widest is where such a crumb was dropped.
GAP_M = 400.0
DIGITS = 5
ENGLISH = {
    "110101": "Dongcheng",
    "110102": "Xicheng",
    "110105": "Chaoyang",
    "110106": "Fengtai",
    "110107": "Shijingshan",
    "110108": "Haidian",
    "110109": "Mentougou",
    "110111": "Fangshan",
    "110112": "Tongzhou",
    "110113": "Shunyi",
    "110114": "Changping",
    "110115": "Daxing",
    "110116": "Huairou",
    "110117": "Pinggu",
    "110118": "Miyun",
    "110119": "Yanqing",
}


def derive(source: Path, out: Path) -> int:
    """Writes the derived file; the same source gives the same bytes.

    Args:
        source: district boundaries in GCJ-02, the adcode as ``id``.
        out: the file to write.

    Returns:
        Its size in bytes.

    Raises:
        GeoError: the source cannot be read or has other districts than Beijing's 16.
    """
    regions = read_regions(source, crs="gcj02", columns={"id": "region_id", "name": "name"})
    found = set(regions["region_id"])
    if found != set(ENGLISH):
        odd = ", ".join(sorted(found ^ set(ENGLISH)))
        raise GeoError(f"{source}: not Beijing's 16 districts, differing in {odd}")
    regions = clean_coverage(regions, gap_m=GAP_M, speck_m2=SPECK_M2)
    regions = simplify_coverage(regions, TOLERANCE_M)
    collection = to_feature_collection(regions.sort_values("region_id"), DIGITS)
    for feature in collection["features"]:
        feature["properties"]["name_en"] = ENGLISH[feature["id"]]
    text = json.dumps(collection, ensure_ascii=False, separators=(",", ":"))
    return out.write_bytes(text.encode() + b"\n")


def main(arguments: list[str]) -> int:
    """Command line; the exit code."""
    if len(arguments) != 2:
        sys.stderr.write("usage: python -m geo.derive_beijing SOURCE OUT\n")
        return 2
    try:
        size = derive(Path(arguments[0]), Path(arguments[1]))
    except GeoError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{arguments[1]}: {size} bytes\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
