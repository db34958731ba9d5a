"""The city: sites laid by density on real districts, cells with hidden traits."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from geo.boundaries import beijing
from ingest.errors import IngestError
from ingest.simulator.rng import Stream, stream

# Residents in 10,000 (census of 2020), the weight of each district.
POPULATION = {
    "110101": 71, "110102": 111, "110105": 345, "110106": 202, "110107": 57, "110108": 313,
    "110109": 39, "110111": 131, "110112": 184, "110113": 132, "110114": 227, "110115": 199,
    "110116": 44, "110117": 46, "110118": 53, "110119": 35,
}  # fmt: skip
_PLACES = (
    "中心", "北苑", "南站", "东街", "西里", "科技园", "商城", "医院", "大学", "公园",
    "家园", "地铁口", "写字楼", "产业园", "广场", "体育馆", "新村", "大厦",
)  # fmt: skip
_METRES_PER_DEGREE = 111_320.0


@dataclass(frozen=True)
class City:
    """Everything about the city that does not change.

    Attributes:
        seed: the seed it was built from.
        regions: districts (WGS-84) with subscribers.
        cells: the canonical ``cells`` feed.
        site: site number of every cell.
        xy: metres east and north of every cell's site.
        reach_m: typical distance of a user from the site.
        users_peak: users active in a cell's busiest hour.
        office: share of office use, 0 … 1.
        load: offered load of the busiest hour over capacity.
        sensitivity: how readily a cell's users complain; 1 on average.
        heard: number of the next cells, (cells, 3): they take over the users of a sleeping cell.
        base: KPI → every cell's own good level.
    """

    seed: int
    regions: geopandas.GeoDataFrame
    cells: pd.DataFrame
    site: NDArray[np.int64]
    xy: NDArray[np.float64]
    reach_m: NDArray[np.float64]
    users_peak: NDArray[np.float64]
    office: NDArray[np.float64]
    load: NDArray[np.float64]
    sensitivity: NDArray[np.float64]
    heard: NDArray[np.int64]
    base: dict[str, NDArray[np.float64]]

    @property
    def sites(self) -> int:
        """How many sites there are."""
        return int(self.site.max()) + 1


def build_city(cells: int, seed: int) -> City:
    """Lay out a city of exactly ``cells`` cells; the same arguments give the same city.

    Raises:
        IngestError: fewer than 12 or more than 200,000 cells.
    """
    if not 12 <= cells <= 200_000:
        raise IngestError(f"cells must be between 12 and 200000, not {cells}")
    rng = stream(seed, Stream.LAYOUT)
    regions = beijing()[["region_id", "name", "geometry"]].sort_values(
        "region_id", ignore_index=True
    )
    # A site carries three LTE sectors; three in ten also three NR sectors: 3.9 cells on average.
    with_nr = rng.random(cells // 3 + 1) < 0.3
    width = np.cumsum(np.where(with_nr, 6, 3))
    sites = int(np.searchsorted(width, cells)) + 1
    region_of_site = _districts(regions, sites)
    lonlat = _positions(rng, regions, region_of_site)
    frame, site = _cells(rng, regions, region_of_site, lonlat, with_nr=with_nr[:sites], cells=cells)
    return _with_traits(seed, regions, frame, site)


def _districts(regions: geopandas.GeoDataFrame, sites: int) -> NDArray[np.int64]:
    """A district for every site, in proportion to its residents (largest remainders)."""
    weight = regions["region_id"].map(POPULATION).to_numpy(float)
    share = weight / weight.sum() * sites
    count = np.floor(share).astype(int)
    for extra in np.argsort(count - share, kind="stable")[: sites - count.sum()]:
        count[extra] += 1
    return np.repeat(np.arange(len(regions)), count)


def _positions(
    rng: np.random.Generator, regions: geopandas.GeoDataFrame, region_of_site: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Sites inside their districts: most around the town, fewer outside, none on top of another."""
    lonlat = np.empty((len(region_of_site), 2))
    for number, polygon in enumerate(regions.geometry):
        rows = np.flatnonzero(region_of_site == number)
        if len(rows):
            lonlat[rows] = _scatter(rng, polygon, len(rows))
    return lonlat


def _scatter(
    rng: np.random.Generator, polygon: shapely.Polygon | shapely.MultiPolygon, count: int
) -> NDArray[np.float64]:
    left, bottom, right, top = polygon.bounds
    centre = polygon.representative_point()
    spread = 0.16 * np.sqrt((right - left) * (top - bottom))
    shapely.prepare(polygon)
    tries = 40 * count + 400
    uniform = rng.uniform((left, bottom), (right, top), (tries, 2))
    town = rng.normal((centre.x, centre.y), spread, (tries, 2))
    points = np.where(rng.random((tries, 1)) < 0.65, town, uniform)
    points = points[shapely.contains_xy(polygon, points[:, 0], points[:, 1])]
    # The wanted spacing is a third of what an even grid would have; thin out what is closer.
    gap = 0.33 * np.sqrt(polygon.area / count)
    chosen = np.empty((0, 2))
    while len(chosen) < count:
        taken: list[int] = []
        blocked = np.zeros(len(points), bool)
        for i, near in enumerate(cKDTree(points).query_ball_point(points, gap)):
            if not blocked[i]:
                taken.append(i)
                blocked[near] = True
                if len(taken) == count:
                    break
        chosen = points[taken]
        gap *= 0.8
    return chosen[:count]


