"""What the browser needs to open the map that one can move (assets/map_detail.js)."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from dashboard.web.context import Look
from dashboard.web.figures.geometry import Frame
from dashboard.web.figures.theme import FONT, SYMBOL, Theme
from dashboard.web.view.maps import MapBases, Screen
from dashboard.web.view.state import path_to

VALUES = "/api/v1/map"
_LETTERS = {"green": "g", "yellow": "y", "red": "r", "unknown": "u"}
_TEXTS = (
    "map_label", "zoom_in", "zoom_out", "whole_city", "show_grid", "show_hexagon", "hexagon",
    "failed", "no_webgl", "bad",
)  # fmt: skip
_FILLED_IN = {"chance": "value", "expected": "value", "more": "n"}
# Families, the first that the machine has; the engine draws type with the machine's own fonts.
_FONTS = [family.strip().strip('"') for family in FONT.split(",")][:-1]


def detail_config(look: Look, bases: MapBases, screen: Screen) -> str | None:
    """Addresses, colours, sizes and words as JSON; None where the snapshot has no map layers."""
    layers = look.snapshot.manifest.layers
    if layers is None:
        return None
    state, texts = look.state, look.words.texts
    mode = look.snapshot.manifest.mode
    config: dict[str, Any] = {
        "index": f"/layers/{layers}/index.json",
        "base": "/layers/base.json",
        "values": f"{VALUES}?{urlencode({'at': state.at_text})}" if state.at_text else VALUES,
        "cell": state.href(path_to("cells", "__id__")),
        "kiosk": state.kiosk,
        "frame": _edges(bases.main.frame),
        "inset": _edges(bases.inset.frame) if bases.inset else None,
        "look": _look(bases.main.theme, screen.scale),
        "texts": {name: texts(f"detail.{name}") for name in _TEXTS}
        | {
            name: texts(f"detail.{name}", **{value: f"{{{value}}}"})
            for name, value in _FILLED_IN.items()
        }
        | {
            "status": {letter: look.words.status(s, mode) for s, letter in _LETTERS.items()},
            "signs": {letter: SYMBOL[status] for status, letter in _LETTERS.items()},
        },
    }
    return json.dumps(config, ensure_ascii=False)


def _edges(frame: Frame) -> dict[str, Any]:
    return {"x": frame.x, "y": frame.y, "width": frame.width, "height": frame.height}


def _look(theme: Theme, scale: float) -> dict[str, Any]:
    """Colours of the picture, so that nothing changes when the map opens over it."""
    return {
        "back": theme.map_ground,
        "fill": theme.fill,
        "sign": theme.sign,
        "border": theme.border,
        "outline": "#5B7399",
        "ring": theme.ring,
        "hatch": theme.hatch,
        "text": theme.text,
        "muted": theme.muted,
        "opacity": 0.92,
        "over": 0.6,  # of colours over tiles or areas of the operator's base map
        "fonts": _FONTS,
        "large": round(22 * scale),
        "small": round(15 * scale),
        "scale": scale,
    }
