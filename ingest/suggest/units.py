"""From the source's unit to the canonical one: by the unit that is written there, else by range."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from ingest.contracts import Column
from ingest.suggest.content import Facts
from ingest.suggest.model import Sure

_RATES = {
    "bps": 1e-6, "bit/s": 1e-6, "kbps": 1e-3, "kbit/s": 1e-3, "mbps": 1.0, "mbit/s": 1.0,
    "gbps": 1e3, "gbit/s": 1e3, "kb/s": 8e-3, "mb/s": 8.0, "kbyte/s": 8e-3, "mbyte/s": 8.0,
}  # fmt: skip
_VOLUMES = {
    "b": 1e-9, "byte": 1e-9, "bytes": 1e-9, "kb": 1e-6, "kbyte": 1e-6, "kbytes": 1e-6, "mb": 1e-3,
    "mbyte": 1e-3, "mbytes": 1e-3, "gb": 1.0, "gbyte": 1.0, "tb": 1e3, "kbit": 1.25e-7,
    "mbit": 1.25e-4, "gbit": 0.125, "bit": 1.25e-10,
}  # fmt: skip
_DELAYS = {"ms": 1.0, "毫秒": 1.0, "s": 1e3, "秒": 1e3, "us": 1e-3, "μs": 1e-3, "微秒": 1e-3}
_PERIODS = {
    "min": 1.0, "minutes": 1.0, "分钟": 1.0, "s": 1 / 60, "sec": 1 / 60, "seconds": 1 / 60,
    "秒": 1 / 60, "h": 60.0, "小时": 60.0,
}  # fmt: skip
_WRITTEN = re.compile(r"(?i)[_ ]([kmg]?bps|[kmg]?bit/s|ms|[kmgt]b|kbit|mbit|gbit|s|min)$")
_SUCCESS = ("availability_pct", "accessibility_pct", "handover_success_pct")


@dataclass(frozen=True)
class Unit:
    """``number * scale + offset`` is in the canonical unit; ``why`` and how sure."""

    scale: float = 1.0
    offset: float = 0.0
    why: str = ""
    sure: Sure = "high"


def find_unit(column: Column, name: str, unit: str, facts: Facts, *, inverse: bool) -> Unit | None:
    """The unit of a column of numbers; None when no unit brings it into the valid range."""
    told = unicodedata.normalize("NFKC", unit).strip().casefold()
    if not told and (match := _WRITTEN.search(name)):
        told = match[1].casefold()
    for guess in _guesses(column, told, facts):
        scale, offset = guess.scale, guess.offset
        if inverse:
            scale, offset = -scale, 100.0
        if _in_range(column, facts, scale, offset):
            why = "; ".join(filter(None, [guess.why, "100 - x: its name is of the opposite rate"]))
            return Unit(scale, offset, why if inverse else guess.why, guess.sure)
    return None


def _guesses(column: Column, told: str, facts: Facts) -> list[Unit]:
    name = column.name
    if name.endswith("_pct"):
        return _percent(told, facts, success=name in _SUCCESS)
    for end, units in (("_mbps", _RATES), ("_gb", _VOLUMES), ("_ms", _DELAYS), ("_min", _PERIODS)):
        if name.endswith(end):
            if told in units:
                return [Unit(units[told], 0.0, f"the unit {told} is written there")]
            return _by_range(end, facts)
    return [Unit()]


def _percent(told: str, facts: Facts, *, success: bool) -> list[Unit]:
    if told in ("%", "percent", "pct"):
        return [Unit(why="the unit % is written there")]
    if any(value.endswith("%") for value in facts.values):
        return []  # text with a sign is no number for the loader
    if facts.high > 1.0:
        return [Unit(why=f"from {facts.low:g} to {facts.high:g}: per cent", sure="high")]
    if success or facts.middle > 0.5:
        return [Unit(100.0, 0.0, f"from {facts.low:g} to {facts.high:g}: fractions", "medium")]
    why = f"from {facts.low:g} to {facts.high:g}: read as per cent, could be fractions"
    return [Unit(why=why, sure="low"), Unit(100.0, 0.0, why, "low")]


def _by_range(end: str, facts: Facts) -> list[Unit]:  # noqa: PLR0911 - one per range
    span = f"no unit is written; the median is {facts.middle:g}"
    if end == "_mbps":
        if facts.middle > 2e4:
            return [Unit(1e-6, 0.0, f"{span}: bit/s", "medium")]
        if facts.middle > 600:
            return [Unit(1e-3, 0.0, f"{span}: kbit/s", "medium")]
        return [Unit(why=f"{span}: Mbit/s", sure="medium")]
    if end == "_gb":
        for low, scale, unit in ((1e7, 1e-9, "bytes"), (1e5, 1e-6, "kB"), (500.0, 1e-3, "MB")):
            if facts.middle > low:
                return [Unit(scale, 0.0, f"{span}: {unit}", "low")]
        return [Unit(why=f"{span}: GB", sure="medium")]
    if end == "_min":
        seconds = facts.high > 1440 or (facts.low >= 300 and facts.low % 60 == 0)
        if seconds:
            return [Unit(1 / 60, 0.0, f"{span}: seconds", "medium")]
        return [Unit(why=f"{span}: minutes", sure="medium")]
    if facts.high < 2:
        return [Unit(1e3, 0.0, f"{span}: seconds", "low"), Unit()]
    return [Unit(why=f"{span}: ms", sure="medium")]


def _in_range(column: Column, facts: Facts, scale: float, offset: float) -> bool:
    inside = sum(column.low <= n * scale + offset <= column.high for n in facts.numbers)
    return inside >= 0.95 * len(facts.numbers)
