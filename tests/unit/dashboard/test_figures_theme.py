"""Contrast by WCAG 2.1 (1.4.3, 1.4.11); deuteranopia after Viénot, Brettel and Mollon 1999."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from dashboard.web.figures import theme
from dashboard.web.figures.map import FILL, LABEL, SIGN

STATUSES = ("green", "yellow", "red", "unknown")


def linear(colour):
    values = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def contrast(one, other):
    # (L1 + 0.05) / (L2 + 0.05) with L = 0.2126 R + 0.7152 G + 0.0722 B, linear.
    light = sorted(float(linear(c) @ [0.2126, 0.7152, 0.0722]) for c in (one, other))
    return (light[1] + 0.05) / (light[0] + 0.05)


def lab(rgb):
    xyz = np.array(
        [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    ) @ np.clip(rgb, 0, 1)
    ratio = xyz / [0.9505, 1.0, 1.089]
    f = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def deuteranope(colour):
    to_lms = np.array(
        [[17.8824, 43.5161, 4.11935], [3.45565, 27.1554, 3.86714], [0.0299566, 0.184309, 1.46709]]
    )
    lost = np.array([[1, 0, 0], [0.494207, 0, 1.24827], [0, 0, 1]])
    return np.linalg.inv(to_lms) @ lost @ to_lms @ linear(colour)


def test_contrast_by_hand():
    assert contrast("#FFFFFF", "#000000") == pytest.approx(21)


@pytest.mark.parametrize("ground", [theme.BACKGROUND, theme.PANEL])
def test_texts_are_readable(ground):
    for text in (theme.TEXT, theme.MUTED, theme.ACCENT):
        assert contrast(text, ground) >= 4.5


@pytest.mark.parametrize("status", STATUSES)
def test_names_and_signs_stand_out_from_their_district(status):
    assert contrast(LABEL[status], FILL[status]) >= 4.5
    assert contrast(SIGN[status], FILL[status]) >= 3


@pytest.mark.parametrize("status", STATUSES)
def test_signs_stand_out_on_panels(status):
    assert contrast(theme.STATUS[status], theme.PANEL) >= 3


def test_red_advances_and_green_recedes():
    ground = "#0D1829"
    assert (
        contrast(FILL["unknown"], ground)
        < contrast(FILL["green"], ground)
        < contrast(FILL["yellow"], ground)
    )
    assert contrast(theme.STATUS["red"], FILL["red"]) > 2  # the outline of a red district


@pytest.mark.parametrize(("one", "other"), list(combinations(STATUSES, 2)))
def test_a_deuteranope_tells_the_signs_apart(one, other):
    # Shapes differ as well; the colours shall still be told apart (ΔE76 of 10 is seen at a glance).
    a, b = (lab(deuteranope(theme.STATUS[status])) for status in (one, other))
    assert float(np.linalg.norm(a - b)) > 10
