"""Why a cell is at risk, in plain words: what the model weighed, against the cell's own normal."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from dashboard.plain import absent
from dashboard.web.context import Look
from dashboard.web.view import words as w
from dashboard.web.view.words import Words
from forecasting.cells.drivers import describe

SHOWN = 8
# Sums of weighted strays and fading counts are the model's own: their numbers tell people nothing.
_COUNTS = ("tickets", "alarms", "works", "events", "static")
_FADING = ("tickets_fresh", "tickets_decayed", "generation")
_EDGE = 1e-6  # 0 and 1 have no place on the scale


@dataclass(frozen=True)
class Step:
    """One step of the way from the usual probability to this cell's.

    Attributes:
        label: what was looked at.
        evidence: its value against the normal one, in words; empty when it has none to show.
        before: place on the scale before this step.
        after: place after it.
        factor: by how much the step multiplies the expected complaints, as text.
    """

    label: str
    evidence: str
    before: float
    after: float
    factor: str


@dataclass(frozen=True)
class Waterfall:
    """From the usual probability of cells, over what moved it, to this cell's.

    The model adds up on the logarithm of the expected complaints, before calibration; so does this
    (see ``scale``): ``base`` plus the drivers' steps plus ``other`` is ``end``. What calibration,
    the cell's size and the smaller reasons do is the remainder, ``other``. For rare complaints the
    scale is that of log-odds; where they are likely it still adds up.

    Attributes:
        base: place of the median cell.
        steps: the drivers, the strongest first.
        other: the remainder.
        end: place of this cell.
        cells: how many cells the median is of.
    """

    base: float
    steps: tuple[Step, ...]
    other: float
    end: float
    cells: int

    @property
    def rest(self) -> Step:
        """The remainder as a step; its label is given by who shows it."""
        return Step("", "", self.end - self.other, self.end, factor(self.other))


def scale(probability: float) -> float:
    """``ln(-ln(1 - p))``: logarithm of the count whose probability of at least one is ``p``.

    Counts are Poisson: ``p = 1 - exp(-count)`` (complementary log-log). 0 and 1 are moved in by a
    millionth.
    """
    p = min(max(probability, _EDGE), 1 - _EDGE)
    return math.log(-math.log1p(-p))


def probability_of(place: float) -> float:
    """The probability at a place of the scale."""
    return -math.expm1(-math.exp(place))


def factor(contribution: float) -> str:
    """``×6.69``: what a contribution multiplies the expected complaints by."""
    return f"×{w.measure(math.exp(max(min(contribution, 20.0), -20.0)))}"


def waterfall_of(look: Look, cell_id: str, probability: float | None) -> Waterfall | None:
    """The way to the cell's probability; None without drivers (only red and yellow cells have any).

    Args:
        look: the snapshot.
        cell_id: the cell.
        probability: the cell's.
    """
    rows = look.snapshot.rows("drivers", {"cell_id": cell_id})[:SHOWN]
    usual = look.snapshot.rows("usual_probability")[0]
    if not rows or probability is None or absent(probability) or absent(usual["median"]):
        return None
    at = base = scale(usual["median"])
    end, steps = scale(probability), []
    for row in rows:
        added = float(row["contribution"] or 0.0)
        steps.append(_step(look.words, row, at, at + added))
        at += added
    return Waterfall(base, tuple(steps), end - at, end, int(usual["cells"]))


def _step(words: Words, row: dict[str, Any], before: float, after: float) -> Step:
    value, normal = row["value"], row["normal"]
    kpi = words.kpi(row["kpi"]) if row["kpi"] else None
    shown, evidence = label(words, row["feature"]), _evidence(words, row)
    if kpi is not None and not absent(value) and not absent(normal):
        # A value against the usual one says more than the name of what the model looked at.
        evidence = words.texts(
            "driver.against",
            value=words.with_unit(value, kpi),
            normal=words.with_unit(normal, kpi),
        )
    return Step(shown, evidence, before, after, factor(after - before))


def label(words: Words, feature: str) -> str:
    """What a feature is about, in words; a new one is told by its kind, never by its raw name."""
    about = describe(feature, words.catalogue)
    if about.place is not None:
        inner = label(words, feature.partition(":")[2])
        around = words.texts.get(f"driver_place.{about.place}")
        return around.format(what=inner) if around else inner
    window = words.texts.get(f"window.{about.window}") or ""
    if about.kpi is not None:
        name = words.kpi_label(about.kpi)
        kind = about.measure if words.texts.get(f"driver_kpi.{about.measure}") else "other"
        return words.texts(f"driver_kpi.{kind}", kpi=name, window=window).strip()
    own = words.texts.get(f"driver_feature.{feature}")
    if own is not None:
        return own
    if about.kind == "group":
        group = feature.rpartition(".")[0] or "all"
        name = words.texts.get(f"kpi_group.{group}") or words.texts("kpi_group.all")
        return words.texts("driver_kpi.group", group=name, window=window).strip()
    return words.texts(f"driver_kind.{about.kind}", window=window).strip()


def _evidence(words: Words, row: dict[str, Any]) -> str:
    value, normal, feature = row["value"], row["normal"], row["feature"]
    if absent(value):
        return ""
    kpi = words.kpi(row["kpi"]) if row["kpi"] else None
    if kpi is not None:
        return words.with_unit(value, kpi)
    about = describe(feature, words.catalogue)
    if about.kind not in _COUNTS or about.place is not None or feature in _FADING:
        return ""
    unit = words.texts("unit.hours") if feature.endswith("_h") else ""
    if absent(normal):
        return f"{w.measure(value)}{unit}"
    return words.texts(
        "driver.median", value=f"{w.measure(value)}{unit}", median=f"{w.measure(normal)}{unit}"
    )
