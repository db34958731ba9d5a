import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely

from geo.agreement import Misread, direction, judge, sentence
from geo.boundaries import beijing
from geo.crs import COORDINATE_SYSTEMS, from_wgs84
from geo.detect import SAME, Detection, by_borders, by_names, by_nearness, by_regions

SHIFTED = ["gcj02", "bd09"]


def in_system(frame, crs):
    lon, lat = from_wgs84(frame["longitude"].to_numpy(), frame["latitude"].to_numpy(), crs)
    return frame.assign(longitude=lon, latitude=lat)


def drawn_in(regions, crs):
    shapes = shapely.transform(
        np.asarray(regions.geometry.array, dtype=object),
        lambda xy: np.column_stack(from_wgs84(xy[:, 0], xy[:, 1], crs)),
    )
    return regions.set_geometry(geopandas.GeoSeries(shapes, index=regions.index, crs=regions.crs))


@pytest.fixture(scope="module")
def regions():
    return beijing()


@pytest.fixture(scope="module")
def masts(regions):
    """300 masts with three sectors in the districts, each naming its district."""
    rng = np.random.default_rng(5)
    lon, lat = rng.uniform(115.6, 117.3, 4000), rng.uniform(39.5, 40.9, 4000)
    points = geopandas.GeoDataFrame(geometry=shapely.points(lon, lat), crs="EPSG:4326")
    held = points.sjoin(regions[["region_id", "geometry"]]).head(300)
    return pd.DataFrame(
        {
            "name": [f"m{m}-{s}" for m in range(300) for s in range(3)],
            "region_id": np.repeat(held["region_id"].to_numpy(), 3),
            "longitude": np.repeat(held.geometry.x.to_numpy(), 3),
            "latitude": np.repeat(held.geometry.y.to_numpy(), 3),
            "azimuth_deg": np.tile([30.0, 150.0, 270.0], 300),
        }
    )


@pytest.fixture(scope="module")
def tickets(masts):
    """1,500 complaints, each 400 m in front of an antenna and scattered by 600 m."""
    rng = np.random.default_rng(6)
    cell = masts.iloc[rng.integers(0, len(masts), 1500)]
    angle = np.radians(cell["azimuth_deg"].to_numpy())
    east = 400 * np.sin(angle) + rng.normal(0, 600, 1500)
    north = 400 * np.cos(angle) + rng.normal(0, 600, 1500)
    lat = cell["latitude"].to_numpy()
    return pd.DataFrame(
        {
            "name": cell["name"].to_numpy(),
            "region_id": cell["region_id"].to_numpy(),
            "longitude": cell["longitude"].to_numpy() + east / (111_320 * np.cos(np.radians(lat))),
            "latitude": lat + north / 111_320,
        }
    )


@pytest.mark.parametrize("second", COORDINATE_SYSTEMS)
@pytest.mark.parametrize("first", COORDINATE_SYSTEMS)
def test_tickets_and_the_cells_they_name(tickets, masts, first, second):
    found = by_names(in_system(tickets, first), in_system(masts, second))
    assert found.sure == "high"
    if first == second:  # all in one system, be it a wrong one: they agree with each other
        assert (found.verdict, found.pair) == ("same", SAME)
    else:
        assert (found.verdict, found.pair) == ("apart", (first, second))
    assert found.misfit_m[found.pair] < 60
    assert found.compared <= 300


def test_the_offset_is_that_of_the_place(tickets, masts):
    found = by_names(in_system(tickets, "gcj02"), masts)
    # at 116.4, 39.9 GCJ-02 lies about 530 m east and 150 m north (test_geo_crs)
    assert found.offset_m[0] == pytest.approx(530, abs=40)
    assert found.offset_m[1] == pytest.approx(150, abs=40)


def test_the_error_is_that_of_the_mean_over_masts(tickets, masts):
    # 300 places with 5 points of 600 m each: 600 / sqrt(1500) = 15.5 m, a little more for trimming
    assert 14 < by_names(tickets, masts).error_m < 25


