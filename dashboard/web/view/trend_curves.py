"""From the numbers of the page to the figures of its charts."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from dashboard.trends.settings import TrendsSettings
from dashboard.web.context import Look
from dashboard.web.figures.theme import Figure
from dashboard.web.figures.trend_parts import Axis, Band, Curve, Scale, value_ticks
from dashboard.web.figures.trends import stacked_figure, trend_figure
from dashboard.web.view import trend_words as tw
from dashboard.web.view.trend_choice import Choice, newest_day
from dashboard.web.view.trends import (
    Trends,
    axis_of,
    chosen_parts,
    classes,
    marks_of,
    part,
    works_in,
)
from dashboard.web.view.words import NOTHING, Words

SMALL = ("tickets", "low_share", "satisfaction_share", "timely_rate", "repeat_rate", "replies")
"""The small multiples; the rate takes the place of the one that the main chart shows."""
# Room for names beside a small multiple: all of them have the same plot.
_RIGHT = 72
_FORECAST = {"rate_per_10k": "rate_", "tickets": ""}


@dataclass(frozen=True)
class Drawing:
    """What all charts of one page share.

    Attributes:
        look: words and colours.
        choice: what is shown.
        found: the numbers.
        size: of type; 1 at 1080 lines.
        height: pixels of the main chart's box.
        small: pixels of a small one's.
    """

    look: Look
    choice: Choice
    found: Trends
    size: float
    height: float
    small: float

    @property
    def words(self) -> Words:
        """Texts and zone."""
        return self.look.words

    @property
    def coming(self) -> pd.DataFrame:
        """The forecast, where the range reaches the present."""
        ahead, query = self.found.ahead, self.choice.query
        if ahead.empty or query.last < newest_day(self.look):
            return ahead.iloc[:0]
        # As far ahead as a quarter of what lies behind: the past stays the larger part.
        most = max(2, len(self.found.table) // 4)
        return ahead.head(most)

    def axis(self, ticks: int) -> Axis:
        """The time axis of all charts: it reaches as far as the forecast; with so many names."""
        coming = self.coming
        until = None if coming.empty else coming["period_start"].iloc[-1]
        return axis_of(self.words, self.found, ticks, until)

    def periods(self) -> list[str]:
        """The periods in words; one that is not over says so."""
        by, query = self.choice.query.by, self.found.table
        said = []
        for first, last, whole in zip(
            query["period_start"], query["period_end"], query["complete"], strict=True
        ):
            text = tw.period(self.words, by, first, last)
            said.append(text if whole else f"{text} · {self.words.texts('trends_line.incomplete')}")
        return said


def main_figure(drawing: Drawing) -> Figure:
    """The chosen measure, alone with last year, target and forecast, or its parts side by side."""
    found, words, theme = drawing.found, drawing.words, drawing.look.theme
    measure = drawing.choice.measure
    if found.parts is not None:
        curves = _parts(drawing, measure)
        return _drawn(drawing, measure, curves, height=drawing.height)
    table, texts = found.table, words.texts
    days = list(table["period_start"])
    curves = []
    then = table.get(f"{measure}_last_year")
    if then is not None and then.notna().any():
        hover = [f"{texts('trends_line.last_year')} {tw.value(words, measure, v)}" for v in then]
        curves.append(
            Curve(texts("trends_line.last_year"), days, list(then), theme.muted, (), "thin", hover)
        )
        if measure == "rate_per_10k":
            curves.append(_target(drawing, list(then)))
    curves.append(_now(drawing, measure, label=True))
    band = None
    if measure in _FORECAST and not drawing.coming.empty:
        band = _band(drawing, measure)
        curves.append(_forecast(drawing, measure))
    return _drawn(drawing, measure, curves, height=drawing.height, band=band, marks=True)


def small_figure(drawing: Drawing, measure: str) -> Figure:
    """A small multiple; shares of satisfaction and times to reply have forms of their own."""
    found, words, theme = drawing.found, drawing.words, drawing.look.theme
    texts = words.texts
    if measure == "satisfaction_share":
        return _satisfaction(drawing)
    days = list(found.table["period_start"])
    if measure == "replies":
        curves = [
            _line(drawing, "reply_p95_min", texts("trends_line.p95"), theme.categories[1]),
            _line(drawing, "reply_p80_min", texts("trends_line.p80"), theme.categories[0]),
        ]
        return _drawn(drawing, "reply_p80_min", curves, height=drawing.small)
    curves = []
    then = found.table.get(f"{measure}_last_year")
    if then is not None and then.notna().any():
        hover = [f"{texts('trends_line.last_year')} {tw.value(words, measure, v)}" for v in then]
        curves.append(
            Curve(texts("trends_line.last_year"), days, list(then), theme.muted, (), "thin", hover)
        )
    curves.append(_now(drawing, measure, label=False))
    return _drawn(drawing, measure, curves, height=drawing.small)


def scale_of(words: Words, measure: str, values: Sequence[float], wanted: int = 4) -> Scale:
    """Range, ticks and writing of a measure: counts and rates from zero, shares where they are."""
    known = [v for v in values if v is not None and math.isfinite(v)]
    lower, upper = (min(known), max(known)) if known else (0.0, 1.0)
    write: Callable[[float], str] = _short
    if measure in tw.SHARES:
        room = max(0.15 * (upper - lower), 0.01)
        lower, upper = max(0.0, lower - room), min(1.0, upper + room)
        if upper - lower < 0.02:
            lower = max(0.0, upper - 0.02)
        write = _percent
    elif measure == "satisfaction":
        room = max(0.15 * (upper - lower), 0.2)
        lower, upper = max(1.0, lower - room), min(10.0, upper + room)
    elif measure in tw.MINUTES:
        lower, upper = 0.0, 1.12 * upper or 1.0
        factor, unit = (60.0, "hour") if upper >= 120 else (1.0, "min")
        name = words.texts(f"trends_unit.{unit}")
        ticks = [factor * tick for tick in value_ticks(0, upper / factor, wanted)]
        return Scale(lower, upper, lambda v: f"{_short(v / factor)} {name}", ticks)
    else:
        # Lines, not columns: they may begin above zero, so that changes are seen.
        room = 0.35 * (upper - lower) or 0.2 * upper or 0.5
        lower, upper = max(0.0, lower - room), upper + room
    return Scale(lower, upper, write, value_ticks(lower, upper, wanted))


def target_change(drawing: Drawing) -> float:
    """What a year is to bring; -0.15: 15 % less."""
    policy = drawing.look.snapshot.manifest.policy.get("trends") or {}
    return TrendsSettings.model_validate(policy).target_change


def _drawn(
    drawing: Drawing,
    measure: str,
    curves: Sequence[Curve],
    *,
    height: float,
    band: Band | None = None,
    marks: bool = False,
) -> Figure:
    values: list[float] = []
    for curve in curves:
        values += list(curve.values)
    if band is not None:
        values += [*band.lower, *band.upper]
    words, found = drawing.words, drawing.found
    return trend_figure(
        curves,
        axis=drawing.axis(9 if height > drawing.small else 4),
        scale=scale_of(words, measure, values, 5 if height > 250 * drawing.size else 3),
        theme=drawing.look.theme,
        height=height,
        size=drawing.size,
        band=band,
        marks=marks_of(words, found) if marks else (),
        right=None if height > drawing.small else _RIGHT * drawing.size,
    )


def _now(drawing: Drawing, measure: str, *, label: bool) -> Curve:
    words, found = drawing.words, drawing.found
    values = found.drawn(found.table[measure])
    works = works_in(found)
    hover = []
    for period, value, count in zip(drawing.periods(), values, works, strict=True):
        lines = [f"<b>{period}</b>", f"{_name(words, measure)} {tw.value(words, measure, value)}"]
        if label and count:
            kind = words.texts("trends_mark.works")
            lines.append(words.texts("trends_mark.many", kind=kind, n=count))
        hover.append("<br>".join(lines))
    at = found.current if label else None
    compared = bool(found.table[f"{measure}_last_year"].notna().any())
    return Curve(
        words.texts("trends_line.now") if compared else "",
        list(found.table["period_start"]),
        values,
        drawing.look.theme.series,
        [not whole for whole in found.table["complete"]],
        "main" if label else "line",
        hover,
        None if at is None else (at, tw.value(words, measure, values[at])),
    )


def _line(drawing: Drawing, measure: str, label: str, colour: str) -> Curve:
    words, table = drawing.words, drawing.found.table
    values = drawing.found.drawn(table[measure])
    told = zip(drawing.periods(), values, strict=True)
    hover = [f"<b>{period}</b><br>{label} {tw.value(words, measure, v)}" for period, v in told]
    open_ = [not whole for whole in table["complete"]]
    return Curve(label, list(table["period_start"]), values, colour, open_, "line", hover)


def _target(drawing: Drawing, last_year: Sequence[float]) -> Curve:
    words = drawing.words
    change = target_change(drawing)
    label = words.texts("trends_line.target", percent=f"{abs(100 * change):.0f}")
    values = [float(v) * (1 + change) for v in last_year]
    hover = [f"{label} {tw.value(words, 'rate_per_10k', v)}" for v in values]
    days = list(drawing.found.table["period_start"])
    return Curve(label, days, values, drawing.look.theme.accent, (), "dash", hover)


def _joint(drawing: Drawing, measure: str) -> tuple[date, float] | None:
    """The last whole period before the forecast: line and band begin there, not in the air."""
    table = drawing.found.table
    whole = table[table["complete"] & table[measure].notna()]
    if whole.empty or whole["period_start"].iloc[-1] >= drawing.coming["period_start"].iloc[0]:
        return None
    return whole["period_start"].iloc[-1], float(whole[measure].iloc[-1])


def _band(drawing: Drawing, measure: str) -> Band:
    coming, name = drawing.coming, _FORECAST[measure]
    joint = _joint(drawing, measure)
    start = [] if joint is None else [joint]
    return Band(
        [*(day for day, _ in start), *coming["period_start"]],
        [*(value for _, value in start), *coming[f"{name}lower"]],
        [*(value for _, value in start), *coming[f"{name}upper"]],
    )


def _forecast(drawing: Drawing, measure: str) -> Curve:
    words, coming, name = drawing.words, drawing.coming, _FORECAST[measure]
    label = words.texts("trends_line.forecast")
    joint = _joint(drawing, measure)
    days, values = ([joint[0]], [joint[1]]) if joint else ([], [])
    hover = [""] * len(days)
    for row in coming.to_dict("records"):
        low, mean, high = (row[f"{name}{end}"] for end in ("lower", "mean", "upper"))
        period = tw.period(words, drawing.choice.query.by, row["period_start"], row["period_end"])
        ends = " – ".join(tw.value(words, measure, v) for v in (low, high))
        days.append(row["period_start"])
        values.append(float(mean))
        hover.append(f"<b>{period}</b><br>{label} {tw.value(words, measure, mean)} ({ends})")
    return Curve(label, days, values, drawing.look.theme.forecast, (), "dot", hover)


def _parts(drawing: Drawing, measure: str) -> list[Curve]:
    found, words, theme = drawing.found, drawing.words, drawing.look.theme
    [dimension] = found.query.split
    chosen, others = chosen_parts(found)
    periods = drawing.periods()
    open_ = [not whole for whole in found.table["complete"]]
    curves = []
    for number, value in [*((None, v) for v in others), *reversed(list(enumerate(chosen)))]:
        rows = part(found, value)
        name = tw.name_of(words, dimension, value, dict(found.regions))
        values = found.drawn(rows[measure])
        told = zip(periods, values, strict=True)
        hover = [f"<b>{name}</b> {tw.value(words, measure, v)} · {period}" for period, v in told]
        curves.append(
            Curve(
                "" if number is None else name,
                list(found.table["period_start"]),
                values,
                theme.muted if number is None else theme.categories[number % len(theme.categories)],
                open_,
                "faint" if number is None else "line",
                hover,
            )
        )
    return curves


def _satisfaction(drawing: Drawing) -> Figure:
    found, words, theme = drawing.found, drawing.words, drawing.look.theme
    shares = classes(found)
    # One hue from weak to strong: an order, not three kinds.
    colours = {"low": theme.ticket, "mid": theme.normal_band, "high": theme.categories[3]}
    inks = {"low": theme.ticket, "mid": theme.muted, "high": theme.categories[3]}
    days = list(found.table["period_start"])
    parts = []
    for name, counted in shares.items():
        values = found.drawn(counted)
        label = words.texts(f"trends_line.{name}")
        told = zip(drawing.periods(), values, strict=True)
        hover = [
            f"<b>{period}</b><br>{label} {tw.share(v) if np.isfinite(v) else NOTHING}"
            for period, v in told
        ]
        parts.append((Curve(label, days, values, colours[name], (), "line", hover), inks[name]))
    scale = Scale(0, 1, _percent, (0, 0.25, 0.5, 0.75, 1))
    return stacked_figure(
        [curve for curve, _ in parts], axis=drawing.axis(4), scale=scale, theme=theme,
        size=drawing.size, right=_RIGHT * drawing.size, inks=[ink for _, ink in parts],
    )  # fmt: skip


def _name(words: Words, measure: str) -> str:
    return words.texts(f"trends_measure.{measure}")


def _short(value: float) -> str:
    return f"{value:,.10g}"


def _percent(value: float) -> str:
    text = f"{100 * value:.1f}".rstrip("0").rstrip(".")
    return f"{text}%"
