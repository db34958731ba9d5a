"""The words of the screens, in Chinese and English; no text lives in code.

One folder a language, one file a page or subject; a key stands in one file alone.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

LANGUAGES = ("zh", "en")


@dataclass(frozen=True)
class Texts:
    """The texts of one language: ``texts("app.title")``; placeholders are named.

    Attributes:
        language: ``zh`` or ``en``.
        table: text by dotted key.
    """

    language: str
    table: dict[str, str]

    def __call__(self, key: str, **values: object) -> str:
        """The text of that key, filled in; KeyError when there is none."""
        text = self.table[key]
        return text.format(**values) if values else text

    def get(self, key: str) -> str | None:
        """The text, or None: for words that arrive with the data and may be new."""
        return self.table.get(key)


@cache
def load_texts(language: str) -> Texts:
    """The texts of a language.

    Raises:
        ValueError: no such language, or two files give one key.
    """
    if language not in LANGUAGES:
        raise ValueError(f"no language {language!r}: use one of {', '.join(LANGUAGES)}")
    table: dict[str, str] = {}
    folder = resources.files("dashboard.web.i18n").joinpath(language)
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        texts = _flat(tomllib.loads(file.read_text("utf-8")))
        if twice := sorted(texts.keys() & table.keys()):
            raise ValueError(f"{language}/{file.name}: other files give {', '.join(twice)} too")
        table |= texts
    return Texts(language, table)


def _flat(table: dict[str, Any], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = str(value)
    return flat
