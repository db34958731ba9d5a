"""The overlay that ``?`` opens: which keys there are, and how a wall is set up."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from dashboard.web.components import parts
from dashboard.web.components.bar import GO
from dashboard.web.i18n import Texts

_EVERYWHERE = (
    ("?",), ("/",), ("↑", "↓"), ("Enter",), ("Esc",), ("[", "]"), ("Tab",),
)  # fmt: skip
_NAMES = ("help", "search", "rows", "open", "close", "replay", "focus")
_BOARD = (
    (("↑", "↓", "←", "→"), "arrows"), (("Space",), "space"), (("A",), "accept"),
    (("D",), "dispatch"), (("Esc",), "escape"),
)  # fmt: skip
_ADDRESSES = ("kiosk", "rotate", "night", "at", "lang", "theme", "palette")


def overlay(texts: Texts, *, cells: bool = True) -> Component:
    """A dialog, closed until a key or the bar's button opens it.

    Args:
        texts: of the page's language.
        cells: there are cells, and so a list of them.
    """
    pages = [
        (("G", key.upper()), texts(f"nav.{name}"))
        for name, key in GO.items()
        if cells or name != "cells"
    ]
    keys = [
        (keys, texts(f"help.key.{name}")) for keys, name in zip(_EVERYWHERE, _NAMES, strict=True)
    ]
    close = html.Button(
        texts("help.close"), className="help-close", autoFocus="autofocus", type="button"
    )
    return html.Dialog(
        html.Div(
            [
                html.Header([html.H2(texts("help.title"), id="help-title"), close]),
                html.Div(
                    [
                        _section(texts("help.keys"), [_keys(*key) for key in keys]),
                        _section(texts("help.pages"), [_keys(*page) for page in pages]),
                        _section(
                            texts("dispatch.title"),
                            [_keys(keys, texts(f"dispatch.key.{name}")) for keys, name in _BOARD],
                        ),
                        _section(
                            texts("help.addresses"),
                            [
                                (
                                    html.Code(texts(f"help.address.{name}_form")),
                                    texts(f"help.address.{name}"),
                                )
                                for name in _ADDRESSES
                            ],
                            wide=True,
                        ),
                    ],
                    className="help-body",
                ),
            ],
            className="help-inside",
        ),
        id="help",
        className="help",
        **parts.aria(labelledby="help-title"),
    )


def _keys(keys: tuple[str, ...], text: str) -> tuple[Component, str]:
    return html.Span([html.Kbd(key) for key in keys]), text


def _section(title: str, rows: list[tuple[Component, str]], *, wide: bool = False) -> Component:
    listed = [part for sign, text in rows for part in (html.Dt(sign), html.Dd(text))]
    name = "help-section wide" if wide else "help-section"
    return html.Section([html.H3(title), html.Dl(listed)], className=name)