def test_few_tickets_do_not_tell(tickets, masts):
    few = in_system(tickets, "gcj02").head(8)
    assert by_names(few, masts).verdict == "unclear"
    assert by_names(few.head(3), masts) is None
    assert by_names(few.assign(name="nobody"), masts) is None


def test_tickets_that_lie_somewhere_else_altogether_are_no_system(tickets, masts):
    found = by_names(tickets.assign(longitude=tickets["longitude"] + 0.05), masts)
    assert found.verdict == "unclear"


def test_a_fifth_of_complaints_from_elsewhere_change_nothing(tickets, masts):
    away = tickets.copy()
    away.loc[::7, "latitude"] += 0.3
    assert by_names(in_system(away, "bd09"), masts).pair == ("bd09", "wgs84")


@pytest.mark.parametrize("crs", COORDINATE_SYSTEMS)
def test_cells_and_the_regions_they_name(masts, regions, crs):
    # 300 masts are few: borders are far from most of them
    found = by_regions(in_system(masts, crs), regions)
    assert found.strays[(crs, "wgs84")] == 0
    assert min(found.strays, key=found.strays.get) == (crs, "wgs84")


@pytest.mark.parametrize("crs", SHIFTED)
def test_regions_of_another_system_than_the_cells(masts, regions, crs):
    near = _along_borders(regions)
    found = by_regions(near, drawn_in(regions, crs))
    assert (found.verdict, found.pair, found.sure) == ("apart", ("wgs84", crs), "high")
    same = by_regions(in_system(near, crs), drawn_in(regions, crs))
    assert (same.verdict, same.sure) == ("same", "high")


def _along_borders(regions):
    """Masts 200 m within the borders of their districts."""
    rows = []
    for name, shape in zip(regions["region_id"], regions.geometry, strict=True):
        inner = shape.buffer(-0.002)
        for part in shapely.get_parts(inner):
            for share in np.linspace(0, 1, 25):
                spot = part.exterior.interpolate(share, normalized=True)
                rows.append((name, spot.x, spot.y))
    return pd.DataFrame(rows, columns=["region_id", "longitude", "latitude"])


def test_sites_without_regions_tell_by_the_outer_border_alone(regions):
    city = geopandas.GeoDataFrame(
        {"region_id": ["bj"]}, geometry=[regions.geometry.union_all()], crs="EPSG:4326"
    )
    points = _along_borders(city)[["longitude", "latitude"]]
    found = by_regions(in_system(points, "bd09"), city)
    assert (found.pair, found.sure) == (("bd09", "wgs84"), "medium")


def test_points_far_from_all_borders_do_not_tell(regions):
    middle = pd.DataFrame(
        {"longitude": [116.40, 116.41, 116.42], "latitude": [39.90, 39.91, 39.92]}
    )
    city = regions.dissolve()
    found = by_regions(middle, city.assign(region_id="bj"))
    assert found.verdict == "unclear"
    assert by_regions(middle.head(0), regions) is None
    assert by_regions(middle, regions.head(0)) is None


@pytest.mark.parametrize("crs", COORDINATE_SYSTEMS)
def test_borders_of_the_same_districts(regions, crs):
    found = by_borders(drawn_in(regions, crs), regions)
    assert found.sure == "high"
    assert found.pair == ((crs, "wgs84") if crs != "wgs84" else SAME)
    assert found.misfit_m[(crs, "wgs84")] < 1


@pytest.mark.parametrize("swap", [False, True])
def test_borders_of_grids_in_districts(regions, swap):
    grids = _grids(regions)
    one, other = (regions, grids) if swap else (grids, regions)
    found = by_borders(drawn_in(one, "gcj02"), other)
    assert (found.pair, found.sure) == (("gcj02", "wgs84"), "high")


def _grids(regions):
    boxes = [
        shapely.box(x, y, x + 0.08, y + 0.08)
        for x in np.arange(116.0, 116.8, 0.08)
        for y in np.arange(39.6, 40.2, 0.08)
    ]
    cut = [box & shape for box in boxes for shape in regions.geometry if box.intersects(shape)]
    cut = [shape for shape in cut if shape.area > 1e-5]
    return geopandas.GeoDataFrame(geometry=cut, crs="EPSG:4326")


