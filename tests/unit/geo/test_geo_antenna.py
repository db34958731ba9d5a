import numpy as np
import pytest

from geo.antenna import gain, offset_deg, overlap, spread_deg


@pytest.mark.parametrize(
    ("direction", "azimuth", "expected"),
    [(10, 350, 20), (350, 10, 20), (0, 180, 180), (90, 90, 0), (270, 30, 120), (0, 360, 0)],
)
def test_offset_is_the_smaller_angle(direction, azimuth, expected):
    assert offset_deg(np.array([direction]), np.array([azimuth]))[0] == expected


def test_offset_of_an_unknown_azimuth_is_unknown():
    assert np.isnan(offset_deg(np.array([10.0]), np.array([np.nan]))[0])


def test_the_pattern_is_that_of_the_standard():
    # A(32.5) = 12 / 4 = 3 dB, A(65) = 12 dB, A(84) = 20.04 dB and A(180) stop at 20 dB
    at = gain(np.array([0.0, 32.5, 65.0, 84.0, 180.0]))
    decibels = -10 * np.log10(at / at[0])
    assert decibels == pytest.approx([0.0, 3.0, 12.0, 20.0, 20.0], abs=1e-9)


def test_the_lobe_is_a_gaussian_of_27_65_degrees():
    # 10^(-1.2 (t / 65)^2) = exp(-t^2 / 2 sd^2)  =>  sd = 65 / sqrt(2.4 ln 10) = 65 / 2.35077
    assert spread_deg() == pytest.approx(27.651, abs=1e-3)


def test_gain_is_relative_to_an_all_round_antenna():
    circle = np.linspace(-180, 180, 72_001)[:-1]
    for spread in (10.0, spread_deg(), 60.0, 150.0):
        assert gain(np.abs(circle), spread=spread).mean() == pytest.approx(1.0, rel=1e-4)
    assert gain(np.array([np.nan]))[0] == 1.0
    assert gain(np.array([0.0, 90.0, 180.0]), spread=1e5) == pytest.approx([1, 1, 1], abs=1e-5)
    # mean of the pattern: (27.651 sqrt(2 pi) erf(2.1460) + 2 (180 - 83.92) 0.01) / 360 = 0.1974
    assert gain(np.array([0.0]))[0] == pytest.approx(1 / 0.1974, rel=1e-3)


def test_overlap_of_two_beams():
    assert overlap(np.array([0.0, 65.0, 120.0, 180.0, np.nan])) == pytest.approx(
        # half of 12 dB, half of the limit of 20 dB twice
        [1.0, 10**-0.6, 0.1, 0.1, 1.0]
    )
