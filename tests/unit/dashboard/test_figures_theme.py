"""Contrast by WCAG 2.1 (1.4.3, 1.4.11); deuteranopia after Viénot, Brettel and Mollon 1999."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

import dashboard.web
from dashboard.web.figures.theme import GROUNDS, PALETTES, theme_of

STATUSES = ("green", "yellow", "red", "unknown")
THEMES = [theme_of(ground, palette) for ground in GROUNDS for palette in PALETTES]
CSS = (Path(dashboard.web.__file__).parent / "assets" / "base.css").read_text("utf-8")
BLOCKS = {
    ("dark", "standard"): ":root",
    ("light", "standard"): 'html[data-theme="light"]',
    ("dark", "cvd"): 'html[data-palette="cvd"]',
    ("light", "cvd"): 'html[data-palette="cvd"][data-theme="light"]',
}


@pytest.fixture(params=THEMES, ids=lambda theme: f"{theme.ground}-{theme.palette}")
def theme(request):
    return request.param


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


def difference(one, other):
    return float(np.linalg.norm(lab(deuteranope(one)) - lab(deuteranope(other))))


def test_contrast_by_hand():
    assert contrast("#FFFFFF", "#000000") == pytest.approx(21)


def test_texts_are_readable(theme):
    for ground in (theme.background, theme.panel, theme.hover):
        for text in (theme.text, theme.muted, theme.accent):
            assert contrast(text, ground) >= 4.5


def test_names_and_signs_stand_out_from_their_district(theme):
    for status in STATUSES:
        assert contrast(theme.label[status], theme.fill[status]) >= 4.5
        assert contrast(theme.sign[status], theme.fill[status]) >= 3


def test_signs_and_series_stand_out_on_panels(theme):
    lines = (*theme.status.values(), theme.series, theme.forecast, theme.ticket, *theme.categories)
    for colour in lines:
        assert contrast(colour, theme.panel) >= 3, colour


def test_red_advances_and_green_recedes(theme):
    grounds = [contrast(theme.fill[s], theme.map_ground) for s in ("green", "yellow", "red")]
    if theme.ground == "dark":
        assert grounds[0] < grounds[1]
    assert contrast(theme.sign["red"], theme.fill["red"]) > 2  # the outline of a red district
    # How colourful it is counts as well: green is the palest.
    chroma = [float(np.hypot(*lab(linear(theme.fill[s]))[1:])) for s in ("green", "yellow", "red")]
    assert chroma[0] < min(chroma[1:])


def test_a_deuteranope_tells_the_signs_apart(theme):
    # Shapes differ as well; the colours shall still be told apart (ΔE76 of 10 is seen at a glance).
    for one, other in combinations(STATUSES, 2):
        assert difference(theme.status[one], theme.status[other]) > 10, (one, other)


def test_the_other_palette_keeps_red_and_green_further_apart():
    for ground in GROUNDS:
        plain, safe = (theme_of(ground, palette).status for palette in PALETTES)
        apart = [difference(s["red"], s["green"]) for s in (plain, safe)]
        assert apart[1] > 1.3 * apart[0]


def test_no_series_looks_like_a_status(theme):
    for colour in (theme.series, theme.forecast, theme.ticket, *theme.categories):
        if theme.palette == "standard":
            assert all(
                np.linalg.norm(lab(linear(colour)) - lab(linear(s))) > 15
                for s in theme.status.values()
            ), colour


@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("palette", PALETTES)
def test_the_style_sheet_has_the_same_colours(ground, palette):
    theme = theme_of(ground, palette)
    block = CSS[CSS.index(f"{BLOCKS[ground, palette]} {{") :].split("}")[0]
    given = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", block))
    wanted = {status: theme.status[status] for status in ("red", "yellow", "green")}
    if palette == "standard":
        wanted |= {
            "bg": theme.background, "panel": theme.panel, "text": theme.text,
            "muted": theme.muted, "accent": theme.accent, "unknown": theme.status["unknown"],
            "ticket": theme.ticket, "series": theme.series, "forecast": theme.forecast,
            "map-ground": theme.map_ground,
        }  # fmt: skip
    for name, colour in wanted.items():
        assert given[name] == colour.lower(), name