def test_the_same_masts_without_names(masts):
    known = masts.iloc[::4]
    found = by_nearness(in_system(masts, "bd09").iloc[::8], known)
    assert (found.pair, found.sure) == (("bd09", "wgs84"), "high")
    assert by_nearness(masts.head(0), known) is None
    far = masts.assign(latitude=masts["latitude"] - 5)
    assert by_nearness(far, known).verdict == "unclear"


def test_outside_china_there_is_nothing_to_tell():
    rows = pd.DataFrame({"name": list("abcdefgh"), "longitude": np.arange(8.0), "latitude": 40.0})
    found = by_names(rows, rows)
    assert found.verdict == "unclear"  # all systems fit alike
    assert set(found.misfit_m.values()) == {0.0}


def detected(verdict, pair=SAME, compared=100):
    return Detection("names", verdict, pair, "high", compared, {}, 10.0, {})


GCJ, BD = ("gcj02", "wgs84"), ("bd09", "wgs84")


def test_who_stands_alone_was_read_wrongly():
    found = {
        ("tickets", "cells"): detected("apart", GCJ),
        ("cells", "regions"): detected("same"),
    }
    judgement = judge(found)
    assert judgement.settled
    assert judgement.stories == ((Misread("tickets", "gcj02", "wgs84"),),)


def test_who_lies_apart_from_two_that_agree_was_read_wrongly():
    found = {
        ("tickets", "cells"): detected("apart", BD[::-1]),
        ("cells", "regions"): detected("apart", BD),
    }
    assert judge(found).stories == ((Misread("cells", "bd09", "wgs84"),),)


def test_converted_though_it_was_right():
    found = {
        ("tickets", "cells"): detected("same"),
        ("cells", "regions"): detected("apart", GCJ[::-1]),
        ("tickets", "regions"): detected("apart", GCJ[::-1]),
    }
    # regions that were delivered in GCJ-02 and read as WGS-84
    assert judge(found).stories == ((Misread("regions", "gcj02", "wgs84"),),)


def test_each_in_a_system_of_its_own():
    found = {
        ("tickets", "cells"): detected("apart", BD),
        ("cells", "regions"): detected("apart", GCJ[::-1]),
    }
    judgement = judge(found)
    assert not judgement.settled
    # the likeliest: nobody declared anything
    assert set(judgement.stories[0]) == {
        Misread("tickets", "bd09", "wgs84"),
        Misread("regions", "gcj02", "wgs84"),
    }


def test_two_alone_cannot_tell_who():
    judgement = judge({("tickets", "cells"): detected("apart", GCJ[::-1])})
    # either cells were delivered in GCJ-02 and read as WGS-84, which happens to those that declare
    # nothing, or tickets in WGS-84 were declared as GCJ-02
    assert judgement.stories == (
        (Misread("cells", "gcj02", "wgs84"),),
        (Misread("tickets", "wgs84", "gcj02"),),
    )


def test_witnesses_that_contradict_each_other():
    found = {
        ("tickets", "cells"): detected("apart", GCJ, compared=900),
        ("cells", "regions"): detected("same"),
        ("tickets", "regions"): detected("same", compared=20),
    }
    assert judge(found).stories[0] == (Misread("tickets", "gcj02", "wgs84"),)


def test_nobody_is_blamed_where_nothing_lies_apart():
    found = {("a", "b"): detected("same"), ("b", "c"): detected("unclear")}
    assert judge(found).stories == ()
    assert judge({}).stories == ()


def test_sentences_name_figures(tickets, masts, regions):
    text = sentence(by_names(in_system(tickets, "gcj02"), masts), "tickets", "the cells they name")
    assert text.startswith("mean offset of tickets from the cells they name, ")
    assert "gcj02" in text.partition(": ")[2].split(",")[0]
    assert sentence(by_regions(masts, regions), "cells", "their regions").endswith(
        tuple("0123456789")
    )


@pytest.mark.parametrize(
    ("vector", "words"),
    [((540, 0), "540 m east"), ((0, -3), "3 m south"), ((-300, 400), "500 m north-west")],
)
def test_directions(vector, words):
    assert direction(*vector) == words