def _cells(
    rng: np.random.Generator,
    regions: geopandas.GeoDataFrame,
    region_of_site: NDArray[np.int64],
    lonlat: NDArray[np.float64],
    *,
    with_nr: NDArray[np.bool_],
    cells: int,
) -> tuple[pd.DataFrame, NDArray[np.int64]]:
    sites = len(region_of_site)
    first_azimuth = rng.integers(0, 120, sites)
    height = rng.choice([18, 22, 25, 30, 35, 45], sites, p=[0.1, 0.2, 0.25, 0.25, 0.15, 0.05])
    vendor = rng.choice(["A", "B", "C"], sites, p=[0.5, 0.3, 0.2])
    place = rng.integers(0, len(_PLACES), sites)
    lte_band = rng.choice(["B3", "B8", "B39", "B41"], sites, p=[0.4, 0.15, 0.2, 0.25])
    site = np.repeat(np.arange(sites), np.where(with_nr, 6, 3))[:cells]
    sector = np.concatenate([np.arange(6 if nr else 3) for nr in with_nr])[:cells]
    nr = sector >= 3
    district = regions["name"].to_numpy()[region_of_site][site]
    short = pd.Series(district).str.replace("区", "", regex=False)
    facing = pd.Series(sector % 3 + 1).astype(str)
    number = pd.Series(site + 1).astype(str).str.zfill(4)
    frame = pd.DataFrame(
        {
            "cell_id": "S" + number + "-" + np.where(nr, "N", "L") + facing,
            "site_id": "S" + number,
            "name": short
            + np.array(_PLACES)[place[site]]
            + number
            + "-"
            + np.where(nr, "5G-", "")
            + facing,
            "technology": np.where(nr, "NR", "LTE"),
            "longitude": lonlat[site, 0].round(6),
            "latitude": lonlat[site, 1].round(6),
            "azimuth_deg": (first_azimuth[site] + 120 * (sector % 3)) % 360,
            "antenna_height_m": height[site],
            "band": np.where(nr, "n78", lte_band[site]),
            "vendor": vendor[site],
            "region_id": regions["region_id"].to_numpy()[region_of_site][site],
            "subscribers": np.maximum(80, rng.lognormal(6.95, 0.45, cells)).round().astype(int),
        }
    )
    return frame, site


def _with_traits(
    seed: int, regions: geopandas.GeoDataFrame, frame: pd.DataFrame, site: NDArray[np.int64]
) -> City:
    rng = stream(seed, Stream.TRAITS)
    n = len(frame)
    lon, lat = frame["longitude"].to_numpy(), frame["latitude"].to_numpy()
    xy = np.column_stack(
        [lon * _METRES_PER_DEGREE * np.cos(np.radians(40.0)), lat * _METRES_PER_DEGREE]
    )
    site_xy = xy[np.unique(site, return_index=True)[1]]
    spacing = cKDTree(site_xy).query(site_xy, k=min(4, len(site_xy)))[0][:, 1:].mean(axis=1)
    nr = (frame["technology"] == "NR").to_numpy()
    base = {
        "availability_pct": np.full(n, 99.97),
        "accessibility_pct": 99.6 - rng.gamma(2.0, 0.08, n),
        "handover_success_pct": 98.4 - rng.gamma(2.0, 0.35, n),
        "drop_rate_pct": rng.lognormal(np.log(0.25), 0.35, n),
        "packet_loss_pct": rng.lognormal(np.log(0.12), 0.4, n),
        "throughput_dl_mbps": np.where(nr, 210.0, 34.0) * rng.lognormal(0, 0.3, n),
        "throughput_ul_mbps": np.where(nr, 32.0, 7.5) * rng.lognormal(0, 0.3, n),
        "latency_ms": np.where(nr, 16.0, 27.0) * rng.lognormal(0, 0.15, n),
        "rsrp_dbm": rng.normal(-93, 5, n),
        "sinr_db": rng.normal(13, 2.5, n),
        "interference_dbm": rng.normal(-115, 2.0, n),
        "voice_mos": rng.normal(3.95, 0.1, n),
    }
    order = cKDTree(xy + 300 * _facing(frame)).query(xy + 300 * _facing(frame), k=4)[1][:, 1:]
    subscribers = frame["subscribers"].to_numpy(float)
    regions = regions.assign(
        subscribers=regions["region_id"].map(frame.groupby("region_id")["subscribers"].sum()),
        level=1,
    )
    regions["subscribers"] = regions["subscribers"].fillna(0).astype(int)
    return City(
        seed=seed,
        regions=regions,
        cells=frame,
        site=site,
        xy=xy,
        reach_m=np.clip(spacing[site] * 0.5, 120, 2500),
        users_peak=0.06 * subscribers,
        office=rng.beta(0.8, 1.2, n),
        load=np.clip(rng.lognormal(np.log(0.42), 0.36, n), 0.05, 1.4),
        sensitivity=rng.lognormal(-0.06, 0.35, n),
        heard=order.astype(np.int64),
        base=base,
    )


def _facing(frame: pd.DataFrame) -> NDArray[np.float64]:
    angle = np.radians(frame["azimuth_deg"].to_numpy(float))
    return np.column_stack([np.sin(angle), np.cos(angle)])
