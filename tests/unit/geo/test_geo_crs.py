import math

import numpy as np
import pytest

from geo.crs import from_wgs84, to_wgs84
from geo.errors import GeoError

CM_IN_DEGREES = 1e-7  # 1.1 cm at most


def gcj02_by_hand(lon: float, lat: float) -> tuple[float, float]:
    """The public approximation written out once more, number by number."""
    x, y = lon - 105.0, lat - 35.0
    s, pi = math.sin, math.pi
    dlat = -100 + 2 * x + 3 * y + 0.2 * y**2 + 0.1 * x * y + 0.2 * math.sqrt(abs(x))
    dlat += (20 * s(6 * x * pi) + 20 * s(2 * x * pi)) * 2 / 3
    dlat += (20 * s(y * pi) + 40 * s(y / 3 * pi)) * 2 / 3
    dlat += (160 * s(y / 12 * pi) + 320 * s(y * pi / 30)) * 2 / 3
    dlon = 300 + x + 2 * y + 0.1 * x**2 + 0.1 * x * y + 0.1 * math.sqrt(abs(x))
    dlon += (20 * s(6 * x * pi) + 20 * s(2 * x * pi)) * 2 / 3
    dlon += (20 * s(x * pi) + 40 * s(x / 3 * pi)) * 2 / 3
    dlon += (150 * s(x / 12 * pi) + 300 * s(x / 30 * pi)) * 2 / 3
    radlat = lat / 180 * pi
    magic = 1 - 0.00669342162296594323 * s(radlat) ** 2
    dlat = dlat * 180 / (6378245.0 * (1 - 0.00669342162296594323) / (magic * magic**0.5) * pi)
    dlon = dlon * 180 / (6378245.0 / magic**0.5 * math.cos(radlat) * pi)
    return lon + dlon, lat + dlat


@pytest.mark.parametrize(
    ("wgs", "gcj"),
    [
        ((116.3975, 39.9087), (116.40374, 39.91010)),  # Tiananmen
        ((116.404, 39.915), (116.410244, 39.916404)),  # README of npm coordtransform
    ],
)
def test_published_points(wgs, gcj):
    # published with five and six decimals: half a unit of the last is 0.6 m and 0.06 m
    assert from_wgs84(*wgs, "gcj02") == pytest.approx(gcj, abs=6e-6)


def test_published_bd09_point():
    # README of npm coordtransform: GCJ-02 (116.404, 39.915) is BD-09 (116.410369, 39.921337)
    wgs = to_wgs84(116.404, 39.915, "gcj02")
    assert from_wgs84(*wgs, "bd09") == pytest.approx((116.410369, 39.921337), abs=6e-7)


@pytest.mark.parametrize(
    "point",
    [(116.4, 39.9), (105.0, 35.0), (73.5, 39.4), (134.7, 48.3), (109.5, 18.2), (123.0, 53.5)],
)
def test_forward_equals_the_formula_written_out(point):
    assert from_wgs84(*point, "gcj02") == pytest.approx(gcj02_by_hand(*point), abs=1e-12)


@pytest.mark.parametrize("crs", ["gcj02", "bd09"])
def test_round_trip_over_the_whole_box(crs):
    lon, lat = np.meshgrid(np.linspace(72.004, 137.8347, 400), np.linspace(0.8293, 55.8271, 400))
    back = to_wgs84(*from_wgs84(lon, lat, crs), crs)
    assert np.abs(back[0] - lon).max() < CM_IN_DEGREES
    assert np.abs(back[1] - lat).max() < CM_IN_DEGREES


def test_reading_gcj02_as_wgs84_is_hundreds_of_metres_off():
    lon, lat = from_wgs84(116.4, 39.9, "gcj02")
    east, north = (lon - 116.4) * 85_400, (lat - 39.9) * 111_000
    assert 500 < math.hypot(east, north) < 600


@pytest.mark.parametrize("crs", ["wgs84", "gcj02", "bd09"])
@pytest.mark.parametrize(
    "point", [(-74.0, 40.7), (139.7, 35.7), (116.4, 56.0), (100.0, 0.5), (0.0, 0.0), (72.0, 30.0)]
)
def test_identity_outside_china(crs, point):
    assert from_wgs84(*point, crs) == point
    assert to_wgs84(*point, crs) == point


def test_shapes_and_types():
    assert all(type(v) is float for v in from_wgs84(116, 39, "gcj02"))
    lon, lat = from_wgs84([[116.0, 117.0]], 39.0, "gcj02")
    assert lon.shape == lat.shape == (1, 2)
    assert lon[0, 0] == from_wgs84(116.0, 39.0, "gcj02")[0]
    empty = to_wgs84(np.empty(0), np.empty(0), "bd09")
    assert empty[0].shape == empty[1].shape == (0,)


def test_unknown_coordinates_stay_unknown_and_the_input_is_not_changed():
    lon, lat = np.array([np.nan, 116.4, np.inf]), np.array([39.9, 39.9, np.nan])
    x, y = to_wgs84(lon, lat, "gcj02")
    assert np.isnan(x[0])
    assert y[0] == 39.9
    assert x[1] != 116.4
    assert x[2] == np.inf
    assert lon[1] == 116.4


@pytest.mark.parametrize("convert", [to_wgs84, from_wgs84])
def test_unknown_system_is_refused_with_the_valid_ones(convert):
    with pytest.raises(GeoError, match=r"'GCJ02': declare one of wgs84, gcj02, bd09"):
        convert(1.0, 2.0, "GCJ02")
