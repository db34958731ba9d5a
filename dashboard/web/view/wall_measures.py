"""Today's complaint measures, and what became of the newest forecast that could be judged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from dashboard.trends.today import Band, Figure, Today, today
from dashboard.web.context import Look
from dashboard.web.view import words as w
from dashboard.web.view.wall_scope import Scope


@dataclass(frozen=True)
class Gauge:
    """A value against the band it was expected in, as places from 0 to 1 on one scale.

    Attributes:
        value: where the value stands.
        lower: where the band begins.
        upper: where it ends.
    """

    value: float
    lower: float
    upper: float


@dataclass(frozen=True)
class Measure:
    """One measure of complaints.

    Attributes:
        key: ``rate``, ``timely``, ``repeat`` or ``satisfaction``.
        number: as text, without unit; a dash when unknown.
        unit: beside the number.
        note: span, band or change beside it.
        worse: the value is out of its band, or changed, for the worse; None: neither or unknown.
        gauge: of the rate; None elsewhere, or when unknown.
        help: the definition.
    """

    key: str
    number: str
    unit: str
    note: str
    worse: bool | None
    gauge: Gauge | None
    help: str


@dataclass(frozen=True)
class Judged:
    """Fates of the newest judged day's cells.

    Attributes:
        head: which forecast it was, in words.
        numbers: hits, misses and false alarms as text; dashes while none was judged.
        help: the definitions, with treated and watched cells.
    """

    head: str
    numbers: tuple[tuple[str, str], ...]
    help: str


def measures(look: Look, scope: Scope) -> tuple[Measure, ...]:
    """The four measures; what is unknown says so."""
    found = today(look.snapshot, region_id=scope.region_id)
    return (
        _rate(look, found),
        _share(look, "timely", found.timely, more_is_worse=False),
        _share(look, "repeat", found.repeat, more_is_worse=True),
        _score(look, found.satisfaction),
    )


def _rate(look: Look, found: Today) -> Measure:
    texts = look.words.texts
    band = found.rate_so_far
    if found.rate_per_10k is None:
        # Without subscribers the tickets themselves are told.
        number = w.number(found.tickets)
        note = texts("measure.unknown") if found.tickets is None else _band(look, found.so_far)
        scale = _gauge(found.tickets, found.so_far)
        key = "tickets"
    else:
        number, note = _two(found.rate_per_10k), _band(look, band)
        scale, key = _gauge(found.rate_per_10k, band), "rate"
    worse = {"above": True, "below": False}.get(found.verdict or "")
    return Measure(
        "rate", number, "", note, worse, scale,
        texts(f"measure.{key}_help", tickets=w.number(found.tickets), day=_day_band(found)),
    )  # fmt: skip


def _two(value: float) -> str:
    """Two digits behind the point below ten, so that the width stays."""
    return w.number(value, 2 if value < 10 else 1)


def _band(look: Look, band: Band | None) -> str:
    if band is None:
        return look.words.texts("measure.no_band")
    digits = 2 if band.upper < 10 and band.upper % 1 else 0
    ends = f"{w.number(band.lower, digits)}–{w.number(band.upper, digits)}"
    return look.words.texts("measure.band", ends=ends)


def _day_band(found: Today) -> str:
    if found.day is None:
        return w.NOTHING
    return f"{w.number(found.day.mean)} ({w.number(found.day.lower)}–{w.number(found.day.upper)})"


def _gauge(value: float | None, band: Band | None) -> Gauge | None:
    """A third of the scale is left free on the side the value does not need."""
    if value is None or band is None or band.upper <= 0:
        return None
    most = 1.15 * max(value, band.upper)
    return Gauge(value / most, band.lower / most, band.upper / most)


def _share(look: Look, key: str, figure: Figure, *, more_is_worse: bool) -> Measure:
    texts = look.words.texts
    help_text = texts(f"measure.{key}_help", n=w.number(figure.count), days=figure.days)
    if figure.value is None:
        return Measure(key, w.NOTHING, "", texts("measure.unknown"), None, None, help_text)
    number = w.number(100 * figure.value, 1)
    if figure.before is None:
        note, worse = texts("measure.span", days=figure.days), None
    else:
        points = round(100 * (figure.value - figure.before), 1)
        note = texts("measure.change", change=_signed(points))
        worse = None if points == 0 else (points > 0) == more_is_worse
    return Measure(key, number, "%", note, worse, None, help_text)


def _score(look: Look, figure: Figure) -> Measure:
    texts = look.words.texts
    help_text = texts("measure.satisfaction_help", n=w.number(figure.count), days=figure.days)
    if figure.value is None:
        unknown = texts("measure.unknown")
        return Measure("satisfaction", w.NOTHING, "", unknown, None, None, help_text)
    if figure.before is None:
        note, worse = texts("measure.span", days=figure.days), None
    else:
        points = round(figure.value - figure.before, 1)
        note = texts("measure.change_score", change=_signed(points))
        worse = None if points == 0 else points < 0
    return Measure("satisfaction", w.number(figure.value, 1), "", note, worse, None, help_text)


def _signed(points: float) -> str:
    sign = "+" if points > 0 else "−" if points < 0 else "±"
    return f"{sign}{abs(points):.1f}"


def judged(look: Look, scope: Scope) -> Judged:
    """The newest forecast whose horizon is over: a day's first, judged 12 hours after its end."""
    texts, manifest = look.words.texts, look.snapshot.manifest
    newest = look.snapshot.rows("wall_judged")[0]
    if newest["day"] is None:
        names = ("hit", "miss", "false_alarm")
        dashes = tuple((texts(f"judged.{name}"), w.NOTHING) for name in names)
        return Judged(texts("judged.none"), dashes, texts("judged.none_help"))
    found = look.snapshot.rows("wall_fates", scope.parameters)
    row = (
        found[0]
        if found
        else dict.fromkeys(
            ("hits", "misses", "false_alarms", "treated", "treated_not", "watched"), 0
        )
    )
    treated = row["treated"] + row["treated_not"]
    zone = look.words.zone
    ended = (newest["as_of"] + timedelta(hours=manifest.horizon_h)).astimezone(zone)
    day = look.words.day(ended.date())
    # A horizon that ends at midnight ends the day before.
    last = (ended - timedelta(minutes=1)).date()
    ago = (manifest.as_of.astimezone(zone).date() - last).days
    head = texts("judged.yesterday" if ago == 1 else "judged.on", day=look.words.day(last))
    return Judged(
        head,
        (
            (texts("judged.hit"), w.number(row["hits"])),
            (texts("judged.miss"), w.number(row["misses"])),
            (texts("judged.false_alarm"), w.number(row["false_alarms"])),
            *([(texts("judged.treated"), w.number(treated))] if treated else []),
        ),
        texts(
            "judged.help",
            hours=manifest.horizon_h,
            made=look.words.moment(newest["as_of"]),
            ended=f"{day} {ended:%H:%M}",
            treated=w.number(row["treated"]),
            treated_not=w.number(row["treated_not"]),
            watched=w.number(row["watched"]),
        ),
    )
