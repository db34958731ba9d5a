"""Numbers, times and names as people read them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from dashboard.plain import absent
from dashboard.web.i18n import Texts
from ingest.catalogue import Catalogue, Kpi

NOTHING = "—"


def number(value: float | None, digits: int = 0) -> str:
    """With thousands separators; a dash when unknown."""
    return NOTHING if value is None or absent(value) else f"{value:,.{digits}f}"


def percent(probability: float | None) -> str:
    """A probability as whole percent; tiny ones as ``<1%``."""
    if probability is None or absent(probability):
        return NOTHING
    if 0 < probability < 0.01:
        return "<1%"
    # 99.6 % is not certain.
    return f"{min(round(100 * probability), 99) if probability < 1 else 100}%"


def expected(value: float | None) -> str:
    """An expected number of complaints: two digits below ten, none from a hundred on."""
    if value is None or absent(value):
        return NOTHING
    return number(value, 2 if value < 10 else 1 if value < 100 else 0)


def measure(value: float | None) -> str:
    """A KPI's value with at most three significant digits."""
    if value is None or absent(value):
        return NOTHING
    if value == 0:
        return "0"
    digits = max(0, min(3, 2 - math.floor(math.log10(abs(value)))))
    text = number(value, digits)
    return text.rstrip("0").rstrip(".") if "." in text else text


@dataclass(frozen=True)
class Words:
    """Texts of one language together with the operator's zone and catalogue."""

    texts: Texts
    zone: ZoneInfo
    catalogue: Catalogue

    @property
    def language(self) -> str:
        """``zh`` or ``en``."""
        return self.texts.language

    def day(self, day: date, *, year: bool = False) -> str:
        """``11月21日 周六`` or ``Sat 21 Nov``; with ``year``, ``2026年11月21日 周六``."""
        weekday = self.texts(f"weekday.{day.isoweekday()}")
        month = self.texts(f"month.{day.month}")
        key = "format.day_of_year" if year else "format.day"
        return self.texts(key, year=day.year, month=month, day=day.day, weekday=weekday)

    def time(self, moment: datetime) -> str:
        """``15:00``."""
        return f"{moment.astimezone(self.zone):%H:%M}"

    def moment(self, moment: datetime | None) -> str:
        """``11月21日 周六 15:00``; a dash when unknown."""
        if moment is None or absent(moment):
            return NOTHING
        return f"{self.day(moment.astimezone(self.zone).date())} {self.time(moment)}"

    def full_moment(self, moment: datetime) -> str:
        """With the year."""
        day = moment.astimezone(self.zone).date()
        return f"{self.day(day, year=True)} {self.time(moment)}"

    def short_moment(self, moment: datetime | None, now: datetime) -> str:
        """Only the time when it is the same local day; with the year when it is another one."""
        if moment is None or absent(moment):
            return NOTHING
        day, today = moment.astimezone(self.zone).date(), now.astimezone(self.zone).date()
        if day == today:
            return self.time(moment)
        return self.moment(moment) if day.year == today.year else self.full_moment(moment)

    def kpi(self, name: str) -> Kpi | None:
        """The catalogue's entry, None for a KPI it does not know."""
        return self.catalogue[name] if name in self.catalogue.names else None

    def kpi_label(self, name: str) -> str:
        """The KPI's label; its column name when the catalogue does not know it."""
        kpi = self.kpi(name)
        return name if kpi is None else kpi.zh if self.language == "zh" else kpi.en

    def unit(self, kpi: Kpi) -> str:
        """The unit as read; some are words."""
        return self.texts.get(f"unit.{kpi.unit}") or kpi.unit

    def with_unit(self, value: float | None, kpi: Kpi) -> str:
        """``0.42%``, ``38.1 Mbit/s``."""
        if value is None or absent(value):
            return NOTHING
        gap = "" if kpi.unit == "%" else " "
        return f"{measure(value)}{gap}{self.unit(kpi)}"

    def code(self, group: str, code: str | None) -> str:
        """A word that arrives as a code (a channel, a technology); itself when it has no text."""
        if code is None or absent(code) or code == "":
            return NOTHING
        return self.texts.get(f"{group}.{code}") or str(code)

    def status(self, status: str, mode: str) -> str:
        """The status in one word; regions judged by tickets alone have words of their own."""
        return self.texts(f"status_{mode}.{status}")

    def cause(self, cause: str | None) -> str:
        """Why a cell is at risk, in a few words."""
        if cause is None or absent(cause) or cause == "":
            return self.texts("cause.unclear")
        kpi = self.kpi(cause)
        if kpi is not None:
            return self.texts("cause.kpi", kpi=self.kpi_label(cause))
        return self.code("cause", cause)
