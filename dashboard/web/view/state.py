"""What a person can choose, all of it in the query string."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import parse_qsl, quote, urlencode
from zoneinfo import ZoneInfo

from dashboard.errors import DashboardError
from dashboard.web.figures.theme import GROUNDS, PALETTES, Ground, Palette
from dashboard.web.i18n import LANGUAGES

# Kept when one goes from page to page; filters belong to their page.
_KEPT = ("lang", "at", "kiosk", "theme", "palette")
NIGHT_PATTERN = r"^(off|([01]?[0-9]|2[0-3])-([01]?[0-9]|2[0-3]))$"
_NIGHT = re.compile(NIGHT_PATTERN)


class BadQueryError(DashboardError):
    """A parameter of the address cannot be used.

    Attributes:
        name: the parameter.
        value: as it came.
        hint: what would be right.
    """

    def __init__(self, name: str, value: str, hint: str) -> None:
        super().__init__(f"{name}={value!r} cannot be used: {hint}")
        self.name, self.value, self.hint = name, value, hint


@dataclass(frozen=True)
class ViewState:
    """The query string of a page.

    Attributes:
        language: language of the page.
        query: all parameters as they came, the last of repeated ones.
        ground: dark or light; the wall is always dark.
    """

    language: str
    query: Mapping[str, str] = field(default_factory=dict)
    ground: Ground = "dark"

    @classmethod
    def parse(
        cls, search: str | None, *, default_language: str, default_ground: Ground = "dark"
    ) -> ViewState:
        """From ``?a=b&c=d``; an unknown language or theme becomes the default."""
        query = dict(parse_qsl((search or "").removeprefix("?")))
        language = query.get("lang", default_language)
        ground = next((g for g in GROUNDS if g == query.get("theme")), default_ground)
        return cls(language if language in LANGUAGES else default_language, query, ground)

    @property
    def palette(self) -> Palette:
        """Status colours: standard, or for the colour-blind."""
        return next((p for p in PALETTES if p == self.query.get("palette")), "standard")

    @property
    def kiosk(self) -> bool:
        """Controls are hidden."""
        return self.query.get("kiosk") == "full"

    def night(self, default: str) -> str:
        """Local hours in which a kiosk dims: ``22-6``, or ``off``; what is neither is left out."""
        said = self.query.get("night", "")
        return said if _NIGHT.fullmatch(said) else default

    @property
    def at_text(self) -> str | None:
        """``at`` as it came."""
        return self.query.get("at") or None

    def at(self, zone: ZoneInfo) -> datetime | None:
        """The moment asked for; without an offset it is in ``zone``.

        Raises:
            BadQueryError: not an ISO 8601 time.
        """
        return parse_moment(self.at_text, zone) if self.at_text else None

    def href(self, path: str, **changes: str | None) -> str:
        """An address that keeps language, moment and kiosk mode; None takes a parameter out."""
        kept: dict[str, str | None] = {
            name: self.query[name] for name in _KEPT if name in self.query
        }
        return _address(path, kept | changes)

    def here(self, path: str, **changes: str | None) -> str:
        """The page at ``path`` with all that was chosen on it; None takes a parameter out."""
        return _address(path, dict(self.query) | changes)


def parse_moment(text: str, zone: ZoneInfo) -> datetime:
    """An ISO 8601 time; a ``+`` that arrived as a space is mended.

    Raises:
        BadQueryError: it is not one.
    """
    head, _, tail = text.partition("T")
    mended = f"{head}T{tail.replace(' ', '+')}" if tail else text
    try:
        moment = datetime.fromisoformat(mended)
    except ValueError as error:
        raise BadQueryError("at", text, "use ISO 8601, such as 2026-11-21T15:00+08:00") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _address(path: str, query: Mapping[str, str | None]) -> str:
    said = {name: value for name, value in query.items() if value is not None}
    return f"{path}?{urlencode(said)}" if said else path


def path_to(page: str, key: str) -> str:
    """``/cells/<key>``; a key may hold any character."""
    return f"/{page}/{quote(key, safe='')}"
