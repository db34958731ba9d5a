import numpy as np
import pytest

from geo.sectors import sectors
from geo.settings import CoverageModel

NAN = float("nan")


def split(*rows, model=None):
    """Sectors of (mast, band, azimuth): each cell's (number, start, stop)."""
    mast, band, azimuth = zip(*rows, strict=True) if rows else ((), (), ())
    found = sectors(
        np.array(mast, np.int64),
        np.array(band, dtype=object),
        np.array(azimuth, np.float64),
        model or CoverageModel(),
    )
    assert found.mast[found.number].tolist() == list(mast)
    return [
        (int(n), float(found.start[n]), float(found.stop[n]), bool(found.partial[n]))
        for n in found.number
    ]


def test_borders_are_half_way_also_across_north():
    assert split((0, "a", 10.0), (0, "a", 340.0), (0, "a", 180.0)) == [
        (0, 355.0, 95.0, True),
        (2, 260.0, 355.0, True),
        (1, 95.0, 260.0, True),
    ]


def test_two_sectors_have_a_half_each_or_more():
    assert split((0, "a", 0.0), (0, "a", 60.0)) == [(0, 210.0, 30.0, True), (1, 30.0, 210.0, True)]


def test_one_sector_alone():
    assert split((0, "a", 30.0)) == [(0, 330.0, 90.0, True)]
    whole = CoverageModel(lone_sector_deg=360)
    for azimuth in (30.0, 180.450656, 332.434729):  # which 180 degrees take a digit from
        assert not split((0, "a", azimuth), model=whole)[0][3]


def test_carriers_are_one_sector_across_north():
    found = split((0, "a", 355.0), (0, "a", 5.0), (0, "a", 180.0), (0, "a", 186.0))
    assert found == [(1, 271.5, 91.5, True)] * 2 + [(0, 91.5, 271.5, True)] * 2


def test_azimuths_all_around_are_one_sector_of_most_directions():
    found = split(*((0, "a", float(a)) for a in range(0, 360, 10)))
    assert {row[0] for row in found} == {0}


def test_masts_and_bands_have_nothing_in_common():
    found = split((0, "a", 0.0), (0, "b", 180.0), (1, "a", 180.0))
    assert [row[1:] for row in found] == [
        (300.0, 60.0, True),
        (120.0, 240.0, True),
        (120.0, 240.0, True),
    ]
    assert len({row[0] for row in found}) == 3


def test_cells_without_azimuth_share_all_directions():
    found = split((0, "a", NAN), (0, "a", 90.0), (0, "b", NAN), (1, "a", NAN))
    assert [row[3] for row in found] == [False, True, False, False]
    assert found[0] == found[2]
    assert found[0] != found[3]


def test_nothing_to_split():
    assert split() == []


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 6, 7, 24])
def test_sectors_add_up_to_the_circle(count):
    rng = np.random.default_rng(count)
    found = split(*((0, "a", float(a)) for a in rng.permutation(count) * 360 / count))
    width = {n: (stop - start) % 360 or 360 for n, start, stop, _ in found}
    assert sum(width.values()) == pytest.approx(120 if count == 1 else 360)
